/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Facts as they are laid out inside: private to one build.
 *
 * A struct of facts is a word `known` followed by quantities; which bit of it
 * says that a quantity is known is XLMEM_FACT_BIT's business and nobody
 * else's: what the public header promises are the numbers of xlmem_host_fact
 * and its like.  An unknown quantity reads as 0 and means nothing.  Use
 * XLMEM_KNOWS and XLMEM_SET.
 *
 * Value structs have _init and _dispose.  Call _init before the struct is
 * passed anywhere; _dispose is idempotent and leaves it as after _init.
 */
#ifndef XLMEM_PRIVATE_HOST_H
#define XLMEM_PRIVATE_HOST_H

#include "xlmem/facts.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* Nodes of the daemon: "pid", "version" and "state", which is "balancing", or
 * "off" where balance or mode is off.  Nothing decides by them. */
#define XLMEM_DAEMON_NODE "/tool/memguard/daemon"
#define XLMEM_DAEMON_MOVES "balancing"

/* What it says of a domain, below that one's folder: the demand that it goes
 * by, in kB; and 1 while the domain floods and is not listened to. */
#define XLMEM_DAEMON_DEMAND "memory/memguard-demand"
#define XLMEM_DAEMON_FLOODS "memory/memguard-floods"

/* Likewise, of libxl: the number of the domain that the device model of an HVM
 * domU has for itself (libxl_get_stubdom_id in libxl_utils.c, 4.14 to 4.20).
 * A guest cannot write there. */
#define XLMEM_DEVICE_MODEL_NODE "image/device-model-domid"

/* Below dom0's folder a folder for each domain that PCI devices were given to,
 * removed with the last of them; in it their number (libxl__create_pci_backend
 * and libxl__device_pci_remove_xenstore in libxl_pci.c, 4.14 to 4.20). */
#define XLMEM_PCI_NODE "backend/pci"
#define XLMEM_PCI_COUNT "/0/num_devs"

/* The bit in (s)->known of the quantity (s)->f. */
#define XLMEM_FACT_BIT(s, f)                                                  \
    (UINT64_C(1) << (((uintptr_t) & (s)->f - (uintptr_t) & (s)->known) /      \
                         sizeof(uint64_t) -                                   \
                     1))
/* The same of the quantity at an offset of its struct. */
#define XLMEM_FACT_BIT_AT(offset)                                             \
    (UINT64_C(1) << ((offset) / sizeof(uint64_t) - 1))
#define XLMEM_KNOWS(s, f) (((s)->known & XLMEM_FACT_BIT(s, f)) != 0)
#define XLMEM_SET(s, f, v)                                                    \
    ((void)((s)->f = (v), (s)->known |= XLMEM_FACT_BIT(s, f)))

/* Where something was read: a file's name as captures have it. */
typedef struct xlmem_source {
    const char *file; /* static; NULL: in none, or not known */
    uint32_t line;    /* 1 = first; 0: not known */
} xlmem_source;

/* Of a host's quantities: bit n of `known` is entry n. */
typedef struct xlmem_sources {
    xlmem_source of_host[64], of_dom0[64];
    const char *doms; /* the list of domains; static, or NULL */
} xlmem_sources;

/* One range of the memory map, in bytes, @end exclusive. */
typedef struct xlmem_range {
    uint64_t start, end;
    uint32_t type; /* xlmem_range_type, or another number of the firmware's */
} xlmem_range;

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
    uint64_t hugetlb_kb; /* huge pages of all sizes, used or not (Linux 4.19,
                            mm/hugetlb.c, hugetlb_report_meminfo) */
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
    char *boot_id; /* "5f4dcc3b-...", another each time its kernel boots;
                             NULL unknown; owned */
    size_t nr_zones;
    xlmem_zone *zones; /* owned */
} xlmem_dom0;

/* xlmem__is_limit: whether @kb, a maxmem or a static-max, is one.  libxl
 * writes Xen's value for none into dom0's memory/static-max when it first
 * looks for it (libxl__fill_dom0_memory_info, 4.14 to 4.20). */
