/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a domain says of its own memory, whoever says it: numbers that its
 * kernel counted, of one moment, and what Xen says beside them.
 *
 *     xlmem__report_init       nothing is known
 *     xlmem__report_node       a node of the domain's has changed, or is gone
 *     xlmem__demand_total      a total that does not follow the balloon
 *     xlmem__report_bound      nothing beyond what the domain can have
 *     xlmem__demand_see        (model/demand.h)
 *
 * A guest writes what it likes.  Until xlmem__report_bound has been called the
 * numbers are any numbers; after it a lie is worth no more than a true report
 * of a domain of the same size could be.
 */
#ifndef XLMEM_MODEL_REPORT_H
#define XLMEM_MODEL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "private/all.h"

/* Who says it; of two in one domain the later in this list is believed, since
 * it says more. */
typedef enum xlmem__report_source {
    XLMEM__REPORT_NONE,
    XLMEM__REPORT_XE,       /* xe-guest-utilities and others with its nodes */
    XLMEM__REPORT_QUBES,    /* Qubes' meminfo-writer */
    XLMEM__REPORT_MEMGUARD, /* our own memguard-guest */
    XLMEM__REPORT_DOM0,     /* dom0's own /proc */
} xlmem__report_source;

/* XLMEM_KNOWS and XLMEM_SET are for it. */
typedef struct xlmem_report {
    uint64_t known;
    uint64_t total_kb;     /* MemTotal */
    uint64_t free_kb;      /* MemFree; of XLMEM__REPORT_XE it may be
                              MemAvailable (the table in codec/report.c) */
    uint64_t available_kb; /* MemAvailable */
    uint64_t used_kb;      /* where no more than that is said: what is used of
                              balloon_kb, swap included, page cache not */
    uint64_t swap_used_kb; /* SwapTotal - SwapFree */
    uint64_t balloon_kb;   /* xen_memory's current_kb: what Xen has given it,
                              as its balloon counts */
    uint64_t balloon_target_kb; /* and target_kb: what it was asked for */
    uint64_t psi_some10_bp, psi_full10_bp; /* pressure/memory, avg10, of 1 */
    uint64_t has_kb; /* tot_pages, at the same time: Xen's word.  Set by
                        xlmem__report_bound. */
    xlmem__report_source source;
} xlmem_report;

void xlmem__report_init(xlmem_report *report);

/* For how long somebody and everybody waited for memory since the boot, as
 * /proc/pressure/memory counts it (total=), and when that was read. */
typedef struct xlmem__stall {
    int64_t at_ms; /* 0: never */
    uint64_t some_us, full_us;
    uint64_t some_bp, full_bp; /* of the time before that */
} xlmem__stall;

/*
 * dom0's pressure of the time since the last look, in place of avg10, which
 * lingers for ten seconds after memory has come.
 * @last: of the look before; becomes this one.
 * @now: at_ms, some_us and full_us.
 */
void xlmem__report_stall(xlmem_report *report, xlmem__stall *last,
                         const xlmem__stall *now);

/*
 * Nodes that reports are made of, by their paths within the domain's own
 * folder ("data/meminfo_free"); NULL behind the last.  Who reads a domain anew
 * reads these, in this order.  The two of xe-guest-utilities are written one
 * after the other, in any order: when one of them has changed, wait a moment
 * and read both, or the used memory is that of no time.
 */
const char *xlmem__report_path(size_t nr);

/* The longest text that one of them may have, in bytes. */
#define XLMEM__REPORT_TEXT_MAX 4096

/*
 * A node of the domain has changed: @untrusted_path within its folder,
 * @untrusted_value of @len bytes, not NUL-terminated; NULL: it is gone.
 * What it does not say clearly - garbage, a sign, another unit, a number that
 * does not fit, a text that is longer than any of its kind - becomes unknown,
 * and the rest stays.  A node of a worse source changes nothing, of a better
 * one it makes everything else unknown.
 * Returns whether it is one of ours and says something, or said it last and
 * is gone: whether the demand is to be asked again.
 */
bool xlmem__report_node(xlmem_report *report, const char *untrusted_path,
                        const char *untrusted_value, size_t len);

/* Whether two say the same. */
bool xlmem__report_same(const xlmem_report *a, const xlmem_report *b);

/* dom0 reports what has been read of it already. */
void xlmem__report_dom0(xlmem_report *report, const xlmem_dom0 *dom0);

/*
 * Hold it against what the domain has, and keep that in it: MemTotal is not
 * more than that (what was given back since it was counted, was free), what is
 * free or available not more than MemTotal, and what is in swap not more than
 * what it has.  Pressure is at most 1.  Doing it twice does no more than once.
 */
void xlmem__report_bound(xlmem_report *report, uint64_t has_kb);

/* What of MemTotal cannot be taken without swapping, as far as it says; false:
 * it does not. */
bool xlmem__report_used_kb(const xlmem_report *report, uint64_t *used_kb_r);

#endif /* XLMEM_MODEL_REPORT_H */
