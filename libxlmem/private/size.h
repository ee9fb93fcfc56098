/* SPDX-License-Identifier: LGPL-2.1-only */
/* dom0's size: what a line yields, what is wrong with it, which it should
 * be. */
#ifndef XLMEM_PRIVATE_SIZE_H
#define XLMEM_PRIVATE_SIZE_H

#include "private/finding.h"
#include "private/host.h"
#include "xlmem/answer.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* More are counted and not kept, the least severe first. */
#define XLMEM_LINT_MAX 32

/* Findings about a command line; a value without owned memory. */
typedef struct xlmem_lint_report {
    bool ok; /* no error and no warning */
    size_t nr, nr_lost;
    xlmem_finding items[XLMEM_LINT_MAX]; /* most severe first */
} xlmem_lint_report;

/*
 * xlmem_is_dom0_mem_value: whether a word is a value of dom0_mem= without its
 * name: "2G", "-1G",
 * "min:1G,max:2G".  No option of Xen begins with a digit, a minus and a digit,
 * "min:" or "max:".
 */
bool xlmem_is_dom0_mem_value(const char *word);

/*
 * xlmem_lint: what is wrong with the memory options of a Xen command line.
 * @line: Xen's whole command line, or "dom0_mem=..." alone, or with a value
 *   as bare as "2G,max:2G" in front.  Not so where it is one of the host's own
 *   lines: there Xen knows no such word.
 * @host: for what depends on the machine's size, and for the grammar of Xen
 *   for Arm; may be NULL.
 * @report_r: filled.
 * Returns 0 whatever is found; XLMEM_ERROR_INVAL for NULLs; XLMEM_ERROR_PARSE
 * for more than 512 words, which no line has that Xen shows.
 */
int xlmem_lint(const xlmem_host *host, const char *line,
               xlmem_lint_report *report_r);

#define XLMEM_WARNINGS_MAX 8

#define XLMEM_FORECAST_MEMBERS                                                \
    uint64_t known;                                                           \
    uint64_t nr_pages;     /* what Xen gives dom0 at boot */                  \
    uint64_t max_pages;    /* its ceiling; unknown = unlimited */             \
    uint64_t memtotal_kb;  /* MemTotal in dom0 */                             \
    uint64_t metadata_kb;  /* struct page, P2M, page tables, hash tables */   \
    uint64_t hash_kb;      /* of which dentry, inode, other hash tables */    \
    uint64_t kernel_kb;    /* kernel image, swiotlb, initramfs: the rest */   \
    uint64_t host_free_kb; /* what stays free in Xen */                       \
    uint64_t xen_kb;       /* Xen's own: frame table, M2P, heap, pools */     \
    bool exact;            /* false: relative to what Xen has free then */    \
    xlmem_basis basis;

/* Without a warning. */
typedef struct xlmem_forecast {
    XLMEM_FORECAST_MEMBERS
} xlmem_forecast;

/* What a dom0_mem= line yields on a host; no owned memory.  7 kB. */
typedef struct xlmem_prediction {
    union {
        struct {
            XLMEM_FORECAST_MEMBERS
        };
        xlmem_forecast forecast; /* the same */
    };
    size_t nr_warnings, nr_warnings_lost;
    /* One that xlmem_lint has of the line as well says the same. */
    xlmem_finding warnings[XLMEM_WARNINGS_MAX];
} xlmem_prediction;

/*
 * xlmem_predict: what a dom0_mem= line would yield on this host.
 * @host: its map or total must be known; its present boot calibrates.
 * @xen_args: Xen's command line or "dom0_mem=..." alone ("" = no dom0_mem); a
 *   bare value as for xlmem_lint.
 *   Other options that matter (dom0=pvh, crashkernel=, dom0_max_vcpus=,
 *   iommu=) are taken from it, and where it is "dom0_mem=" alone, from the
 *   line the host was booted with.
 * @prediction_r: filled.
 * Returns 0; XLMEM_ERROR_PARSE when Xen would reject the value as a whole, or
 * for more than 512 words;
 * XLMEM_ERROR_UNKNOWN when the host's memory is not known;
 * XLMEM_ERROR_UNSUPPORTED on Arm, which is not modelled;
 * XLMEM_ERROR_INFEASIBLE when dom0 could not boot with it.
 */
int xlmem_predict(const xlmem_host *host, const char *xen_args,
                  xlmem_prediction *prediction_r);

/*
 * A machine that nobody has yet.  @ram_kb must be known; CPUs that are not are
 * estimated by it, and unknown releases are the newest there is a figure for.
 */
