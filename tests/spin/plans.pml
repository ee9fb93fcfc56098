/* SPDX-License-Identifier: LGPL-2.1-only */
/* Of guard.pml: reservations, plans and debts. */
/* guard_books.c: xlmem__hold_make, xlmem__hold_write */
inline reserve(me, need_, granted_)
{
    d_step {
        if
        :: !slip[me].used ->
            slip[me].used = true;
            slip[me].owner = me;
            slip[me].need = need_;
            s = 0;
            do
            :: s < SLOTS ->
                slip[me].order = (slip[s].order > slip[me].order ->
                                  slip[s].order : slip[me].order);
                s++
            :: else -> s = 0; break
            od;
            slip[me].order++
        :: else
        fi;
        slip[me].granted = granted_
    }
}

#define GIVE (dom0_target - FLOOR)

/* guard_plan.c: xlmem__plan_take; the target is set in a step of its own */
inline take(me)
{
#ifdef FAULT_TARGET_BEFORE_SLIP
    k = dom0_target;
    dom0_target = dom0_target - (lack - coming);
    d_step {
        slip[me].owed = (k > slip[me].owed -> k : slip[me].owed);
        slip[me].set = slip[me].set | BIT(dom0_target)
    };
#else
    d_step {
        k = lack - coming;
        slip[me].owed =
            (dom0_target > slip[me].owed -> dom0_target : slip[me].owed);
        slip[me].set = slip[me].set | BIT(dom0_target - k)
    };
    dom0_target = dom0_target - k;
#endif
    assert(dom0_target >= FLOOR)
}

/* sys/ledger.c: xlmem__ledger_drop, _leave: no lock is needed */
inline let_go(me)
{
    d_step {
        if
        :: slip[me].owed -> slip[me].owner = NOBODY
        :: slip[me].used && !slip[me].owed -> forget(me)
        :: else
        fi
    }
}

/* guard_plan.c: collect, share.  All of it is under the lock. */
inline collect(me)
{
    d_step {
        s = 0;
        do
        :: s < SLOTS ->
            if
            :: debts & BIT(s) ->
                owed = (slip[s].owed > owed -> slip[s].owed : owed);
                set = set | slip[s].set
            :: living & BIT(s) ->
                busy = true;
#ifndef FAULT_NO_WITNESS
                set = set | slip[s].set
#endif
            :: else
            fi;
            s++
        :: else -> s = 0; break
        od;
        k = 0;
        if
        :: (set & BIT(dom0_target)) && !busy && owed > dom0_target ->
            pay = (owed - dom0_target > usable -> usable : owed - dom0_target)
        :: else -> pay = 0
        fi
    }
}

/* Whether it is still owed, once "pay" has been paid. */
#define OURS (set & BIT(dom0_target))
#define STILL_OPEN (OURS && owed > dom0_target + pay)

/* guard_plan.c: write_carrier */
inline write_carrier(me)
{
    d_step {
        if
        :: OURS && owed > dom0_target ->
            carrier = CALLERS;
            do
            :: slip[carrier].used -> carrier++
            :: else -> break
            od;
            slip[carrier].used = true;
            slip[carrier].owner = me;
            slip[carrier].owed = owed;
            slip[carrier].set = BIT(dom0_target);
#ifndef FAULT_PAID_UNWRITTEN
            if
            :: pay && owed > dom0_target + pay ->
                slip[carrier].set = slip[carrier].set | BIT(dom0_target + pay)
            :: else
            fi
#endif
        :: else
        fi;
        k = STILL_OPEN
    }
}

/* guard_plan.c: xlmem__debts_pay, pay; the lock is held or taken by it, and
 * dropped in the end. */
inline pay_debts(me)
{
    READ_BOOKS(me, false);
    atomic {
        READ_LAST;
        weigh(0);
        if
        :: debts ->
            collect(me);
            if
            :: !pay && STILL_OPEN -> debts = 0
#ifndef FAULT_SWEEP_BEFORE_CARRIER
            :: else -> write_carrier(me)
#else
            :: else
#endif
            fi
        :: else
        fi;
        if
        :: !debts -> drop_lock()
        :: else
        fi
    };
    if
    :: debts ->
        forget_each(debts);
#ifdef FAULT_SWEEP_BEFORE_CARRIER
        write_carrier(me);
#endif
        dom0_target = dom0_target + pay;
        d_step {
            if
            :: carrier != NOBODY && k -> slip[carrier].owner = NOBODY
            :: carrier != NOBODY && !k -> forget(carrier)
            :: else
            fi;
            clear()
        }
    :: else
    fi
}
