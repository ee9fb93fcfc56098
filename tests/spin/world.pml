/* SPDX-License-Identifier: LGPL-2.1-only */
/* Of guard.pml: who starts the callers and kills them, the host's reboot,
 * dom0's balloon, and a destroyer. */
/* kill -9: the kernel drops what the process held (ledger.pml), and what it
 * had read is gone with it. */
inline kill(n)
{
    d_step {
        dead[n] = true;
        s = 0;
        do
        :: s < SLOTS ->
            if
            :: entry[s].used && entry[s].owner == n -> entry[s].owner = NOBODY
            :: else
            fi;
            s++
        :: else -> break
        od;
        if
        :: lock == n -> forget_readings()
        :: else
        fi
    }
}

inline forget_readings()
{
    lock = NOBODY;
    reserved = 0;
    growth = 0;
    s = 0;
    do
    :: s < CALLERS -> open[s] = 0; s++
    :: else -> break
    od
}

#if BALANCES
#define KILLABLE CALLERS
#else
#define KILLABLE RAISE
#endif
#define KILL(n)                                                               \
    atomic {                                                                  \
        kills < KILLS && n < KILLABLE && !dead[n] && !(gone & BIT(n)) ->         \
        kill(n);                                                              \
        kills++                                                               \
    }

/* dom0's reboot is the host's: all domains and processes are gone, and with a
 * tmpfs the ledger.  dom0 comes back as its boot loader says, by now. */
inline reboot_host()
{
    d_step {
        s = 0;
        do
#ifndef FAULT_LEDGER_SURVIVES
        :: s < SLOTS -> forget(s); s++
#else
        :: s < SLOTS -> entry[s].owner = NOBODY; s++
#endif
        :: else -> break
        od;
        d = 0;
        do
        :: d < DOMS -> tot[d] = 0; claim[d] = 0; dying[d] = false; d++
        :: else -> break
        od;
        claims = 0;
        promised = false;
        dom0_tot = BOOT;
        dom0_target = BOOT;
        free = ALL - BOOT;
        forget_readings();
        s = 0;
        do
        :: s < CALLERS -> dead[s] = true; s++
        :: else -> break
        od
    }
}

active proctype world()
{
    byte n, kills;

    atomic {
        tot[OLD] = (REBOOTS + MIGRATES) * OLD_KB;
        do
        :: n < CREATES -> run create(n); n++
        :: else -> n = 0; break
        od;
#if REBOOTS
        run reboot_of();
#endif
#ifdef BY_HAND
        run reserve_by_hand();
#endif
#if BALANCES
        run balance();
#else
        run raise();
#endif
        run finish()
    }
end:
    do
    :: KILL(0)
    :: KILL(1)
#if RAISE > 2
    :: KILL(2)
#endif
#if RAISE > 3
    :: KILL(3)
#endif
#ifdef HOST_REBOOT
    :: atomic {
           !booted && ended < CALLERS -> booted = true; reboot_host()
       }
#endif
    od
}

active proctype balloon()
{
end:
    do
    :: d_step {
           moves && dom0_tot > dom0_target ->
           dom0_tot--;
           free++;
#ifdef SERVED
           s = 0;
           do
           :: s < CALLERS -> came[s] = true; s++
           :: else -> break
           od
#endif
       }
    :: atomic {
           dom0_tot < dom0_target && free > claims ->
           dom0_tot++;
           free--;
           NOBODY_STARVES
       }
#ifdef STUCK
    :: atomic { moves -> moves = false }
#endif
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
#if MIGRATES
    :: DESTROY(OLD)
#endif
#if REBOOTS + MIGRATES
    :: REAP(OLD)
#endif
    od
}

#ifdef BY_HAND
active proctype expire()
{
end:
    if
    :: atomic { expired = true; promised = false }
    fi
}
#endif
