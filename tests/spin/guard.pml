/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The guard: creates at once, one reboot, a localhost migration, a reservation
 * by hand, dom0's balloon, a destroyer, and a killer who may strike between any
 * two steps.
 *
 * A step is what is one call of the backend table (private/backend.h); that
 * each of the ledger's calls is one step is shown in ledger.pml.  Memory is
 * counted in units.  Which function a part stands for is said beside it and
 * in docs/design/admission.md.
 *
 * Held by assertions:
 *   - whoever was told to go ahead finds his memory: Xen never refuses it,
 *     and what is free beside all claims never falls below headroom;
 *   - a reservation is there for as long as its owner lives, and one by hand
 *     starts the domain that it is for;
 *   - dom0's target stays at its floor or above, and when all domUs have
 *     left it is what it was, and the ledger is empty;
 *   - nobody is refused because his time is over while dom0 still gives;
 * by Spin itself: nobody waits for ever (invalid end states), and everybody's
 * call comes to its end (the formula "served").
 *
 * Assumed: the decision lock is had in time (sys/decision_lock.c); the old
 * domain of a reboot has given back its memory before reboot_wait is over; a
 * balloon that moves at all moves once in a wait; nobody sets dom0's target
 * who does not say so in the ledger.
 *
 * Sizes: -DCREATES=, -DNEED=, -DREBOOTS=, -DMIGRATES=, -DBY_HAND, -DHAND_NEED=,
 * -DKILLS=, -DRAISES, -DBALANCES=, -DPATIENT, -DSTUCK, -DHOST_REBOOT, -DSERVED.
 * Faults, each of which must lead to a counterexample: -DFAULT_..., below.
 */
#ifndef CREATES
#define CREATES 2
#endif
#ifndef REBOOTS
#define REBOOTS 0
#endif
#ifndef MIGRATES
#define MIGRATES 0
#endif
#ifndef KILLS
#define KILLS 0
#endif
#ifndef BALANCES
#define BALANCES 0
#endif

/* The processes that call the guard: creates, the reboot, the one by hand,
 * the one who raises dom0, or balances.  An entry of the ledger for each; what is nobody's
 * reservation follows. */
#define REBOOT CREATES
#define HAND (CREATES + REBOOTS)
#ifdef BY_HAND
#define RAISE (HAND + 1)
#else
#define RAISE HAND
#endif
#define CALLERS (RAISE + 1)
#define SLOTS (2 * CALLERS + 1)
#define NOBODY 255

/* What a call of the guard, or one round of it, comes to. */
#define WAIT 1
#define GO 2
#define REFUSED 3

#define FLOOR 1
#define DOM0 3
#define HEADROOM 1
#define OLD_KB 2 /* what the domain has that reboots, or migrates */
#define REFUSALS 2
#ifndef NEED
#define NEED 2
#endif
#ifndef HAND_NEED
#define HAND_NEED NEED
#endif

#include "books.pml"
#include "plans.pml"
#include "hand.pml"
#include "time.pml"

/* ----------------------------------------------------------- the guard --- */

#define SCRATCH                                                               \
    byte usable, lack, coming, lag, debts, living, owed, set, pay, keeps;     \
    byte carrier = NOBODY, gives, next, refusals, result;                     \
    bool others, busy, paying, taking

#if defined(FAULT_EARLY_UNLOCK)
#define DECIDE
#elif defined(FAULT_KEEPS_LOCK)
#define DECIDE atomic
#define DONE_DECIDING if :: result != REFUSED -> drop_lock() :: else fi
#else
#define DECIDE atomic
#endif
#ifndef DONE_DECIDING
#define DONE_DECIDING drop_lock()
#endif

/* guard/guard.c: give_back, under the lock */
inline give_back(me)
{
    assert(!promised || entry[HAND].used);
    keeps = 0;
    paying = HOLDS(me) && entry[me].owed;
    let_go(me)
}

/* guard/guard.c: admitted */
inline admitted(me, need_)
{
    reserve(me, need_, true);
    promised = promised && !keeps;
    paying = debts && !entry[me].owed;
    result = GO
}

/* guard/guard.c: planned, goes_ahead.  What a reboot needs is held for it. */
inline planned(me, need_, reboot)
{
    refusals = 0;
    see_progress(me);
    if
    :: HAS_TIME(me) ->
        reserve(me, need_, reboot);
        taking = lack > coming
    :: IS_LATE(me) && !reboot ->
        CHECK_LATE;
        give_back(me);
        result = REFUSED
    :: IS_LATE(me) && reboot ->
        reserve(me, need_, true);
        result = GO
    fi
}

/* guard/guard.c: refused, goes_ahead */
inline refused(me, need_, reboot)
{
    if
    :: others && refusals + 1 < REFUSALS -> refusals++
    :: !(others && refusals + 1 < REFUSALS) ->
        if
        :: HAS_TIME(me) && reboot -> reserve(me, need_, true)
        :: IS_LATE(me) && reboot -> reserve(me, need_, true); result = GO
        :: HAS_TIME(me) && IS_PATIENT(me) -> give_back(me)
        :: !reboot && (IS_LATE(me) || !IS_PATIENT(me)) ->
            give_back(me);
            result = REFUSED
        fi
    fi
}

