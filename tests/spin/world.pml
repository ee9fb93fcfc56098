/* SPDX-License-Identifier: LGPL-2.1-only */
/* Of guard.pml: who starts the callers and kills them, dom0's balloon, a
 * destroyer, and time. */
/* kill -9: the kernel drops what the process held (ledger.pml), and what it
 * had read is gone with it. */
inline kill(n, u)
{
    dead[n] = true;
    do
    :: u < SLOTS ->
        if
        :: slip[u].used && slip[u].owner == n -> slip[u].owner = NOBODY
        :: else
        fi;
        u++
    :: else -> u = 0; break
    od;
    if
    :: lock == n ->
        lock = NOBODY;
        reserved = 0;
        growth = 0;
        do
        :: u < CALLERS -> open[u] = 0; u++
        :: else -> u = 0; break
        od
    :: else
    fi
}

#define KILL(n)                                                               \
    atomic {                                                                  \
        kills < KILLS && n < RAISE && !dead[n] && !(gone & BIT(n)) ->         \
        kill(n, u);                                                           \
        kills++                                                               \
    }

active proctype world()
{
    byte n, u, kills;

    atomic {
        do
        :: n < CREATES -> run create(n); n++
        :: else -> n = 0; break
        od;
        if
        :: REBOOTS -> run reboot_of()
        :: else
        fi;
#ifdef BY_HAND
        run reserve_by_hand();
#endif
        run raise()
    }
end:
    do
    :: KILL(0)
    :: KILL(1)
#if RAISE > 2
    :: KILL(2)
#endif
    od
}

#ifdef STUCK
#define CAN_MOVE moves
#else
#define CAN_MOVE true
#endif

active proctype balloon()
{
    bool moves = true;

#ifdef STUCK
    if
    :: moves = false
    :: true
    fi;
#endif
end:
    do
    :: atomic { CAN_MOVE && dom0_tot > dom0_target -> dom0_tot--; free++ }
    :: atomic {
           CAN_MOVE && dom0_tot < dom0_target && free > claims ->
           dom0_tot++;
           free--;
           NOBODY_STARVES
       }
    od
}

/* xl destroy, also of a domain that is being built, and Xen, which gives back
 * the pages of the dying. */
#define DESTROY(n)                                                            \
    atomic {                                                                  \
        !dying[n] && tot[n] + claim[n] ->                                     \
        dying[n] = true;                                                      \
        claims = claims - claim[n];                                           \
        claim[n] = 0                                                          \
    }
#define REAP(n)                                                               \
    atomic { dying[n] -> free = free + tot[n]; tot[n] = 0; dying[n] = false }

active proctype destroyer()
{
end:
    do
    :: DESTROY(0)
    :: REAP(0)
#if CREATES + REBOOTS > 1
    :: DESTROY(1)
    :: REAP(1)
#endif
#if CREATES + REBOOTS > 2
    :: DESTROY(2)
    :: REAP(2)
#endif
    :: atomic { old_dying && old_tot -> free = free + old_tot; old_tot = 0 }
    od
}

#ifdef SERVED
active proctype clock()
{
    byte n;

    do
    :: n < CALLERS && (n != REBOOT || !old_tot) -> late[n] = true; n++
    :: n == CALLERS -> break
    od
}

ltl served { <> (ended == CALLERS) }
#endif
