/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the doctor judges a machine by, as one value of one moment: its
 * kernel's memory, load and pressure, what the logs of kernel, Xen and
 * toolstack say has happened, and of a machine that runs its processes.  Xen
 * may be below that kernel or not: nothing in here needs it.
 *
 * Two readings are two of these.  What only means something over time stands
 * here as it was read (counters, CPU time), beside the moment (now_ms).
 *
 * A group is a word `known`, quantities, and where each was read: as
 * xlmem_host has it, with XLMEM_KNOWS and XLMEM_SET.  Unknown is not zero.
 */
#ifndef XLMEM_PRIVATE_VITALS_H
#define XLMEM_PRIVATE_VITALS_H

#include "private/host.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* The number of the quantity (s)->f of a group, and where it was read. */
#define XLMEM_FACT_INDEX(s, f)                                                \
    ((size_t)(((uintptr_t) & (s)->f - (uintptr_t) & (s)->known) /             \
                  sizeof(uint64_t) -                                          \
              1))
#define XLMEM_SOURCE_OF(s, f) ((s)->source[XLMEM_FACT_INDEX(s, f)])

/*
 * The documents; by number in xlmem_vitals.docs.  A file that is not there, or
 * that says nothing which can be understood, is not in that set.
 */
typedef enum xlmem_vitals_doc {
    XLMEM_DOC_MEMINFO,
    XLMEM_DOC_BUDDYINFO,
    XLMEM_DOC_ZONEINFO,
    XLMEM_DOC_PAGETYPEINFO,
    XLMEM_DOC_VMSTAT,
    XLMEM_DOC_LOADAVG,
    XLMEM_DOC_STAT,
    XLMEM_DOC_UPTIME,
    XLMEM_DOC_PSI_MEMORY,
    XLMEM_DOC_PSI_IO,
    XLMEM_DOC_PSI_CPU,
    XLMEM_DOC_OVERCOMMIT,
    XLMEM_DOC_ARCSTATS,
    XLMEM_DOC_SWAPS,
    XLMEM_DOC_BLOCKS,    /* sys/devices/system/memory */
    XLMEM_DOC_DMESG,     /* this boot's kernel log */
    XLMEM_DOC_PREVIOUS,  /* that of the boot before */
    XLMEM_DOC_RING,      /* xl/dmesg: Xen's */
    XLMEM_DOC_XEN_LOGS,  /* var/log/xen: the toolstack's */
    XLMEM_DOC_PROCESSES, /* of this machine, as it runs; in no capture */
    XLMEM_NR_DOCS
} xlmem_vitals_doc;

/* xlmem_vitals_file: its name, as captures have it.  Since: 0.1 */
const char *xlmem_vitals_file(xlmem_vitals_doc doc);

/* /proc/meminfo, all lines that a rule looks at. */
#define XLMEM_NR_MEM_FACTS 44
typedef struct xlmem_vitals_mem {
    uint64_t known;
    uint64_t mem_total_kb, mem_free_kb;
    uint64_t mem_available_kb; /* Linux 3.14 */
    uint64_t buffers_kb, cached_kb, swap_cached_kb;
    uint64_t active_anon_kb, inactive_anon_kb;
    uint64_t active_file_kb, inactive_file_kb; /* Linux 2.6.28 */
    uint64_t unevictable_kb;
    uint64_t high_total_kb, high_free_kb; /* 32-bit kernels */
    uint64_t low_total_kb, low_free_kb;
    uint64_t swap_total_kb, swap_free_kb;
    uint64_t dirty_kb, writeback_kb;
    uint64_t anon_pages_kb, mapped_kb;
    uint64_t shmem_kb; /* Linux 2.6.32 */
    uint64_t slab_kb, sreclaimable_kb, sunreclaim_kb;
    uint64_t kernel_stack_kb, page_tables_kb, sec_page_tables_kb;
    uint64_t percpu_kb, vmalloc_used_kb;
    uint64_t commit_limit_kb, committed_as_kb;
    uint64_t anon_huge_kb, hardware_corrupted_kb;
    /* of the default size; huge pages as numbers */
    uint64_t hugepages_total, hugepages_free, hugepages_reserved;
    uint64_t hugepages_surplus, hugepage_size_kb;
    uint64_t hugetlb_kb; /* of all sizes, used or not (Linux 4.19) */
    uint64_t balloon_kb; /* "Balloon": Linux 6.14 */
    uint64_t direct_map_4k_kb, direct_map_2m_kb, direct_map_1g_kb;
    xlmem_source source[XLMEM_NR_MEM_FACTS];
} xlmem_vitals_mem;

