/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The daemon beside the guard: two balloons, of which either may stick, a
 * create that both give to, and a daemon that moves memory between them.
 * Create and daemon may be killed between any two steps.
 *
 * As in guard.pml a step is one call of the backend table, memory is counted
 * in units, and what a part stands for is said beside it.  What of the guard
 * has nothing to do with a second author - many creates, reboots, reservations
 * by hand, time - is there.
 *
 * Held by assertions:
 *   - nothing is promised twice: what is free is enough for headroom, for what
 *     was granted and for all that balloons may still take, wherever others
 *     stop; whoever goes ahead finds his memory;
 *   - no target is below its floor;
 *   - no debt is lost: when all have left each balloon's target is what it had
 *     before the create, or what the daemon has made of that, and the ledger
 *     is empty; or it is written there, and there is nothing to pay it of;
 * by Spin itself: nobody waits for ever (invalid end states).
 *
 * Assumed: nobody sets a target by hand (tests/sim/test_pins.c has that).
 * A debt beside a plan of somebody who lives takes two creates: guard.pml.
 *
 * Sizes: -DPASSES=, the daemon's (memory comes in one and goes in the next),
 * and -DSPARE=, what is usable at first.  Faults, each of which must lead to a
 * counterexample: -DFAULT_..., below.
 */
#ifndef SPARE
#define SPARE 0
#endif
#ifndef PASSES
#define PASSES 3
#endif

#define BALLOONS 2
#define FLOOR 1
#define HAS 2
#define CEILING 3
#define HEADROOM 1
#define NEED 2

/* Who calls, and his entry of the ledger; carriers of debts follow. */
#define CREATE 0
#define DAEMON 1
#define CALLERS 2
#define PAYER 2 /* anybody who comes later, and writes no entry of his own */
#define SLOTS 5
#define NOBODY 255

/* What a call of the guard, or one round of it, comes to. */
#define WAIT 0
#define GO 1
#define REFUSED 2

#define BIT(n) (1 << (n))
#define EACH(n, most) n = 0; do :: n < most
#define NEXT(n) n++ :: else -> break od; n = 0

/* ------------------------------------------------------------ the host --- */

byte free = HEADROOM + SPARE; /* Xen's, the claim included */
byte claim, tot;              /* of the domain that is created */
bool built;                   /* it has had all of its memory */
byte has[BALLOONS] = HAS, target[BALLOONS] = HAS;
bool stuck[BALLOONS];
byte due[BALLOONS] = HAS; /* its target when all is paid */

bool dead[CALLERS], over[CALLERS];
byte lock = NOBODY;

/* What is used within one step only (d_step). */
hidden byte s, b, sum;

/* ---------------------------------------------------------- the ledger --- */

/* codec/ledger_text.h: xlmem__entry */
typedef entry_t {
    bool used;
    byte owner; /* NOBODY: dead, or left */
    byte need;  /* 0: it is of moves or of debts */
    bool granted;
    byte owed[BALLOONS]; /* its steps: the highest target that they found, */
    byte set[BALLOONS]   /* and those that they set, a bit for each */
};

entry_t entry[SLOTS];

/* entries.c: counts, xlmem__listed_is_debt */
#define COUNTS(s) (entry[s].used && entry[s].owner != NOBODY)
#define HAS_STEPS(s)                                                          \
    (entry[s].owed[0] || entry[s].owed[1] ||                                  \
     entry[s].set[0] || entry[s].set[1])
#ifdef FAULT_MOVES_SWEPT
#define IS_NOTHING(s)                                                         \
    (entry[s].used && !COUNTS(s) && !entry[s].owed[0] && !entry[s].owed[1])
#else
#define IS_NOTHING(s) (entry[s].used && !COUNTS(s) && !HAS_STEPS(s))
#endif
#define IS_DEBT(s) (entry[s].used && !COUNTS(s) && HAS_STEPS(s))

