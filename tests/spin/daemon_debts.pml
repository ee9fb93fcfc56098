/* SPDX-License-Identifier: LGPL-2.1-only */
/* Of daemon.pml: moves, debts and who pays them. */
/* ------------------------------------------------------------- moving --- */

/* guard/whose.c has who signs: nobody sets one by hand here. */
inline set_target(at, to)
{
    d_step { target[at] = to; check_room() }
}

/* What is owed of a balloon by anybody, dead or alive. */
inline find_owed(at)
{
    sum = 0;
    EACH(s, SLOTS) ->
        sum = (entry[s].used && entry[s].owed[at] > sum
                   -> entry[s].owed[at] : sum);
    NEXT(s)
}

/* guard/targets.c: xlmem__plan_move, restate, for the moves in @next: of who
 * is owed something, or will be, the move is written before it is made. */
inline write_moves(me)
{
    d_step {
        EACH(b, BALLOONS) ->
            find_owed(b);
            if
            :: !sum -> entry[me].set[b] = 0
            :: sum && next[b] != target[b] ->
                entry[me].set[b] =
                    (entry[me].set[b] & BIT(target[b])) | BIT(next[b])
            :: else
            fi;
        NEXT(b);
        if
        :: entry[me].set[0] || entry[me].set[1] ->
            entry[me].used = true;
            entry[me].owner = me
        :: else -> forget(me)
        fi
    }
}

inline make_move(at)
{
    d_step {
        if
        :: next[at] != target[at] ->
            find_owed(at);
            due[at] = (sum > next[at] -> sum : next[at]);
            target[at] = next[at];
            check_room()
        :: else
        fi
    }
}

/* model/balance.c: any plan that its rules allow.  Who was asked by a create
 * that waits is left alone, who is owed something gives nothing
 * (balance/parties.c); what grows, grows out of what it holds and of what is
 * usable, counted down with each. */
inline plan_balloon(at)
{
    if
    :: next[at] = target[at]
    :: target[at] > FLOOR && !((asked | owing) & BIT(at)) ->
        next[at] = target[at] - 1;
#ifdef FAULT_SPENT_BEFORE_THERE
        usable++
#endif
    :: target[at] < CEILING && !(asked & BIT(at)) && reach[at] > target[at] ->
        next[at] = target[at] + 1
    :: target[at] < CEILING && !(asked & BIT(at)) && reach[at] <= target[at] &&
       usable ->
        next[at] = target[at] + 1;
#ifndef FAULT_SPENT_TWICE
        usable--
#endif
    fi
}

/* --------------------------------------------------------------- debts --- */

byte owed[BALLOONS], set[BALLOONS], pay[BALLOONS];
bool listed[BALLOONS];
bool open; /* something is still owed when @pay has been paid */

#define OURS(b) (set[b] & BIT(target[b]))
#define IS_OPEN(b) (OURS(b) && owed[b] > target[b] + pay[b])
#define IS_DONE(b) (listed[b] && (pay[b] || !IS_OPEN(b)))

/* guard/debts.c: add_entry_steps, add_living, of one balloon */
inline collect_of(at)
{
    EACH(s, SLOTS) ->
        if
        :: debts & BIT(s) ->
            listed[at] = listed[at] || entry[s].owed[at] || entry[s].set[at];
            owed[at] = (entry[s].owed[at] > owed[at] -> entry[s].owed[at]
                                                    : owed[at]);
            set[at] = set[at] | entry[s].set[at]
#ifndef FAULT_NO_WITNESS
        :: COUNTS(s) -> set[at] = set[at] | entry[s].set[at]
#endif
        :: else
        fi;
    NEXT(s)
}

/* guard/debts.c: share_out, pay_one.  What it still holds it may keep. */
inline share_out()
{
    EACH(b, BALLOONS) ->
        sum = usable + lag[b];
        sum = (sum > lack -> sum - lack : 0);
        if
        :: listed[b] && OURS(b) && owed[b] > target[b] ->
            pay[b] = owed[b] - target[b];
            pay[b] = (pay[b] > sum -> sum : pay[b]);
            sum = (pay[b] > lag[b] -> pay[b] - lag[b] : 0);
            usable = (usable > sum -> usable - sum : 0)
        :: else
        fi;
    NEXT(b)
}

/* guard/debts.c: carry, write_carrier: all that is open, paid now or not */
inline write_carrier(me)
{
    d_step {
        carrier = CALLERS;
        do
        :: entry[carrier].used -> carrier++
        :: else -> break
        od;
        EACH(b, BALLOONS) ->
            if
#ifdef FAULT_CARRIES_PAID_ONLY
            :: OURS(b) && owed[b] > target[b] && pay[b] ->
#else
            :: OURS(b) && owed[b] > target[b] ->
#endif
                entry[carrier].owed[b] = owed[b];
                entry[carrier].set[b] = BIT(target[b]);
#ifndef FAULT_PART_UNWRITTEN
                if
                :: pay[b] && owed[b] > target[b] + pay[b] ->
                    entry[carrier].set[b] =
                        entry[carrier].set[b] | BIT(target[b] + pay[b])
                :: else
                fi
#endif
            :: else
            fi;
        NEXT(b);
        entry[carrier].used = HAS_STEPS(carrier);
        entry[carrier].owner = (entry[carrier].used -> me : 0);
        carrier = (entry[carrier].used -> carrier : NOBODY)
    }
}

/* guard/debts.c: sweep_paid, an entry in each step */
inline sweep()
{
    do
    :: d_step {
           debts ->
           s = 0;
           do
           :: !(debts & BIT(s)) -> s++
           :: else -> break
           od;
           debts = debts & ~BIT(s);
           forget(s)
       }
    :: else -> break
    od
}

inline forget_owing()
{
    open = false;
    EACH(b, BALLOONS) ->
        owed[b] = 0; set[b] = 0; pay[b] = 0; listed[b] = false;
    NEXT(b)
}

/* guard/debts.c: xlmem__debts_pay, pay; the lock is kept. */
inline pay_debts(me)
{
    read_ledger(me);
    pay_what_is_owed(me)
}

inline pay_what_is_owed(me)
{
    if
    :: debts ->
        read_domains();
        atomic {
            weigh(0);
            look_again();
            d_step {
                collect_of(0);
                collect_of(1);
                share_out();
                open = IS_OPEN(0) || IS_OPEN(1)
            };
            if
            :: IS_DONE(0) || IS_DONE(1) ->
#ifdef FAULT_SWEPT_FIRST
                sweep()
#else
                write_carrier(me)
#endif
            :: else -> debts = 0; forget_owing()
            fi
        };
        if
        :: listed[0] || listed[1] ->
#ifdef FAULT_SWEPT_FIRST
            write_carrier(me);
#else
            sweep();
#endif
            set_target(0, target[0] + pay[0]);
            set_target(1, target[1] + pay[1]);
            d_step {
                if
                :: carrier == NOBODY
                :: carrier != NOBODY && open -> entry[carrier].owner = NOBODY
                :: carrier != NOBODY && !open -> forget(carrier)
                fi;
                forget_owing()
            }
        :: else
        fi
    :: else
    fi
}