/* /proc/vmstat: events since the boot.  Kernels that count some of them for
 * each kind of zone: their sum. */
#define XLMEM_NR_COUNT_FACTS 24
typedef struct xlmem_vitals_counts {
    uint64_t known;
    uint64_t pswpin, pswpout, pgmajfault;
    uint64_t allocstall;
    uint64_t pgscan_kswapd, pgscan_direct, pgsteal_kswapd, pgsteal_direct;
    uint64_t compact_stall, compact_fail, compact_success;
    uint64_t oom_kill;                  /* Linux 4.13 */
    uint64_t drop_pagecache, drop_slab; /* Linux 3.15 */
    uint64_t thp_fault_alloc, thp_fault_fallback;
    uint64_t pageoutrun, kswapd_low_wmark_hit_quickly;
    uint64_t numa_miss, numa_foreign;
    uint64_t workingset_refault; /* of files, where they are told apart */
    uint64_t nr_dirty_pages, nr_writeback_pages;
    uint64_t nr_free_pages;
    xlmem_source source[XLMEM_NR_COUNT_FACTS];
} xlmem_vitals_counts;

/* Load, pressure, and when. */
#define XLMEM_NR_LOAD_FACTS 31
typedef struct xlmem_vitals_load {
    uint64_t known;
    uint64_t load1_bp, load5_bp, load15_bp; /* 1/10 000 */
    uint64_t tasks_running, tasks_total;    /* the 4th field */
    uint64_t procs_running, procs_blocked;  /* proc/stat */
    uint64_t nr_cpus;                       /* proc/stat: of this kernel,
                                                    which in dom0 are vCPUs */
    uint64_t boot_s;                        /* proc/stat: btime */
    uint64_t uptime_ms;                     /* proc/uptime */
    uint64_t cpu_user_ms, cpu_system_ms;    /* proc/stat, since boot: the */
    uint64_t cpu_idle_ms, cpu_iowait_ms;    /* sum over its CPUs */
    uint64_t cpu_steal_ms;
    /* proc/pressure: shares of 1 in 1/10 000, and microseconds since boot */
    uint64_t mem_some10_bp, mem_some60_bp, mem_some300_bp, mem_some_us;
    uint64_t mem_full10_bp, mem_full60_bp, mem_full300_bp, mem_full_us;
    uint64_t io_some10_bp, io_some60_bp, io_full10_bp, io_full60_bp;
    uint64_t io_some_us, io_full_us;
    uint64_t cpu_some10_bp, cpu_some60_bp;
    xlmem_source source[XLMEM_NR_LOAD_FACTS];
} xlmem_vitals_load;

/* Settings, and what drivers keep. */
#define XLMEM_NR_STATE_FACTS 13
typedef struct xlmem_vitals_state {
    uint64_t known;
    uint64_t overcommit_memory; /* proc/sys/vm: 0 heuristic, 1 always, 2 never
                                   beyond CommitLimit */
    uint64_t arc_kb, arc_min_kb, arc_max_kb; /* ZFS: arcstats size, c_min,
                                                c_max */
    uint64_t swap_zfs_kb;                    /* proc/swaps: on ZFS volumes */
    uint64_t nr_blocks, nr_offline; /* memory blocks with a state, and those
                                       that are offline */
    uint64_t block_kb;
    uint64_t auto_online; /* what becomes of added blocks: 0 offline, 1 online,
                             2 online_kernel, 3 online_movable */
    /* the kernel's log at boot */
    uint64_t hash_kb;      /* all hash tables that are sized by memory */
    uint64_t hash_entries; /* of the largest */
    /* Xen's ring */
    uint64_t guest_log_all; /* 1: guest_loglvl=all, else Xen is silent about
                               most of what guests run into */
    uint64_t low_virq_kb;   /* its low-memory threshold at boot */
    xlmem_source source[XLMEM_NR_STATE_FACTS];
} xlmem_vitals_state;

#define XLMEM_PROTECTION_MAX 8

/* A zone of a node: in xlmem_vitals.zones of buddyinfo, zoneinfo and
 * pagetypeinfo; in an xlmem_log_dump of the dump. */
