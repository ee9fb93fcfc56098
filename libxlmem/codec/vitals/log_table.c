/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The table of all that is looked for in logs.  Rows are tried in order; the
 * first that takes a line has it.
 */
#include "codec/vitals/log_takes.h"

#define KERNEL(word, kind, rule, since, take)                                 \
    {                                                                         \
        word, XLMEM__LOG_KERNEL, XLMEM_LOG_##kind, rule, since, take          \
    }
#define STORE(word, kind, rule, since, take)                                  \
    {                                                                         \
        word, XLMEM__LOG_STORE, XLMEM_LOG_##kind, rule, since, take           \
    }
#define RING(word, kind, rule, since, take)                                   \
    {                                                                         \
        word, XLMEM__LOG_RING, XLMEM_LOG_##kind, rule, since, take            \
    }
#define TOOLS(word, kind, rule, since, take)                                  \
    {                                                                         \
        word, XLMEM__LOG_TOOLS, XLMEM_LOG_##kind, rule, since, take           \
    }

const xlmem__log_pattern xlmem__log_table[] = {
    /* A boot begins, and its tables. */
    KERNEL("Linux version ", NONE, NULL, "all", xlmem__log_take_boot),
    KERNEL("-- Boot ", NONE, NULL, "journalctl", xlmem__log_take_boot),
    KERNEL("-- Reboot --", NONE, NULL, "journalctl before 246",
           xlmem__log_take_boot),
    KERNEL("hash table entries: ", NONE, "boot-hash-tables",
           "mm/page_alloc.c 2.6.12 to 6.12", xlmem__log_take_hash),
    KERNEL("callbacks suppressed", NONE, NULL, "lib/ratelimit.c",
           xlmem__log_take_suppressed),
    KERNEL("messages suppressed", NONE, NULL, "printk.c to 2.6.26",
           xlmem__log_take_suppressed),
    /* Allocations. */
    KERNEL("page allocation stalls for ", ALLOC_STALL, "alloc-failed",
           "mm/page_alloc.c 4.9 to 4.14", xlmem__log_take_stall),
    KERNEL("page allocation failure", ALLOC_FAILED, "alloc-failed",
           "mm/page_alloc.c 2.6.18 to 6.12; a dot behind it to 2.6.38",
           xlmem__log_take_alloc),
    KERNEL("vmalloc: allocation failure", VMALLOC, "alloc-failed",
           "mm/vmalloc.c 2.6.39 to 5.12", xlmem__log_take_vmalloc),
    KERNEL("vmalloc error: size ", VMALLOC, "alloc-failed",
           "mm/vmalloc.c from 5.13 on", xlmem__log_take_vmalloc),
    KERNEL("vmap allocation for size ", VMALLOC, "alloc-failed",
           "mm/vmalloc.c 2.6.28 to 6.12", xlmem__log_take_vmalloc),
    /* The OOM killer.  Signs of a cgroup first: they may share a line. */
    KERNEL("mem_cgroup_out_of_memory", NONE, "oom-cgroup",
           "mm/memcontrol.c from 2.6.25 on", xlmem__log_take_cgroup_sign),
    KERNEL("killed as a result of limit of", NONE, "oom-cgroup",
           "mm/memcontrol.c 2.6.31 to 4.18", xlmem__log_take_cgroup_sign),
    KERNEL(" invoked oom-killer", OOM, "oom-kill",
           "mm/oom_kill.c 2.6.18 to 6.12", xlmem__log_take_oom),
    KERNEL("oom-kill:constraint=", NONE, "oom-kill",
           "mm/oom_kill.c from 5.0 on", xlmem__log_take_constraint),
    KERNEL("Memory cgroup out of memory", OOM_CGROUP, "oom-cgroup",
           "mm/oom_kill.c from 2.6.25 on", xlmem__log_take_cgroup_kill),
    KERNEL("Out of memory: Kill", OOM, "oom-kill",
           "mm/oom_kill.c 2.6.18 to 6.12", xlmem__log_take_kill),
    KERNEL("Killed process ", OOM, "oom-kill",
           "mm/oom_kill.c 2.6.18 to 4.20; to 6.12 of the allocating task",
           xlmem__log_take_killed),
    KERNEL("no killable processes", OOM_PANIC, "oom-kill",
           "mm/oom_kill.c 2.6.18 to 4.18", xlmem__log_take_oom_panic),
    KERNEL("is deadlocked on memory", OOM_PANIC, "oom-kill",
           "mm/oom_kill.c from 4.19 on", xlmem__log_take_oom_panic),
    KERNEL("Out of low memory", LOW_PANIC, "boot-hash-tables",
           "mm/bootmem.c to 2.6.36", xlmem__log_take_low_panic),
    KERNEL("mems_allowed=", NONE, NULL, "kernel/cpuset.c from 2.6.30 on",
           xlmem__log_take_cpuset),
    /* What is printed of memory behind them: mm/show_mem.c. */
    KERNEL("free:", NONE, "oom-kill", "2.6.18 to 6.12",
           xlmem__log_take_figures),
    KERNEL("slab_unreclaimable:", NONE, "oom-kill", "from 2.6.28 on",
           xlmem__log_take_figures),
    KERNEL("lowmem_reserve[]:", NONE, "oom-kill", "2.6.18 to 6.12",
           xlmem__log_take_figures),
    KERNEL("*4kB", NONE, "oom-kill", "2.6.18 to 6.12",
           xlmem__log_take_figures),
    KERNEL("active_file:", NONE, "oom-kill", "from 2.6.28 on",
           xlmem__log_take_figures),
    KERNEL("shmem:", NONE, "oom-kill", "from 2.6.32 on",
           xlmem__log_take_figures),
    KERNEL("writeback:", NONE, "oom-kill", "2.6.18 to 6.12",
           xlmem__log_take_figures),
    KERNEL(" total pagecache pages", NONE, "oom-kill", "2.6.28 to 6.12",
           xlmem__log_take_figures),
    KERNEL("Free swap", NONE, "oom-kill", "2.6.18 to 6.12",
           xlmem__log_take_figures),
    KERNEL("Total swap", NONE, "oom-kill", "2.6.28 to 6.12",
           xlmem__log_take_figures),
    KERNEL(" pages RAM", NONE, "oom-kill", "2.6.28 to 6.12",
           xlmem__log_take_figures),
    KERNEL(" pages reserved", NONE, "oom-kill", "2.6.28 to 6.12",
           xlmem__log_take_figures),
    /* Back ends and drivers. */
    KERNEL("Memory squeeze in netback driver", NETBACK_SQUEEZE,
           "netback-squeeze", "classic Xen kernels 2.6.16 to 2.6.32",
           xlmem__log_take_squeeze),
    KERNEL("Could not reserve mmap_pages", BACKEND_NOMEM, "backend-nomem",
           "drivers/net/xen-netback/interface.c from 3.18 on",
           xlmem__log_take_backend),
    KERNEL("xen_blkbk_map: out of memory", BACKEND_NOMEM, "backend-nomem",
           "drivers/block/xen-blkback/blkback.c to 5.11",
           xlmem__log_take_backend),
    KERNEL("vif vif-", BACKEND_NOMEM, "backend-nomem",
           "drivers/xen/xenbus/xenbus_client.c 2.6.18 to 6.12",
           xlmem__log_take_device_error),
    KERNEL("vbd vbd-", BACKEND_NOMEM, "backend-nomem",
           "drivers/xen/xenbus/xenbus_client.c 2.6.18 to 6.12",
           xlmem__log_take_device_error),
    KERNEL("swiotlb buffer is full", SWIOTLB, "swiotlb-request",
           "kernel/dma/swiotlb.c; slots from 5.3 on", xlmem__log_take_swiotlb),
    KERNEL("max_grant_frames reached", GRANT_FRAMES, "grant-frames",
           "drivers/xen/grant-table.c from 4.14 on",
           xlmem__log_take_grant_frames),
    KERNEL("Cannot add additional memory (", BALLOON_HOTPLUG,
           "balloon-hotplug", "drivers/xen/balloon.c from 4.4 on",
           xlmem__log_take_hotplug),
    KERNEL("Cannot allocate new System RAM resource", BALLOON_HOTPLUG,
           "balloon-hotplug", "drivers/xen/balloon.c from 4.4 on",
           xlmem__log_take_hotplug),
    KERNEL("set_phys_to_machine() failed", BALLOON_HOTPLUG, "balloon-hotplug",
           "drivers/xen/balloon.c from 4.4 on", xlmem__log_take_hotplug),
    KERNEL("xen-balloon thread could not be started", BALLOON_DEAD,
           "balloon-dead", "drivers/xen/balloon.c from 5.15 on",
           xlmem__log_take_balloon_dead),
    KERNEL("Initial ballooning failed", BALLOON_DEAD, "balloon-dead",
           "drivers/xen/balloon.c from 5.16 on", xlmem__log_take_balloon_dead),
    KERNEL("balloon_process+", BALLOON_DEAD, "balloon-dead",
           "drivers/xen/balloon.c to 5.14", xlmem__log_take_balloon_oops),
    KERNEL("balloon_thread+", BALLOON_DEAD, "balloon-dead",
           "drivers/xen/balloon.c from 5.15 on", xlmem__log_take_balloon_oops),
    KERNEL("increase_reservation+", BALLOON_DEAD, "balloon-dead",
           "drivers/xen/balloon.c", xlmem__log_take_balloon_oops),
    KERNEL("decrease_reservation+", BALLOON_DEAD, "balloon-dead",
           "drivers/xen/balloon.c", xlmem__log_take_balloon_oops),
    KERNEL(" blocked for more than ", HUNG_TASK, "hung-task",
           "kernel/hung_task.c from 2.6.30 on", xlmem__log_take_hung),
    KERNEL(" blocked in I/O wait for more than ", HUNG_TASK, "hung-task",
           "kernel/hung_task.c from 7.1 on", xlmem__log_take_hung),
    /* xenstored, in syslog. */
    STORE("exceeds soft memory quota", QUOTA_SOFT, "xenstored-quota",
          "xenstored_domain.c 4.14 to 4.20", xlmem__log_take_soft_quota),
    STORE("exceeds hard memory quota", QUOTA_HARD, "xenstored-quota",
          "xenstored_domain.c 4.14 to 4.20", xlmem__log_take_hard_quota),
    STORE("quota reached", QUOTA_SOFT, "xenstored-quota", "oxenstored",
          xlmem__log_take_soft_quota),
    /* Xen's ring. */
    RING("Over-allocation for d", OVER_ALLOCATION, "over-allocation",
         "common/page_alloc.c 4.6 to 4.20", xlmem__log_take_over),
    RING("Could not allocate order=", NO_EXTENT, "no-extent",
         "common/memory.c, debug builds", xlmem__log_take_extent),
    RING("out of PoD memory", POD, "pod-exhausted",
         "arch/x86/mm/p2m-pod.c 4.0 to 4.20", xlmem__log_take_pod),
    RING("Unable to allocate page for PoD cache", POD_CACHE, "pod-exhausted",
         "arch/x86/mm/p2m-pod.c", xlmem__log_take_pod_cache),
    RING("failed to set entry for ", PAGING_POOL, "paging-pool-exhausted",
         "arch/x86/mm/p2m.c 4.14 to 4.20", xlmem__log_take_pool),
    RING("Domain 0 crashed: ", DOM0_CRASHED, "dom0-crashed",
         "common/shutdown.c to 4.4", xlmem__log_take_dom0_crash),
    RING("Hardware Dom0 crashed", DOM0_CRASHED, "dom0-crashed",
         "common/shutdown.c 4.5 to 4.20", xlmem__log_take_dom0_crash),
    RING(") crashed on cpu#", DOMU_CRASHED, NULL,
         "common/domain.c 4.0 to 4.20", xlmem__log_take_crash),
    RING("Initial low memory virq threshold", NONE, "xen-low",
         "common/page_alloc.c 4.2 to 4.20", xlmem__log_take_threshold),
    RING("Guest Loglevel: ", NONE, NULL, "drivers/char/console.c",
         xlmem__log_take_loglevel),
    /* The toolstack's logs: libxl and xl 4.14 to 4.20. */
    TOOLS("can't allocate low memory for domain", BUILD_NOMEM, "build-nomem",
          "libxenguest", xlmem__log_take_build),
    TOOLS("cannot (re-)build domain", BUILD_NOMEM, "build-nomem", "libxl",
          xlmem__log_take_build),
    TOOLS("annot claim memory", CLAIM_FAILED, "build-nomem", "libxenguest",
          xlmem__log_take_claim),
    TOOLS("failed to free memory for the domain", FREE_FAILED, "build-nomem",
          "xl", xlmem__log_take_free),
};
const size_t xlmem__nr_log_table =
    sizeof(xlmem__log_table) / sizeof(xlmem__log_table[0]);
