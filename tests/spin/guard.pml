/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The guard: creates at once, one reboot, a reservation by hand, dom0's
 * balloon, a destroyer, and a killer who may strike between any two steps.
 *
 * A step is what is one call of the backend table (xlmem_backend.h); that
 * each of the ledger's calls is one step is shown in ledger.pml.  Memory is
 * counted in units.  Which function a part stands for is said beside it and
 * in docs/design/admission.md.
 *
 * Held by assertions:
 *   - whoever was told to go ahead finds his memory: Xen never refuses it,
 *     and what is free beside all claims never falls below headroom;
 *   - a reservation is there for as long as its owner lives;
 *   - dom0's target stays at its floor or above, and when all domUs have
 *     left it is what it was, and the ledger is empty;
 * by Spin itself: nobody waits for ever (invalid end states), and everybody's
 * call comes to its end (the formula "served").
 *
 * Assumed: the decision lock is had before its ten seconds are over; the old
 * domain of a reboot has given back its memory before reboot_wait is over;
 * nobody else sets dom0's target.
 *
 * Sizes: -DCREATES=, -DNEED=, -DREBOOTS=, -DBY_HAND, -DKILLS=, -DRAISES,
 * -DSTUCK, -DSERVED.
 * Faults, each of which must lead to a counterexample: -DFAULT_..., below.
 */
#ifndef CREATES
#define CREATES 2
#endif
#ifndef REBOOTS
#define REBOOTS 0
#endif
#ifndef KILLS
#define KILLS 0
#endif

/* The processes that call the guard: creates, the reboot, the one by hand,
 * the one who raises dom0.  A slot of the ledger for each; carriers follow. */
#define REBOOT CREATES
#define HAND (CREATES + REBOOTS)
#ifdef BY_HAND
#define RAISE (HAND + 1)
#else
#define RAISE HAND
#endif
#define CALLERS (RAISE + 1)
#define SLOTS (CALLERS + KILLS + 2)
#define NOBODY 255

/* What a call of the guard, or one round of it, comes to. */
#define WAIT 1
#define GO 2
#define REFUSED 3

#define FLOOR 1
#define DOM0 3
#define HEADROOM 1
#define OLD_KB 2 /* what the domain has that reboots */
#ifndef NEED
#define NEED 2
#endif

#include "books.pml"
#include "plans.pml"

/* ---------------------------------------------------------- the callers -- */

#define SCRATCH                                                               \
    byte usable, lack, coming, debts, living, k, s, owed, set, pay;           \
    byte carrier = NOBODY;                                                    \
    bool others, busy, paying, taking

/*
 * libxl: the claim, then the pages.  Without FAULTs it is never refused.
 * What a reservation is good for: it is there until its domain has it all.
 */
inline build(me, need_)
{
    d_step {
        assert(slip[me].used && slip[me].owner == me);
        assert(free - claims >= need_);
        claim[me] = need_;
        claims = claims + need_;
        NOBODY_STARVES
    };
    /* None is left when somebody has destroyed it. */
    d_step {
        free = free - claim[me];
        claims = claims - claim[me];
        tot[me] = tot[me] + claim[me];
        claim[me] = 0
    }
}

#if defined(FAULT_EARLY_UNLOCK)
#define DECIDE
#define DONE_DECIDING skip
#elif defined(FAULT_KEEPS_LOCK)
#define DECIDE atomic
#define DONE_DECIDING if :: result != REFUSED -> drop_lock() :: else fi
#else
#define DECIDE atomic
#define DONE_DECIDING drop_lock()
#endif