typedef struct xlmem_vitals_zone {
    uint64_t known;
    uint64_t node;
    uint64_t free_pages; /* zoneinfo; in a dump "free:" */
    uint64_t min_pages, low_pages, high_pages;
    uint64_t spanned_pages, present_pages, managed_pages;
    uint64_t slab_unreclaimable_pages;     /* in dumps, and before Linux 4.8 */
    uint64_t nr_orders;                    /* of free_blocks; known: listed */
    uint64_t nr_protection;                /* of protection */
    uint64_t unmovable_blocks, all_blocks; /* pageblocks: pagetypeinfo */
    char name[16];                         /* "Normal" */
    uint64_t free_blocks[XLMEM_NR_ORDERS]; /* by order */
    /* What an allocation meant for the zone of that number must leave here,
     * pages: zoneinfo "protection:", in a dump "lowmem_reserve[]:". */
    uint64_t protection[XLMEM_PROTECTION_MAX];
    uint32_t buddy_line;  /* proc/buddyinfo; in a dump its list of blocks */
    uint32_t zone_line;   /* proc/zoneinfo, the head; in a dump its figures */
    uint32_t blocks_line; /* proc/pagetypeinfo */
} xlmem_vitals_zone;

/* -------------------------------------------------- what logs say --- */

/* One for each row of the table of patterns; codec/vitals/log_table.c. */
typedef enum xlmem_log_kind {
    XLMEM_LOG_NONE,
    /* the kernel's log */
    XLMEM_LOG_ALLOC_FAILED, /* order, mode, atomic, quiet, network, caller,
                                helper */
    XLMEM_LOG_ALLOC_STALL,  /* order, ms; Linux 4.9 to 4.14 */
    XLMEM_LOG_VMALLOC,      /* vmalloc had no room, or no memory */
    XLMEM_LOG_OOM,          /* the OOM killer was called for the whole host,
                                a node or a cpuset: order, bound, dump,
                                victim */
    XLMEM_LOG_OOM_CGROUP,   /* for a cgroup that reached its limit: victim */
    XLMEM_LOG_OOM_PANIC,    /* nobody left to kill */
    XLMEM_LOG_LOW_PANIC,    /* "Out of low memory": a boot failed */
    XLMEM_LOG_NETBACK_SQUEEZE,
    XLMEM_LOG_BACKEND_NOMEM,   /* who: the device; domid */
    XLMEM_LOG_BALLOON_HOTPLUG, /* error */
    XLMEM_LOG_BALLOON_DEAD,
    XLMEM_LOG_HUNG_TASK,    /* who, pid, seconds */
    XLMEM_LOG_SWIOTLB,      /* who, bytes, slots_total, slots_used */
    XLMEM_LOG_GRANT_FRAMES, /* current, limit */
    /* syslog of xenstored */
    XLMEM_LOG_QUOTA_SOFT,      /* domid */
    XLMEM_LOG_QUOTA_HARD,      /* domid */
    XLMEM_LOG_QUOTA_SOFT_OVER, /* domid: it is below again */
    XLMEM_LOG_QUOTA_HARD_OVER, /* domid */
    /* Xen's ring */
    XLMEM_LOG_OVER_ALLOCATION, /* domid, current, limit (pages) */
    XLMEM_LOG_NO_EXTENT,       /* domid, order; debug builds */
    XLMEM_LOG_POD,         /* domid, current (pages there), limit (entries) */
    XLMEM_LOG_POD_CACHE,   /* domid where it is said */
    XLMEM_LOG_PAGING_POOL, /* domid, error */
    XLMEM_LOG_DOM0_CRASHED,
    XLMEM_LOG_DOMU_CRASHED, /* domid */
    /* var/log/xen */
    XLMEM_LOG_BUILD_NOMEM, /* who: the log's name; text */
    XLMEM_LOG_CLAIM_FAILED,
    XLMEM_LOG_FREE_FAILED, /* xl's autoballoon */
    XLMEM_NR_LOG_KINDS
} xlmem_log_kind;

/* What an OOM killer's victim, or a task that hangs, is to the host. */
typedef enum xlmem_log_bound {
    XLMEM_BOUND_UNKNOWN,
    XLMEM_BOUND_NONE, /* the whole host */
    XLMEM_BOUND_NODE, /* memory policy, or fewer nodes than there are */
    XLMEM_BOUND_CPUSET,
    XLMEM_BOUND_CGROUP,
} xlmem_log_bound;

#define XLMEM_DUMP_ZONES_MAX 24

