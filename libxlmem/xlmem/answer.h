/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * An answer: figures by their number, and what stands behind them: findings,
 * the terms of a sum, the steps of a plan.  Each question fills one whole, and
 * says in its description with what; the rest of it is then not known.
 */
#ifndef XLMEM_API_ANSWER_H
#define XLMEM_API_ANSWER_H

#include <xlmem/result.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef struct xlmem_answer xlmem_answer;

typedef enum xlmem_verdict_kind {
    XLMEM_ADMIT,
    XLMEM_ADMIT_AFTER_PLAN, /* when others have given, or been built */
    XLMEM_REFUSE,
} xlmem_verdict_kind;

/* How well a prediction is founded. */
typedef enum xlmem_basis {
    XLMEM_BASIS_GENERIC,   /* kernel unknown: the newest one in the table */
    XLMEM_BASIS_KERNEL,    /* from the kernel's version */
    XLMEM_BASIS_CALIBRATED /* from one boot of this very kernel */
} xlmem_basis;

typedef enum xlmem_figure {
    /* ---- may a domain start: xlmem_host_admit, xlmem_guard_poll; the needs
       alone: xlmem_host_need ---- */
    XLMEM_FIGURE_VERDICT = 1,       /* xlmem_verdict_kind */
    XLMEM_FIGURE_NEED_KB = 2,       /* out of Xen's free memory */
    XLMEM_FIGURE_DOM0_NEED_KB = 3,  /* out of dom0's */
    XLMEM_FIGURE_DOM0_BUILD_KB = 4, /* of which comes back when it is built */
    XLMEM_FIGURE_SHORT_KB = 5,      /* missing in Xen before any plan */
    XLMEM_FIGURE_MISSING_KB = 6,    /* and after all that others can give */
    XLMEM_FIGURE_DOM0_SPARE_KB = 7, /* what dom0 can absorb */
    XLMEM_FIGURE_WAIT_KB = 8,       /* of what is short, coming unasked */
    XLMEM_FIGURE_DOM0_WAIT_KB = 9,  /* what dom0 is short of, and has when
                                       others have been built */
    /* ---- the books: xlmem_host_account ----
       usable = free - outstanding - ledger - growth - headroom */
    XLMEM_FIGURE_USABLE_KB = 16,  /* for a create; of a verdict as well */
    XLMEM_FIGURE_DEFICIT_KB = 17, /* how far the sum is below 0 */
    XLMEM_FIGURE_FREE_KB = 18,
    XLMEM_FIGURE_OUTSTANDING_KB = 19, /* claims not yet taken */
    XLMEM_FIGURE_LEDGER_KB = 20,      /* reservations not yet taken */
    XLMEM_FIGURE_GROWTH_KB = 21,      /* what domains may take unasked */
    XLMEM_FIGURE_HEADROOM_KB = 22,    /* stays free */
    XLMEM_FIGURE_COMING_KB = 23, /* asked back already, or of dying domains */
    XLMEM_FIGURE_DOM0_ABSORB_KB = 24, /* what dom0 can bear on its own side */
    XLMEM_FIGURE_DOM0_BUILDING_KB = 25, /* and at most will beside, when those
                                           have been built that are reserved
                                           for now */
    XLMEM_FIGURE_DOM0_GIVE_KB = 26,     /* what its balloon can release */
    XLMEM_FIGURE_GUESTS_GIVE_KB = 27,   /* what opted-in domUs can release */
    /* ---- dom0's size: xlmem_host_size ---- */
    XLMEM_FIGURE_DOM0_MEM_KB = 32,    /* X of dom0_mem=X,max:Y */
    XLMEM_FIGURE_DOM0_MAX_KB = 33,    /* Y */
    XLMEM_FIGURE_DOM0_FLOOR_KB = 34,  /* below this dom0 does not live; of the
                                        books as well */
    XLMEM_FIGURE_GROWTH_COST_KB = 35, /* metadata of the room up to Y */
    XLMEM_FIGURE_HOTPLUG_TOP_KB = 36, /* how far hotplug could grow it */
    XLMEM_FIGURE_CURRENT_KB = 37,     /* its present size */
    XLMEM_FIGURE_CURRENT_MAX_KB = 38, /* and maximum; not known: none */
    XLMEM_FIGURE_WASTED_KB = 39,      /* metadata for what it will never see */
    /* ---- a boot: xlmem_host_predict; xlmem_host_size of what it says ---- */
    XLMEM_FIGURE_BOOT_KB = 48,     /* what Xen gives dom0 */
    XLMEM_FIGURE_BOOT_MAX_KB = 49, /* its ceiling; not known: none */
    XLMEM_FIGURE_MEMTOTAL_KB = 50, /* MemTotal in dom0 */
    XLMEM_FIGURE_METADATA_KB = 51, /* struct page, P2M, page and hash tables */
    XLMEM_FIGURE_HASH_KB = 52,     /* of which hash tables */
    XLMEM_FIGURE_KERNEL_KB = 53,   /* image, swiotlb, initramfs: the rest */
    XLMEM_FIGURE_HOST_FREE_KB = 54, /* what stays free in Xen */
    XLMEM_FIGURE_XEN_KB = 55, /* Xen's own: frame table, M2P, heap, pools */
    XLMEM_FIGURE_EXACT = 56,  /* 0: relative to what Xen has free then; or 1 */
    XLMEM_FIGURE_BASIS = 57,  /* xlmem_basis */
    /* ---- a command line: xlmem_host_lint ---- */
    XLMEM_FIGURE_OK = 64, /* 1: no error and no warning; or 0 */
} xlmem_figure;