/* guard.c: xlmem_guard, whose rounds are turn(). */
inline guard(me, need_, reboot)
{
    result = WAIT;
    do
    :: result == WAIT ->
        READ_BOOKS(me, slip[me].used);
        DECIDE {
            READ_LAST;
            weigh(need_);
#ifdef FAULT_EARLY_UNLOCK
            lock = NOBODY;
#endif
            if
            /* guard.c: admitted */
            :: !lack ->
                reserve(me, need_, true);
                paying = debts && !slip[me].owed;
                result = GO
            /* guard.c: planned */
            :: lack && lack <= coming + GIVE && HAS_TIME(me) ->
                reserve(me, need_, reboot);
                taking = lack > coming
            :: lack && lack <= coming + GIVE && IS_LATE(me) && !reboot ->
                paying = slip[me].owed != 0;
                let_go(me);
                result = REFUSED
            /* guard.c: refused; others build, or its memory is coming */
            :: lack > coming + GIVE && HAS_TIME(me) && (others || reboot) ->
                if
                :: reboot -> reserve(me, need_, true)
                :: else
                fi
            :: lack > coming + GIVE && !reboot ->
                paying = slip[me].owed != 0;
                let_go(me);
                result = REFUSED
            /* guard.c: goes_ahead */
            :: lack && IS_LATE(me) && reboot ->
                reserve(me, need_, true);
                result = GO
            fi;
            if
            :: !paying && !taking -> DONE_DECIDING
            :: else
            fi
        };
        if
        :: taking -> take(me); taking = false; drop_lock()
        :: paying -> paying = false; pay_debts(me)
        :: else
        fi
    :: else -> break
    od
}

inline over(me)
{
    d_step { ended++; gone = gone | BIT(me) }
}

/* What a toolstack does: see the head of xlmem_guard.h. */
proctype create(byte me)
{
    SCRATCH;
    byte result;

    {
        guard(me, NEED, false);
        if
        :: result == GO ->
#ifdef FAULT_RELEASE_EARLY
            slip[me].need = 0;
#endif
            if
            :: build(me, NEED); let_go(me)
            :: atomic { /* the builder fails */
                   paying = slip[me].owed != 0;
                   let_go(me)
               };
               if
               :: paying -> pay_debts(me)
               :: else
               fi
            fi
        :: else
        fi
    } unless { dead[me] };
    over(me)
}

/* xl's monitor: guard/reboot.c around libxl_domain_destroy, and the create
 * that follows. */
proctype reboot_of()
{
    SCRATCH;
    byte result;

    {
#ifndef FAULT_NOT_AHEAD
        /* guard_hold.c: xlmem_hold_ahead */
        READ_BOOKS(REBOOT, false);
        atomic {
            READ_LAST;
            weigh(0);
            reserve(REBOOT, OLD_KB, true);
            drop_lock()
        };
#endif
        old_dying = true;
        guard(REBOOT, OLD_KB, true);
        build(REBOOT, OLD_KB);
        let_go(REBOOT)
    } unless { dead[REBOOT] };
    old_dying = true;
    over(REBOOT)
}

/* xl memguard reserve: what it leaves has no owner and counts for a time. */
proctype reserve_by_hand()
{
    SCRATCH;

    {
        READ_BOOKS(HAND, false);
        atomic {
            READ_LAST;
            weigh(1);
            if
            :: !lack ->
                reserve(HAND, 1, true);
                slip[HAND].by_hand = true
            :: else
            fi
        };
        atomic {
            if
            :: slip[HAND].used -> slip[HAND].owner = NOBODY
            :: else
            fi;
            drop_lock()
        }
    } unless { dead[HAND] };
    over(HAND)
}

/* guard_hold.c: xlmem_guard_raise_dom0.  Somebody saw a domain leave, at any
 * time; and again when all have left, and then nothing may be owed. */
proctype raise()
{
    SCRATCH;

#ifdef RAISES
    pay_debts(RAISE);
#endif
    over(RAISE);
    atomic {
        ended == CALLERS && !claims && free + dom0_tot == ALL;
        expired = true
    };
    pay_debts(RAISE);
    dom0_tot == dom0_target;
    pay_debts(RAISE);
    d_step {
        assert(dom0_target == DOM0);
        do
        :: s < SLOTS -> assert(!slip[s].used); s++
        :: else -> break
        od
    }
}

#ifdef BY_HAND
active proctype expire()
{
end:
    if
    :: expired = true
    fi
}
#endif

#include "world.pml"
