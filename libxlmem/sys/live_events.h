/* SPDX-License-Identifier: LGPL-2.1-only */
/* The live module: what happens on the host, behind one descriptor. */
#ifndef XLMEM_LIVE_EVENTS_H
#define XLMEM_LIVE_EVENTS_H

#include <xenctrl.h>
#include <xenevtchn.h>

#include "sys/live.h"
#include "sys/psi.h"
#include "sys/store_wire.h"

typedef struct live_virq {
    xenevtchn_handle *handle; /* NULL: not listening */
    xenevtchn_port_or_error_t port;
    int fd;
} live_virq;

/* Returns 0; XLMEM_ERROR_BUSY: somebody else listens; XLMEM_ERROR_XEN. */
int live_virq_open(live_virq *virq_r, xentoollog_logger *lg, xlmem__msg *msg);
void live_virq_close(live_virq *virq);
/* Whether it has been raised since the last call. */
bool live_virq_fired(live_virq *virq);

struct live_events {
    int epoll;     /* readable when any of these is */
    bool lost;     /* store is closed: xenstored has gone */
    bool said;     /* that it is lost: nothing comes any more */
    unsigned turn; /* events of xenstore since the others were looked at */
    live_virq virq;
    xlmem__psi psi;
    xlmem__store store;
};

#endif /* XLMEM_LIVE_EVENTS_H */
