/* SPDX-License-Identifier: LGPL-2.1-only */
/* A host on which something is carried out to see whether a domain fits then:
 * what advice is found with. */
#ifndef XLMEM_MODEL_TRIAL_H
#define XLMEM_MODEL_TRIAL_H

#include "model/admit.h"
#include "model/promised.h"
#include "private/advice.h"
#include "private/dom0.h"

/* Who is asked. */
typedef enum xlmem__try {
    XLMEM__TRY_LEFTOVERS, /* what no running domain misses */
    XLMEM__TRY_DOMUS,
} xlmem__try;

typedef struct xlmem__trial {
    const xlmem_host *was;
    xlmem_host host; /* its lists of domains and reservations are its own */
    xlmem_policy policy;
    const xlmem_question *question;
    uint64_t need_kb, dom0_need_kb;
    xlmem__try set;
    size_t nr; /* who could be asked: domains, then reservations */
    xlmem__promised promised; /* of @was */
    /* Of the last decision. */
    xlmem_account account;
    xlmem__survey survey;
    xlmem_outcome outcome;
    xlmem_dom0_move move; /* of dom0, where that was looked at */
    bool dom0_short;      /* of what has been carried out so far */
} xlmem__trial;

/*
 * A host as it is, for who asks that: 8 kB, and lists of its own beside.
 * @host, @question: borrowed.  xlmem__trial_free: NULL is fine.
 * Returns NULL without memory.
 */
xlmem__trial *xlmem__trial_of(const xlmem_host *host,
                              const xlmem_policy *policy,
                              const xlmem_question *question);
void xlmem__trial_free(xlmem__trial *t);

/* What could be done with the @i-th.  false: nothing. */
bool xlmem__trial_action(const xlmem__trial *t, size_t i, xlmem_action *a);

void xlmem__trial_do(xlmem__trial *t, size_t i, const xlmem_action *a);
bool xlmem__trial_did(const xlmem__trial *t, size_t i);

/* @before: t->host as it was before the @i-th was carried out. */
void xlmem__trial_undo(xlmem__trial *t, size_t i, const xlmem_host *before);
void xlmem__trial_undo_all(xlmem__trial *t);

/* Would it start, with what others can be made to give?  @room: how many
 * targets could be named where nobody makes them. */
bool xlmem__trial_fits(xlmem__trial *t, size_t room);

/* What the last decision lacks in Xen, and what that rests on. */
typedef struct xlmem__limits {
    xlmem_account account; /* that was decided by */
    uint64_t lack_kb;
    uint64_t log_dirty_kb, headroom_gain_kb; /* of whom headroom is kept for */
    size_t nr_asked;                         /* guests that may be asked */
    uint64_t next_give_kb;                   /* of who is not asked yet */
} xlmem__limits;

void xlmem__trial_limits(const xlmem__trial *t, size_t room,
                         xlmem__limits *limits_r);

/* Whether to carry out the @i-th beside can be enough: on the host as it was
 * decided on then.  false is certain. */
bool xlmem__trial_may_help(const xlmem__trial *t, const xlmem__limits *limits,
                           size_t i, const xlmem_action *a);

#endif /* XLMEM_MODEL_TRIAL_H */
