/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A decision in words, and what would change it.
 *
 * What holds for xlmem.h holds here.  These functions are pure: they change
 * nothing and look at nothing but the host that they are given.
 */
#ifndef XLMEM_PRIVATE_ADVICE_H
#define XLMEM_PRIVATE_ADVICE_H

#include "private/all.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Room for any line of this header. */
#define XLMEM_LINE_MAX 1024

/*
 * xlmem_verdict_line: a decision as one line that stands for itself:
 * "web3 does not fit: 1331.2 MiB short in Xen (needs 3072.0 MiB, 1740.8 MiB
 * usable)".  Sizes are MiB to the nearest tenth.
 * @name: the domain's; escaped (private/printable.h).  NULL: "it".
 * @buf, @len: where to; XLMEM_LINE_MAX is enough.
 * Returns @buf.
 */
const char *xlmem_verdict_line(const xlmem_verdict *verdict, const char *name,
                               char *buf, size_t len);

/*
 * xlmem_plan_line: a plan that was carried out as one line: whose targets it
 * lowered, by how much, and that they are raised again: "dom0's target was
 * lowered by 300.0 MiB to make room for web3; ...".  dom0 first, then the
 * largest.
 * @host: has their names; NULL, or without one: "domain 7".
 * @name: of the domain that it was for; NULL: "it".
 * @buf, @len: where to; XLMEM_LINE_MAX is enough.
 * Returns @buf: "" where nobody was asked.
 */
const char *xlmem_plan_line(const xlmem_verdict *verdict,
                            const xlmem_host *host, const char *name,
                            char *buf, size_t len);

/* A domain that was refused. */
typedef struct xlmem_question {
    uint64_t need_kb, dom0_need_kb; /* as for xlmem_admit */
    const xlmem_need_request *like; /* its kind, to say how large it could be;
                                       NULL: not said; borrowed */
    bool no_plan; /* nobody makes others give (mode warn, or told not to) */
} xlmem_question;

typedef enum xlmem_action_kind {
    XLMEM_ACTION_RELEASE,  /* end a reservation by hand */
    XLMEM_ACTION_DESTROY,  /* remove what looks half-built, if nobody
                              is building it: xlmem_dom_is_unbuilt */
    XLMEM_ACTION_CAP,      /* lower what a domU may take unasked */
    XLMEM_ACTION_SHUTDOWN, /* shut a domU down */
    XLMEM_ACTION_TARGET,   /* have a domain give memory, dom0 included */
    XLMEM_ACTION_GROW,     /* give dom0 more */
} xlmem_action_kind;

/* xlmem_action_name: "release", "destroy", "cap", "shutdown", "target",
 * "grow". */
const char *xlmem_action_name(xlmem_action_kind kind);

typedef struct xlmem_action {
    xlmem_action_kind kind;
    uint64_t domid;        /* of all but RELEASE */
    uint64_t gives_kb;     /* to Xen; GROW: takes from it */
    uint64_t to_kb;        /* CAP, TARGET, GROW: the new size */
    char id[XLMEM_ID_MAX]; /* RELEASE: whose */
} xlmem_action;

/* More than so many is no advice. */
#define XLMEM_ACTIONS_MAX 16

/* What makes the domain start, as a whole: every action of it is needed. */
typedef struct xlmem_cure {
    size_t nr;
    xlmem_action actions[XLMEM_ACTIONS_MAX];
} xlmem_cure;

#define XLMEM_CURES_MAX 4

/*
 * What would make a domain start.  Each cure was tried on the host: carried
 * out, the domain is admitted (or, unless no_plan, admitted after others have
 * given memory, which the guard has them do).
 */
typedef struct xlmem_advice {
    uint64_t known;
    uint64_t wait_kb;         /* enough is coming back already: this */
    uint64_t largest_kb;      /* such a domU could have so much now; 0: none */
    uint64_t largest_ever_kb; /* and were all others gone; known where the one
                                 that is asked for could not start then */
    uint64_t override_kb;     /* Xen can hold it: so much stays free, guard or
                             not.  Not known: it cannot */
    uint64_t headroom_kb;     /* of what should stay free */
    size_t nr_cures;
    xlmem_cure cures[XLMEM_CURES_MAX];
} xlmem_advice;

/*
 * xlmem_advise: what would make a domain start that is refused here, or that
 * waits for others.  The fewest domUs, and of these the least.
 * @host: as for xlmem_admit.  Names are not needed, half of the rest may be
 *   unknown.
 * @advice_r: filled; empty where nothing helps.
 * Returns 0; XLMEM_ERROR_UNKNOWN as xlmem_admit; XLMEM_ERROR_NOMEM.  Some
 * decisions for each domain.
 */
int xlmem_advise(const xlmem_host *host, const xlmem_policy *policy,
                 const xlmem_question *question, xlmem_advice *advice_r);

/*
 * xlmem_advice_line: advice for people, a line each, best first, commands
 * included: "Shut down build-7 (6145.0 MiB): xl shutdown -w 2".
 * @host: the same; who has no name in it is named by his id.
 * @n: 0 the first.
 * Returns false where there is no such line.
 */
bool xlmem_advice_line(const xlmem_advice *advice, const xlmem_host *host,
                       size_t n, char *buf, size_t len);

/*
 * xlmem_find_running: the domU that is here already when @domu is to be
 * created: that of its name, or else the first of its uuid.  One that is dying
 * is none; one that has been shut down and is kept has its name.
 * @refused_r: whether xl refuses the create for it.  A uuid alone is no reason
 *   for it: a copied file, or a domU that was renamed.
 * Returns NULL where there is none; then @refused_r is false.
 */
const xlmem_dom *xlmem_find_running(const xlmem_host *host,
                                    const xlmem_domu *domu, bool *refused_r);

/*
 * xlmem_takes_of: what a domU takes now, in Xen and of dom0, as a need is
 * computed: to compare with the need of its file.  Its devices are not known.
 */
void xlmem_takes_of(const xlmem_host *host, const xlmem_dom *dom,
                    uint64_t *xen_kb_r, uint64_t *dom0_kb_r);

/*
 * xlmem_host_end_domu: make @host what it is once the domU has been shut down:
 * free memory has what it took, dom0 has its side back, and the domU is left
 * in the list as one that is dying and holds nothing.  No such domU: as it
 * was.
 */
void xlmem_host_end_domu(xlmem_host *host, uint64_t domid);

/*
 * xlmem_host_leave_reserved: leave out what is reserved by hand for the domain
 * of that uuid: for itself it is no reason not to fit.  "": none.
 */
void xlmem_host_leave_reserved(xlmem_host *host, const char *uuid);

/*
 * xlmem_format_mib: a size as people compare it: "4095.5 MiB", to the nearest
 * tenth; "<0.1 MiB" for less than half of one, which is not nothing.
 * @buf, @len: where to; 32 bytes are enough.
 * Returns @buf.
 */
const char *xlmem_format_mib(char *buf, size_t len, uint64_t kb);

/*
 * xlmem_dom_growth_kb: what a domU may take without asking anybody.
 */
uint64_t xlmem_dom_growth_kb(const xlmem_dom *dom);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_PRIVATE_ADVICE_H */
