/* SPDX-License-Identifier: LGPL-2.1-only */
/* Of guard.pml: the host, the ledger, and what is read of them. */
#define ALL (HEADROOM + 1 + DOM0 + (REBOOTS + MIGRATES) * OLD_KB)

/* The domain that each caller creates has the caller's number. */
#define OLD CALLERS /* the one that was there before */
#define DOMS (CALLERS + 1)

byte free = HEADROOM + 1; /* Xen's, claims included */
byte claims;              /* of it */
byte dom0_tot = DOM0, dom0_target = DOM0;
byte tot[DOMS], claim[DOMS];
bool dying[DOMS];

/* After the host has been rebooted, with less for dom0. */
#define BOOT (DOM0 - 1)
bool booted;

#define NOBODY_STARVES assert(free >= claims + HEADROOM)

/* The domain of a reservation by hand is that of the first create, and so is
 * the old one of a migration; that of a reboot is the reboot's. */
#ifdef FAULT_NO_UUID
#define UUID(n) 0
#else
#define UUID(n)                                                               \
    ((n) == HAND || ((n) == OLD && MIGRATES)                                  \
         -> 0                                                                 \
         : ((n) == OLD -> REBOOT : (n)))
#endif

/* ---------------------------------------------------------- the ledger --- */

/* codec/ledger_text.h: xlmem__entry, and what is known of its file */
typedef entry_t {
    bool used;
    byte owner;   /* NOBODY: dead, or left */
    byte need;
    byte order;
    byte before;  /* its domains that were there already, a bit for each */
    bool granted;
    bool by_hand; /* counts without an owner until it has expired */
    byte owed;    /* its steps: the highest target that they found, */
    byte set;     /* and the targets that they set, a bit for each */
    bool balances /* of who balances: nothing of it is owed or reserved */
};

entry_t entry[SLOTS];
byte lock = NOBODY;
bool expired; /* the time of what is reserved by hand is over */
bool promised; /* it is in force, and its create has not come */

bool dead[CALLERS];
byte ended, gone; /* how many calls are over; whose */

/* What is used within one step only (d_step). */
hidden byte s, d, its, taken, first;

#define BIT(n) (1 << (n))

/* entries.c: counts, xlmem__listed_by_hand, is_nothing; guard/debts.c: is_debt */
#define BY_HAND_(s) (entry[s].owner == NOBODY && entry[s].by_hand && !expired)
#define COUNTS(s) (entry[s].used && (entry[s].owner != NOBODY || BY_HAND_(s)))
#define HOLDS(me) (entry[me].used && entry[me].owner == me)
#define HAS_STEPS(s) (entry[s].owed || entry[s].balances)
#define IS_DEBT(s) (entry[s].used && !COUNTS(s) && HAS_STEPS(s))
#ifdef FAULT_SWEEP_OWNED
#define IS_NOTHING(s, me)                                                     \
    (s != me && entry[s].used && !entry[s].owed && !entry[s].by_hand)
#elif defined(FAULT_SWEEP_DEBTS)
#define IS_NOTHING(s, me) (entry[s].used && !COUNTS(s))
#elif defined(FAULT_SWEEP_MOVES)
#define IS_NOTHING(s, me) (entry[s].used && !COUNTS(s) && !entry[s].owed)
#else
#define IS_NOTHING(s, me) (entry[s].used && !COUNTS(s) && !HAS_STEPS(s))
#endif

inline forget(s)
{
    entry[s].used = false;
    entry[s].owner = 0;
    entry[s].need = 0;
    entry[s].order = 0;
    entry[s].before = 0;
    entry[s].granted = false;
    entry[s].by_hand = false;
    entry[s].owed = 0;
    entry[s].set = 0;
    entry[s].balances = false
}

/* An entry that is nobody's reservation, in a file of its own. */
inline add_debt(at, owner_, owed_, set_)
{
    at = CALLERS;
    do
    :: entry[at].used -> at++
    :: else -> break
    od;
    entry[at].used = true;
    entry[at].owner = owner_;
    entry[at].owed = owed_;
    entry[at].set = set_
}

/*
 * sys/ledger.c: xlmem__ledger_lock, _unlock.  The scratch of a decision is
 * cleared so that it does not tell states apart.
 *
 * What commutes with everybody else's steps is not a step of its own: taking
 * the lock goes with what follows it, letting go of it with what comes before,
 * writing an entry with the reading before, because nobody looks at entries
 * without the lock, and sweeping what is nothing with the reading.
 */
#define TAKE_LOCK(me) (lock == NOBODY || lock == me) -> lock = me

inline clear()
{
    usable = 0; lack = 0; coming = 0; lag = 0; others = false; debts = 0;
    living = 0; owed = 0; set = 0; pay = 0; busy = false; carrier = NOBODY;
    taking = false; paying = false
}

inline drop_lock()
{
    d_step { clear(); keeps = 0; lock = NOBODY }
}

/* Remove the entries whose bits are set, one in each step. */
inline forget_each(entries)
{
    do
    :: d_step {
           entries ->
           s = 0;
           do
           :: !(entries & BIT(s)) -> s++
           :: else -> break
           od;
           entries = entries & ~BIT(s);
           forget(s)
       }
    :: else -> break
    od
}

/* ----------------------------------------------------------- the books --- */

/* What is known between the readings: only who decides uses it. */
byte open[CALLERS], reserved, growth;

/* guard/books.c: let_keeps_yield, is_for: reserved by hand for the domain
 * that @me creates, left out, and with it all who wait and asked later. */
