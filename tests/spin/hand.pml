/* SPDX-License-Identifier: LGPL-2.1-only */
/* Of guard.pml: reservations by hand, engine/guard/keep.c. */

/* join: the steps of what is taken over are in the hold before it goes. */
inline join(me)
{
    d_step {
        s = 0;
        do
        :: s < CALLERS ->
            if
            :: keeps & BIT(s) ->
                slip[me].owed = (slip[s].owed > slip[me].owed ->
                                 slip[s].owed : slip[me].owed);
                slip[me].set = slip[me].set | slip[s].set
            :: else
            fi;
            s++
        :: else -> break
        od
    }
}

/* xlmem__keeps_take_over */
inline take_over(me)
{
#ifdef FAULT_SWEPT_BEFORE_JOIN
    owed = slip[HAND].owed;
    set = slip[HAND].set;
    forget_each(keeps);
    true;
    d_step {
        slip[me].owed = (owed > slip[me].owed -> owed : slip[me].owed);
        slip[me].set = slip[me].set | set
    }
#elif defined(FAULT_NOT_JOINED)
    forget_each(keeps)
#else
    join(me);
    forget_each(keeps)
#endif
}

/* xlmem_hold_keep: the time is written before the owner's lock is let go. */
inline keep(me)
{
#ifdef FAULT_KEPT_UNLOCKED
    slip[me].owner = NOBODY;
    atomic { slip[me].by_hand = slip[me].used; promised = !expired }
#else
    atomic { TAKE_LOCK(me); slip[me].by_hand = true };
    atomic { slip[me].owner = NOBODY; promised = !expired; drop_lock() }
#endif
}

/* take_away, leave_debt */
inline take_away(me)
{
#ifndef FAULT_DEBT_NOT_LEFT
    d_step {
        if
        :: slip[me].owed ->
            add_debt(s, NOBODY, slip[me].owed, slip[me].set)
        :: else
        fi
    };
#endif
    forget(me);
    pay_debts(me)
}

/* xlmem_reservation_end */
inline unreserve(me)
{
    atomic {
        TAKE_LOCK(me);
        if
        :: slip[me].used && BY_HAND_(me) -> taking = true; promised = false
        :: else -> drop_lock()
        fi
    };
    if
    :: taking -> taking = false; take_away(me)
    :: else
    fi
}
