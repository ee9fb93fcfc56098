/* SPDX-License-Identifier: LGPL-2.1-only */
#include "fake_xen.h"

#include <errno.h>
#include <string.h>
#include <xenctrl.h>

#define EXPORT __attribute__((visibility("default")))

uint32_t fake_doms = 1000;
unsigned fake_hypercalls;
static int dummy;

EXPORT xc_interface *xc_interface_open(xentoollog_logger *logger,
                                       xentoollog_logger *dombuild_logger,
                                       unsigned open_flags)
{
    (void)logger;
    (void)dombuild_logger;
    (void)open_flags;
    return (xc_interface *)&dummy;
}

EXPORT int xc_interface_close(xc_interface *xch)
{
    (void)xch;
    return 0;
}

/* What libxl asks for when a target is set.  Nothing changes, and nobody has a
 * label: this Xen has no flask. */
EXPORT int xc_flask_sid_to_context(xc_interface *xch, int sid, char *buf,
                                   uint32_t size)
{
    (void)xch;
    (void)sid;
    (void)buf;
    (void)size;
    errno = ENOSYS;
    return -1;
}

EXPORT int xc_domain_setmaxmem(xc_interface *xch, uint32_t domid,
                               uint64_t max_memkb)
{
    (void)xch;
    (void)domid;
    (void)max_memkb;
    fake_hypercalls++;
    return 0;
}

EXPORT int xc_domain_set_pod_target(xc_interface *xch, uint32_t domid,
                                    uint64_t target_pages, uint64_t *tot_pages,
                                    uint64_t *pod_cache_pages,
                                    uint64_t *pod_entries)
{
    (void)xch;
    (void)domid;
    (void)target_pages;
    fake_hypercalls++;
    if (tot_pages)
        *tot_pages = 65536;
    if (pod_cache_pages)
        *pod_cache_pages = 0;
    if (pod_entries)
        *pod_entries = 0;
    return 0;
}

/* Every other one is PV, and all of them run. */
EXPORT int xc_domain_getinfolist(xc_interface *xch, uint32_t first_domain,
                                 unsigned int max_domains,
                                 xc_domaininfo_t *info)
{
    unsigned n = 0;

    (void)xch;
    fake_hypercalls++;
    memset(info, 0, max_domains * sizeof(*info));
    for (; first_domain < fake_doms && n < max_domains; first_domain++, n++) {
        info[n].domain = (domid_t)first_domain;
        info[n].tot_pages = first_domain ? 65536 : 524288;
        info[n].max_pages = info[n].tot_pages + 256;
        info[n].nr_online_vcpus = 1;
        info[n].handle[15] = (uint8_t)first_domain;
        info[n].handle[14] = (uint8_t)(first_domain >> 8);
        if (first_domain % 2)
            info[n].flags = XEN_DOMINF_hvm_guest;
    }
    return (int)n;
}

/* Its log is empty. */
EXPORT int xc_readconsolering(xc_interface *xch, char *buffer,
                              unsigned int *nr, int clear, int incremental,
                              uint32_t *index)
{
    (void)xch;
    (void)buffer;
    (void)clear;
    (void)incremental;
    (void)index;
    *nr = 0;
    return 0;
}

EXPORT int xc_physinfo(xc_interface *xch, xc_physinfo_t *info)
{
    (void)xch;
    fake_hypercalls++;
    memset(info, 0, sizeof(*info));
    info->total_pages = UINT64_C(1) << 34;
    info->free_pages = UINT64_C(1) << 30;
    info->nr_cpus = 16;
    info->nr_nodes = 1;
    return 0;
}

EXPORT int xc_version(xc_interface *xch, int cmd, void *arg)
{
    (void)xch;
    fake_hypercalls++;
    if (cmd == XENVER_extraversion)
        memset(arg, 0, sizeof(xen_extraversion_t));
    if (cmd == XENVER_commandline)
        memset(arg, 0, sizeof(xen_commandline_t));
    return cmd == XENVER_version ? 4 << 16 | 17 : 0;
}

#if defined(__i386__) || defined(__x86_64__)
EXPORT int xc_get_machine_memory_map(xc_interface *xch,
                                     struct e820entry entries[],
                                     uint32_t max_entries)
{
    (void)xch;
    (void)max_entries;
    fake_hypercalls++;
    entries[0].addr = 0;
    entries[0].size = UINT64_C(1) << 46;
    entries[0].type = 1;
    return 1;
}
#endif

#if XEN_DOMCTL_INTERFACE_VERSION >= 0x14
EXPORT int xc_shadow_control(xc_interface *xch, uint32_t domid,
                             unsigned int sop, unsigned int *mb,
                             unsigned int mode)
{
    (void)mode;
#else
EXPORT int xc_shadow_control(xc_interface *xch, uint32_t domid,
                             unsigned int sop,
                             xc_hypercall_buffer_t *dirty_bitmap,
                             unsigned long pages, unsigned long *mb,
                             uint32_t mode, xc_shadow_op_stats_t *stats)
{
    (void)dirty_bitmap;
    (void)pages;
    (void)mode;
    (void)stats;
#endif
    (void)xch;
    (void)domid;
    (void)sop;
    fake_hypercalls++;
    *mb = 0;
    return 0;
}

#if XEN_DOMCTL_INTERFACE_VERSION >= 0x15
EXPORT int xc_get_paging_mempool_size(xc_interface *xch, uint32_t domid,
                                      uint64_t *size)
{
    (void)xch;
    (void)domid;
    fake_hypercalls++;
    *size = 4 << 20;
    return 0;
}
#endif