inline forget(s)
{
    entry[s].used = false;
    entry[s].owner = 0;
    entry[s].need = 0;
    entry[s].granted = false;
    entry[s].owed[0] = 0;
    entry[s].owed[1] = 0;
    entry[s].set[0] = 0;
    entry[s].set[1] = 0
}

/* sys/ledger.c: xlmem__ledger_drop, _leave: what has steps stays, and is a
 * debt; no lock is needed. */
inline let_go(me)
{
    d_step {
        if
        :: COUNTS(me) && HAS_STEPS(me) ->
            entry[me].owner = NOBODY;
            entry[me].need = 0
        :: COUNTS(me) && !HAS_STEPS(me) -> forget(me)
        :: else
        fi
    }
}

/* ----------------------------------------------------------- the books --- */

/* Known between the readings: only who has the lock uses it. */
byte promised, usable, lack;
byte reach[BALLOONS]; /* what it has, or has been promised */
byte lag[BALLOONS];   /* what it still holds above its target */
byte asked, owing;    /* by a create that waits; a debt is open: a bit each */
byte debts;           /* entries, a bit each */
byte next[BALLOONS];
byte carrier = NOBODY;

inline clear()
{
    promised = 0; usable = 0; lack = 0; asked = 0; owing = 0; debts = 0;
    carrier = NOBODY;
    EACH(b, BALLOONS) ->
        reach[b] = 0; lag[b] = 0; next[b] = 0;
    NEXT(b)
}

inline drop_lock()
{
    d_step { clear(); lock = NOBODY }
}

/* guard/books.c: xlmem__books_read; entries.c: xlmem__entries_read, sweep;
 * balance/pass.c: note_plans */
inline read_ledger(me)
{
    atomic {
        (lock == NOBODY || lock == me) -> lock = me;
        d_step {
            clear();
            EACH(s, SLOTS) ->
                if
                :: IS_NOTHING(s) -> forget(s)
                :: IS_DEBT(s) ->
                    debts = debts | BIT(s);
                    owing = owing | (entry[s].owed[0] -> 1 : 0) |
                            (entry[s].owed[1] -> 2 : 0)
                :: COUNTS(s) && s != me ->
#ifndef FAULT_PROMISED_TWICE
                    promised = promised + entry[s].need;
#endif
                    asked = asked |
                        (entry[s].owed[0] && !entry[s].granted -> 1 : 0) |
                        (entry[s].owed[1] && !entry[s].granted -> 2 : 0)
                :: else
                fi;
            NEXT(s)
        }
    }
}

#define GROWTH(b) (target[b] > has[b] -> target[b] - has[b] : 0)

inline see_balloons()
{
    EACH(b, BALLOONS) ->
        lag[b] = (has[b] > target[b] -> has[b] - target[b] : 0);
        reach[b] = (has[b] > target[b] -> has[b] : target[b]);
    NEXT(b)
}

/* sys/live_xen.c: the domains; model/account.c: xlmem__growth_kb, open_kb */
inline read_domains()
{
    d_step {
        see_balloons();
        sum = tot + claim;
        promised = (promised > sum -> promised - sum : 0);
#ifndef FAULT_GROWTH_IGNORED
        EACH(b, BALLOONS) ->
            promised = promised + GROWTH(b);
        NEXT(b)
#endif
    }
}

/* sys/live_xen.c: free memory and claims, one hypercall; model/account.c:
 * xlmem_account_of; model/admit.c: xlmem_admit.  @lack: short_kb */
inline weigh(need_)
{
    d_step {
        lack = claim + promised + HEADROOM + need_;
        usable = (free + need_ > lack -> free + need_ - lack : 0);
        lack = (lack > free -> lack - free : 0);
        promised = 0
    }
}

/* guard/debts.c: look_again; balance/pass.c: look_again_at_givers.  Free
 * memory is read behind the domains: what a balloon gave in between is
 * there. */
inline look_again()
{
#ifndef FAULT_GIVERS_SEEN_ONCE
    d_step { see_balloons() }
#else
    skip
#endif
}

