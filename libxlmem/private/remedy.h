/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the command can do about a finding of the doctor's (--fix): decided
 * from the facts that the finding rests on, carried out, and measured after in
 * the number that the finding is judged by.
 *
 *     xlmem_remedies_plan     which remedies there are, in their order, what
 *                             each would do, and why not
 *     xlmem_remedy_carry_out  one of them
 *     xlmem_remedy_measure    what it is judged by, of another reading
 */
#ifndef XLMEM_PRIVATE_REMEDY_H
#define XLMEM_PRIVATE_REMEDY_H

#include "private/judge.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* In the order in which they are carried out. */
typedef enum xlmem_remedy_kind {
    XLMEM_REMEDY_NONE, /* asked for, and there is none */
    XLMEM_REMEDY_COMPACT,
    XLMEM_REMEDY_DROP,      /* drop caches, compact again */
    XLMEM_REMEDY_ONLINE,    /* memory blocks that were added */
    XLMEM_REMEDY_TAKE_BACK, /* what dom0 released at boot */
    XLMEM_REMEDY_GROW,      /* dom0 */
    XLMEM_REMEDY_WAKE,      /* dom0's balloon */
    XLMEM_REMEDY_SIZES,     /* static-max or maxmem of a domain */
    XLMEM_REMEDY_XL_CONF,   /* autoballoon */
} xlmem_remedy_kind;

/* Of a set of kinds. */
#define XLMEM_REMEDY_BIT(kind) (UINT64_C(1) << (kind))

/*
 * What dom0 keeps available, at most, while a remedy grows it: its kernel pays
 * for added memory out of that (64 B of each page and what goes with it, 2 %
 * at most).  Chosen: as much as a guard keeps for it by default.
 */
#define XLMEM_REMEDY_RESERVE_KB (UINT64_C(64) << 10)

/* Room for what is done, or why it is not. */
#define XLMEM_REMEDY_ROOM 192

typedef struct xlmem_remedy {
    const char *id;   /* the finding's; static */
    const char *name; /* "compact"; static; NULL: none */
    const char *what; /* it is judged by: "blocks of order 3"; static */
    xlmem_remedy_kind kind;
    xlmem_unit unit; /* of that */
    bool less;       /* less of it is better */
    bool then;       /* if the one before it does not suffice */
    bool everywhere; /* it is done to all nodes at once */
    uint64_t at;     /* a node's number, or a domain's */
    uint64_t before; /* of what it is judged by */
    uint64_t least;  /* a change below this is none */
    uint64_t goal;   /* what is to be reached; 0: that it is not found again */
    /* Of a target, static-max or maxmem. */
    uint64_t from_kb, to_kb;
    uint64_t reach_kb; /* of dom0: beyond it its kernel adds memory */
    bool ceiling;      /* of a domain's sizes: maxmem, not static-max */
    char subject[XLMEM_SUBJECT_ROOM]; /* the finding's */
    char does[XLMEM_REMEDY_ROOM];     /* a command that would do it */
    char refusal[XLMEM_REMEDY_ROOM];  /* why it is not done; "": it can be */
} xlmem_remedy;

/* As many as there can be: two of a finding (XLMEM_FINDINGS_MAX), and one for
 * each of the 64 IDs that a command takes. */
#define XLMEM_REMEDIES_MAX 144

typedef struct xlmem_remedies {
    size_t nr;
    size_t nr_lost; /* beside them */
    xlmem_remedy list[XLMEM_REMEDIES_MAX];
} xlmem_remedies;

/* When the host was last treated, on the clock of xlmem_vitals.now_ms. */
typedef struct xlmem_remedy_past {
    uint64_t known;
    uint64_t compacted_ms, dropped_ms;
} xlmem_remedy_past;

/* What is asked for: "ID" or "ID:DOMAIN", by number or name; behind
 * "fragmented" a node's number.  None: all but
 * what is a guest's. */
typedef struct xlmem_remedy_scope {
    size_t nr;
    const char *const *asked; /* borrowed */
    xlmem_remedy_past past;
} xlmem_remedy_scope;

