/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the doctor found. */
#ifndef XL_MEMGUARD_DIAGNOSIS_H
#define XL_MEMGUARD_DIAGNOSIS_H

#include "output/out.h"
#include "private/all.h"

/* What is said of the whole host. */
typedef enum diagnosis_verdict {
    DIAGNOSIS_HEALTHY, /* nothing worse than notes */
    DIAGNOSIS_ILL,
    DIAGNOSIS_UNKNOWN, /* no rule had what it needs: silence is no verdict */
} diagnosis_verdict;

diagnosis_verdict diagnosis_verdict_of(const xlmem_findings *found);

#define DIAGNOSIS_LINE_MAX 160

/* The verdict in one line; @all: see diagnosis_put.  Returns @buf. */
const char *diagnosis_line(char buf[DIAGNOSIS_LINE_MAX],
                           const xlmem_findings *found, bool all);

/* "proc/meminfo, a second reading (--watch)": what a rule lacks. */
void diagnosis_lacks(char *buf, size_t len, const xlmem_unjudged *unjudged);

/* What --fix carries out, as a command; a guest's domain is named in it.
 * Returns @buf. */
const char *diagnosis_fix(char *buf, size_t len, const xlmem_finding *finding);

/*
 * The verdict in one line, and each finding: what it is, what it rests on,
 * what cures it and when that hurts.
 * @all: notes too, evidence, and what could not be judged.
 */
void diagnosis_put(out *o, const xlmem_findings *found, bool all);

#endif /* XL_MEMGUARD_DIAGNOSIS_H */
