/* SPDX-License-Identifier: LGPL-2.1-only */
/* Releases of Xen and of Linux: two numbers, by which tables of what differs
 * are kept. */
#ifndef XLMEM_RELEASE_H
#define XLMEM_RELEASE_H

#include "private/all.h"

typedef struct xlmem__release {
    uint64_t major, minor;
} xlmem__release;

static inline bool xlmem__release_reaches(xlmem__release release,
                                          xlmem__release first)
{
    return release.major > first.major ||
           (release.major == first.major && release.minor >= first.minor);
}

static inline bool xlmem__knows_xen(const xlmem_host *host)
{
    return XLMEM_KNOWS(host, xen_major) && XLMEM_KNOWS(host, xen_minor);
}

/* Whether the host's Xen is of that release or a later one; not known, or of
 * no host (NULL), counts as new. */
static inline bool xlmem__xen_reaches(const xlmem_host *host,
                                      xlmem__release first)
{
    return !host || !xlmem__knows_xen(host) ||
           xlmem__release_reaches(
               (xlmem__release){host->xen_major, host->xen_minor}, first);
}

#endif /* XLMEM_RELEASE_H */
