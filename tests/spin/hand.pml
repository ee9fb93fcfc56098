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
                entry[me].owed = (entry[s].owed > entry[me].owed ->
                                 entry[s].owed : entry[me].owed);
                entry[me].set = entry[me].set | entry[s].set
            :: else
            fi;
            s++
        :: else -> break
        od
    }
}

/* guard.c: take_over_keeps */
inline take_over(me)
{
#ifdef FAULT_SWEPT_BEFORE_JOIN
    owed = entry[HAND].owed;
    set = entry[HAND].set;
    forget_each(keeps);
    true;
    d_step {
        entry[me].owed = (owed > entry[me].owed -> owed : entry[me].owed);
        entry[me].set = entry[me].set | set
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
    entry[me].owner = NOBODY;
    atomic { entry[me].by_hand = entry[me].used; promised = !expired }
#else
    atomic { TAKE_LOCK(me); entry[me].by_hand = true };
    atomic { entry[me].owner = NOBODY; promised = !expired; drop_lock() }
#endif
}

/* take_away, leave_debt */
inline take_away(me)
{
#ifndef FAULT_DEBT_NOT_LEFT
    d_step {
        if
        :: entry[me].owed ->
            add_debt(s, NOBODY, entry[me].owed, entry[me].set)
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
        :: entry[me].used && BY_HAND_(me) -> taking = true; promised = false
        :: else -> drop_lock()
        fi
    };
    if
    :: taking -> taking = false; take_away(me)
    :: else
    fi
}
