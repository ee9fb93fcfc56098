/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The decision lock and its line (sys/decision_lock.c, sys/line.c): three that
 * ask once each, the first two of them threads of one process, which forks a
 * child at any time.  Either process is killed at any time; the child, which
 * has copies of all descriptors, lives on.
 *
 * Held: one decides at a time; whoever stood in line, and lives, when another
 * one asked is served before him; everybody who lives is served (invalid end
 * states).
 *
 * Faults, each of which must lead to a counterexample: -DFAULT_..., below.
 */
#define NOBODY 255
#define ASKERS 3
#define OF(me) (me / 2) /* the process: 0, 0, 1 */
#define LIVES(me) (!dead[OF(me)])

byte file = NOBODY;    /* the process that has the record lock */
byte thread[2];        /* who has his process's byte, plus one; 0: nobody */
byte holder = NOBODY;  /* who decides */
bool dead[2];
bool child_file, child_byte; /* the child has a copy of what is locked */
byte now;              /* counts those who ask and those who stand in line */
byte asked[ASKERS], stands[ASKERS]; /* since when; 0: not */

#ifdef FAULT_DEAD_STAY
#define COUNTS(other) (stands[other] > 0)
#else
#define COUNTS(other) (stands[other] > 0 && LIVES(other))
#endif
#define BEFORE(other, me)                                                     \
    (other != me && COUNTS(other) &&                                          \
     (!stands[me] || stands[other] < stands[me]))
#ifdef FAULT_BARGE
#define TURN(me) true
#else
#define TURN(me) (!(BEFORE(0, me) || BEFORE(1, me) || BEFORE(2, me)))
#endif

/* A record lock does not keep the threads of one process apart. */
#define IS_FREE(me) (file == NOBODY || file == OF(me))
#define ASKED_AFTER(me, other)                                                \
    (other != me && stands[other] && LIVES(other) &&                          \
     stands[other] < asked[me])

inline take_byte(me)
{
#ifdef FAULT_NO_BYTE
    byte_taken = true
#else
    atomic {
        byte_taken = !thread[OF(me)];
        if
        :: byte_taken -> thread[OF(me)] = me + 1
        :: else
        fi
    }
#endif
}

/* Unlocked, not only closed. */
inline let_byte_go(me)
{
#ifdef FAULT_ONLY_CLOSED
    atomic {
        if
        :: !(OF(me) == 0 && child_byte) -> thread[OF(me)] = 0
        :: else
        fi
    }
#else
    thread[OF(me)] = 0
#endif
}

/* Closing any descriptor of the file drops the lock of the process. */
inline take_file(me)
{
    atomic {
        if
        :: IS_FREE(me) ->
            file = OF(me);
            assert(holder == NOBODY);
            assert(!ASKED_AFTER(me, 0) && !ASKED_AFTER(me, 1) &&
                   !ASKED_AFTER(me, 2));
            holder = me
        :: else
        fi
    }
}

inline let_file_go(me)
{
    atomic {
        holder = NOBODY;
        file = NOBODY;
        stands[me] = 0
    }
}

proctype asker(byte me)
{
    bool byte_taken;

    {
        atomic { now++; asked[me] = now };
        do
        :: TURN(me) ->
            take_byte(me);
            if
            :: byte_taken ->
                take_file(me);
                if
                :: holder == me -> break
                :: else -> let_byte_go(me)
                fi
            :: else
            fi;
            goto stand
        :: else ->
stand:
            atomic {
                if
                :: !stands[me] -> now++; stands[me] = now
                :: else
                fi
            };
            /* whoever polls, until it may be worth it */
            (TURN(me) && IS_FREE(me) && !thread[OF(me)])
        od;
        let_file_go(me);
        let_byte_go(me)
    } unless { dead[OF(me)] }
}

/* The kernel closes what the process had; the child has it still. */
#define KILL(p)                                                               \
    atomic {                                                                  \
        !dead[p] -> dead[p] = true;                                           \
        if                                                                    \
        :: holder != NOBODY && OF(holder) == p -> holder = NOBODY             \
        :: else                                                               \
        fi;                                                                   \
        if                                                                    \
        :: file == p && !(p == 0 && child_file) -> file = NOBODY              \
        :: else                                                               \
        fi                                                                    \
    }

#ifdef FAULT_INHERITED
#define CHILD_GETS_FILE file == 0
#else
#define CHILD_GETS_FILE false
#endif

init {
    atomic { run asker(0); run asker(1); run asker(2) };
    do
    :: atomic {
            !dead[0] && !child_byte && thread[0] ->
                child_byte = true;
                child_file = CHILD_GETS_FILE
        }
    :: KILL(0)
    :: KILL(1)
    :: break /* at any time: those who live then are served */
    od
}