/*
 * xlmem_answer_alloc: an answer that says nothing yet.
 * @answer_r: xlmem_answer_free it.
 * Returns 0, XLMEM_ERROR_NOMEM.  Since: 0.1
 */
int xlmem_answer_alloc(xlmem_answer **answer_r);

/* xlmem_answer_free: NULL is fine.  Since: 0.1 */
void xlmem_answer_free(xlmem_answer *answer);

/*
 * xlmem_answer_get: a figure.
 * @value_r: untouched where it is not known.
 * Returns whether it is known, and means something to this library.
 * Since: 0.1
 */
bool xlmem_answer_get(const xlmem_answer *answer, xlmem_figure figure,
                      uint64_t *value_r);

/*
 * xlmem_answer_text: an answer as one line: a verdict that stands for itself
 * ("web3 does not fit: 1331.2 MiB short in Xen ..."); of xlmem_host_size the
 * option, "dom0_mem=2560M,max:2560M".
 * Returns NULL where it has none; printable UTF-8, as names of domains are:
 * escape more where less can be shown.  Valid until the next question that
 * @answer is given.  Since: 0.1
 */
const char *xlmem_answer_text(const xlmem_answer *answer);

typedef enum xlmem_severity {
    XLMEM_SEV_NOTE,    /* worth knowing */
    XLMEM_SEV_WARNING, /* boots as written, and hurts */
    XLMEM_SEV_ERROR,   /* Xen rejects or drops a part of it, or boots something
                          else than was meant; a reason of a refusal */
    XLMEM_SEV_CRITICAL, /* something fails on this host now */
} xlmem_severity;

/* What a number of a finding counts. */
typedef enum xlmem_unit {
    XLMEM_UNIT_COUNT = 1,
    XLMEM_UNIT_KB = 2,
    XLMEM_UNIT_MS = 3,
    XLMEM_UNIT_LOAD = 4,  /* ten-thousandths: 281000 is a load of 28.10 */
    XLMEM_UNIT_SHARE = 5, /* ten-thousandths: 9840 is 98.40 % */
} xlmem_unit;

/* A finding; belongs to the answer it is got from. */
typedef struct xlmem_finding xlmem_finding;

/*
 * xlmem_answer_finding: the n-th finding: what is wrong, why it is refused,
 * what would help.
 * Returns NULL behind the last.  Valid as xlmem_answer_text.  Since: 0.1
 */
const xlmem_finding *xlmem_answer_finding(const xlmem_answer *answer,
                                          size_t n);

/* The texts of a finding. */
typedef enum xlmem_finding_part {
    XLMEM_FINDING_ID = 1,           /* stable, "no-max" for example */
    XLMEM_FINDING_SENTENCE = 2,     /* what is wrong */
    XLMEM_FINDING_SUBJECT = 3,      /* whom it is about: "web3 (id 7)" */
    XLMEM_FINDING_RISK = 4,         /* what its remedies may do beside */
    XLMEM_FINDING_SWALLOWED_BY = 5, /* the id of a finding that says more */
} xlmem_finding_part;

/*
 * xlmem_finding_text: a text of a finding.  A sentence may have a domain's
 * name in it, as xlmem_answer_text; a subject has it as it is: escape that.
 * Returns NULL where it has none.  Since: 0.1
 */
const char *xlmem_finding_text(const xlmem_finding *finding,
                               xlmem_finding_part part);

/* xlmem_finding_severity: how bad it is.  Since: 0.1 */
xlmem_severity xlmem_finding_severity(const xlmem_finding *finding);

/*
 * xlmem_finding_remedy: the n-th command, or what to write.
 * Returns NULL behind the last.  Since: 0.1
 */
const char *xlmem_finding_remedy(const xlmem_finding *finding, size_t n);

/*
 * xlmem_finding_evidence: the n-th number that a finding rests on.
 * Returns what it is, static, "MemAvailable" for example; NULL behind the
 * last.  Since: 0.1
 */
const char *xlmem_finding_evidence(const xlmem_finding *finding, size_t n,
                                   uint64_t *value_r, xlmem_unit *unit_r);

/*
 * xlmem_finding_source: where that number was read.
 * @line_r: 1 the first; 0: not known.
 * Returns the file as captures name it, "proc/meminfo" for example, static;
 * NULL where it was computed or asked of the running Xen.  Since: 0.1
 */
const char *xlmem_finding_source(const xlmem_finding *finding, size_t n,
                                 uint64_t *line_r);

/* Whose sum. */
typedef enum xlmem_side {
    XLMEM_SIDE_XEN = 1,
    XLMEM_SIDE_DOM0 = 2,
} xlmem_side;

/*
 * xlmem_answer_term: the n-th term of a sum: of Xen's side of a need, of
 * dom0's, or of dom0's size.
 * @kb_r: so much.
 * @source_r: where its number comes from; static; may be NULL.
 * Returns its name, static; NULL behind the last.  Since: 0.1
 */
const char *xlmem_answer_term(const xlmem_answer *answer, xlmem_side side,
                              size_t n, uint64_t *kb_r, const char **source_r);

/*
 * xlmem_answer_step: the n-th step of a plan: a domain gives from - to.
 * Returns false behind the last.  Since: 0.1
 */
bool xlmem_answer_step(const xlmem_answer *answer, size_t n, uint64_t *domid_r,
                       uint64_t *from_kb_r, uint64_t *to_kb_r);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_API_ANSWER_H */
