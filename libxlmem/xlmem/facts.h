/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Facts: a host, its dom0, its domains and what is reserved, as one value.
 *
 *     rc = xlmem_host_read(ctx, &host);
 *     if (xlmem_host_get(host, XLMEM_HOST_FREE_KB, &kb))
 *         it is known: kb
 *     for (n = 0; (dom = xlmem_host_dom(host, n)); n++)
 *         xlmem_dom_get(dom, XLMEM_DOMAIN_TOT_KB, &kb)
 *     xlmem_host_free(host);
 *
 * A host is read whole and does not change after that.  What is asked of it
 * is named by a number; new ones are added, none is ever reused.
 */
#ifndef XLMEM_API_FACTS_H
#define XLMEM_API_FACTS_H

#include <xlmem/context.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

typedef struct xlmem_host xlmem_host;
typedef struct xlmem_dom xlmem_dom;
typedef struct xlmem_reservation xlmem_reservation;

/*
 * xlmem_host_read: everything that is known of the host that is open, as one
 * value.  A missing source leaves facts unknown; so does a malformed one of
 * those that not all depends on, with a warning.
 * Blocks for reading some files and asking Xen and xenstore for each domain.
 * @host_r: xlmem_host_free it.
 * Returns 0; XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE, XLMEM_ERROR_XEN,
 * XLMEM_ERROR_XENSTORE, XLMEM_ERROR_IO, XLMEM_ERROR_INVAL (no host is open),
 * XLMEM_ERROR_NOMEM, XLMEM_ERROR_NOTFOUND (xlmem/capture.so, which the library
 * has beside it).  Logged, with file and line.  Since: 0.1
 */
int xlmem_host_read(xlmem_ctx *ctx, xlmem_host **host_r);

/* xlmem_host_free: free it and all that was got from it; NULL is fine.
 * Since: 0.1 */
void xlmem_host_free(xlmem_host *host);

/* Quantities of a host. */
typedef enum xlmem_host_fact {
    /* Xen's side */
    XLMEM_HOST_TOTAL_KB = 1,       /* all of Xen's memory */
    XLMEM_HOST_FREE_KB = 2,        /* free, claims not deducted */
    XLMEM_HOST_OUTSTANDING_KB = 3, /* claims that are not taken yet */
    XLMEM_HOST_NR_CPUS = 4,        /* physical ones that Xen uses */
    XLMEM_HOST_NR_NODES = 5,
    XLMEM_HOST_XEN_MAJOR = 6, /* its release */
    XLMEM_HOST_XEN_MINOR = 7,
    XLMEM_HOST_HAP = 8, /* 0 or 1: Xen can use it */
    XLMEM_HOST_IOMMU = 9,
    XLMEM_HOST_DOMAINS_LISTED = 10, /* 1: all domains are in it */
    XLMEM_HOST_ARM = 11,            /* 0 or 1: Xen for Arm */
    XLMEM_HOST_EFI_BOOT = 12, /* 1: booted by xen.efi itself, 0: by GRUB */
    /* the machine's memory map */
    XLMEM_HOST_MAP_SOURCE = 32,      /* xlmem_map_source */
    XLMEM_HOST_RAM_KB = 33,          /* all RAM, in whole pages */
    XLMEM_HOST_RAM_BELOW_4G_KB = 34, /* what 32-bit DMA reaches */
    XLMEM_HOST_RAM_TOP_KB = 35, /* the end of the highest, holes and all */
    /* dom0, as its own kernel sees it: /proc/meminfo */
    XLMEM_HOST_DOM0_MEM_TOTAL_KB = 64,
    XLMEM_HOST_DOM0_MEM_FREE_KB = 65,
    XLMEM_HOST_DOM0_MEM_AVAILABLE_KB = 66,
    XLMEM_HOST_DOM0_BUFFERS_KB = 67,
    XLMEM_HOST_DOM0_CACHED_KB = 68,
    XLMEM_HOST_DOM0_SHMEM_KB = 69,
    XLMEM_HOST_DOM0_ANON_PAGES_KB = 70,
    XLMEM_HOST_DOM0_SWAP_TOTAL_KB = 71,
    XLMEM_HOST_DOM0_SWAP_FREE_KB = 72,
    XLMEM_HOST_DOM0_SLAB_KB = 73,
    XLMEM_HOST_DOM0_COMMIT_LIMIT_KB = 74,
    XLMEM_HOST_DOM0_COMMITTED_KB = 75,
    XLMEM_HOST_DOM0_HUGETLB_KB = 76, /* set aside in huge pages, used or not */
    /* its balloon, /sys/devices/system/xen_memory */
    XLMEM_HOST_DOM0_TARGET_KB = 80,
    XLMEM_HOST_DOM0_CURRENT_KB = 81,
    XLMEM_HOST_DOM0_BALLOON_LOW_KB = 82,
    XLMEM_HOST_DOM0_BALLOON_HIGH_KB = 83,
    /* its kernel, load and pressure */
    XLMEM_HOST_DOM0_LINUX_MAJOR = 96,
    XLMEM_HOST_DOM0_LINUX_MINOR = 97,
    XLMEM_HOST_DOM0_NR_CPUS = 98,
    XLMEM_HOST_DOM0_TYPE = 99,      /* xlmem_dom_type: PV or PVH */
    XLMEM_HOST_DOM0_LOAD1_BP = 100, /* the average of a minute, 1/10 000 */
    XLMEM_HOST_DOM0_PSI_SOME10_BP = 101, /* pressure/memory avg10, of 1 */
    XLMEM_HOST_DOM0_PSI_FULL10_BP = 102,
    XLMEM_HOST_DOM0_ALLOCSTALL = 103, /* /proc/vmstat, all zones */
} xlmem_host_fact;