#ifdef FAULT_TAKEN_OVER_EARLY
#define IS_TAKEN_OVER (keeps && entry[0].used)
#else
#define IS_TAKEN_OVER (keeps && result == GO)
#endif

/* guard/guard.c: xlmem_guard, whose rounds are turn() and act(). */
inline guard(me, need_, reboot)
{
    result = WAIT;
    begin_wait(me);
    do
    :: result == WAIT ->
        READ_BOOKS(me, HOLDS(me), true);
        DECIDE {
            READ_LAST;
            weigh(need_);
            look_at_balloon();
#ifdef FAULT_EARLY_UNLOCK
            lock = NOBODY;
#endif
            if
            :: !lack -> admitted(me, need_)
            :: lack && lack <= coming + gives -> planned(me, need_, reboot)
            :: lack && lack > coming + gives -> refused(me, need_, reboot)
            fi;
            gives = 0;
            if
            :: !paying && !taking && !IS_TAKEN_OVER -> DONE_DECIDING
            :: else
            fi
        };
        if
        :: taking -> take(me); drop_lock()
        :: paying -> pay_debts(me)
        :: else
        fi;
        if
        :: IS_TAKEN_OVER -> take_over(me); drop_lock()
        :: else
        fi
    :: else -> break
    od;
    next = 0;
    refusals = 0
}

/* ---------------------------------------------------------- the callers -- */

/*
 * libxl: the claim, then the pages.  Without FAULTs it is never refused.
 * What a reservation is good for: it is there until its domain has it all.
 */
inline build(me, need_)
{
    d_step {
        assert(HOLDS(me));
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

inline over(me)
{
    d_step { ended++; gone = gone | BIT(me) }
}

/* What a toolstack does: see the head of xlmem/create.h. */
proctype create(byte me)
{
    SCRATCH;

    {
        guard(me, NEED, false);
        if
        :: result == GO ->
#ifdef FAULT_RELEASE_EARLY
            entry[me].need = 0;
#endif
            if
            :: build(me, NEED); let_go(me)
            :: atomic { /* the builder fails */
                   paying = entry[me].owed != 0;
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

#ifdef BY_HAND
/* xl memguard reserve, and release, if that comes */
proctype reserve_by_hand()
{
    SCRATCH;

    {
        guard(HAND, HAND_NEED, false);
        if
        :: result == GO ->
            keep(HAND);
            if
            :: unreserve(HAND)
            :: true
            fi
        :: else
        fi
    } unless { dead[HAND] };
    over(HAND)
}
#endif

#if REBOOTS
/* xl's monitor: xl-plugin/guard/reboot.c around libxl_domain_destroy, and the
 * create that follows. */
proctype reboot_of()
{
    SCRATCH;

    {
#ifndef FAULT_NOT_AHEAD
        /* guard/hold.c: xlmem_hold_ahead */
        READ_BOOKS(REBOOT, false, false);
        atomic {
            READ_LAST;
            weigh(0);
            reserve(REBOOT, OLD_KB, true);
            drop_lock()
        };
#endif
        dying[OLD] = true;
        guard(REBOOT, OLD_KB, true);
        build(REBOOT, OLD_KB);
        let_go(REBOOT)
    } unless { dead[REBOOT] };
    dying[OLD] = tot[OLD] != 0;
    over(REBOOT)
}
#endif

/* guard/hold.c: xlmem_guard_repay.  Somebody saw a domain leave, at any
 * time. */
proctype raise()
{
    SCRATCH;

    {
#ifdef RAISES
        pay_debts(RAISE)
#else
        true
#endif
    } unless { dead[RAISE] };
    over(RAISE)
}

#if BALANCES
/* Somebody who balances: a unit down to the floor, or a unit up that is usable,
 * at any time. */
proctype balance()
{
    byte nr;
    SCRATCH;

    {
        do
        :: nr < BALANCES ->
            READ_BOOKS(RAISE, false, false);
            atomic {
                READ_LAST;
                weigh(0);
                if
                :: dom0_target > FLOOR -> next = dom0_target - 1
                :: dom0_target < DOM0 && usable -> next = dom0_target + 1
                :: next = dom0_target
                fi
            };
            move(RAISE, next);
            next = 0;
            drop_lock();
            nr++
        :: else -> break
        od;
        end_moves(RAISE)
    } unless { dead[RAISE] };
    over(RAISE)
}
#endif

/* And again when all have left, and then nothing may be owed. */
proctype finish()
{
    SCRATCH;

    atomic {
        ended == CALLERS && !claims && free + dom0_tot == ALL;
        expired = true
    };
    pay_debts(RAISE);
    assert(dom0_target >= dom0_tot || due < dom0_tot); /* what it still holds it
                                                         * keeps */
    dom0_tot == dom0_target;
    pay_debts(RAISE);
    d_step {
        assert(dom0_target == (booted -> BOOT : due));
        s = 0;
        do
        :: s < SLOTS -> assert(!entry[s].used); s++
        :: else -> break
        od
    }
}

#include "world.pml"