typedef struct xlmem_machine {
    uint64_t known;
    uint64_t ram_kb, nr_cpus;
    uint64_t xen_major, xen_minor;
    uint64_t linux_major, linux_minor;
} xlmem_machine;

/*
 * xlmem_host_assume: such a machine as a host: an ordinary PC's map
 * (XLMEM_MAP_ASSUMED), no domU, nothing known of dom0's use.
 * @host_r: must be initialised; replaced on success.
 * Returns 0; XLMEM_ERROR_INVAL without RAM; XLMEM_ERROR_NOMEM.
 */
int xlmem_host_assume(const xlmem_machine *machine, xlmem_host *host_r);

/*
 * xlmem_host_beyond: of a host's releases those that are later than any there
 * is a figure for, as what they are taken for.
 * @newest_r: filled; all that is not later, and all other members, unknown.
 */
void xlmem_host_beyond(const xlmem_host *host, xlmem_machine *newest_r);

/* What is asked of dom0; an unknown quantity is taken from the host. */
typedef struct xlmem_size_request {
    uint64_t known;
    uint64_t domus;     /* domUs that shall run at once */
    uint64_t hvm;       /* of which HVM, with a device model in dom0 */
    uint64_t vifs;      /* per domU */
    uint64_t vbds;      /* per domU */
    uint64_t extra_kb;  /* ZFS ARC, Ceph OSDs, ... */
    uint64_t growth_kb; /* room above X priced at boot: Y = X + growth */
} xlmem_size_request;

#define XLMEM_TERMS_MAX 24

/* One term of a sum, with where its number comes from.  Static strings. */
typedef struct xlmem_term {
    const char *name;
    uint64_t kb;
    const char *source;
} xlmem_term;

/* One vendor's or hypervisor's formula applied to this host. */
typedef struct xlmem_peer_size {
    const char *name;
    uint64_t dom0_mem_kb;
    const char *source;
} xlmem_peer_size;

#define XLMEM_PEERS_MAX 8

/*
 * floor_kb: below this dom0 does not live, booted with X; where nothing fits,
 * as it runs now.
 * growth_cost_kb: metadata of the room between X and Y, or of doubling dom0
 * when no growth was asked.
 */
#define XLMEM_SIZES_MEMBERS                                                   \
    uint64_t known;                                                           \
    uint64_t dom0_mem_kb; /* X */                                             \
    uint64_t max_kb;      /* Y */                                             \
    uint64_t floor_kb;                                                        \
    uint64_t growth_cost_kb;                                                  \
    uint64_t hotplug_top_kb; /* how far memory hotplug could grow it */       \
    uint64_t current_kb;     /* dom0's present size */                        \
    uint64_t current_max_kb; /* its present maximum (unknown: unlimited) */   \
    uint64_t wasted_kb;      /* metadata for memory it will never see */      \
    char xen_arg[64];        /* "dom0_mem=2560M,max:2560M" */                 \
    size_t nr_terms;                                                          \
    xlmem_term terms[XLMEM_TERMS_MAX];

/* Without what it would yield. */
typedef struct xlmem_sizes {
    XLMEM_SIZES_MEMBERS
} xlmem_sizes;

/* dom0's right size on a host; no owned memory.  8 kB. */
typedef struct xlmem_recommendation {
    union {
        struct {
            XLMEM_SIZES_MEMBERS
        };
        xlmem_sizes sizes; /* the same */
    };
    xlmem_prediction predicted; /* of xen_arg on this host */
    size_t nr_peers;
    xlmem_peer_size peers[XLMEM_PEERS_MAX];
} xlmem_recommendation;

/*
 * xlmem_size: compute dom0_mem=X,max:Y for a host.
 * @host: its memory must be known.
 * @request: known fields win over what the host shows; may be NULL.
 * @recommendation_r: filled, also for XLMEM_ERROR_INFEASIBLE (so that the
 *   refusal can show its numbers); means nothing after another error.
 * Returns 0; XLMEM_ERROR_UNKNOWN when the host's memory is not known;
 * XLMEM_ERROR_UNSUPPORTED on Arm, which is not modelled;
 * XLMEM_ERROR_INFEASIBLE when nothing sensible fits; XLMEM_ERROR_RANGE when
 * the request overflows.
 */
int xlmem_size(const xlmem_host *host, const xlmem_size_request *request,
               xlmem_recommendation *recommendation_r);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_SIZE_H */
