/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * From what each domain should have to the next safe moves: docs/design/
 * rebalance.md, "The rule".
 *
 * A pass: the caller says what it knows of each domain (a party);
 * xlmem__balance says what each should have, what is to be done about it now,
 * and when to look again.  The caller carries the plan out, and keeps the
 * parties for the next pass: how gently they are moved goes by what happened
 * to them.
 */
#ifndef XLMEM_MODEL_BALANCE_H
#define XLMEM_MODEL_BALANCE_H

#include "model/lack.h"
#include "model/plan.h"
#include "model/share.h"
#include "model/tracker.h"

/* Why a domain has no part in it: it keeps its target, and none of its memory
 * is anybody else's. */
typedef enum xlmem__apart {
    XLMEM__TAKES_PART,
    XLMEM__PINNED,        /* an administrator has set its target */
    XLMEM__NOT_OPTED_IN,  /* it has no dynamic range */
    XLMEM__STARTING,      /* under construction, or held by a reservation */
    XLMEM__PAUSED,        /* nothing of it runs that could follow */
    XLMEM__LEAVING,       /* migrating, shutting down, dying */
    XLMEM__NOT_UNDERSTOOD /* a fact of it that is needed is not known */
} xlmem__apart;

/* Why a domain is not moved to what it should have; the first that holds. */
typedef enum xlmem__still {
    XLMEM__THERE,      /* it is there, or so near that a move is of no use */
    XLMEM__MOVES,      /* a step of the plan is its own */
    XLMEM__ON_ITS_WAY, /* its balloon is busy with what it was asked before */
    XLMEM__IS_APART,   /* see apart */
    XLMEM__SILENT,     /* what it needs is not known: it keeps its target */
    XLMEM__LEFT_OUT,   /* its balloon does not follow; it is tried again */
    XLMEM__RESTS,      /* it was given memory a moment ago */
    XLMEM__PACED,      /* enough was taken of it within this minute */
    XLMEM__UNASKED,    /* nobody needs what it has to spare */
    XLMEM__WAITS,      /* for memory that others give first */
    XLMEM__CROWDED,    /* the plan is full: in the next pass */
    XLMEM__SCARCE,     /* it has its share, and would like more */
    XLMEM__KEEPS,      /* what it was short of before is nobody's margin */
} xlmem__still;

typedef struct xlmem__party {
    /* What it is. */
    uint32_t domid;
    uint32_t weight;
    uint64_t floor_kb, demand_kb, ceiling_kb;
    uint64_t need_kb;  /* of its demand what it uses already; 0: all */
    uint64_t kept_kb;  /* and with what it may still use, which is nobody's
                          margin; 0: no more */
    bool demand_known; /* else it keeps its target */
    xlmem__apart apart;
    uint64_t target_kb; /* what its balloon is asked for now */
    uint64_t has_kb;    /* what it has, in the terms of its target: the same
                           when it has followed */
    /* What is found: filled by xlmem__balance. */
    uint64_t share_kb; /* what it should have */
    xlmem__still still;
    /* What happened to it: 0 when it is first seen, then changed only by
     * xlmem__party_see and xlmem__balance_done.  Times: 0: never. */
    xlmem__pace pace;
    uint32_t nr_stuck; /* how often it was found not to follow, or was tried
                           again, since it last moved; 0: it is trusted */
    bool stuck_giving; /* when it had more than its target */
    int64_t stuck_ms;  /* the last time */
    uint64_t mark_kb;  /* what it had at */
    int64_t mark_ms;   /* when it had last moved a MiB, or was at rest */
    int64_t asked_ms;  /* when it was last moved */
    int64_t grown_ms;  /* and to more than it had been asked for */
    int64_t minute_ms; /* when its minute began */
    uint64_t moved_kb; /* and what it was moved since */
} xlmem__party;

/* How gently. */
typedef struct xlmem__gentle {
    uint64_t least_kb;  /* the smallest useful change, and, of what nobody
                           needs, */
    uint64_t least_bp;  /* this part of a target */
    uint64_t step_kb;   /* no balloon is asked for more than so far from where
                           it is; 0: as far as may be */
    uint64_t minute_kb; /* who was moved by so much within a minute, in both
                           directions together, is moved no more but up to
                           what it needs; 0: there is no such limit */
    int64_t rest_ms;    /* who was given memory that he needs keeps that for
                           so long; and for so long at least what was
                           lacking is kept for whoever lacks it again */
    int64_t look_ms;    /* how often who moves is looked at */
    int64_t
        patience_ms; /* who does not move a MiB within it does not follow */
    int64_t wake_ms; /* after so long who does not follow is tried again;
                           then after twice as long, up to an hour */
} xlmem__gentle;

/* The usual values: libxlmem/model/party.c says why. */
void xlmem__gentle_init(xlmem__gentle *gentle);

/* What there is beside what the parties have: the books' usable_kb, and
 * deficit_kb, what is missing in them; and what is to be set free beside. */
typedef struct xlmem__purse {
    uint64_t usable_kb;
    uint64_t deficit_kb;
    uint64_t wanted_kb; /* a create waits for it, or Xen is low */
} xlmem__purse;

/*
 * What its balloon did, by who tracks it (model/tracker.h): before each pass,
 * of each party.
 * @track: NULL: it is where it was asked to be, or nothing is known.
 */
void xlmem__party_see(xlmem__party *party, int64_t now_ms,
                      const xlmem__track *track, const xlmem__gentle *gentle);

/* A pass: what is asked and what comes of it; all borrowed. */
typedef struct xlmem__round {
    const xlmem__purse *purse;
    const xlmem__gentle *gentle;
    int64_t now_ms;
    /* Scratch for as many domains as there are parties; @room and @lack are
     * kept from pass to pass. */
    xlmem__share *shares;
    xlmem__share_room *room;
    xlmem__lack *lack;
    /* The steps to be taken now, those that shrink first.  What grows, grows
     * out of @purse's usable_kb alone: so whoever of those that are to shrink
     * stops, and wherever, nothing is promised that is not there. */
    xlmem_plan *plan_r;
    /* When to look again, of the clock of @now_ms; -1: not before something
     * happens. */
    int64_t again_ms_r;
} xlmem__round;

/*
 * Make a pass.
 * @parties: ascending domids; dom0's comes first, if it is one.
 * Returns how far the memory goes.
 */
xlmem__plenty xlmem__balance(xlmem__party *parties, size_t nr,
                             xlmem__round *round);

/* A step of the plan has been taken: its party, as it was in the pass. */
void xlmem__balance_done(xlmem__party *party, int64_t now_ms,
                         const xlmem_step *step);

/* Half a sentence for people. */
const char *xlmem__still_text(xlmem__still still);

#endif /* XLMEM_MODEL_BALANCE_H */
