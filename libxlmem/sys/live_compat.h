/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Where the Xen releases that this module is built against differ.
 *
 *     what                                   4.14    4.16    4.17    4.20
 *     XEN_DOMCTL_INTERFACE_VERSION           0x12    0x14    0x15    0x17
 *     xc_shadow_control() parameters         8       5       5       5
 *     xc_get_paging_mempool_size()           -       -       yes     yes
 *     machine memory map (x86 only)          yes     yes     yes     yes
 *
 * The headers tell the release by the version of the domctl interface
 * (xen/include/public/domctl.h of each release), which no distribution
 * changes: hypervisor and tools have to agree on it.
 */
#ifndef XLMEM_LIVE_COMPAT_H
#define XLMEM_LIVE_COMPAT_H

#include <errno.h>
#include <xenctrl.h>

#define LIVE_DOMCTL_4_16 0x14
#define LIVE_DOMCTL_4_17 0x15

/*
 * A domain's shadow or HAP pool in MiB, rounded up.  Not for a dying domain
 * and not for the caller's own.  Returns 0, or -1 with errno.
 */
static inline int live_shadow_mib(xc_interface *xc, uint32_t domid,
                                  uint64_t *mib_r)
{
#if XEN_DOMCTL_INTERFACE_VERSION >= LIVE_DOMCTL_4_16
    unsigned int mib = 0;
    int r = xc_shadow_control(xc, domid, XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION,
                              &mib, 0);
#else
    unsigned long mib = 0;
    int r = xc_shadow_control(xc, domid, XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION,
                              NULL, 0, &mib, 0, NULL);
#endif

    if (r)
        return -1;
    *mib_r = mib;
    return 0;
}

/*
 * The same in bytes, for a domain that is not PV, dying or not.  errno
 * EOPNOTSUPP: ask live_shadow_mib.
 */
static inline int live_pool_bytes(xc_interface *xc, uint32_t domid,
                                  uint64_t *bytes_r)
{
#if XEN_DOMCTL_INTERFACE_VERSION >= LIVE_DOMCTL_4_17
    return xc_get_paging_mempool_size(xc, domid, bytes_r);
#else
    (void)xc;
    (void)domid;
    (void)bytes_r;
    errno = EOPNOTSUPP;
    return -1;
#endif
}

#if defined(__i386__) || defined(__x86_64__)
typedef struct e820entry live_map_entry;
#define live_machine_map xc_get_machine_memory_map
#else
typedef struct live_map_entry {
    uint64_t addr, size;
    uint32_t type;
} live_map_entry;

static inline int live_machine_map(xc_interface *xc, live_map_entry entries[],
                                   uint32_t nr)
{
    (void)xc;
    (void)entries;
    (void)nr;
    errno = EOPNOTSUPP;
    return -1;
}
#endif

#endif /* XLMEM_LIVE_COMPAT_H */