/* What has been granted is there, and what all may grow by. */
inline check_room()
{
    sum = HEADROOM + claim;
    EACH(b, BALLOONS) ->
        sum = sum + GROWTH(b);
        assert(target[b] >= FLOOR);
    NEXT(b);
    if
    :: COUNTS(CREATE) && entry[CREATE].granted && !built && !claim ->
        sum = sum + NEED
    :: else
    fi;
    assert(free >= sum)
}

#include "daemon_debts.pml"

/* --------------------------------------------------------- the callers --- */

/* guard/guard.c: xlmem_guard, whose rounds are turn() and act(); tracker.c: a
 * balloon that still holds something may be taken for one that has stalled. */
byte coming, gives;

inline look_at_balloon(at)
{
    if
    :: coming = coming + lag[at]; gives = gives + target[at] - FLOOR
    :: lag[at] /* set aside */
    fi
}

/* model/admit.c: who is asked for how much, of what is still short */
inline ask_balloon(at)
{
    next[at] = target[at];
    do
    :: lack > coming && next[at] > FLOOR -> next[at]--; lack--
    :: lack > coming && at < BALLOONS - 1 -> break /* the next one as well */
    :: lack <= coming -> break
    :: next[at] == FLOOR -> break
    od
}

inline reserve(granted_)
{
    entry[CREATE].used = true;
    entry[CREATE].owner = CREATE;
    entry[CREATE].need = NEED;
    entry[CREATE].granted = granted_
}

/* guard/targets.c: xlmem__plan_take: all its steps are written, then each
 * target is set. */
inline write_plan(first, last)
{
    d_step {
        b = first;
        do
        :: b <= last ->
            if
            :: next[b] != target[b] ->
                entry[CREATE].owed[b] =
                    (target[b] > entry[CREATE].owed[b] -> target[b]
                                                   : entry[CREATE].owed[b]);
                entry[CREATE].set[b] = entry[CREATE].set[b] | BIT(next[b])
            :: else
            fi;
            b++
        :: else -> break
        od;
        b = 0
    }
}

inline take()
{
#if defined(FAULT_TARGETS_BEFORE_ENTRY)
    set_target(0, next[0]);
    set_target(1, next[1])
#elif defined(FAULT_WRITTEN_ONE_BY_ONE)
    write_plan(0, 0);
    set_target(0, next[0]);
    set_target(1, next[1]);
    write_plan(1, 1)
#else
    write_plan(0, 1);
    set_target(0, next[0]);
    set_target(1, next[1])
#endif
}

inline decide()
{
    coming = 0;
    gives = 0;
    look_at_balloon(0);
    look_at_balloon(1);
    if
#ifdef FAULT_COMING_IS_THERE
    :: lack <= coming ->
#else
    :: !lack ->
#endif
        reserve(true);
        result = GO
    :: lack && lack <= coming + gives ->
        reserve(false);
        ask_balloon(0);
        ask_balloon(1);
        taking = next[0] != target[0] || next[1] != target[1]
    :: lack -> result = REFUSED /* or its time is over */
    fi;
    coming = 0;
    gives = 0
}

inline guard()
{
    do
    :: result == WAIT ->
        read_ledger(CREATE);
        read_domains();
        atomic {
            weigh(NEED);
            decide();
            if
            :: !taking && result != REFUSED -> drop_lock()
            :: result == REFUSED -> let_go(CREATE) /* give_back */
            :: else
            fi
        };
        if
        :: taking -> take(); taking = false; drop_lock()
        :: result == REFUSED -> pay_debts(CREATE); drop_lock()
        :: else
        fi
    :: else -> break
    od
}

/* libxl: the claim, then the pages. */
proctype create()
{
    byte result;
    bool taking;

    {
        guard();
        if
        :: result == GO ->
            d_step {
                assert(free >= claim + HEADROOM + NEED);
                claim = NEED
            };
            d_step {
                free = free - claim;
                tot = claim;
                claim = 0;
                built = true
            };
            let_go(CREATE)
        :: else
        fi
    } unless { dead[CREATE] };
    over[CREATE] = true
}