/*
 * xlmem_host_get: a quantity of a host.
 * @value_r: untouched where it is not known.
 * Returns whether it is known, and means something to this library.
 * Since: 0.1
 */
bool xlmem_host_get(const xlmem_host *host, xlmem_host_fact fact,
                    uint64_t *value_r);

/* Texts of a host. */
typedef enum xlmem_host_label {
    XLMEM_HOST_XEN_VERSION = 1,     /* "4.17.5" */
    XLMEM_HOST_XEN_CMDLINE = 2,     /* as booted */
    XLMEM_HOST_XEN_CONFIG_LINE = 3, /* as the next boot will have it */
    XLMEM_HOST_XEN_CONFIG_FILE = 4, /* where that stands */
    XLMEM_HOST_DOM0_KERNEL = 5,     /* "6.1.0-37-amd64" */
    XLMEM_HOST_DOM0_CMDLINE = 6,
} xlmem_host_label;

/*
 * xlmem_host_text: a text of a host, free of control characters.
 * Returns NULL where it is not known.  @host has it.  Since: 0.1
 */
const char *xlmem_host_text(const xlmem_host *host, xlmem_host_label label);

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

/* Where a memory map came from, best first. */
typedef enum xlmem_map_source {
    XLMEM_MAP_NONE,  /* there is none */
    XLMEM_MAP_XEN,   /* XENMEM_machine_memory_map, or a capture's xen/e820 */
    XLMEM_MAP_RING,  /* the e820 lines in Xen's console ring */
    XLMEM_MAP_DMESG, /* BIOS-e820 lines of a dom0's own kernel log */
    XLMEM_MAP_FIRMWARE, /* /sys/firmware/memmap of dom0 */
    XLMEM_MAP_ASSUMED,  /* nobody's: that of a PC */
} xlmem_map_source;

/*
 * xlmem_host_range: the n-th range of the machine's memory map, by address.
 * @start_r, @end_r: bytes, @end_r exclusive.
 * @type_r: an xlmem_range_type, or another number of the firmware's.
 * Returns false where there is no such range.  Since: 0.1
 */
bool xlmem_host_range(const xlmem_host *host, size_t n, uint64_t *start_r,
                      uint64_t *end_r, uint32_t *type_r);

/* ------------------------------------------------------------ domains --- */

/* How a domain is virtualised. */
typedef enum xlmem_dom_type {
    XLMEM_DOM_UNKNOWN,
    XLMEM_DOM_PV,
    XLMEM_DOM_PVH,
    XLMEM_DOM_HVM,
} xlmem_dom_type;

/*
 * XLMEM_DOMAIN_MAXMEM_KB of a domain that Xen does not limit, as a dom0 booted
 * without max:.  Its max_pages is an unsigned int with all bits set (Xen 4.14
 * to 4.20, arch/x86/dom0_build.c).
 */
