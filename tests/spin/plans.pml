/* SPDX-License-Identifier: LGPL-2.1-only */
/* Of guard.pml: reservations, plans and debts. */
/* guard/hold.c: next_order, note_before */
inline note_order(me)
{
    s = 0;
    do
    :: s < SLOTS ->
        entry[me].order =
            (entry[s].order > entry[me].order -> entry[s].order : entry[me].order);
        s++
    :: else -> break
    od;
    entry[me].order++
}

inline note_before(me)
{
    d = 0;
    do
    :: d < DOMS ->
        if
        :: UUID(d) == UUID(me) && tot[d] + claim[d] ->
            entry[me].before = entry[me].before | BIT(d)
        :: else
        fi;
        d++
    :: else -> break
    od
}

/* guard/guard.c: reserve; guard/hold.c: xlmem__hold_make, xlmem__hold_write */
inline reserve(me, need_, granted_)
{
    d_step {
        if
        :: !HOLDS(me) ->
            if
            :: entry[me].used -> /* what he left is in a file of its own */
                add_debt(s, NOBODY, entry[me].owed, entry[me].set);
                forget(me)
            :: else
            fi;
            entry[me].used = true;
            entry[me].owner = me;
            entry[me].need = need_;
            note_order(me);
            note_before(me)
        :: else
        fi;
        entry[me].granted = granted_
    }
}

/* What dom0 can be asked for. */
#define GIVE (dom0_target - FLOOR)

/* guard/targets.c: xlmem__plan_take; the target is set in a step of its own */
inline take(me)
{
#ifdef FAULT_TARGET_BEFORE_ENTRY
    pay = dom0_target;
    dom0_target = dom0_target - (lack - coming);
    d_step {
        entry[me].owed = (pay > entry[me].owed -> pay : entry[me].owed);
        entry[me].set = entry[me].set | BIT(dom0_target)
    };
#else
    d_step {
        pay = lack - coming;
        entry[me].owed =
            (dom0_target > entry[me].owed -> dom0_target : entry[me].owed);
        entry[me].set = entry[me].set | BIT(dom0_target - pay)
    };
    dom0_target = dom0_target - pay;
#endif
    assert(dom0_target >= FLOOR)
}

/* guard/hold.c: xlmem_hold_release; guard/guard.c: give_back; sys/ledger.c:
 * xlmem__ledger_drop, _leave: no lock is needed. */
inline let_go(me)
{
    d_step {
        if
        :: HOLDS(me) && entry[me].owed -> entry[me].owner = NOBODY
        :: HOLDS(me) && !entry[me].owed -> forget(me)
        :: else
        fi
    }
}

/* guard/debts.c: collect, pay_one.  All of it is under the lock. */
inline collect()
{
    d_step {
        s = 0;
        do
        :: s < SLOTS ->
            if
            :: debts & BIT(s) ->
                owed = (entry[s].owed > owed -> entry[s].owed : owed);
                set = set | entry[s].set
            :: living & BIT(s) && entry[s].owed ->
                busy = true;
#ifndef FAULT_NO_WITNESS
                set = set | entry[s].set
#endif
            :: living & BIT(s) && !entry[s].owed ->
#ifndef FAULT_STRANGER
                set = set | entry[s].set
#else
                skip
#endif
            :: else
            fi;
            s++
        :: else -> break
        od;
        /* What it was asked for and still holds it keeps; the rest has to
         * come out of what is usable. */
#ifdef FAULT_NO_LAG
        lag = 0;
#endif
        s = (usable + lag > lack -> usable + lag - lack : 0);
#ifdef FAULT_PAID_OUT_OF_NOTHING
        s = NOBODY;
#endif
        if
        :: (set & BIT(dom0_target)) && !busy && owed > dom0_target ->
            pay = (owed - dom0_target > s -> s : owed - dom0_target)
        :: else -> pay = 0
        fi;
#ifndef FAULT_MOVES_SWEPT
        /* guard/debts.c: needs_witness */
        if
        :: busy && !owed && (set & BIT(dom0_target)) -> debts = 0
        :: else
        fi
#endif
    }
}

/*
 * guard/targets.c: xlmem__plan_move, restate.  Where somebody is owed what a
 * guard took, or will be, the move is written before it is made.
 * @due: what dom0 has when all has been paid: where nothing is owed he says
 * what that is.
 */
byte due = DOM0;

inline is_watched()
{
    d_step {
        owed = 0;
        s = 0;
        do
        :: s < SLOTS ->
            owed = (entry[s].used && entry[s].owed > owed -> entry[s].owed : owed);
            s++
        :: else -> break
        od
    }
}

inline write_move(me, next_)
{
    d_step {
        entry[me].used = entry[me].used || owed;
        entry[me].owner = (entry[me].used -> me : entry[me].owner);
        entry[me].balances = entry[me].used;
        entry[me].set =
            (owed -> (entry[me].set & BIT(dom0_target)) | BIT(next_) : 0)
    }
}

inline set_target_to(next_)
{
    d_step {
        dom0_target = next_;
        due = (owed > next_ -> owed : next_)
    }
}

inline move(me, next_)
{
    is_watched();
#ifdef FAULT_MOVE_UNWRITTEN
    set_target_to(next_);
    write_move(me, next_);
#else
    write_move(me, next_);
    set_target_to(next_);
#endif
}

/* guard/targets.c: xlmem__moves_end */
inline end_moves(me)
{
    d_step {
        if
        :: HOLDS(me) && entry[me].set -> entry[me].owner = NOBODY
        :: HOLDS(me) && !entry[me].set -> forget(me)
        :: else
        fi
    }
}

/* guard/debts.c: look_again.  What it gave before free memory was read counts
 * there. */
inline read_lag()
{
    lag = (dom0_tot > dom0_target -> dom0_tot - dom0_target : 0)
}

/* guard/debts.c: is_open: still owed, once "pay" has been paid */
#define OURS (set & BIT(dom0_target))
#define STILL_OPEN (OURS && owed > dom0_target + pay)

/* guard/debts.c: write_carrier, carry */
inline write_carrier(me)
{
    d_step {
        if
        :: OURS && owed > dom0_target ->
            add_debt(carrier, me, owed, BIT(dom0_target));
#ifndef FAULT_PAID_UNWRITTEN
            if
            :: pay && owed > dom0_target + pay ->
                entry[carrier].set = entry[carrier].set | BIT(dom0_target + pay)
            :: else
            fi
#endif
        :: else
        fi;
        owed = STILL_OPEN
    }
}

/* guard/debts.c: xlmem__debts_pay, changes_something, pay.  The lock is held or
 * taken by it, and dropped in the end unless something is to be taken over. */
inline pay_debts(me)
{
    READ_BOOKS(me, false, false);
    READ_LAST;
    atomic {
#ifndef FAULT_LAG_BEFORE_FREE
        read_lag();
#endif
        weigh(0);
        if
        :: debts ->
            collect();
            if
            :: !debts || (!pay && STILL_OPEN) -> debts = 0
#ifndef FAULT_SWEEP_BEFORE_CARRIER
            :: else -> write_carrier(me)
#else
            :: else
#endif
            fi
        :: else
        fi;
        if
        :: !debts -> paid()
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
            :: carrier != NOBODY && owed -> entry[carrier].owner = NOBODY
            :: carrier != NOBODY && !owed -> forget(carrier)
            :: else
            fi;
            paid()
        }
    :: else
    fi
}

inline paid()
{
    clear();
    if
    :: !keeps -> lock = NOBODY
    :: else
    fi
}
