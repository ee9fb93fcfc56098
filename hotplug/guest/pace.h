/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * When to look, and when to write: a decision on values and the time.
 *
 * Written is what has changed, so that the host is not bothered by a guest
 * that is at rest: use, swap or size by 4 MiB and 1 % of the guest's memory,
 * pressure from one band to another.  Beside that every five minutes, as a
 * sign of life, and every five seconds under pressure, which asks for more the
 * longer it lasts.  Never twice within a second; ten times in a row, and after
 * that once in two seconds, unless it is urgent: pressure that has risen, or
 * an eighth of the memory used up at once.  Pressure that has risen within
 * that second is told behind it.
 *
 * Looked is once a second after a change and under pressure, and then half as
 * often each time, down to once in @slow_ms.
 */
#ifndef XLMEM_GUEST_PACE_H
#define XLMEM_GUEST_PACE_H

#include <stdbool.h>

#include "facts.h"

#define GUEST_SLOW_MS INT64_C(4000)

struct guest_pace {
    int64_t slow_ms;            /* at rest */
    struct guest_facts written; /* last */
    bool any;                   /* something was; not where the host has
                                   forgotten it */
    uint64_t unsaid_some_bp; /* pressure that rose when it was too soon to */
    uint64_t unsaid_full_bp; /* write again; 0: none */
    int64_t written_ms;
    int64_t credit_ms; /* what may be written at once has grown since then */
    int64_t every_ms;  /* how often is looked now */
    int64_t again_ms;  /* not before this, after a failure */
    int64_t failed_ms; /* and how long that was */
};

void guest_pace_init(struct guest_pace *pace, int64_t now_ms, int64_t slow_ms);

/* The host may have forgotten what was written: it is another host. */
void guest_pace_forget(struct guest_pace *pace);
/* Something happens: look often. */
void guest_pace_hurry(struct guest_pace *pace);

/* Look at what there is now: whether to write it.  @facts is given pressure of
 * a look before that rose when it was too soon to write: each look has its
 * own, so it would never be told. */
bool guest_pace_due(struct guest_pace *pace, int64_t now_ms,
                    struct guest_facts *facts);
/* It was written, or could not be. */
void guest_pace_wrote(struct guest_pace *pace, int64_t now_ms,
                      const struct guest_facts *facts);
void guest_pace_failed(struct guest_pace *pace, int64_t now_ms);

/* How long until the next look. */
int64_t guest_pace_wait_ms(const struct guest_pace *pace);

#endif /* XLMEM_GUEST_PACE_H */
