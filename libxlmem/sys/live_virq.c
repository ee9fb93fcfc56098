/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Xen's low-memory interrupt, VIRQ_ENOMEM.  Xen raises it when its free memory
 * falls to a threshold (low_mem_virq_limit=, 64M unless said), and again at
 * each halving of that; once free memory has risen well above it the threshold
 * is back (check_low_mem_virq in xen/common/page_alloc.c, 4.14 to 4.20).  It
 * is a global interrupt: one listener on the whole host (xen-lowmemd is one).
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "sys/live_events.h"

int live_virq_open(live_virq *virq_r, xentoollog_logger *lg, xlmem__msg *msg)
{
    live_virq virq = {.handle = xenevtchn_open(lg, 0), .fd = -1};
    int e = errno;

    if (!virq.handle)
        return xlmem__fail(msg, XLMEM_ERROR_XEN,
                           "no word of Xen's low memory: /dev/xen/evtchn: %s",
                           strerror(e));
    virq.fd = xenevtchn_fd(virq.handle);
    virq.port = xenevtchn_bind_virq(virq.handle, VIRQ_ENOMEM);
    e = errno;
    if (virq.port >= 0) {
        *virq_r = virq;
        return 0;
    }
    xenevtchn_close(virq.handle);
    if (e == EEXIST)
        return xlmem__fail(msg, XLMEM_ERROR_BUSY,
                           "no word of Xen's low memory: another process "
                           "listens to that interrupt, and there is one "
                           "listener (is it xen-lowmemd?)");
    return xlmem__fail(msg, XLMEM_ERROR_XEN,
                       "no word of Xen's low memory: VIRQ_ENOMEM: %s",
                       strerror(e));
}

void live_virq_close(live_virq *virq)
{
    if (virq->handle)
        xenevtchn_close(virq->handle);
    *virq = (live_virq){.fd = -1};
}

/* To read the device without looking first may block (xenevtchn.h). */
bool live_virq_fired(live_virq *virq)
{
    struct pollfd pollfd = {.fd = virq->fd, .events = POLLIN};
    xenevtchn_port_or_error_t port;

    if (!virq->handle || poll(&pollfd, 1, 0) != 1)
        return false;
    port = xenevtchn_pending(virq->handle);
    if (port < 0)
        return false;
    xenevtchn_unmask(virq->handle, (evtchn_port_t)port);
    return true;
}