/* What the kernel prints of its memory when an allocation failed, or somebody
 * was killed.  Pages unless they say otherwise. */
#define XLMEM_NR_DUMP_FACTS 13
typedef struct xlmem_log_dump {
    uint64_t known;
    uint64_t free_pages, slab_reclaimable_pages, slab_unreclaimable_pages;
    uint64_t active_file_pages, inactive_file_pages, shmem_pages;
    uint64_t dirty_pages, writeback_pages;
    uint64_t pagecache_pages;
    uint64_t swap_free_kb, swap_total_kb;
    uint64_t ram_pages, reserved_pages;
    xlmem_source source[XLMEM_NR_DUMP_FACTS];
    size_t nr_zones;
    size_t nr_lost; /* zones beside those */
    xlmem_vitals_zone zones[XLMEM_DUMP_ZONES_MAX];
} xlmem_log_dump;

#define XLMEM_LOG_WHO_MAX 32
#define XLMEM_LOG_CALLER_MAX 48
#define XLMEM_LOG_TEXT_MAX 160

/*
 * Events that are alike: of one kind, with the same fields where these make a
 * difference (order and kind of caller, device, domain), and of this boot or
 * of those before.  @known is of the quantities behind it; the texts are ""
 * where they are not known and fit for a terminal, but others wrote them:
 * quote them.
 */
typedef struct xlmem_log_event {
    uint64_t known;
    uint64_t count;      /* events, not lines */
    uint64_t suppressed; /* lines that the kernel says it kept back */
    /* Time of the first and last: milliseconds since that boot, as stamped. */
    uint64_t first_ms, last_ms;
    /* The same by the log's calendar, seconds since 1970; its zone may not be
     * known. */
    uint64_t first_s, last_s;
    uint64_t age_s;    /* the last is at least so old */
    uint64_t burst_ms; /* the shortest time in which three of them came */
    /* Of the one that is told of, see its kind. */
    uint64_t order; /* of an allocation; unknown for "order=-1" (manual) */
    uint64_t mode;  /* its GFP flags as that kernel numbers them */
    uint64_t ms, seconds, bytes, slots_total, slots_used;
    uint64_t current, limit;
    uint64_t error; /* ENOMEM is 12 */
    uint64_t domid, pid, victim_pid, victim_kb;
    uint64_t nr_mems; /* nodes that it could take memory of */
    xlmem_log_kind kind;
    xlmem_log_bound bound;
    bool earlier;        /* before this boot */
    bool others;         /* more than were kept, together */
    bool atomic;         /* its caller could not wait */
    bool quiet;          /* its caller had asked for no effort: retries or does
                     without */
    bool network;        /* its caller was receiving or sending */
    bool manual;         /* somebody asked for it: sysrq */
    xlmem_source source; /* of the last one's first line */
    uint32_t first_line; /* of the first one; same file, or 0 */
    char who[XLMEM_LOG_WHO_MAX];       /* a command, device, or log */
    char victim[XLMEM_LOG_WHO_MAX];    /* a command */
    char caller[XLMEM_LOG_CALLER_MAX]; /* a function of the kernel: the first
                                          that is not the allocator's or a
                                          helper */
    char helper[XLMEM_LOG_CALLER_MAX]; /* the last of the helpers before it:
                                          "skb_copy" */
    char text[XLMEM_LOG_TEXT_MAX];     /* the last one's first line */
} xlmem_log_event;

/* Kept of each kind, in each of this boot and those before; what is more is
 * together in one that has @others. */
#define XLMEM_LOG_ALIKE_MAX 8

/* -------------------------------------------------- processes --- */

#define XLMEM_COMM_MAX 16

typedef struct xlmem_vitals_process {
    uint64_t pid, tid;
    uint64_t rss_kb;
    bool for_map;                        /* behind a memory map's lock */
    char comm[XLMEM_COMM_MAX];           /* escape it */
    char waits_in[XLMEM_LOG_CALLER_MAX]; /* the kernel's function, or "" */
} xlmem_vitals_process;

#define XLMEM_STUCK_MAX 8
#define XLMEM_LARGEST_MAX 3
#define XLMEM_HOLDERS_MAX 4

