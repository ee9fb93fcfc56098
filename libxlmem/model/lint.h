/* SPDX-License-Identifier: LGPL-2.1-only */
/* The checks of xlmem_lint: one table of what can be found. */
#ifndef XLMEM_LINT_H
#define XLMEM_LINT_H

#include "model/booted.h"

/*
 * X(id, code, severity, what it is about).  Codes are stable: scripts and the
 * manual know them.  New ones go to the end of their severity.
 */
#define XLMEM__LINT_RULES(X)                                                  \
    X(EQUALS_SIGN, "equals-sign", ERROR, "max and min take a colon")          \
    X(BLANK, "blank", ERROR, "a blank ends the option")                       \
    X(BYTE_SUFFIX, "byte-suffix", ERROR, "a unit is one letter")              \
    X(FRACTION, "fraction", ERROR, "a size is a whole number")                \
    X(PERCENT_RANGE, "percent-range", ERROR, "a percentage is below 100")     \
    X(QUOTED, "quoted", ERROR, "Xen knows no quotes")                         \
    X(BAD_COMPONENT, "bad-component", ERROR,                                  \
      "an item is [min:|max:][-]SIZE, PERCENT% or SIZE+PERCENT%")             \
    X(EMPTY, "empty", ERROR, "nothing is given")                              \
    X(MISSPELT, "misspelt", ERROR, "the name is dom0_mem, then \"=\"")        \
    X(NEGATED, "negated", ERROR, "dom0_mem cannot be negated")                \
    X(AFTER_DASHES, "after-dashes", ERROR,                                    \
      "what follows \" -- \" is for dom0's kernel")                           \
    X(LINUX_SIDE, "linux-side", ERROR, "dom0_mem is no option of Linux")      \
    X(TOO_LONG, "too-long", ERROR, "Xen reads 127 characters of an option")   \
    X(WRAPPED, "wrapped", ERROR, "a number is 2^64 bytes or more")            \
    X(UNIT_LESS, "unit-less", ERROR, "a number without unit is KiB")          \
    X(OCTAL, "octal", ERROR, "a leading 0 means octal")                       \
    X(ZERO, "zero", ERROR, "an amount below one page")                        \
    X(MIN_ABOVE_MAX, "min-above-max", ERROR, "max beats min")                 \
    X(SIZE_ABOVE_MAX, "size-above-max", ERROR, "max beats the size")          \
    X(SIZE_BELOW_MIN, "size-below-min", ERROR, "min beats the size")          \
    X(DISAGREE, "disagree", ERROR, "given twice, and not alike")              \
    X(MINUS_ABOVE_HOST, "minus-above-host", ERROR,                            \
      "more is subtracted than there is")                                     \
    X(NO_DOM0_MEM, "no-dom0-mem", WARNING, "dom0 is not limited at all")      \
    X(NO_MAX, "no-max", WARNING, "dom0 prepares for memory it never gets")    \
    X(TOO_SMALL, "too-small", WARNING, "dom0 does not live on so little")     \
    X(LARGER_THAN_HOST, "larger-than-host", WARNING,                          \
      "nothing is left for domUs")                                            \
    X(MAX_ABOVE_HOST, "max-above-host", WARNING, "max is no limit here")      \
    X(MEM_LIMITS_HOST, "mem-limits-host", WARNING,                            \
      "mem= hides memory from the whole host")                                \
    X(RELATIVE, "relative", NOTE, "the result depends on the machine")        \
    X(KIB, "kib", NOTE, "a number without unit is KiB")                       \
    X(TRAILING_COMMA, "trailing-comma", NOTE, "Xen complains of the comma")   \
    X(REPEATED, "repeated", NOTE, "several dom0_mem= are merged")             \
    X(NO_SIZE, "no-size", NOTE, "dom0 takes all up to its maximum")           \
    X(GROWTH_ROOM, "growth-room", NOTE, "room to grow has its price")         \
    X(LIBVIRT_BLIND, "libvirt-blind", NOTE,                                   \
      "libvirt does not see that dom0 is fixed")                              \
    X(XL_BLIND, "xl-blind", NOTE, "xl does not see that dom0 is fixed")

typedef enum xlmem__lint_id {
#define XLMEM__LINT_ID(id, code, severity, about) XLMEM__LINT_##id,
    XLMEM__LINT_RULES(XLMEM__LINT_ID)
#undef XLMEM__LINT_ID
        XLMEM__LINT_NR
} xlmem__lint_id;

typedef struct xlmem__lint_rule {
    const char *code;
    xlmem_severity severity;
    const char *about;
} xlmem__lint_rule;

/* All rules, by id: for the manual's table, and tests of it. */
const xlmem__lint_rule *xlmem__lint_rules(void);

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
    uint64_t said;          /* bit n: rule n */
    xlmem_lint_report *report;
} xlmem__lint;

/* An amount as one would write it: "2G", "-1G+10%" (lint_fix.c). */
void xlmem__lint_amount(const xlmem__amount *amount, char *buf, size_t len);

/*
 * The steps, in their order.  Of Xen for Arm (lint_arm.c) fix and sum are its
 * own.
 */
void xlmem__lint_learn(xlmem__lint *lint); /* meant (lint_words.c) */
void xlmem__lint_fix(xlmem__lint *lint);   /* fix, outcome (lint_fix.c) */
void xlmem__lint_words(xlmem__lint *lint); /* of single words and items */
void xlmem__lint_sum(xlmem__lint *lint);   /* of what they add up to */

void xlmem__lint_arm_fix(xlmem__lint *lint);
void xlmem__lint_arm_sum(xlmem__lint *lint);
/* The findings of one option, for lint_words. */
void xlmem__lint_arm_value(xlmem__lint *lint, const xlmem__word *word);

/* Add an item (lint_items.c); text that is not ours goes through xlmem__lint_quote. */
void xlmem__lint_say(xlmem__lint *lint, xlmem__lint_id id, const char *format,
                     ...) __attribute__((format(printf, 3, 4)));
bool xlmem__lint_said(const xlmem__lint *lint, xlmem__lint_id id);

/* Text of the line, fit to be shown: printable, at most 32 characters. */
typedef struct xlmem__quoted {
    char text[40];
} xlmem__quoted;

xlmem__quoted xlmem__lint_quote(xlmem__str text);

#endif /* XLMEM_LINT_H */