#ifdef FAULT_NO_YIELD
#define YIELDS(s, me) false
#else
#define YIELDS(s, me) (entry[s].used && BY_HAND_(s) && UUID(s) == UUID(me))
#endif

/*
 * guard/books.c: xlmem__books_read, leave_out_mine, leave_out_later; entries.c:
 * xlmem__entries_read, sweep.  @mine: the caller's own entry is left out, and
 * whoever waits and asked later.  @creates: what was reserved by hand for its
 * domain yields.
 */
inline read_ledger(me, mine, creates)
{
    d_step {
        debts = 0;
        living = 0;
        others = false;
        first = (mine -> entry[me].order : NOBODY);
        s = 0;
        do
        :: s < CALLERS ->
            if
            :: creates && YIELDS(s, me) ->
                keeps = keeps | BIT(s);
                first = (entry[s].order < first -> entry[s].order : first)
            :: else
            fi;
            s++
        :: else -> break
        od;
        s = 0;
        do
        :: s < SLOTS ->
            if
            :: s < CALLERS && COUNTS(s) && !entry[s].balances &&
               !(mine && s == me) &&
               !(creates && YIELDS(s, me)) &&
               !(!entry[s].granted && entry[s].order > first) ->
                open[s] = entry[s].need;
                others = true
            :: else
            fi;
            if
            :: IS_DEBT(s) -> debts = debts | BIT(s)
            :: COUNTS(s) && HAS_STEPS(s) -> living = living | BIT(s)
            :: else
            fi;
            if
            :: IS_NOTHING(s, me) -> forget(s)
            :: else
            fi;
            s++
        :: else -> break
        od
    }
}

/* entries.c: is_its, was_there, is_taken; nobody binds here */
#ifdef FAULT_SOURCE_COUNTS
#define IS_ITS(d, s)                                                          \
    (UUID(d) == UUID(s) && tot[d] + claim[d] && !dying[d] && !(taken & BIT(d)))
#else
#define IS_ITS(d, s)                                                          \
    (UUID(d) == UUID(s) && tot[d] + claim[d] && !dying[d] &&                  \
     !(taken & BIT(d)) && !(entry[s].before & BIT(d)))
#endif

/* What its domain has of what entry @s promises; entries.c: guess_dom. */
inline find_dom(s)
{
    d = 0;
    do
    :: d < DOMS && !IS_ITS(d, s) -> d++
    :: else -> break
    od;
    its = 0;
    if
    :: d < DOMS -> taken = taken | BIT(d); its = tot[d] + claim[d]
    :: else
    fi
}

/* sys/live_xen.c: the domains; model/account.c: xlmem__growth_kb,
 * xlmem__coming_kb, open_kb. */
inline read_domains()
{
    d_step {
        growth = (dom0_target > dom0_tot -> dom0_target - dom0_tot : 0);
        lag = (dom0_tot > dom0_target -> dom0_tot - dom0_target : 0);
        coming = lag;
        d = 0;
        do
        :: d < DOMS -> coming = coming + (dying[d] -> tot[d] : 0); d++
        :: else -> break
        od;
        taken = 0;
        s = 0;
        do
        :: s < CALLERS ->
            if
            :: open[s] ->
                find_dom(s);
                reserved = reserved + (open[s] > its -> open[s] - its : 0);
                open[s] = 0
            :: else
            fi;
            s++
        :: else -> break
        od
    }
}

/* sys/live_xen.c: free memory and claims, one hypercall */
inline read_free()
{
    d_step { usable = free; lack = claims }
}

/* model/account.c: xlmem_account_of; model/admit.c: xlmem_admit.  @lack:
 * short_kb; for a need of 0 it is deficit_kb. */
inline weigh(need_)
{
    d_step {
        lack = lack + reserved + growth + HEADROOM;
        s = usable;
        usable = (s > lack -> s - lack : 0);
        lack = lack + need_;
        lack = (lack > s -> lack - s : 0);
        reserved = 0;
        growth = 0
    }
}

/* What its domain was promised is there, or comes: seen when a create of that
 * domain begins to decide, all at once. */
#if defined(BY_HAND) && !REBOOTS
inline check_promise(me, creates)
{
    d_step {
        if
        :: creates -> assert(!promised || entry[HAND].used)
        :: else
        fi;
        if
        :: creates && me == 0 && !HOLDS(me) && entry[HAND].used &&
           BY_HAND_(HAND) && NEED <= entry[HAND].need ->
            read_ledger(me, false, true);
            read_domains();
            read_free();
            weigh(NEED);
            assert(lack <= coming - lag);
            clear();
            keeps = 0
        :: else
        fi
    }
}
#else
#define check_promise(me, creates) skip
#endif

/* In three steps, the last of which goes with what is done about it. */
#if defined(FAULT_FREE_BEFORE_LEDGER)
#define READ_BOOKS(me, mine, creates)                                         \
    atomic { TAKE_LOCK(me); read_free() };                                    \
    read_ledger(me, mine, creates)
#define READ_LAST read_domains()
#elif defined(FAULT_FREE_BEFORE_DOMAINS)
#define READ_BOOKS(me, mine, creates)                                         \
    atomic { TAKE_LOCK(me); read_ledger(me, mine, creates) };                 \
    read_free()
#define READ_LAST read_domains()
#else
#define READ_BOOKS(me, mine, creates)                                         \
    atomic {                                                                  \
        TAKE_LOCK(me);                                                        \
        check_promise(me, creates);                                           \
        read_ledger(me, mine, creates)                                        \
    };                                                                        \
    read_domains()
#define READ_LAST read_free()
#endif
