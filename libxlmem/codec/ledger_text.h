/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The text of a reservation in the ledger:
 *
 *     xlmem-reservation 3
 *     uuid 6f2c9d1e-0c55-4b43-a0a1-0d6f1f6f0a11
 *     need_kb 529408
 *     dom0_need_kb 78848
 *     dom0_build_kb 68608
 *     order 12
 *     granted 1
 *     before 3
 *     step 0 2097152 1572864
 *     by admin asked
 *     move 0 1572864 1048576
 *     maximum 0 17179869180
 *     end
 *
 *     1   0.1.0: uuid, need_kb, dom0_need_kb, domid, order, granted, until_ms,
 *         before, step
 *     2   dom0_build_kb, binds, held_kb, maximum
 *     3   by, move
 *
 * "step" is a target that the guard took down, which is owed; "move" any other
 * one.  "by" says whose those are that follow, and why; before it they are the
 * guard's, to make room.  So a guard of version 2 sees what is owed, and takes
 * nobody else's move for that.
 *
 * Version 3 is written; all are read, 1 with the keys of 2 as well: guards
 * from before 2 was counted wrote them so.  Strict: no other line is read of
 * these.  Of a newer version the lines that are known count and the others are
 * passed over, so that two guards of different versions honour each other.
 */
#ifndef XLMEM_LEDGER_TEXT_H
#define XLMEM_LEDGER_TEXT_H

#include "codec/text.h"

#define XLMEM__ENTRY_VERSION 3
/* One page: see sys/ledger.h. */
#define XLMEM__ENTRY_TEXT_MAX 4096
/* Domains that had the uuid before: one, in a localhost migration. */
#define XLMEM__BEFORE_MAX 16
/* No quantity of memory is larger: bytes must fit 64 bits. */
#define XLMEM__ENTRY_KB_MAX (UINT64_C(1) << 54)

/* Beyond its target few domains have a maximum: dom0, and whose was raised. */
#define XLMEM__MAXIMA_MAX 8

/* What a domain's target may be set to, from before a plan. */
typedef struct xlmem__maximum {
    uint64_t domid, kb;
} xlmem__maximum;

typedef struct xlmem__entry {
    uint64_t known;
    uint64_t order;    /* of decision; those that wait are served by it */
    uint64_t granted;  /* 1: its memory was found; 0: it waits for it */
    uint64_t binds;    /* 1: its owner says which domain it became */
    uint64_t held_kb;  /* not granted: of need_kb so much is its own already */
    uint64_t until_ms; /* without an owner it counts until then, in
                          milliseconds since boot */

    uint64_t version;
    xlmem_reservation res; /* domid known: bound to it */
    size_t nr_before;
    uint64_t before[XLMEM__BEFORE_MAX]; /* domids that had the uuid */
    xlmem_plan plan; /* targets set for it, or, of nobody, once */
    size_t nr_maxima;
    xlmem__maximum maxima[XLMEM__MAXIMA_MAX]; /* and maxima with them */
} xlmem__entry;

/* Returns 0, or XLMEM_ERROR_PARSE with @where filled (may be NULL). */
int xlmem__parse_entry(const char *buf, size_t len, xlmem__entry *entry_r,
                       xlmem__where *where);

/* Returns 0; XLMEM_ERROR_RANGE when it does not fit. */
int xlmem__render_entry(const xlmem__entry *entry,
                        char text_r[XLMEM__ENTRY_TEXT_MAX]);

/* An entry that reserves nothing, for nobody. */
void xlmem__entry_of_nobody(xlmem__entry *entry);

/* Note a maximum; of two of one domain the larger one is from before any plan.
 * Without room it is forgotten. */
void xlmem__entry_add_maximum(xlmem__entry *entry, uint64_t domid,
                              uint64_t kb);

#endif /* XLMEM_LEDGER_TEXT_H */