/*
 * xlmem_remedies_plan: what can be done about findings.  Nothing is done about
 * a note.
 * @findings: of xlmem_diagnose for @scene.
 * @remedies_r: filled, in the order in which they are to be carried out.
 * Returns as xlmem_diagnose.  Since: 0.1
 */
int xlmem_remedies_plan(xlmem_ctx *ctx, const xlmem_scene *scene,
                        const xlmem_findings *findings,
                        const xlmem_remedy_scope *scope,
                        xlmem_remedies *remedies_r);

/*
 * xlmem_remedy_measure: what a remedy is judged by, of another reading.
 * Returns 0; XLMEM_ERROR_UNKNOWN; as xlmem_diagnose.  Since: 0.1
 */
int xlmem_remedy_measure(xlmem_ctx *ctx, const xlmem_scene *scene,
                         const xlmem_remedy *remedy, uint64_t *value_r);

/*
 * What the daemon does by itself, where auto_remedy names it: a finding stands
 * for a while, its remedy is due, is begun, and rests.
 */

/* What became of one. */
typedef enum xlmem_attend_result {
    XLMEM_ATTEND_BETTER,
    XLMEM_ATTEND_NO_BETTER,
    XLMEM_ATTEND_REFUSED,
    XLMEM_ATTEND_FAILED,
} xlmem_attend_result;

typedef struct xlmem_attend_one {
    bool found;       /* its finding, in each look since since_ms */
    bool begun;       /* ever, or so it is taken to be; it rests: */
    int64_t since_ms; /* these on the clock of xlmem_vitals.now_ms */
    int64_t begun_ms;
    uint64_t rest_ms; /* from then on */
} xlmem_attend_one;

/* All else zero: one that has just started. */
#define XLMEM_ATTEND_NR 3
typedef struct xlmem_attend {
    uint64_t allowed; /* XLMEM_REMEDY_BIT of those that are named; the caller
                         sets it before each look */
    bool started;
    xlmem_attend_one list[XLMEM_ATTEND_NR];
} xlmem_attend;

/*
 * xlmem_attend_look: what is due after a look at the host, one at a time.
 * @findings: of xlmem_diagnose, where files that nothing allowed looks at may
 *   be unknown.
 * @due_r: filled; taken for begun at @now_ms.  XLMEM_REMEDY_NONE: nothing is.
 * Returns as xlmem_diagnose.  Since: 0.1
 */
int xlmem_attend_look(xlmem_ctx *ctx, xlmem_attend *attend,
                      const xlmem_findings *findings, int64_t now_ms,
                      xlmem_remedy_kind *due_r);

/* xlmem_attend_done: what became of what was due.  Returns as above.
 * Since: 0.1 */
int xlmem_attend_done(xlmem_ctx *ctx, xlmem_attend *attend,
                      xlmem_remedy_kind kind, xlmem_attend_result result);

/* xlmem_remedy_past_read: when this host was last treated.  Since: 0.1 */
void xlmem_remedy_past_read(xlmem_ctx *ctx, xlmem_remedy_past *past_r);

/*
 * xlmem_remedy_carry_out: do it, and wait for it.
 * @err, @err_len: what failed, or why it was refused.
 * Returns 0; XLMEM_ERROR_UNSUPPORTED (a recorded host, or a kernel that
 * cannot); XLMEM_ERROR_NO_HEADROOM, XLMEM_ERROR_INFEASIBLE: refused;
 * XLMEM_ERROR_TIMEDOUT: begun, and it stood still; XLMEM_ERROR_STALE: the host
 * is not as it was planned for; XLMEM_ERROR_PERM, XLMEM_ERROR_IO,
 * XLMEM_ERROR_BUSY, XLMEM_ERROR_XEN.  Blocks for as long as that takes.
 * Since: 0.1
 */
int xlmem_remedy_carry_out(xlmem_ctx *ctx, const xlmem_policy *policy,
                           const xlmem_remedy *remedy, char *err,
                           size_t err_len);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_REMEDY_H */
