/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Of guard.pml: how long is waited for what.
 *
 * For what must never happen a wait may be over at any time, or never, and a
 * balloon may be taken for one that has stalled.  That everybody is served
 * needs a clock (-DSERVED).
 */
bool moves = true; /* dom0's balloon gives */

#ifdef PATIENT
#define IS_PATIENT(me) (me == 0) /* guard/guard.c: has a wait_ms of its own */
#else
#define IS_PATIENT(me) false
#endif

#ifdef SERVED
bool late[CALLERS];
bool came[CALLERS]; /* dom0 has given something since the wait began */
#define IS_LATE(me) late[me]
#ifdef FAULT_NO_DEADLINE
#define HAS_TIME(me) true
#else
#define HAS_TIME(me) (!late[me])
#endif
#define MAY_STALL (!moves)
#else
#define IS_LATE(me) (me != REBOOT || !tot[OLD])
#define HAS_TIME(me) true
#define MAY_STALL true
#endif

/* Beside nobody else a wait is over only when dom0 has given something since
 * it began, or does not move.  Among others it may also have nothing to give. */
#if CREATES == 1 && !REBOOTS && !defined(BY_HAND)
#define CAME(n) (!moves || came[n])
#define CHECK_LATE assert(!moves)
#else
#define CAME(n) (!moves || came[n] || dom0_tot <= dom0_target)
#define CHECK_LATE skip
#endif
#ifndef SERVED
#undef CHECK_LATE
#define CHECK_LATE skip
#endif

#ifdef SERVED
/* Until it asks for anything it may wait for the lock as long. */
inline begin_wait(me)
{
    d_step { late[me] = false; came[me] = true; next = NOBODY }
}

/* guard/guard.c: see_progress, where a unit is what has to come in each wait */
inline see_progress(me)
{
    d_step {
        if
#ifdef FAULT_DEADLINE_STAYS
        :: false
#elif defined(FAULT_DEADLINE_RUNS)
        :: !IS_PATIENT(me) -> late[me] = false; came[me] = false
#else
#ifdef FAULT_WAIT_BEGINS_EARLY
        :: next != NOBODY && lack <= next && !IS_PATIENT(me) ->
#else
        :: lack <= next && !IS_PATIENT(me) ->
#endif
            late[me] = false;
            came[me] = false
#endif
        :: else
        fi;
        next = (lack <= next -> lack - 1 : next)
    }
}
#else
#define begin_wait(me) skip
#define see_progress(me) skip
#endif

/* tracker.c: xlmem__tracker_see_host, set_aside.  A dying domain that does not
 * shrink is not counted on; one that does may be taken for that. */
inline look_at_balloon()
{
    gives = GIVE;
    if
    :: true
    :: lag && MAY_STALL -> coming = coming - lag; gives = 0
    :: coming > lag -> coming = lag
    fi
}

#ifdef SERVED
active proctype clock()
{
    byte n;

    do
    :: atomic {
           ended < CALLERS ->
           late[n] = late[n] || (CAME(n) && (n != REBOOT || !tot[OLD]));
           n = (n + 1) % CALLERS
       }
    :: ended == CALLERS -> break
    od
}

ltl served { <> (ended == CALLERS) }
#endif