static inline bool xlmem__is_limit(uint64_t kb)
{
    return kb < XLMEM_NO_MAXMEM_KB;
}

/* A domain as the toolstack and Xen see it. */
struct xlmem_dom {
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
    uint64_t weight;        /* memory/weight */
    uint64_t uncooperative; /* memory/uncooperative: 0 or 1 */
    uint64_t pin_kb;    /* memory/memguard-pin: set by hand, and kept there */
    uint64_t demand_kb; /* memory/memguard-demand: what the daemon goes by */
    uint64_t floods;    /* memory/memguard-floods: 1: it is not listened to */
    uint64_t device_model_domid; /* of an HVM domU: the domain that its device
                                    model has for itself; 0: none */
    uint64_t pci_devices; /* of the machine, given to it; not known: none, or
                             nothing tells */
    uint64_t cpu_time_ms;
    uint64_t paused, dying, shutdown; /* 0 or 1 */
    char *name; /* NULL unknown; owned; guest-visible text: escape it */
    /* Close together: a host may have 10 000, and a command two lists. */
    xlmem_dom_type type : 8;
    /* What it owes, or could still take, has not moved for so long that nobody
       counts on it: a balloon that is stuck, a domain that does not finish
       dying, one whose builder died.  Set by whoever watched it. */
    bool set_aside : 1;
    char uuid[37]; /* "" unknown */
};

/* xlmem_dom_ceiling_kb: the most that @dom may be asked for: static-max, and
 * what Xen lets it have where that is not known.  0: there is none, or it is
 * not known. */
static inline uint64_t xlmem_dom_ceiling_kb(const xlmem_dom *dom)
{
    uint64_t kb = 0;

    if (XLMEM_KNOWS(dom, static_max_kb))
        kb = dom->static_max_kb;
    else if (XLMEM_KNOWS(dom, maxmem_kb))
        kb = dom->maxmem_kb;
    return xlmem__is_limit(kb) ? kb : 0;
}

/* xlmem_dom_has_pci: devices of the machine were given to it, as far as
 * anything tells. */
static inline bool xlmem_dom_has_pci(const xlmem_dom *dom)
{
    return XLMEM_KNOWS(dom, pci_devices) && dom->pci_devices;
}

/*
 * A host: everything a decision may depend on, as one value.
 */
struct xlmem_host {
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
    uint64_t daemon_pid;     /* what the daemon has left in xenstore; it may */
    uint64_t daemon_moves;   /* have died since.  1: it balances */
    uint64_t no_xen;         /* 1: no Xen is below this kernel, and its map is
                                the machine's */

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
    xlmem_sources *sources;                 /* owned; NULL: not kept */
    xlmem_dom0 dom0;
};

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
 * Who has a host's memory: total = xen + dom0 + domus + free.
 */
typedef struct xlmem_host_parts {
    uint64_t known;
    uint64_t total_kb, free_kb;
    uint64_t xen_kb;   /* what nobody else has, pools included */
    uint64_t dom0_kb;  /* its pages */
    uint64_t domus_kb; /* those of all domUs; not known: of some */
    uint64_t nr_domus;
    uint64_t pools_kb; /* domUs' paging pools */
    uint64_t dom0_pool_kb;
} xlmem_host_parts;

/*
 * xlmem_host_parts_of: each part that the facts of @host tell.  Since: 0.1
 */
void xlmem_host_parts_of(const xlmem_host *host, xlmem_host_parts *parts_r);

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
 * xlmem_host_to_json: all facts as JSON text with a "version" key; what is not
 * known is left out.
 * @json_r: malloc'd, NUL-terminated; the caller frees it.
 * Returns 0, XLMEM_ERROR_NOMEM; XLMEM_ERROR_NOTFOUND, XLMEM_ERROR_IO where
 * xlmem/capture.so is not beside the library, or not of its build.
 */
int xlmem_host_to_json(const xlmem_host *host, char **json_r);

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

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_HOST_H */
