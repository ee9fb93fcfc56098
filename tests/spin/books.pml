/* SPDX-License-Identifier: LGPL-2.1-only */
/* Of guard.pml: the host, the ledger, and what is read of them. */
#define ALL (HEADROOM + 1 + DOM0 + REBOOTS * OLD_KB)

byte free = HEADROOM + 1; /* Xen's, claims included */
byte claims;              /* of it */
byte dom0_tot = DOM0, dom0_target = DOM0;
byte tot[CALLERS], claim[CALLERS]; /* of the domain that each creates */
bool dying[CALLERS];
byte old_tot = REBOOTS * OLD_KB; /* the reboot's domain as it was before */
bool old_dying;

#define NOBODY_STARVES assert(free >= claims + HEADROOM)

/* ---------------------------------------------------------- the ledger --- */

typedef slip_t {
    bool used;
    byte owner;   /* NOBODY: dead, or left */
    byte need;    /* of the domain of the slip's own number */
    byte order;
    bool granted;
    bool by_hand; /* counts without an owner until it has expired */
    byte owed;    /* its steps: the highest target that they found, */
    byte set      /* and the targets that they set, a bit for each */
};

slip_t slip[SLOTS];
byte lock = NOBODY;
bool expired;

bool dead[CALLERS];
byte ended, gone; /* how many calls are over; whose */

/*
 * Whether the wait is over.  For what must never happen it may be over at any
 * time, or never; that everybody is served needs a clock.
 */
#ifdef SERVED
bool late[CALLERS];
#define IS_LATE(me) late[me]
#ifdef FAULT_NO_DEADLINE
#define HAS_TIME(me) true
#else
#define HAS_TIME(me) (!late[me])
#endif
#else
#define IS_LATE(me) (me != REBOOT || !old_tot)
#define HAS_TIME(me) true
#endif

#define BIT(target) (1 << (target))
#define COUNTS(s)                                                             \
    (slip[s].used &&                                                          \
     (slip[s].owner != NOBODY || (slip[s].by_hand && !expired)))
#define IS_DEBT(s)                                                            \
    (slip[s].used && slip[s].owner == NOBODY && !COUNTS(s) && slip[s].owed)
#ifdef FAULT_SWEEP_OWNED
#define IS_NOTHING(s, me)                                                     \
    (s != me && slip[s].used && !slip[s].owed && !slip[s].by_hand)
#elif defined(FAULT_SWEEP_DEBTS)
#define IS_NOTHING(s, me) (slip[s].used && !COUNTS(s))
#else
#define IS_NOTHING(s, me) (slip[s].used && !COUNTS(s) && !slip[s].owed)
#endif

inline forget(s)
{
    slip[s].used = false;
    slip[s].owner = 0;
    slip[s].need = 0;
    slip[s].order = 0;
    slip[s].granted = false;
    slip[s].by_hand = false;
    slip[s].owed = 0;
    slip[s].set = 0;
}

/*
 * sys/ledger.c: xlmem__ledger_lock, _unlock.  The scratch of a decision is
 * cleared so that it does not tell states apart.
 *
 * What commutes with everybody else's steps is not a step of its own: taking
 * the lock goes with what follows it, letting go of it with what comes before,
 * and writing a slip with the reading before, because nobody looks at slips
 * without the lock.
 */
#define TAKE_LOCK(me) (lock == NOBODY || lock == me) -> lock = me

inline clear()
{
    usable = 0; lack = 0; coming = 0; others = false; debts = 0; living = 0;
    k = 0; s = 0; owed = 0; set = 0; pay = 0; busy = false; carrier = NOBODY;
    lock = NOBODY
}

inline drop_lock()
{
    d_step { clear() }
}

/* ----------------------------------------------------------- the books --- */

/* What is known between the readings: only who decides uses it. */
byte open[CALLERS], reserved, growth;

/* Remove the slips whose bits are set, one in each step. */
inline forget_each(slips)
{
    do
    :: atomic {
           slips ->
           do
           :: !(slips & BIT(s)) -> s++
           :: else -> break
           od;
           slips = slips & ~BIT(s);
           forget(s);
           s = 0
       }
    :: else -> break
    od
}

/*
 * guard_books.c: xlmem__books_read; slips.c: xlmem__slips_read.  @mine: the
 * caller's own slip is left out, and whoever waits and asked later.  What is
 * nothing any more is swept.
 */
inline read_ledger(me, mine)
{
    d_step {
        debts = 0;
        living = 0;
        others = false;
        s = 0;
        do
        :: s < SLOTS ->
            if
            :: s < CALLERS && COUNTS(s) && !(mine && s == me) &&
               !(mine && !slip[s].granted && slip[s].order > slip[me].order) ->
                open[s] = slip[s].need;
                others = true
            :: else
            fi;
            if
            :: IS_DEBT(s) -> debts = debts | BIT(s)
            :: slip[s].owner != NOBODY && slip[s].owed ->
                living = living | BIT(s)
            :: else
            fi;
            if
            :: IS_NOTHING(s, me) -> k = k | BIT(s)
            :: else
            fi;
            s++
        :: else -> break
        od;
        s = 0
    }
    forget_each(k)
}

/* sys/live_xen.c: the domains; model/account.c: open_kb, growth_of,
 * coming_of.  A dying domain is no reservation's (slips.c: is_its). */
inline read_domains()
{
    d_step {
        growth = (dom0_target > dom0_tot -> dom0_target - dom0_tot : 0);
        coming = (dom0_tot > dom0_target -> dom0_tot - dom0_target : 0);
        coming = coming + (old_dying -> old_tot : 0);
        s = 0;
        do
        :: s < CALLERS ->
            if
            :: dying[s] ->
                coming = coming + tot[s];
                reserved = reserved + open[s]
            :: else ->
                reserved = reserved + (open[s] > tot[s] + claim[s] ->
                                       open[s] - tot[s] - claim[s] : 0)
            fi;
            open[s] = 0;
            s++
        :: else -> s = 0; break
        od
    }
}

/* sys/live_xen.c: free memory and claims, one hypercall */
inline read_free()
{
    d_step { usable = free; lack = claims }
}

/* model/account.c: xlmem_account_of; model/admit.c: xlmem_admit */
inline weigh(need)
{
    d_step {
        lack = lack + reserved + growth + HEADROOM + need;
        pay = lack - need;
        if
        :: usable >= lack -> lack = 0
        :: else -> lack = lack - usable
        fi;
        usable = (usable > pay -> usable - pay : 0);
        pay = 0;
        reserved = 0;
        growth = 0
    }
}

/* In three steps, the last of which goes with what is done about it. */
#if defined(FAULT_FREE_BEFORE_LEDGER)
#define READ_BOOKS(me, mine) \
    atomic { TAKE_LOCK(me); read_free() }; read_ledger(me, mine)
#define READ_LAST read_domains()
#elif defined(FAULT_FREE_BEFORE_DOMAINS)
#define READ_BOOKS(me, mine) \
    atomic { TAKE_LOCK(me); read_ledger(me, mine) }; read_free()
#define READ_LAST read_domains()
#else
#define READ_BOOKS(me, mine) \
    atomic { TAKE_LOCK(me); read_ledger(me, mine) }; read_domains()
#define READ_LAST read_free()
#endif
