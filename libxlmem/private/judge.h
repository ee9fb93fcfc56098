/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is wrong with a host and with how it is guarded. */
#ifndef XLMEM_PRIVATE_JUDGE_H
#define XLMEM_PRIVATE_JUDGE_H

#include "private/admit.h"
#include "private/finding.h"
#include "private/vitals.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Who starts domains. */
typedef enum xlmem_guarded_kind {
    XLMEM_GUARDED_XL,      /* a command; its path */
    XLMEM_GUARDED_SERVICE, /* an installed one: "xendomains", "libvirtd" */
    XLMEM_GUARDED_MONITOR, /* an xl that waits for its domain's end */
} xlmem_guarded_kind;

#define XLMEM_GUARDED_NAME_MAX 128

typedef struct xlmem_guarded {
    xlmem_guarded_kind kind;
    bool guarded; /* the guard stands in front of it */
    bool restart; /* a service that would be, but runs without it */
    uint64_t pid; /* of a monitor, and of a service that runs */
    char name[XLMEM_GUARDED_NAME_MAX]; /* see kind; of a monitor what its mark
                                          says of its domain: escape it */
} xlmem_guarded;

/* What is judged: values that somebody has read.  Borrowed. */
typedef struct xlmem_scene {
    const xlmem_host *host;       /* may know next to nothing */
    const xlmem_policy *policy;   /* the defaults where none is configured */
    const xlmem_account *account; /* NULL: what is free, or who runs, is not
                                     known */
    const xlmem_policy_report *report; /* NULL: nobody read a configuration */
    const xlmem_guarded *guarded;
    size_t nr_guarded;
    bool guarded_known; /* somebody looked for them */
    bool live;          /* this machine, of which everything was looked for */
    bool configured;    /* there is a configuration */
    bool sets_mode;     /* XLMEM_MODE_FILE is about to be replaced */
    const char *ledger_fault; /* why it cannot be used; NULL: it can, or nobody
                                 tried */
    bool autoballoon_known;
    bool autoballoon; /* xl makes room for creates itself */
    bool daemon_known;
    bool daemon_runs; /* somebody balances */
    /* For the doctor alone. */
    bool store_silent; /* xenstored did not answer: of Xen nothing is known */
    const xlmem_vitals *vitals;       /* NULL: nobody looked */
    const struct xlmem_scene *before; /* an earlier reading; NULL: none */
    uint64_t apart_ms;                /* from that to this one */
} xlmem_scene;

/* More are counted and not kept, the least severe first. */
#define XLMEM_FINDINGS_MAX 40

/* No more rules can go unjudged than the table has (a test sees to it). */
#define XLMEM_UNJUDGED_MAX 64
#define XLMEM_UNJUDGED_FILES_MAX 6

/* A rule that nothing can be said by. */
typedef struct xlmem_unjudged {
    const char *id; /* static */
    size_t nr_files;
    const char *files[XLMEM_UNJUDGED_FILES_MAX]; /* that are missing; names as
                                                    captures have them */
    bool again;  /* one reading does not tell: another, later one would */
    bool partly; /* of a part, as some nodes, it was judged */
} xlmem_unjudged;

/* Most severe first, those of a severity in the table's order. */
typedef struct xlmem_findings {
    size_t nr;           /* kept */
    size_t nr_lost;      /* beside them */
    size_t nr_swallowed; /* of those kept; see swallowed_by */
    size_t nr_rules;     /* that were asked, the unjudged among them */
    size_t nr_unjudged;
    xlmem_finding list[XLMEM_FINDINGS_MAX];
    xlmem_unjudged unjudged[XLMEM_UNJUDGED_MAX];
} xlmem_findings;

/*
 * xlmem_judge: apply the rules of a view to a host.
 * @view: XLMEM_VIEW_STATUS or XLMEM_VIEW_ENABLE; the doctor's has a function
 *   of its own, of the others the findings come with the answer.
 * @findings_r: filled.  Linear in the number of domains.  Since: 0.1
 */
void xlmem_judge(const xlmem_scene *scene, xlmem_view view,
                 xlmem_findings *findings_r);

/*
 * xlmem_diagnose: what is wrong with a host's memory.  Needs no Xen.
 * @scene: its vitals; of the host, what is known.
 * @findings_r: filled.
 * Returns 0, or why the module that knows cannot be used (captures.h); the
 * log of @ctx has it.  Since: 0.1
 */
int xlmem_diagnose(xlmem_ctx *ctx, const xlmem_scene *scene,
                   xlmem_findings *findings_r);

/*
 * xlmem_diagnosis_id: the id of the doctor's nth rule; NULL behind the last,
 * and where that module cannot be used.  Since: 0.1
 */
const char *xlmem_diagnosis_id(xlmem_ctx *ctx, size_t n);

/* Free memory in pieces too small for blocks of 2^order pages; in 1/1000. */
typedef struct xlmem_fragmentation {
    bool known;
    bool fails;           /* such a block would not be had, for: */
    uint64_t external_pm; /* 0: lack of memory; 1000: fragmentation */
    uint64_t unusable_pm; /* of what is free, in smaller blocks */
} xlmem_fragmentation;

/*
 * xlmem_fragmentation_of: that of the worst node, each figure for itself, of
 * the zones that kernel's requests go to.
 * @worst_r: filled; not known without free lists, or for an order that no
 *   list is kept for.
 * Returns 0, or as xlmem_diagnose.  Since: 0.1
 */
int xlmem_fragmentation_of(xlmem_ctx *ctx, const xlmem_vitals *vitals,
                           unsigned order, xlmem_fragmentation *worst_r);

/*
 * xlmem_doubts: what one look at a host leaves open of a verdict.
 * @waits: the caller can have it waited for.
 * @waited: it has been.
 * @findings_r: filled.  Since: 0.1
 */
void xlmem_doubts(const xlmem_verdict *verdict, bool waits, bool waited,
                  xlmem_findings *findings_r);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_JUDGE_H */
