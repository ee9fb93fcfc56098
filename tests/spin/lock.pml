/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The decision lock and its line (sys/decision_lock.c, sys/queue.c): three that
 * ask once each, the first two of them threads of one process, which forks a
 * child at any time.  Either process is killed at any time; the child, which
 * has copies of all descriptors, lives on.
 *
 * Nobody looks again without an event, as long as nobody has died and no two
 * threads of one process have asked at once: what the code finds by looking
 * now and then (FIRST_MS, NEXT_MS, OTHERS_MS) is for those only.
 *
 * Held: one decides at a time; whoever stood in line, and lives, when another
 * one asked is served before him; everybody who lives is served (invalid end
 * states), so no event is lost.
 *
 * Faults, each of which must lead to a counterexample: -DFAULT_..., below.
 */
#define NOBODY 255
#define ASKERS 3
#define AT_TURN ASKERS
#define OF(me) (me / 2) /* the process: 0, 0, 1 */
#define LIVES(me) (!dead[OF(me)])

byte file = NOBODY;    /* the process that has the record lock */
byte thread[2];        /* who has his process's byte, plus one; 0: nobody */
byte holder = NOBODY;  /* who decides */
bool dead[2];
bool child_file, child_byte; /* the child has a copy of what is locked */
bool child_place[2];         /* and of the threads' places */
byte now;              /* counts names */
byte stands[ASKERS];   /* in that order; 0: not, or not yet */
byte ahead[ASKERS];    /* a bit for each who stood in line when we asked */
byte watches[ASKERS] = NOBODY; /* whose place, or AT_TURN */
bool event[ASKERS];            /* of what is watched */
bool met;              /* two threads of one process asked at once */

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
#define DIRECTLY_BEFORE(other, me)                                            \
    (BEFORE(other, me) && !(BEFORE(0, me) && stands[0] > stands[other]) &&    \
     !(BEFORE(1, me) && stands[1] > stands[other]) &&                         \
     !(BEFORE(2, me) && stands[2] > stands[other]))

/* A record lock does not keep the threads of one process apart. */
#define IS_FREE(me) (file == NOBODY || file == OF(me))
#define IS_AHEAD(me, other)                                                   \
    ((ahead[me] & (1 << other)) && stands[other] && LIVES(other))

inline take_byte(me)
{
#ifdef FAULT_NO_BYTE
    byte_taken = true
#else
    atomic {
        byte_taken = !thread[OF(me)];
        if
        :: byte_taken -> thread[OF(me)] = me + 1
        :: else -> met = true
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
            assert(!IS_AHEAD(me, 0) && !IS_AHEAD(me, 1) && !IS_AHEAD(me, 2));
            ahead[me] = 0;
            holder = me
        :: else
        fi
    }
}

inline let_file_go(me)
{
    atomic {
        holder = NOBODY;
        file = NOBODY
    }
}

#define WAKE(other, what)                                                     \
    if                                                                        \
    :: watches[other] == what -> event[other] = true                          \
    :: else                                                                   \
    fi
#define WAKE_ALL(what)                                                        \
    WAKE(0, what);                                                            \
    WAKE(1, what);                                                            \
    WAKE(2, what)

/* The byte is read also where a child has a copy of the place. */
inline tell_the_next(me)
{
    atomic {
#ifdef FAULT_LEFT_UNSAID
        if
        :: me < 2 && child_place[me]
        :: else -> WAKE_ALL(me)
        fi
#else
        WAKE_ALL(me)
#endif
    }
}

inline leave_line(me)
{
#ifdef FAULT_TOLD_EARLY
    tell_the_next(me);
#endif
    stands[me] = 0;
#ifndef FAULT_TOLD_EARLY
    tell_the_next(me)
#endif
}

inline call_first()
{
#ifdef FAULT_NOT_CALLED
    skip
#else
    atomic { WAKE_ALL(AT_TURN) }
#endif
}

/* What a child has a copy of is not closed by a death. */
#define CLOSED(other) !(other < 2 && child_place[other])

/* Who stands directly before us, or "turn"; what of both is gone already, or
 * has no writer, is not watched, and we look again. */
inline watch(me, what)
{
    atomic {
        event[me] = false;
        watches[me] = what;
        if
        :: what < ASKERS && (!stands[what] || (!LIVES(what) && CLOSED(what)))
            -> event[me] = true
        :: else
        fi
    }
}

inline try(me)
{
    take_byte(me);
    if
    :: byte_taken ->
        take_file(me);
        if
        :: holder == me
        :: else -> let_byte_go(me)
        fi
    :: else
    fi
}

/* When looking again finds what no event has told. */
#define RARE (dead[0] || dead[1] || met)
#define IS_WORTH_IT(me) (TURN(me) && IS_FREE(me) && !thread[OF(me)])

proctype asker(byte me)
{
    bool byte_taken;
    byte before, name;

    {
        atomic {
            ahead[me] = (stands[0] > 0) + 2 * (stands[1] > 0) +
                        4 * (stands[2] > 0);
            if
            :: TURN(me)
            :: else -> goto stand
            fi
        };
        try(me);
        if
        :: holder == me -> goto decide
        :: else
        fi;
stand:
        atomic { now++; name = now };
        atomic { stands[me] = name; name = 0 };
look:
        atomic {
            if
            :: TURN(me) -> before = AT_TURN
            :: !TURN(me) && DIRECTLY_BEFORE(0, me) -> before = 0
            :: !TURN(me) && DIRECTLY_BEFORE(1, me) -> before = 1
            :: !TURN(me) && DIRECTLY_BEFORE(2, me) -> before = 2
            fi
        };
again:
#ifndef FAULT_WATCHES_LATE
        watch(me, before);
#endif
        if
        :: before == AT_TURN -> try(me)
        :: else
        fi;
        if
        :: holder == me -> goto leave
        :: else
        fi;
#ifdef FAULT_WATCHES_LATE
        watch(me, before);
#endif
        if
        :: event[me] && before == AT_TURN -> goto again
        :: event[me] && before != AT_TURN -> goto look
        :: RARE && IS_WORTH_IT(me) -> goto look
        fi;
leave:
        atomic { watches[me] = NOBODY; event[me] = false };
        leave_line(me);
decide:
#ifdef FAULT_CALLED_EARLY
        call_first();
#endif
        let_file_go(me);
        let_byte_go(me);
#ifndef FAULT_CALLED_EARLY
        call_first()
#endif
    } unless { dead[OF(me)] }
}

#define DIES(me, p)                                                           \
    if                                                                        \
    :: OF(me) == p && stands[me] && CLOSED(me) -> WAKE_ALL(me)                \
    :: else                                                                   \
    fi

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
        fi;                                                                   \
        DIES(0, p);                                                           \
        DIES(1, p);                                                           \
        DIES(2, p)                                                            \
    }

#ifdef FAULT_INHERITED
#define CHILD_GETS_FILE file == 0
#else
#define CHILD_GETS_FILE false
#endif

bool forked;

init {
    atomic { run asker(0); run asker(1); run asker(2) };
    do
    :: atomic {
            !dead[0] && !forked && (thread[0] || stands[0] || stands[1]) ->
                forked = true;
                child_byte = thread[0] > 0;
                child_file = CHILD_GETS_FILE;
                child_place[0] = stands[0] > 0;
                child_place[1] = stands[1] > 0
        }
    :: KILL(0)
    :: KILL(1)
    :: break /* at any time: those who live then are served */
    od
}