/* balance/pass.c: xlmem__monitor_pass, pass_locked; xlmem__moves_end. */
proctype daemon()
{
    byte nr;

    {
        do
        :: nr < PASSES ->
            nr++;
            read_ledger(DAEMON); /* read_books */
            if
            :: debts -> pay_what_is_owed(DAEMON); read_ledger(DAEMON)
            :: else
            fi;
            read_domains();
            atomic {
                weigh(0);
                look_again();
                plan_balloon(0);
                plan_balloon(1)
            };
#ifdef FAULT_MOVE_UNWRITTEN
            make_move(0);
            make_move(1);
            write_moves(DAEMON);
#else
            write_moves(DAEMON);
            make_move(0);
            make_move(1);
#endif
            drop_lock()
        :: else -> break
        od;
        let_go(DAEMON)
    } unless { dead[DAEMON] };
    over[DAEMON] = true
}

/* ------------------------------------------------------------ the world -- */

/* kill -9: the kernel drops what the process held (ledger.pml), and what it
 * had read is gone with it. */
inline kill(n)
{
    atomic {
        !dead[n] && !over[n] ->
        d_step {
            dead[n] = true;
            EACH(s, SLOTS) ->
                if
                :: COUNTS(s) && entry[s].owner == n ->
                    entry[s].owner = NOBODY;
                    entry[s].need = 0
                :: else
                fi;
            NEXT(s);
            if
            :: lock == n ->
                clear();
                forget_owing();
                coming = 0;
                gives = 0;
                lock = NOBODY
            :: else
            fi;
            if
            :: n == CREATE -> claim = 0 /* its half-built domain is destroyed */
            :: else
            fi
        }
    }
}

active proctype killer()
{
end:
    do
    :: kill(CREATE)
    :: kill(DAEMON)
    od
}

#define GIVES(b)                                                              \
    d_step { !stuck[b] && has[b] > target[b] -> has[b]--; free++ }
#define TAKES(b)                                                              \
    d_step {                                                                  \
        has[b] < target[b] && free > claim ->                                 \
        has[b]++;                                                             \
        free--;                                                               \
        assert(free >= claim + HEADROOM)                                      \
    }

/* One of the two may stick. */
active proctype balloons()
{
end:
    do
    :: GIVES(0)
    :: GIVES(1)
    :: TAKES(0)
    :: TAKES(1)
    :: atomic { !stuck[0] && !stuck[1] -> stuck[0] = true }
    :: atomic { !stuck[0] && !stuck[1] -> stuck[1] = true }
    od
}

/* The domain ends, at any time. */
active proctype domain()
{
end:
    do
    :: d_step { tot -> free = free + tot; tot = 0 }
    od
}

#define IS_AT_REST(b) (has[b] == target[b] || (stuck[b] && has[b] > target[b]))

/* It is paid, or written down and there is nothing to pay it of: the create
 * came to its end behind a daemon that had read the ledger, and gave what that
 * set free to the other balloon. */
inline check_owed(at)
{
    find_owed(at);
    assert(target[at] == due[at] || (sum == due[at] && free == HEADROOM))
}

/* All have left, and what can be paid is. */
init
{
    atomic { run create(); run daemon() };
    atomic { over[CREATE] && over[DAEMON] && !tot && lock == NOBODY -> skip };
    IS_AT_REST(0) && IS_AT_REST(1);
    pay_debts(PAYER);
    drop_lock();
    IS_AT_REST(0) && IS_AT_REST(1);
    pay_debts(PAYER);
    IS_AT_REST(0) && IS_AT_REST(1);
    d_step {
        drop_lock();
        check_owed(0);
        check_owed(1);
        EACH(s, SLOTS) ->
            assert(!entry[s].used || target[0] < due[0] || target[1] < due[1]);
        NEXT(s)
    }
}
