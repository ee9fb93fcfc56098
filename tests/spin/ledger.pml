/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The ledger's files, call by call of the kernel (sys/ledger.c): two owners,
 * one after the other with the same process id, so that the second may take
 * the name that the first had, and somebody who decides meanwhile.  An owner
 * dies between any two calls, or releases, and sees its file replaced by
 * nobody.
 *
 * Held: a file whose owner lives keeps its name until he removes it; who
 * decides never reads half a text of somebody who lives, nor takes the note of
 * a dead one for his; what the dead leave is swept, by a guard that knows of no
 * notes as well.
 *
 * Faults, each of which must lead to a counterexample: -DFAULT_..., below.
 */
#define NOBODY 255
#define NAMES 2
#define FILES 2 /* one for each owner: its inode */
#define DECIDER FILES

/* No name is a file that was removed, or not made yet. */
byte name[NAMES] = NOBODY;
bool held[FILES]; /* its open-file-description lock */
byte text[FILES]; /* 0: empty; 1: half; 2: whole */
byte noted[NAMES] = NOBODY; /* who has said its domain; a link, by its name */
byte lock = NOBODY;
bool dead[FILES];
byte ended;

#define TAKE_LOCK(me) atomic { lock == NOBODY -> lock = me }
#define DROP_LOCK lock = NOBODY

/* A write is two steps: a reader beside it may see half of it. */
inline write_text(me)
{
    text[me] = 1;
    text[me] = 2
}

/* xlmem__ledger_add, in xlmem__hold_make, which has the lock */
inline make(me)
{
#ifndef FAULT_MADE_UNLOCKED
    TAKE_LOCK(me);
#endif
    d_step {
        n = 0;
        do
        :: name[n] != NOBODY -> n++
        :: else -> break
        od;
        name[n] = me
    };
#ifndef FAULT_NOTE_STAYS
    noted[n] = NOBODY;
#endif
    held[me] = true;
    write_text(me);
#ifndef FAULT_MADE_UNLOCKED
    DROP_LOCK
#endif
}

/* xlmem__ledger_note, without the lock: an old one goes first */
inline note(me)
{
    noted[n] = NOBODY;
    noted[n] = me
}

/* xlmem_hold_bind */
inline bind(me)
{
#ifndef FAULT_BOUND_UNLOCKED
    TAKE_LOCK(me);
#endif
    noted[n] = NOBODY;
    write_text(me);
#ifndef FAULT_BOUND_UNLOCKED
    DROP_LOCK
#endif
}

/* xlmem__ledger_drop: the note, the name, then the descriptor; without the
 * lock */
inline drop(me)
{
#ifdef FAULT_CLOSED_FIRST
    held[me] = false;
    name[n] = NOBODY
#else
    noted[n] = NOBODY;
    assert(name[n] == me);
    name[n] = NOBODY;
    held[me] = false
#endif
}

proctype owner(byte me)
{
    byte n;

    {
        make(me);
        assert(name[n] == me);
        if
        :: bind(me)
        :: note(me)
        :: note(me); bind(me)
        :: bind(me); note(me)
        fi;
        assert(name[n] == me);
        drop(me)
    } unless { dead[me] };
    ended++
}

/* xlmem__ledger_each: visit; xlmem__ledger_sweep: what has no owner.  An
 * open file stays what it was, whatever becomes of its name. */
inline decide()
{
    TAKE_LOCK(DECIDER);
    n = 0;
    do
    :: n < NAMES ->
        file = name[n];
        if
        :: file != NOBODY ->
            owned = held[file];
            seen = text[file];
            whose = noted[n];
            /* released meanwhile: no link is left */
            assert(!owned || name[n] != file || seen == 2);
            assert(!owned || name[n] != file || whose == NOBODY ||
                   whose == file);
#ifdef FAULT_EMPTY_STAYS
            owned = owned || !seen;
#endif
            if
            :: !owned ->
                file = name[n];
                if
                :: file != NOBODY && !held[file] -> name[n] = NOBODY
                :: else
                fi
            :: else
            fi
        :: else
        fi;
        n++
    :: else -> break
    od;
    DROP_LOCK
}

proctype decider()
{
    byte n, file, seen, whose;
    bool owned;

    decide();
    decide();
    ended == FILES;
    decide();
    assert(name[0] == NOBODY && name[1] == NOBODY)
}

#define KILL(n)                                                               \
    atomic {                                                                  \
        !dead[n] -> dead[n] = true;                                           \
        held[n] = false;                                                      \
        if                                                                    \
        :: lock == n -> lock = NOBODY                                         \
        :: else                                                               \
        fi                                                                    \
    }

init {
    atomic { run owner(0); run owner(1); run decider() };
end:
    do
    :: KILL(0)
    :: KILL(1)
    od
}