#define XLMEM_NO_MAXMEM_KB (UINT64_C(0xffffffff) * 4)

/* Quantities of a domain, as the toolstack and Xen see it. */
typedef enum xlmem_dom_fact {
    XLMEM_DOMAIN_ID = 1,
    XLMEM_DOMAIN_TYPE = 2, /* xlmem_dom_type */
    XLMEM_DOMAIN_VCPUS = 3,
    XLMEM_DOMAIN_TOT_KB = 4,         /* tot_pages: what it holds */
    XLMEM_DOMAIN_MAXMEM_KB = 5,      /* max_pages: Xen's ceiling */
    XLMEM_DOMAIN_OUTSTANDING_KB = 6, /* its outstanding claim */
    XLMEM_DOMAIN_PAGING_KB = 7,      /* HAP or shadow pool */
    XLMEM_DOMAIN_TARGET_KB = 8,      /* memory/target */
    XLMEM_DOMAIN_STATIC_MAX_KB = 9,  /* memory/static-max */
    XLMEM_DOMAIN_DYNAMIC_MIN_KB = 10,
    XLMEM_DOMAIN_DYNAMIC_MAX_KB = 11,
    XLMEM_DOMAIN_CPU_TIME_MS = 12,
    XLMEM_DOMAIN_PAUSED = 13, /* 0 or 1, as the next two */
    XLMEM_DOMAIN_DYING = 14,
    XLMEM_DOMAIN_SHUTDOWN = 15,
} xlmem_dom_fact;

/*
 * xlmem_host_dom: the n-th domain, by id, dom0 the first.
 * Returns NULL behind the last.  @host has it.  Since: 0.1
 */
const xlmem_dom *xlmem_host_dom(const xlmem_host *host, size_t n);

/*
 * xlmem_host_find_dom: the domain with this id.
 * Returns NULL where there is none.  @host has it.  Since: 0.1
 */
const xlmem_dom *xlmem_host_find_dom(const xlmem_host *host, uint64_t domid);

/* xlmem_dom_get: a quantity of a domain, as xlmem_host_get.  Since: 0.1 */
bool xlmem_dom_get(const xlmem_dom *dom, xlmem_dom_fact fact,
                   uint64_t *value_r);

typedef enum xlmem_dom_label {
    XLMEM_DOMAIN_UUID = 1, /* 36 characters */
    XLMEM_DOMAIN_NAME = 2, /* whoever made the domain chose it: escape it */
} xlmem_dom_label;

/* xlmem_dom_text: a text of a domain, as xlmem_host_text.  Since: 0.1 */
const char *xlmem_dom_text(const xlmem_dom *dom, xlmem_dom_label label);

/* ------------------------------------------------------- reservations --- */

/* Memory promised to a create that has not taken all of it yet. */
typedef enum xlmem_reservation_fact {
    XLMEM_RESERVATION_NEED_KB = 1,       /* Xen's side, as decided */
    XLMEM_RESERVATION_DOM0_NEED_KB = 2,  /* dom0's, building included */
    XLMEM_RESERVATION_DOM0_BUILD_KB = 3, /* of which comes back then */
    XLMEM_RESERVATION_DOMID = 4,   /* what it became; unknown until then */
    XLMEM_RESERVATION_LEFT_MS = 5, /* by hand: until it ends by itself */
} xlmem_reservation_fact;

/*
 * xlmem_host_reservation: the n-th reservation that counted when the host was
 * read.
 * Returns NULL behind the last.  @host has it.  Since: 0.1
 */
const xlmem_reservation *xlmem_host_reservation(const xlmem_host *host,
                                                size_t n);

/* xlmem_reservation_get: a quantity of a reservation, as xlmem_host_get.
 * Since: 0.1 */
bool xlmem_reservation_get(const xlmem_reservation *reservation,
                           xlmem_reservation_fact fact, uint64_t *value_r);

typedef enum xlmem_reservation_label {
    XLMEM_RESERVATION_UUID = 1, /* of the domain */
    XLMEM_RESERVATION_ID = 2,   /* its name: xlmem_reservation_end */
} xlmem_reservation_label;

/* xlmem_reservation_text: a text of a reservation, as xlmem_host_text.
 * Since: 0.1 */
const char *xlmem_reservation_text(const xlmem_reservation *reservation,
                                   xlmem_reservation_label label);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_API_FACTS_H */
