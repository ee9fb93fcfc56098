/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * libxlmem: the memory guard for Xen hosts that are run with xl or libxl.
 *
 * The header is the manual.  What holds for every function:
 *
 *  - Results are int: 0, or one of the negative XLMEM_ERROR_* below -5000,
 *    which collide neither with errno nor with enum libxl_error.
 *  - Outputs come last, carry the suffix _r, and are untouched on failure
 *    unless the function says otherwise.
 *  - Units are in the names: _kb is 1024 bytes, _pages is 4096 bytes (Xen's
 *    granularity, whatever the host's page size), _bp is 1/10 000, _ms is
 *    monotonic milliseconds.
 *  - Value structs have _init and _dispose.  Call _init before the struct
 *    is passed anywhere; _dispose is idempotent and leaves it as after _init.
 *  - The library has no globals, starts no thread, installs no signal
 *    handler and owns no event loop.  A ctx may be used by one thread at a
 *    time; different contexts are independent.
 *  - Functions that take a ctx log one message, to the caller's logger, at
 *    the layer that knows what failed.  Functions without a ctx are pure:
 *    they neither block nor log nor touch the system.
 *
 * Facts.  A struct of facts is a word `known` followed by quantities; bit n of
 * `known` says whether the n-th quantity is known.  An unknown quantity reads
 * as 0 and means nothing.  Use XLMEM_KNOWS and XLMEM_SET.
 */
#ifndef XLMEM_H
#define XLMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is declared here is exported; everything else is built hidden. */
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Raised when something here changes incompatibly; pass it to xlmem_ctx_alloc. */
#define XLMEM_API_VERSION 1

/* ------------------------------------------------------------ errors --- */

/*
 * X(name, value, exit status of xl-memguard, text).
 * One list for the enum, xlmem_strerror, xlmem_error_name and
 * xlmem_exit_status.
 */
#define XLMEM_ERROR_MAP(X)                                                    \
    X(INVAL, -5001, 1, "the caller broke the contract of a function")         \
    X(NOMEM, -5002, 1, "out of memory")                                       \
    X(RANGE, -5003, 1, "a number does not fit or would overflow")             \
    X(PARSE, -5004, 1, "malformed text")                                      \
    X(CONFIG, -5005, 1, "contradictory or unknown configuration")             \
    X(XEN, -5006, 1, "a call to Xen or libxl failed")                         \
    X(XENSTORE, -5007, 1, "xenstore is unreachable or refused")               \
    X(PERM, -5008, 1, "not privileged, or not in the control domain")         \
    X(BUSY, -5009, 4, "held by another process")                              \
    X(TIMEDOUT, -5010, 5, "the deadline passed")                              \
    X(NO_HEADROOM, -5011, 3, "possible, but headroom would not be kept")      \
    X(INFEASIBLE, -5012, 3, "not possible on this host")                      \
    X(UNCOOPERATIVE, -5013, 3, "domains stopped following their target")      \
    X(STALE, -5014, 1, "the host changed meanwhile")                          \
    X(NOTFOUND, -5015, 1, "no such file, domain or reservation")              \
    X(UNSUPPORTED, -5016, 1, "the backend cannot do this")                    \
    X(ABORTED, -5017, 1, "interrupted")                                       \
    X(IO, -5018, 1, "reading or writing failed")                              \
    X(UNKNOWN, -5019, 1, "a fact that is needed is not known")                \
    X(PENDING, -5020, 1, "not decided yet")

typedef enum xlmem_error {
#define XLMEM_ERROR_ENUM(name, value, status, text) XLMEM_ERROR_##name = value,
    XLMEM_ERROR_MAP(XLMEM_ERROR_ENUM)
#undef XLMEM_ERROR_ENUM
} xlmem_error;

/*
 * xlmem_strerror: what a result code means, as a clause in English.
 * @rc: 0 or an XLMEM_ERROR_*.
 * Returns a static string, never NULL ("success" for 0, "unknown error" for a
 * code of no meaning).  Since: 0.1
 */
const char *xlmem_strerror(int rc);

/*
 * xlmem_error_name: the code's name without its prefix, "PARSE" for example.
 * @rc: 0 or an XLMEM_ERROR_*.
 * Returns a static string, never NULL ("OK" for 0, "?" for a code of no
 * meaning).  Since: 0.1
 */
const char *xlmem_error_name(int rc);

/*
 * xlmem_exit_status: the exit status a command reports for a code.
 * @rc: 0 or an XLMEM_ERROR_*.
 * Returns 0 for 0, else 1, 3, 4 or 5 (see xl-memguard(1)).  Since: 0.1
 */
int xlmem_exit_status(int rc);

/*
 * xlmem_is_refusal: whether a code is a decision, that memory is missing or
 * has not come in time; every other is 0 or a failure to decide.  Since: 0.1
 */
bool xlmem_is_refusal(int rc);

/* ------------------------------------------------------------- sizes --- */

/*
 * xlmem_parse_size_kb: read a size as people write it: "512M", "2G", "1.5G"
 * is refused, "2097152K", "1T"; the suffix K, M, G or T (either case, without
 * B or iB) is required, so that "512" cannot be misread.
 * @str: the text, nothing before or behind the size.
 * @kb_r: the size in kB.
 * Returns 0; XLMEM_ERROR_PARSE; XLMEM_ERROR_RANGE when it is not below 2^64
 * bytes.  Since: 0.1
 */
int xlmem_parse_size_kb(const char *str, uint64_t *kb_r);

/*
 * xlmem_format_size_kb: write a size for people, in the largest unit that
 * keeps it exact to one decimal ("3028 MiB", "1.5 GiB", "912092 kB").
 * @buf, @len: where to; 32 bytes are enough for any size.
 * @kb: the size in kB.
 * Returns @buf.  Since: 0.1
 */
const char *xlmem_format_size_kb(char *buf, size_t len, uint64_t kb);

/* ------------------------------------------------------------- facts --- */

/* The bit in (s)->known of the quantity (s)->f. */
#define XLMEM_FACT_BIT(s, f)                                                  \
    (UINT64_C(1) << (((uintptr_t) & (s)->f - (uintptr_t) & (s)->known) /      \
                         sizeof(uint64_t) -                                   \
                     1))
#define XLMEM_KNOWS(s, f) (((s)->known & XLMEM_FACT_BIT(s, f)) != 0)
#define XLMEM_SET(s, f, v)                                                    \
    ((void)((s)->f = (v), (s)->known |= XLMEM_FACT_BIT(s, f)))

/* Types of memory in a machine's map, by their number in e820. */
typedef enum xlmem_range_type {
    XLMEM_RANGE_RAM = 1,
    XLMEM_RANGE_RESERVED = 2,
    XLMEM_RANGE_ACPI = 3,
    XLMEM_RANGE_NVS = 4,
    XLMEM_RANGE_UNUSABLE = 5,
    XLMEM_RANGE_DISABLED = 6,
    XLMEM_RANGE_PMEM = 7,
} xlmem_range_type;

/* One range of the memory map, in bytes, @end exclusive. */
typedef struct xlmem_range {
    uint64_t start, end;
    uint32_t type; /* xlmem_range_type, or another number of the firmware's */
} xlmem_range;

/* Where a memory map came from, best first. */
typedef enum xlmem_map_source {
    XLMEM_MAP_NONE,  /* there is none */
    XLMEM_MAP_XEN,   /* XENMEM_machine_memory_map, or a capture's xen/e820 */
    XLMEM_MAP_RING,  /* the e820 lines in Xen's console ring */
    XLMEM_MAP_DMESG, /* BIOS-e820 lines of a dom0's own kernel log */
    XLMEM_MAP_FIRMWARE, /* /sys/firmware/memmap of dom0 */
} xlmem_map_source;

/*
 * The host's memory map.  After xlmem_map_normalise: sorted, no overlap,
 * neighbours of one type merged.  @partial: RAM is known in sum only (the map
 * of a PV dom0 is cut to its own maximum), completed from the host's total.
 */
typedef struct xlmem_map {
    xlmem_map_source source;
    bool partial;
    size_t nr;
    xlmem_range *ranges; /* owned, malloc */
} xlmem_map;

/* The orders a buddy allocator's free list is kept for (Linux MAX_ORDER; 11
 * on x86 in every kernel, kept wider for others). */
#define XLMEM_NR_ORDERS 16

/* One zone of dom0's kernel: /proc/buddyinfo and /proc/zoneinfo. */
typedef struct xlmem_zone {
    uint64_t known;
    uint64_t node;
    uint64_t free_pages, min_pages, low_pages, high_pages;
    uint64_t spanned_pages, present_pages, managed_pages;
    uint64_t nr_orders; /* how many of free_blocks[] were listed */
    char name[16];      /* "DMA", "DMA32", "Normal", "Movable", ... */
    uint64_t free_blocks[XLMEM_NR_ORDERS]; /* by order; see nr_orders */
} xlmem_zone;

/* How a domain is virtualised. */
typedef enum xlmem_dom_type {
    XLMEM_DOM_UNKNOWN,
    XLMEM_DOM_PV,
    XLMEM_DOM_PVH,
    XLMEM_DOM_HVM,
} xlmem_dom_type;

/*
 * dom0 as its own kernel sees it.  The names of /proc/meminfo in small
 * letters; the balloon's in /sys/devices/system/xen_memory.
 */
typedef struct xlmem_dom0 {
    uint64_t known;
    /* /proc/meminfo */
    uint64_t mem_total_kb, mem_free_kb, mem_available_kb;
    uint64_t buffers_kb, cached_kb, shmem_kb, anon_pages_kb, mapped_kb;
    uint64_t swap_total_kb, swap_free_kb;
    uint64_t slab_kb, sreclaimable_kb, sunreclaim_kb;
    uint64_t kernel_stack_kb, page_tables_kb, percpu_kb;
    uint64_t commit_limit_kb, committed_as_kb;
    uint64_t direct_map_4k_kb, direct_map_2m_kb, direct_map_1g_kb;
    /* sums over /proc/zoneinfo */
    uint64_t spanned_pages, present_pages, managed_pages;
    /* /sys/devices/system/xen_memory/xen_memory0 */
    uint64_t balloon_target_kb, balloon_current_kb;
    uint64_t balloon_low_kb, balloon_high_kb;
    uint64_t balloon_retry_count, balloon_schedule_delay;
    /* /proc/sys/xen/balloon, where the kernel can add memory to its balloon;
       0 or 1: whether it also does for pages of grants */
    uint64_t hotplug_unpopulated;
    /* the kernel */
    uint64_t linux_major, linux_minor;
    uint64_t nr_cpus;
    uint64_t dentry_hash_entries, inode_hash_entries; /* its log at boot */
    uint64_t boot_available_kb; /* "Memory: A/Bk available": A at boot */
    uint64_t boot_present_kb;   /* and B */
    uint64_t boot_init_kb;      /* freed after that: its init sections */
    uint64_t boot_ramdisk_kb;   /* and the initial ramdisk */
    /* load and pressure */
    uint64_t load1_bp; /* 1-minute load average, 1/10 000 */
    uint64_t psi_some10_bp, psi_full10_bp; /* pressure/memory avg10, of 1 */
    uint64_t compact_fail, compact_success, allocstall; /* vmstat */

    xlmem_dom_type type;  /* PV or PVH */
    char *kernel_release; /* "6.1.0-37-amd64"; NULL unknown; owned */
    char *kernel_cmdline; /* /proc/cmdline; NULL unknown; owned */
    size_t nr_zones;
    xlmem_zone *zones; /* owned */
} xlmem_dom0;

/*
 * maxmem_kb of a domain that Xen does not limit, as a dom0 booted without
 * max:.  Its max_pages is an unsigned int with all bits set (Xen 4.14 to 4.20,
 * arch/x86/dom0_build.c).
 */
#define XLMEM_NO_MAXMEM_KB (UINT64_C(0xffffffff) * 4)

/* A domain as the toolstack and Xen see it. */
typedef struct xlmem_dom {
    uint64_t known;
    uint64_t domid;
    uint64_t vcpus;
    uint64_t tot_kb;         /* tot_pages: what it holds */
    uint64_t maxmem_kb;      /* max_pages: Xen's ceiling, or
                                XLMEM_NO_MAXMEM_KB */
    uint64_t outstanding_kb; /* its outstanding claim */
    uint64_t paging_kb;      /* HAP or shadow pool */
    uint64_t target_kb;      /* memory/target */
    uint64_t static_max_kb;  /* memory/static-max */
    uint64_t dynamic_min_kb, dynamic_max_kb;
    uint64_t cpu_time_ms;
    uint64_t paused, dying, shutdown; /* 0 or 1 */
    xlmem_dom_type type;
    /* What it owes, or could still take, has not moved for so long that nobody
       counts on it: a balloon that is stuck, a domain that does not finish
       dying, one whose builder died.  Set by whoever watched it. */
    bool set_aside;
    char uuid[37]; /* "" unknown */
    char *name;    /* NULL unknown; owned; guest-visible text: escape it */
} xlmem_dom;

/*
 * A host: everything a decision may depend on, as one value.
 */
typedef struct xlmem_host {
    uint64_t known;
    uint64_t total_kb;       /* physinfo.total_pages: all of Xen's RAM */
    uint64_t free_kb;        /* physinfo.free_pages, claims not deducted */
    uint64_t outstanding_kb; /* physinfo.outstanding_pages: claims */
    uint64_t nr_cpus;        /* physical CPUs Xen uses */
    uint64_t nr_nodes;
    uint64_t xen_major, xen_minor;
    uint64_t hap, iommu;     /* 0 or 1: Xen can use them */
    uint64_t xen_kb;         /* Xen's own, where the source says so */
    uint64_t domains_listed; /* 1: @doms is complete, even if empty */
    uint64_t iommu_pt_share; /* 0 or 1: an HVM domU with HAP shares its tables
                                with the IOMMU */
    uint64_t arm;            /* 0 or 1: Xen for Arm */
    uint64_t efi_boot;       /* 1: booted by xen.efi itself, 0: by GRUB */

    char *xen_version;     /* "4.17.5", NULL unknown; owned */
    char *xen_cmdline;     /* Xen's, as booted; NULL unknown; owned */
    char *xen_config_line; /* as the next boot will have it: GRUB_CMDLINE_XEN*
                              or options= of xen.efi's file; NULL unknown;
                              owned */
    char *xen_config_file; /* where that stands; NULL unknown; owned */
    char *xen_other_line;  /* of both, the one that is not used; or, where
                              efi_boot is not known, may be; NULL; owned */
    char *xen_other_file;  /* where that stands; owned */
    xlmem_map map;
    size_t nr_doms;
    xlmem_dom *doms; /* owned, ascending domid */
    size_t nr_reservations;
    struct xlmem_reservation *reservations; /* the ledger; owned */
    xlmem_dom0 dom0;
} xlmem_host;

/*
 * xlmem_host_init: make @host a host of which nothing is known.  Since: 0.1
 */
void xlmem_host_init(xlmem_host *host);

/*
 * xlmem_host_dispose: free what @host owns and make it as after init.
 * Since: 0.1
 */
void xlmem_host_dispose(xlmem_host *host);

/*
 * xlmem_host_find_dom: the domain with this id.
 * Returns a pointer into @host, or NULL.  Since: 0.1
 */
const xlmem_dom *xlmem_host_find_dom(const xlmem_host *host, uint64_t domid);

/*
 * xlmem_map_init, xlmem_map_dispose: an empty map; free one.  Since: 0.1
 */
void xlmem_map_init(xlmem_map *map);
void xlmem_map_dispose(xlmem_map *map);

/*
 * xlmem_map_add: append a range.
 * @start, @end: bytes, @end exclusive and above @start.
 * Returns 0, XLMEM_ERROR_RANGE (empty or inverted), XLMEM_ERROR_NOMEM.
 * Since: 0.1
 */
int xlmem_map_add(xlmem_map *map, uint64_t start, uint64_t end, uint32_t type);

/*
 * xlmem_map_normalise: sort, resolve overlap (the higher type number wins,
 * as the hypervisor resolves it) and merge neighbours, in place.
 * Returns 0, XLMEM_ERROR_NOMEM, or XLMEM_ERROR_INFEASIBLE for a map without
 * any RAM.  Since: 0.1
 */
int xlmem_map_normalise(xlmem_map *map);

/*
 * Sums over a normalised map.  RAM is counted in whole pages inside its
 * ranges, as Xen counts it.
 * xlmem_map_usable_kb: all RAM.
 * xlmem_map_usable_below_kb: RAM below @limit bytes (4 GiB: what 32-bit DMA
 *   can reach).
 * xlmem_map_top_kb: the end of the highest RAM; holes included below it.
 * Since: 0.1
 */
uint64_t xlmem_map_usable_kb(const xlmem_map *map);
uint64_t xlmem_map_usable_below_kb(const xlmem_map *map, uint64_t limit);
uint64_t xlmem_map_top_kb(const xlmem_map *map);

/*
 * xlmem_range_type_name: "RAM", "reserved", "ACPI data", "ACPI NVS",
 * "unusable", ...  Returns a static string, never NULL.  Since: 0.1
 */
const char *xlmem_range_type_name(uint32_t type);

/*
 * xlmem_map_source_name: where a map came from, for people.
 * Returns a static string, never NULL.  Since: 0.1
 */
const char *xlmem_map_source_name(xlmem_map_source source);

/* --------------------------------------------------------------- lint --- */

typedef enum xlmem_severity {
    XLMEM_SEV_NOTE,    /* worth knowing */
    XLMEM_SEV_WARNING, /* boots as written, and hurts */
    XLMEM_SEV_ERROR,   /* Xen rejects or drops a part of it, or boots something
                      else than was meant */
} xlmem_severity;

/* xlmem_severity_name: "note", "warning" or "error".  Since: 0.1 */
const char *xlmem_severity_name(xlmem_severity severity);

#define XLMEM_LINT_MAX 32

typedef struct xlmem_lint_item {
    const char *code; /* stable id, "no-max" for example; static */
    xlmem_severity severity;
    char text[320]; /* what Xen will do with it, and how to write it */
} xlmem_lint_item;

/* Findings about a command line; a value without owned memory. */
typedef struct xlmem_lint_report {
    bool ok; /* no error and no warning */
    size_t nr;
    xlmem_lint_item items[XLMEM_LINT_MAX];
} xlmem_lint_report;

/*
 * Whether a word is a value of dom0_mem= without its name: "2G", "-1G",
 * "min:1G,max:2G".  No option of Xen begins with a digit, a minus and a digit,
 * "min:" or "max:".  Since: 0.1
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
 * for more than 512 words, which no line has that Xen shows.  Since: 0.1
 */
int xlmem_lint(const char *line, const xlmem_host *host,
               xlmem_lint_report *report_r);

/* ------------------------------------------------------------ predict --- */

#define XLMEM_WARNINGS_MAX 8

/* How well a prediction is founded. */
typedef enum xlmem_basis {
    XLMEM_BASIS_GENERIC,   /* kernel unknown: the newest one in the table */
    XLMEM_BASIS_KERNEL,    /* from the kernel's version */
    XLMEM_BASIS_CALIBRATED /* from one boot of this very kernel */
} xlmem_basis;

/* What a dom0_mem= line yields on a host; no owned memory. */
typedef struct xlmem_prediction {
    uint64_t known;
    uint64_t nr_pages;     /* what Xen gives dom0 at boot */
    uint64_t max_pages;    /* its ceiling; unknown = unlimited */
    uint64_t memtotal_kb;  /* MemTotal in dom0 */
    uint64_t metadata_kb;  /* struct page, P2M, page tables, hash tables */
    uint64_t hash_kb;      /* of which dentry, inode and other hash tables */
    uint64_t kernel_kb;    /* kernel image, swiotlb, initramfs: the rest */
    uint64_t host_free_kb; /* what stays free in Xen */
    uint64_t xen_kb;       /* Xen's own: frame table, M2P, heap, pools */
    bool exact;            /* false: relative to what Xen has free then */
    xlmem_basis basis;
    size_t nr_warnings;
    char warnings[XLMEM_WARNINGS_MAX][240];
    /* Of each, the code of the finding by which xlmem_lint says the same of
       the line; NULL: it does not. */
    const char *lint_codes[XLMEM_WARNINGS_MAX];
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
 * XLMEM_ERROR_INFEASIBLE when dom0 could not boot with it.  Since: 0.1
 */
int xlmem_predict(const xlmem_host *host, const char *xen_args,
                  xlmem_prediction *prediction_r);

/* --------------------------------------------------------------- size --- */

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

/* dom0's right size on a host; no owned memory. */
typedef struct xlmem_recommendation {
    uint64_t known;
    uint64_t dom0_mem_kb;    /* X */
    uint64_t max_kb;         /* Y */
    uint64_t floor_kb;       /* below this dom0 does not live, booted with X;
                                where nothing fits, as it runs now */
    uint64_t growth_cost_kb; /* metadata of the room between X and Y, or of
                                doubling dom0 when no growth was asked */
    uint64_t hotplug_top_kb; /* how far memory hotplug could grow it */
    uint64_t current_kb;     /* dom0's present size */
    uint64_t current_max_kb; /* its present maximum (unknown: unlimited) */
    uint64_t wasted_kb;      /* metadata for memory it will never see */
    char xen_arg[64];        /* "dom0_mem=2560M,max:2560M" */
    size_t nr_terms;
    xlmem_term terms[XLMEM_TERMS_MAX];
    xlmem_prediction predicted; /* of xen_arg on this host */
    size_t nr_peers;
    xlmem_peer_size peers[XLMEM_PEERS_MAX];
} xlmem_recommendation;

/*
 * xlmem_size: compute dom0_mem=X,max:Y for a host.
 * @host: its memory must be known.
 * @request: known fields win over what the host shows; may be NULL.
 * @recommendation_r: filled, also for XLMEM_ERROR_INFEASIBLE (so that the
 *   refusal can show its numbers).
 * Returns 0; XLMEM_ERROR_UNKNOWN when the host's memory is not known;
 * XLMEM_ERROR_UNSUPPORTED on Arm, which is not modelled;
 * XLMEM_ERROR_INFEASIBLE when nothing sensible fits; XLMEM_ERROR_RANGE when
 * the request overflows.  Since: 0.1
 */
int xlmem_size(const xlmem_host *host, const xlmem_size_request *request,
               xlmem_recommendation *recommendation_r);

/* ---------------------------------------------------------- admission --- */

/* The longest name of a reservation, with its NUL. */
#define XLMEM_ID_MAX 32

/* Memory promised to a create that has not taken all of it yet. */
typedef struct xlmem_reservation {
    uint64_t known;
    uint64_t need_kb;       /* Xen's side, as decided */
    uint64_t dom0_need_kb;  /* dom0's side, building included */
    uint64_t dom0_build_kb; /* of which comes back when it is built */
    uint64_t domid;         /* of the domain it became; unknown until then */
    uint64_t left_ms;       /* by hand: until it ends by itself */
    char uuid[37];          /* of the domain, or of a reservation by hand */
    char id[XLMEM_ID_MAX];  /* its name in the ledger; "" unknown */
} xlmem_reservation;

typedef enum xlmem_mode {
    XLMEM_MODE_OFF,
    XLMEM_MODE_WARN,    /* log what would have been refused */
    XLMEM_MODE_ENFORCE, /* refuse it */
} xlmem_mode;

/* xlmem_mode_name: "off", "warn" or "enforce".  Since: 0.1 */
const char *xlmem_mode_name(xlmem_mode mode);

/* Which of the places that may say it has said the mode. */
typedef enum xlmem_mode_source {
    XLMEM_MODE_FROM_DEFAULT, /* none of them */
    XLMEM_MODE_FROM_CONF,    /* XLMEM_POLICY_FILE */
    XLMEM_MODE_FROM_FILE,    /* XLMEM_MODE_FILE */
    XLMEM_MODE_FROM_LAST,    /* it is broken there, and as it was before */
    XLMEM_MODE_FROM_SWITCH,  /* XLMEM_OFF_FILE */
} xlmem_mode_source;

/* What the administrator wants kept; see memguard.conf(5). */
typedef struct xlmem_policy {
    xlmem_mode mode;
    xlmem_mode_source mode_from;
    bool switched_off;        /* by XLMEM_OFF_FILE, whatever mode is set */
    bool refuse_on_error;     /* on_error = refuse */
    uint64_t xen_headroom_kb; /* kept free in Xen; 0 = as computed */
    uint64_t dom0_floor_kb;   /* dom0's least size; 0 = as computed */
    uint64_t dom0_reserve_kb; /* MemAvailable that dom0 keeps */
    uint64_t wait_ms;         /* for memory that is coming */
    uint64_t reboot_wait_ms;  /* the same for a domain that ran just now */
    uint64_t nr_problems;     /* lines of the configuration that are wrong */
} xlmem_policy;

#define XLMEM_POLICY_PROBLEMS_MAX 16

/* Something that is wrong with the configuration. */
typedef struct xlmem_policy_problem {
    const char *file; /* its name; static, or as the caller gave it */
    size_t line;      /* 1 = first; 0: the whole file */
    char key[16];     /* the key that is meant; "" none */
    bool bad;         /* the line does not count.  false: a warning */
    char text[232];   /* a sentence, safe to print, without file and line */
} xlmem_policy_problem;

typedef struct xlmem_policy_report {
    size_t nr; /* there may be more than are kept */
    xlmem_policy_problem problems[XLMEM_POLICY_PROBLEMS_MAX];
} xlmem_policy_report;

/*
 * xlmem_policy_init: the defaults that memguard.conf(5) documents.  Since: 0.1
 */
void xlmem_policy_init(xlmem_policy *policy);

/*
 * The books of a host, by the one accounting equation:
 *
 *   usable = free - outstanding - ledger - growth - headroom
 *
 * dom0_absorb_kb and dom0_building_kb are unknown where dom0's MemAvailable
 * is, dom0_give_kb where that or its target is.  dom0 always has a floor: the
 * configured one, or what its kernel and what runs in it hold now.
 * Where claims or a domU's maximum are not known, outstanding_kb or growth_kb
 * is what is known of it, is not marked as known, and usable_kb is at most
 * what it says.
 */
typedef struct xlmem_account {
    uint64_t known;
    uint64_t free_kb;
    uint64_t outstanding_kb; /* claims not yet taken */
    uint64_t ledger_kb;      /* reservations not yet taken */
    uint64_t growth_kb;      /* what domains may still take unasked */
    uint64_t headroom_kb;    /* stays free */
    uint64_t usable_kb;      /* for a create; 0 where deficit_kb is not */
    uint64_t deficit_kb;     /* how far the sum is below 0 */
    uint64_t coming_kb;      /* asked back already, or of dying domains */
    uint64_t dom0_floor_kb;
    uint64_t dom0_absorb_kb;   /* what dom0 can bear on its own side */
    uint64_t dom0_building_kb; /* and at most will beside, when those have
                                  been built that are reserved for now */
    uint64_t dom0_give_kb;     /* what its balloon can release */
    uint64_t guests_give_kb;   /* what opted-in domUs can release */
} xlmem_account;

/*
 * xlmem_account_of: do a host's books.
 * @host: free_kb and the domain list must be known.
 * @account_r: filled.
 * Returns 0; XLMEM_ERROR_UNKNOWN.  Linear in the number of domains and
 * reservations.  Since: 0.1
 */
int xlmem_account_of(const xlmem_host *host, const xlmem_policy *policy,
                     xlmem_account *account_r);

/*
 * xlmem_dom_give_kb: how much of its memory a domU may be asked for: down
 * to dynamic-min, if it opted in, follows its target and is at rest.
 * Since: 0.1
 */
uint64_t xlmem_dom_give_kb(const xlmem_dom *dom);

/*
 * xlmem_dom_is_unbuilt: whether a domU looks as what a builder leaves that was
 * killed: no vCPU of it is online, it is paused, has no claim and no
 * reservation, and holds less than it may.  A builder at work without a guard looks the same: whoever
 * can look twice sees it grow.  Since: 0.1
 */
bool xlmem_dom_is_unbuilt(const xlmem_host *host, const xlmem_dom *dom);

typedef enum xlmem_verdict_kind {
    XLMEM_ADMIT,
    XLMEM_ADMIT_AFTER_PLAN,
    XLMEM_REFUSE,
} xlmem_verdict_kind;

/* "admit", "plan", "refuse".  Since: 0.1 */
const char *xlmem_verdict_name(xlmem_verdict_kind kind);

/* What a step of a plan changes. */
typedef enum xlmem_step_action {
    XLMEM_STEP_TARGET,  /* what a balloon is asked for */
    XLMEM_STEP_MAXIMUM, /* what Xen and the toolstack let a domain have */
    XLMEM_STEP_ONLINE,  /* memory that is added to dom0 is used at once */
} xlmem_step_action;

/* Who moves memory. */
typedef enum xlmem_author {
    XLMEM_AUTHOR_GUARD,  /* for a create; what it takes it gives back */
    XLMEM_AUTHOR_ADMIN,  /* by hand: this is the size now */
    XLMEM_AUTHOR_DAEMON, /* balances; what others owe is still owed */
} xlmem_author;

/* Why. */
typedef enum xlmem_step_why {
    XLMEM_WHY_ROOM,   /* to make room for a create */
    XLMEM_WHY_OWED,   /* what a plan took is given back */
    XLMEM_WHY_ASKED,  /* somebody asked for this size */
    XLMEM_WHY_DEMAND, /* one needs more than another */
} xlmem_step_why;

/* One change of one domain; a target below from_kb shrinks it. */
typedef struct xlmem_step {
    uint64_t from_kb, to_kb; /* 0, 0 of XLMEM_STEP_ONLINE */
    uint32_t domid;
    xlmem_step_action action;
    xlmem_author author;
    xlmem_step_why why;
} xlmem_step;

/* A plan asks no more: each domain that shrinks costs a wait.  Givers beyond
 * the largest 64 are not asked. */
#define XLMEM_STEPS_MAX 64

/* Steps in the order in which they are taken: all that shrink before any that
 * grow, since what one gets another has given. */
typedef struct xlmem_plan {
    size_t nr_steps;
    xlmem_step steps[XLMEM_STEPS_MAX];
} xlmem_plan;

/* "target", "maximum", "online".  Since: 0.1 */
const char *xlmem_step_action_name(xlmem_step_action action);

/* "guard", "admin", "daemon".  Since: 0.1 */
const char *xlmem_author_name(xlmem_author author);

/* "room", "owed", "asked", "demand".  Since: 0.1 */
const char *xlmem_step_why_name(xlmem_step_why why);

#define XLMEM_REASONS_MAX 8

typedef struct xlmem_reason {
    const char *code; /* stable id, "xen-short" for example; static */
    char text[240];
} xlmem_reason;

/* The answer to "may this domain start"; no owned memory. */
typedef struct xlmem_verdict {
    xlmem_verdict_kind kind;
    uint64_t need_kb;
    uint64_t usable_kb;
    uint64_t short_kb;   /* what is missing in Xen before any plan */
    uint64_t missing_kb; /* and after all that others can give */
    uint64_t dom0_need_kb;
    uint64_t dom0_spare_kb; /* what dom0 can absorb; see dom0_known */
    bool dom0_known;
    uint64_t wait_kb;      /* of the shortage, what is coming without asking */
    uint64_t dom0_wait_kb; /* what dom0 is short of, for its own side or to
                              give, and has when others have been built */
    xlmem_plan plan;
    size_t nr_reasons;
    xlmem_reason reasons[XLMEM_REASONS_MAX];
} xlmem_verdict;

/*
 * xlmem_admit: may a domain start that takes need_kb from Xen and
 * dom0_need_kb in dom0?
 * @verdict_r: filled, also for a refusal.  After plan, with no steps: it waits
 *   for what is coming (wait_kb) or for others to be built (dom0_wait_kb).
 * Returns 0 (admit, or admit after plan); XLMEM_ERROR_NO_HEADROOM (not now:
 * Xen's side or dom0's is short, whatever others give);
 * XLMEM_ERROR_INFEASIBLE (never: it would not fit were all other domUs gone
 * and dom0 at its floor); XLMEM_ERROR_UNKNOWN (verdict untouched).
 * Since: 0.1
 */
int xlmem_admit(const xlmem_host *host, const xlmem_policy *policy,
                uint64_t need_kb, uint64_t dom0_need_kb,
                xlmem_verdict *verdict_r);

/* --------------------------------------------------------------- need --- */

/* A domU that is to be created. */
typedef struct xlmem_need_request {
    uint64_t known;
    uint64_t vcpus;     /* its maximum; unknown: the one that libxl gives it,
                           without pages for it in the pool */
    uint64_t memory_kb; /* what it is built with, video RAM included */
    uint64_t maxmem_kb; /* static maximum; unknown or less: memory_kb */
    uint64_t hap;       /* 0: shadow paging; unknown: what the host has */
    uint64_t shadow_memory_kb; /* paging pool asked for; unknown: libxl's
                                  own choice */
    uint64_t video_kb;         /* HVM: video RAM; part of memory_kb */
    uint64_t iommu_tables;     /* 0 or 1: IOMMU tables of its own
                              (passthrough=sync_pt); unknown: see below */
    uint64_t passthrough;      /* 1: devices are passed through, and the host
                              decides: tables of its own for a PV domU, for one
                              with shadow paging, and where Xen does not share
                              an HVM domU's with the IOMMU */
    uint64_t stubdom_kb;       /* the device model's domain; unknown: none */
    uint64_t vifs, vbds;       /* devices served by dom0; unknown: none */
    uint64_t vif_queues;       /* of each vif; unknown: one */
    /* As dom0 unpacks and holds them while it builds it: xlmem_domu_read_files
       knows.  Without a kernel_kb as measured elsewhere. */
    uint64_t kernel_kb, ramdisk_kb;
    xlmem_dom_type type;
} xlmem_need_request;

/* What creating it takes, on Xen's side and on dom0's; no owned memory. */
typedef struct xlmem_need {
    uint64_t need_kb;       /* out of Xen's free memory: sum of terms[] */
    uint64_t dom0_need_kb;  /* out of dom0's: sum of dom0_terms[] */
    uint64_t dom0_build_kb; /* of which comes back when it is built */
    size_t nr_terms;
    xlmem_term terms[XLMEM_TERMS_MAX];
    size_t nr_dom0_terms;
    xlmem_term dom0_terms[XLMEM_TERMS_MAX];
} xlmem_need;

/*
 * xlmem_need: what a create takes out of Xen's free memory and out of dom0's,
 * as this host's toolstack and Xen do it.  Never less than what is taken, and
 * at most 128 KiB more (docs/design/truth.md).
 * @host: its Xen release and paging; where they are not known the dearest.
 * @request: type and memory_kb are needed.
 * @need_r: filled.
 * Returns 0; XLMEM_ERROR_UNKNOWN without type or memory; XLMEM_ERROR_INVAL for
 * no vCPU; XLMEM_ERROR_RANGE when it does not fit 64 bits.  Since: 0.1
 */
int xlmem_need_of(const xlmem_host *host, const xlmem_need_request *request,
                  xlmem_need *need_r);

/* The largest domU of a kind, in whole MiB; 0: none fits. */
typedef struct xlmem_largest_domu {
    uint64_t now_kb;
    uint64_t after_plan_kb; /* when others give memory first */
} xlmem_largest_domu;

/*
 * xlmem_largest: how large a domU could be that starts now.
 * @like: its kind; memory_kb is not looked at.
 * @largest_r: filled.  1 MiB more than it says is refused.
 * Returns 0; XLMEM_ERROR_UNKNOWN as xlmem_admit or without a type;
 * XLMEM_ERROR_INVAL, XLMEM_ERROR_RANGE as xlmem_need_of.  Some hundred
 * decisions on the largest host.  Since: 0.1
 */
int xlmem_largest(const xlmem_host *host, const xlmem_policy *policy,
                  const xlmem_need_request *like,
                  xlmem_largest_domu *largest_r);

/* Whether a domU could be migrated away, by Xen's side of it. */
typedef struct xlmem_departure {
    uint64_t known;
    uint64_t need_kb; /* of Xen's free memory meanwhile; unknown: so is its
                         type, or its vCPUs */
    bool runs;        /* false: dom0, or a domU that cannot be asked */
    bool now;         /* there is so much */
    bool in_turn;     /* or will be, when others have gone */
} xlmem_departure;

/* How many could. */
typedef struct xlmem_evacuation {
    uint64_t free_kb;    /* for it: free and not spoken for, headroom
                            included, which is kept for this */
    uint64_t nr_running; /* the others are not counted below */
    uint64_t nr_now, nr_in_turn;
    uint64_t nr_unknown; /* nor are these */
} xlmem_evacuation;

/*
 * xlmem_evacuate: which domUs could be migrated away now, one after another.
 * @list_r: filled; as many entries as @host has domains, in their order.
 * @sum_r: filled.
 * Returns 0; XLMEM_ERROR_UNKNOWN (@list_r untouched).  Since: 0.1
 */
int xlmem_evacuate(const xlmem_host *host, const xlmem_policy *policy,
                   xlmem_departure *list_r, xlmem_evacuation *sum_r);

/* A domU of several that start one after another, and what becomes of it. */
typedef struct xlmem_start {
    uint64_t known;
    uint64_t domid;     /* asked: the caller's */
    uint64_t growth_kb; /* asked: what it may take later, unasked; unknown:
                           1 MiB, as libxl leaves it */
    uint64_t need_kb, dom0_need_kb;
    uint64_t usable_kb;         /* when its turn comes */
    uint64_t short_kb;          /* missing in Xen, before any plan */
    uint64_t dom0_spare_kb;     /* what dom0 could absorb then */
    uint64_t dynamic_min_kb;    /* asked: what those after it may be given;
                                   unknown: it gives nothing */
    xlmem_need_request request; /* asked */
    xlmem_verdict_kind kind;
} xlmem_start;

/*
 * xlmem_start_domu: would this domU start here, beside those before it?
 * @host: when it would, it is as after that: the domU is in its list, and what
 *   a plan took, or was coming back, has been given.
 * @start: answered; for an error beside the two refusals its kind alone.
 * Returns as xlmem_need_of and xlmem_admit; XLMEM_ERROR_NOMEM.  Since: 0.1
 */
int xlmem_start_domu(xlmem_host *host, const xlmem_policy *policy,
                     xlmem_start *start);

/*
 * xlmem_starts_of: the domUs of one host as they would be asked for on
 * another, the largest need first.  Their devices are not known.
 * @starts_r: as many entries as @from has domains.
 * Returns how many are filled: all but dom0 and those at their end.
 * Since: 0.1
 */
size_t xlmem_starts_of(const xlmem_host *from, const xlmem_host *to,
                       xlmem_start *starts_r);

/*
 * xlmem_host_reboot: make @host what it will be right after its next boot,
 * with the line that is configured for it, before any domU starts.
 * Returns 0; XLMEM_ERROR_UNKNOWN when it is not known what it boots with;
 * else as xlmem_predict, or XLMEM_ERROR_NOMEM.  Since: 0.1
 */
int xlmem_host_reboot(xlmem_host *host);

/*
 * What a domU's configuration allows the guard: the list `memguard` of its
 * file (memguard.conf(5)), or what libxl's JSON kept of that.
 */
typedef struct xlmem_opt_in {
    uint64_t known;
    uint64_t dynamic_min_kb; /* plans may take it down to this; unknown: they
                                take nothing from it */
    char unused[32];         /* keys of the list that nothing uses yet, joined
                                by ", "; "" none */
} xlmem_opt_in;

/* The longest path that is kept, with its NUL. */
#define XLMEM_PATH_MAX 256

/* A domU as its configuration describes it; no owned memory. */
typedef struct xlmem_domu {
    xlmem_need_request request;
    xlmem_opt_in opt_in;
    char uuid[37];    /* "" not given */
    char name[128];   /* "" not given; cut, and safe for a terminal */
    char ignored[96]; /* settings of its file that xl passes over with a
                         warning, joined by ", ": no number, or no list; ""
                         none */
    /* Files that dom0 reads to build it; "" not given, longer than this, or
       up to a boot loader. */
    char kernel[XLMEM_PATH_MAX], ramdisk[XLMEM_PATH_MAX];
    bool restored; /* out of an image of it: no kernel is read */
} xlmem_domu;

/*
 * xlmem_domu_read_files: find out what building it takes of dom0 (kernel_kb,
 * ramdisk_kb of its request) by the kernel's file: what libxc would unpack.
 * Reads at most 1.1 KiB, of regular files with absolute paths only, and does
 * not block on others.
 * @domu: as before where that is not to be told; the measured default is
 *   charged then.
 * Returns 0; XLMEM_ERROR_UNKNOWN (no file is named, or none that libxc would
 * unpack); XLMEM_ERROR_NOTFOUND, XLMEM_ERROR_PERM, XLMEM_ERROR_IO.  Since: 0.1
 */
int xlmem_domu_read_files(xlmem_domu *domu);

/*
 * xlmem_domu_from_cfg: read a domU's configuration file (xl.cfg), as xl does.
 * @cfg, @len: the text.
 * @domu_r: replaced; without a uuid.
 * @err, @err_len: on failure one line that says where and what; may be NULL,
 *   0.
 * Returns 0; XLMEM_ERROR_PARSE; XLMEM_ERROR_CONFIG when something is missing
 * without which xl starts no domain.  Since: 0.1
 */
int xlmem_domu_from_cfg(const char *cfg, size_t len, xlmem_domu *domu_r,
                        char *err, size_t err_len);

/*
 * xlmem_domu_from_cfg_on: the same, as the xl of a host's Xen release does,
 * where releases differ.
 * @host: NULL, or without a release: as the newest.
 * Otherwise as xlmem_domu_from_cfg.  Since: 0.1
 */
int xlmem_domu_from_cfg_on(const xlmem_host *host, const char *cfg, size_t len,
                           xlmem_domu *domu_r, char *err, size_t err_len);

/*
 * xlmem_domu_from_json: read a domU's configuration from libxl's own JSON, as
 * libxl_domain_config_to_json writes it.  Call libxl_domain_need_memory
 * before that: it fills in the defaults that depend on the host.
 * @json, @len: the text.
 * @domu_r: replaced.
 * @err, @err_len: where and what, on failure, as one line; may be NULL, 0.
 * Returns 0; XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE, XLMEM_ERROR_NOMEM;
 * XLMEM_ERROR_UNKNOWN without a type or a memory size.  Since: 0.1
 */
int xlmem_domu_from_json(const char *json, size_t len, xlmem_domu *domu_r,
                         char *err, size_t err_len);

/*
 * xlmem_domu_from_save: read the configuration in an image of `xl save`.
 * @head, @len: its beginning; 1 MiB holds any configuration.
 * Otherwise as xlmem_domu_from_json.  Since: 0.1
 */
int xlmem_domu_from_save(const char *head, size_t len, xlmem_domu *domu_r,
                         char *err, size_t err_len);

/*
 * xlmem_domu_opt_in: take the list `memguard` of a domU, which libxl does not
 * know.
 * @domu: its opt_in is replaced; its memory bounds what is in the list.
 * @list, @nr: the entries, "key=value".
 * @err, @err_len: on failure one line that says what; may be NULL, 0.
 * Returns 0; XLMEM_ERROR_CONFIG (a key that is unknown or given twice, values
 * that do not go together), XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE: @domu is as
 * before.  Since: 0.1
 */
int xlmem_domu_opt_in(xlmem_domu *domu, const char *const *list, size_t nr,
                      char *err, size_t err_len);

/*
 * xlmem_domu_opt_in_cfg: the same, out of the text of a configuration file
 * from which nothing else is taken.  xlmem_domu_from_cfg does it by itself.
 * Returns as xlmem_domu_opt_in; XLMEM_ERROR_PARSE also for a file that is
 * none.  Since: 0.1
 */
int xlmem_domu_opt_in_cfg(xlmem_domu *domu, const char *cfg, size_t len,
                          char *err, size_t err_len);

/* ------------------------------------------------------------ context --- */

typedef struct xlmem_ctx xlmem_ctx;
struct xentoollog_logger;
struct xlmem_backend;

/*
 * xlmem_ctx_alloc: a context without a backend.
 * @ctx_r: the context; xlmem_ctx_free it.
 * @api_version: XLMEM_API_VERSION.
 * @lg: where messages go (libxentoollog's logger, borrowed for the context's
 *   life); NULL = nowhere.
 * Returns 0, XLMEM_ERROR_INVAL (version not supported), XLMEM_ERROR_NOMEM.
 * Since: 0.1
 */
int xlmem_ctx_alloc(xlmem_ctx **ctx_r, unsigned api_version,
                    struct xentoollog_logger *lg);

/*
 * xlmem_ctx_free: close the backend and free the context; NULL is fine.
 * Since: 0.1
 */
void xlmem_ctx_free(xlmem_ctx *ctx);

/* A message sink for callers without libxentoollog. @level: 0 debug, 1 info,
 * 2 warning, 3 error.  @text: one line, no newline, of printable ASCII. */
typedef void xlmem_log_fn(void *user, int level, const char *text);

/*
 * xlmem_ctx_set_log: send messages to a function instead of a logger.
 * Since: 0.1
 */
void xlmem_ctx_set_log(xlmem_ctx *ctx, xlmem_log_fn *fn, void *user);

/*
 * xlmem_ctx_open_live: read this machine through libxenctrl, libxl, /proc
 * and /sys.  Loads the module built for the running Xen release; does not
 * block.  xenstore and libxl are opened when they are first needed.
 * Returns 0; XLMEM_ERROR_NOTFOUND (no Xen here, or no module for its
 * release), XLMEM_ERROR_PERM, XLMEM_ERROR_XEN.
 * Logged.  Since: 0.1
 */
int xlmem_ctx_open_live(xlmem_ctx *ctx);

/*
 * xlmem_ctx_open_capture: read a capture: a directory, or a .tar or .tar.gz of
 * one, laid out as capture(5) says.  All files in it are optional.
 * @path: the directory or archive.
 * Returns 0; XLMEM_ERROR_NOTFOUND, XLMEM_ERROR_IO, XLMEM_ERROR_PARSE
 * (damaged archive).  Logged.  Since: 0.1
 */
int xlmem_ctx_open_capture(xlmem_ctx *ctx, const char *path);

/*
 * xlmem_ctx_open_json: serve the snapshot in a JSON file, as
 * xlmem_host_to_json writes it.
 * Returns 0; XLMEM_ERROR_NOTFOUND, XLMEM_ERROR_IO, XLMEM_ERROR_PARSE.
 * Logged.  Since: 0.1
 */
int xlmem_ctx_open_json(xlmem_ctx *ctx, const char *path);

/*
 * xlmem_ctx_set_backend: use a backend of the caller's (xlmem_backend.h).
 * @user: handed to every function of it; closed with the context.
 * Returns 0, XLMEM_ERROR_INVAL (older or larger struct than this library
 * knows how to use).  Since: 0.1
 */
int xlmem_ctx_set_backend(xlmem_ctx *ctx, const struct xlmem_backend *backend,
                          void *user);

/*
 * xlmem_snapshot: everything the backend knows of the host, as one value.
 * A missing source leaves facts unknown; a malformed one is an error.
 * Blocks for reading a few files and asking Xen for each domain.
 * @host_r: must be initialised; replaced on success.
 * Returns 0; XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE, XLMEM_ERROR_XEN,
 * XLMEM_ERROR_XENSTORE, XLMEM_ERROR_IO, XLMEM_ERROR_INVAL (no backend),
 * XLMEM_ERROR_NOMEM.  Logged, with file and line.  Since: 0.1
 */
int xlmem_snapshot(xlmem_ctx *ctx, xlmem_host *host_r);

/*
 * xlmem_host_to_json: the snapshot as JSON text with a "version" key.
 * @json_r: malloc'd, NUL-terminated; the caller frees it.
 * Returns 0, XLMEM_ERROR_NOMEM.  Since: 0.1
 */
int xlmem_host_to_json(const xlmem_host *host, char **json_r);

/*
 * xlmem_host_from_json: the reverse.
 * @json, @len: the text.
 * @host_r: must be initialised; replaced on success.
 * @err, @err_len: where and what, on failure, as one line; may be NULL, 0.
 * Returns 0, XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE, XLMEM_ERROR_NOMEM.
 * Since: 0.1
 */
int xlmem_host_from_json(const char *json, size_t len, xlmem_host *host_r,
                         char *err, size_t err_len);

/* One file of a capture, and what became of it. */
typedef void xlmem_capture_fn(void *user, const char *file, int rc);

/*
 * xlmem_capture: write the files a capture consists of.
 * @path: a directory that does not exist or is empty; or a name that ends in
 *   .tar.gz, which must not exist.  Files are made with mode 0600 and hold no
 *   passwords, keys or kernel command lines of guests.
 * @fn, @user: told each file as written (0) or why not; may be NULL.
 * Returns 0 (also when files could not be read), XLMEM_ERROR_IO,
 * XLMEM_ERROR_INVAL.  On failure nothing is left at @path.  Logged.
 * Since: 0.1
 */
int xlmem_capture(xlmem_ctx *ctx, const char *path, xlmem_capture_fn *fn,
                  void *user);

/* xlmem_version: the library's version, "0.1.0" for example.  Since: 0.1 */
const char *xlmem_version(void);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_H */
