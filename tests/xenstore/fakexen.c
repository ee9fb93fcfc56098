/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What xenstored asks of a hypervisor, answered without one: preloaded, it
 * lets the real server run on any machine (libraries of Xen 4.14 to 4.20).
 * Every domain that is introduced exists; its ring is an empty page; no
 * event ever comes.  The files that the kernel would serve are looked for
 * in $FAKEXEN_DIR.
 */
#include "config.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#define EXPORT __attribute__((visibility("default")))

static int dummy;

/* /proc/xen/xsd_port and /proc/xen/xsd_kva are files of ours. */
EXPORT int open(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...);
    const char *dir = getenv("FAKEXEN_DIR");
    char ours[256];
    va_list ap;
    mode_t mode;

    va_start(ap, flags);
    mode = va_arg(ap, mode_t);
    va_end(ap);
    if (dir && !strncmp(path, "/proc/xen/xsd_", 14)) {
        snprintf(ours, sizeof(ours), "%s/%s", dir, path + 10);
        path = ours;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "open");
    return real(path, flags, mode);
}

EXPORT xc_interface *xc_interface_open(xentoollog_logger *logger,
                                       xentoollog_logger *dombuild_logger,
                                       unsigned int open_flags)
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

/* Xen 4.18 (domctl interface 0x16) replaced one call by the other. */
#if XEN_DOMCTL_INTERFACE_VERSION >= 0x16
EXPORT int xc_domain_getinfo_single(xc_interface *xch, uint32_t domid,
                                    xc_domaininfo_t *info)
{
    (void)xch;
    memset(info, 0, sizeof(*info));
    info->domain = (domid_t)domid;
    return 0;
}
#else
EXPORT int xc_domain_getinfo(xc_interface *xch, uint32_t first_domid,
                             unsigned int max_doms, xc_dominfo_t *info)
{
    (void)xch;
    (void)max_doms;
    memset(info, 0, sizeof(*info));
    info->domid = first_domid;
    return 1;
}
#endif

EXPORT xenevtchn_handle *xenevtchn_open(xentoollog_logger *logger,
                                        unsigned int flags)
{
    (void)logger;
    (void)flags;
    return (xenevtchn_handle *)&dummy;
}

/* Which Xen 4.14's header does not have. */
EXPORT xenevtchn_handle *xenevtchn_fdopen(xentoollog_logger *logger, int fd,
                                          unsigned int flags);
EXPORT xenevtchn_handle *xenevtchn_fdopen(xentoollog_logger *logger, int fd,
                                          unsigned int flags)
{
    (void)fd;
    return xenevtchn_open(logger, flags);
}

EXPORT xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *xce)
{
    (void)xce;
    return -1;
}

EXPORT int xenevtchn_fd(xenevtchn_handle *xce)
{
    static int fd = -1;

    (void)xce;
    if (fd < 0)
        fd = eventfd(0, 0);
    return fd;
}

EXPORT xenevtchn_port_or_error_t xenevtchn_bind_interdomain(
    xenevtchn_handle *xce, uint32_t domid, evtchn_port_t remote_port)
{
    (void)xce;
    (void)remote_port;
    return (xenevtchn_port_or_error_t)(domid + 2);
}

EXPORT xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *xce,
                                                     unsigned int virq)
{
    (void)xce;
    (void)virq;
    return 1;
}

EXPORT int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return 0;
}

EXPORT int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return 0;
}

EXPORT int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return 0;
}

EXPORT xengnttab_handle *xengnttab_open(xentoollog_logger *logger,
                                        unsigned int open_flags)
{
    (void)logger;
    (void)open_flags;
    return (xengnttab_handle *)&dummy;
}

EXPORT int xengnttab_close(xengnttab_handle *xgt)
{
    (void)xgt;
    return 0;
}

EXPORT int xengnttab_set_max_grants(xengnttab_handle *xgt, uint32_t nr_grants)
{
    (void)xgt;
    (void)nr_grants;
    return 0;
}

EXPORT void *xengnttab_map_grant_ref(xengnttab_handle *xgt, uint32_t domid,
                                     uint32_t ref, int prot)
{
    void *ring;

    (void)xgt;
    (void)domid;
    (void)ref;
    ring = mmap(NULL, XC_PAGE_SIZE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return ring == MAP_FAILED ? NULL : ring;
}

EXPORT int xengnttab_unmap(xengnttab_handle *xgt, void *start_address,
                           uint32_t count)
{
    (void)xgt;
    return munmap(start_address, count * XC_PAGE_SIZE);
}
