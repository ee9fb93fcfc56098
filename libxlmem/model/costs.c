/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The one place for these figures.  A source that begins with "estimate" was
 * not measured by this project.
 */
#include "model/costs.h"

const xlmem__cost xlmem__costs[XLMEM__COST_NR] = {
    [XLMEM__COST_SERVICES] = {229376, "estimate: Debian with systemd, ssh and "
                                      "Xen's services, no domUs"},
    [XLMEM__COST_SERVICES_LEAST] = {98304, "estimate: init, ssh and Xen's "
                                           "services, idle"},
    /* tests/fixtures/truth/dom0-costs.tsv: eight PV or PVH guests took 5116 to
     * 8528 kB of MemAvailable, of which 554 to 716 kB each are private memory
     * of a monitor.  Eight HVM guests took 107516 kB, with VNC and a network
     * card each 111028: 12.1 MiB private to a QEMU. */
    [XLMEM__COST_DOMU] = {320, "measured: 0.3 MiB of slab, page tables and "
                               "xenstored's memory"},
    [XLMEM__COST_MONITOR] = {768, "measured: private memory of an xl that "
                                  "watches its domU, at most 716 kB"},
    [XLMEM__COST_QEMU] = {32768, "measured: 12 MiB of QEMU at rest; estimate: "
                                 "20 MiB for VNC clients and disk requests"},
    /* The queue's fixed 44 KiB since Linux eb1723a29b, and the pages of its
     * 256 pending requests (MAX_PENDING_REQS, xen-netback/common.h).  A queue
     * in use took 108 to 459 kB (kind vif-busy): with XEN_UNPOPULATED_ALLOC
     * those pages are addresses without memory. */
    [XLMEM__COST_VIF_QUEUE] = {44 + 256 * 4, "Linux xen-netback: 44 KiB a "
                                             "queue and 256 pending pages"},
    /* A ring in use took 1866 to 1972 kB more than a domU without (kind
     * vbd-busy), 1.3 MiB of it slab: 32 requests of 256 segments each
     * (MAX_INDIRECT_SEGMENTS, xen-blkback/common.h).  And 1056 persistent
     * grants are a 31st of the 128 MiB of addresses for which Linux takes 2
     * MiB of page descriptions at a time. */
    [XLMEM__COST_VBD_RING] = {2048, "measured: at most 1972 kB for a ring in "
                                    "use, and its share of struct page"},
    [XLMEM__COST_CACHE] = {131072, "estimate: files that the services read"},
    [XLMEM__COST_CACHE_DOMU] = {32768, "estimate: page cache for one domU's "
                                       "disks and logs"},
    /* At rest nothing: two to eight vCPUs have the same between MemTotal and
     * MemFree (grid-more.tsv). */
    [XLMEM__COST_CPU] = {4096, "estimate: page lists, slab caches and threads "
                               "of one vCPU"},
    [XLMEM__COST_BUILD] = {16896, "measured: 66 MiB of an unpacked kernel; "
                                  "estimate: for one domU in four at once"},
    /* Kind build of the same table: beside what stays, a domU with a kernel of
     * four bytes takes 0.5 MiB at most.  An emulated HVM guest takes no more
     * at any time than when it runs. */
    [XLMEM__COST_BUILDER] = {1024, "measured: half a MiB of an xl that builds "
                                   "a domU of hardly any kernel"},
    /* Kind restore: 3780 to 5040 kB at most, for 128 to 512 MiB of a guest;
     * libxc reads 1024 pages at a time (xg_sr_common.h, 4.14 to 4.20). */
    [XLMEM__COST_RESTORE] = {4096, "measured: pages of an image on their way "
                                   "into the guest"},
    /* libxc maps the kernel's file, which is page cache, and unpacks it into
     * memory of its own (xc_dom_try_gunzip, xg_dom_bzimageloader.c, 4.14 to
     * 4.20).  Debian's Linux 6.1 is 64361 kB unpacked; xl took 62748 to 66024
     * kB for it, with and without a ramdisk of 32 MiB, which is copied or
     * unpacked straight into the guest.  As it is distributed it is packed
     * with xz, whose decoder keeps another 32 MiB until it is done: 97276 kB
     * with the calls that libxc makes. */
    [XLMEM__COST_BUILD_KERNEL] = {97280, "measured: Debian's Linux 6.1, 63 "
                                         "MiB unpacked by an xz of 32 MiB"},
    [XLMEM__COST_OPERATIONS] = {262144,
                                "estimate: a package upgrade, a domain "
                                "being built or migrated"},
};
