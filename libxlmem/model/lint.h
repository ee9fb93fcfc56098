/* SPDX-License-Identifier: LGPL-2.1-only */
/* The checks of xlmem_lint; what they can find stands in finding_rules.h. */
#ifndef XLMEM_LINT_H
#define XLMEM_LINT_H

#include "model/booted.h"
#include "model/finding.h"

/*
 * Below this a dom0 is not expected to live.  A host of 8 GiB whose dom0 was
 * ballooned down kept working until about 250 MiB; LIBXL_MIN_DOM0_MEM, which
 * xl mem-set enforces, is 128 MiB.
 */
#define XLMEM__DOM0_FLOOR_KB (256 * XLMEM__MIB_KB)

/* A unit-less size below it was meant to be in MiB (LIBXL_MIN_DOM0_MEM). */
#define XLMEM__LINT_KIB_KB (128 * XLMEM__MIB_KB)

/* Pages of a host of unknown size: more than any dom0 asks for, and a
 * percentage of it does not wrap. */
#define XLMEM__LINT_PLENTY (UINT64_C(1) << 48)

/* What someone wanted, as far as can be told from what was written. */
typedef struct xlmem__meant {
    xlmem__amount part[3]; /* by xlmem__which */
} xlmem__meant;

/* A check in progress. */
typedef struct xlmem__lint {
    const xlmem__xen_line *line;
    const xlmem__xen_line *linuxes; /* of dom0's kernel; empty: not known */
    const xlmem__booted *booted;
    const xlmem_host *host; /* at least an empty one */
    uint64_t host_kb;       /* 0: not known */
    uint64_t nr_pages;      /* what dom0 gets; of a host whose memory is not
                               known: of any amount */
    uint64_t max_pages;     /* its ceiling; UINT64_MAX: none */
    bool arm;               /* by the grammar of Xen for Arm */
    bool pvh;               /* dom0=pvh: no max: saves it anything */
    xlmem__meant meant;
    char fix[96];           /* what to write instead */
    const char *fix_source; /* where its size comes from, if not the line */
    char outcome[112];      /* what dom0 gets */
    xlmem__rule_set said;
    xlmem__sink to; /* the report */
} xlmem__lint;

/* An amount as one would write it: "2G", "-1G+10%". */
void xlmem__lint_amount(const xlmem__amount *amount, char *buf, size_t len);

/* The steps, in their order. */
void xlmem__lint_learn(xlmem__lint *lint); /* meant (lint_words.c) */
void xlmem__lint_words(xlmem__lint *lint); /* of single words and items */
void xlmem__lint_sum(xlmem__lint *lint);   /* of what they add up to */

/* Of Xen for Arm: all of them after the first; and the findings of one option,
 * for lint_words. */
void xlmem__lint_arm(xlmem__lint *lint);
void xlmem__lint_arm_value(xlmem__lint *lint, const xlmem__word *word);

#endif /* XLMEM_LINT_H */