#define XLMEM_NR_PROC_FACTS 9
typedef struct xlmem_vitals_procs {
    uint64_t known;
    uint64_t nr_processes, nr_threads;
    uint64_t nr_waiting; /* threads in state D */
    uint64_t nr_mmap;    /* of those, behind a memory map's lock */
    uint64_t nr_zombies;
    uint64_t nr_unread; /* threads that could not be, or not in time */
    uint64_t xenstored_pid, xenstored_ms; /* its CPU time since it began */
    uint64_t nr_holders; /* processes that can map domains' pages; unknown:
                            there may be others than held_by */
    xlmem_source source[XLMEM_NR_PROC_FACTS];
    size_t nr_stuck, nr_largest, nr_held_by;
    xlmem_vitals_process stuck[XLMEM_STUCK_MAX];     /* ascending tid */
    xlmem_vitals_process largest[XLMEM_LARGEST_MAX]; /* largest first */
    xlmem_vitals_process held_by[XLMEM_HOLDERS_MAX]; /* xenstored and
                                                        xenconsoled last */
} xlmem_vitals_procs;

typedef struct xlmem_vitals {
    uint32_t docs;  /* 1 << XLMEM_DOC_*: read and understood */
    int64_t now_ms; /* CLOCK_BOOTTIME when it was read; 0: recorded */
    bool live;
    xlmem_vitals_mem mem;
    xlmem_vitals_counts counts;
    xlmem_vitals_load load;
    xlmem_vitals_state state;
    xlmem_vitals_procs procs;
    size_t nr_zones;
    xlmem_vitals_zone *zones; /* owned; by node, and in a node as the kernel
                                 lists them: lowest first */
    size_t nr_events;
    xlmem_log_event *events; /* owned; by kind, this boot's before earlier
                                ones, worst first */
    xlmem_log_dump *dump; /* of the last XLMEM_LOG_OOM of this boot; else of an
                             earlier one; else of the last ALLOC_FAILED; else
                             of one whose head is cut off; owned; NULL:
                             none */
    xlmem_log_kind dump_of; /* NONE: its head is cut off */
    bool dump_earlier;      /* of a boot before this */
    uint64_t suppressed;    /* lines that the kernel kept back and does not say
                               of what kind */
} xlmem_vitals;

/*
 * xlmem_vitals_init: of a machine of which nothing is known.
 * xlmem_vitals_dispose: free what it owns, and make it as after init.
 * Since: 0.1
 */
void xlmem_vitals_init(xlmem_vitals *vitals);
void xlmem_vitals_dispose(xlmem_vitals *vitals);

struct xlmem_ctx;

/*
 * Beside the documents: who has pages of domains mapped, perhaps.  A look at
 * each file that each process has open, for where a domain stays dying.
 */
#define XLMEM_VITALS_HOLDERS (UINT32_C(1) << 31)
#define XLMEM_VITALS_ALL (UINT32_MAX & ~XLMEM_VITALS_HOLDERS)
/*
 * Without what is dear: for pagetypeinfo the kernel walks its free lists with
 * interrupts off (mm/vmstat.c, pagetypeinfo_showfree_print; 8 to 20 ms where
 * 24 GiB are there, all others together 2 ms), and a journal is read from
 * disk.
 */
#define XLMEM_VITALS_LIVE                                                     \
    (XLMEM_VITALS_ALL & ~(UINT32_C(1) << XLMEM_DOC_PAGETYPEINFO) &            \
     ~(UINT32_C(1) << XLMEM_DOC_PREVIOUS))

/*
 * xlmem_vitals_read: read them, of a machine that runs or a recorded one.
 * @docs: of which documents, 1 << XLMEM_DOC_*; XLMEM_VITALS_ALL; of a machine
 *   that runs XLMEM_VITALS_LIVE, and the others where they are needed.  Of a
 *   machine that runs pagetypeinfo is left out, though asked for, unless free
 *   memory is fragmented (xlmem_vitals_has).
 * @vitals_r: must be initialised; replaced on success.
 * What cannot be read or understood is unknown, and logged.
 * Returns 0; XLMEM_ERROR_NOMEM, XLMEM_ERROR_INVAL (no backend),
 * XLMEM_ERROR_NOTFOUND, XLMEM_ERROR_IO (the module for it cannot be loaded).
 * Since: 0.1
 */
int xlmem_vitals_read(struct xlmem_ctx *ctx, uint32_t docs,
                      xlmem_vitals *vitals_r);

/* xlmem_vitals_has: whether a document was read and understood.  Since: 0.1 */
bool xlmem_vitals_has(const xlmem_vitals *vitals, xlmem_vitals_doc doc);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_VITALS_H */
