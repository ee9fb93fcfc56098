/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The kernel's word that processes wait for memory: a trigger of pressure
 * stall information (Documentation/accounting/psi.rst; Linux 5.2 and later).
 * It costs nothing while nobody waits.
 *
 * The descriptor is to be waited for with POLLPRI.  That it is ready says the
 * kernel once only, to whoever asks first: psi_trigger_poll in
 * kernel/sched/psi.c clears what it returns.  Below an epoll descriptor that
 * is itself waited for it is the outer wait that asks, and the inner one then
 * finds nothing.  So who was woken looks at how long processes have waited by
 * now, a counter that nobody clears.
 */
#ifndef XLMEM_PSI_H
#define XLMEM_PSI_H

#include <stdbool.h>
#include <stdint.h>

#include "private/daemon.h"
#include "sys/sys.h"

typedef struct xlmem__psi_look {
    int64_t ms;         /* CLOCK_BOOTTIME */
    uint64_t waited_us; /* by then, since boot */
} xlmem__psi_look;

typedef struct xlmem__psi {
    int fd;                     /* -1: there is none */
    xlmem__psi_look old, young; /* each at least one window after the other */
} xlmem__psi;

/*
 * Returns 0; XLMEM_ERROR_UNSUPPORTED (a kernel without, or psi=0),
 * XLMEM_ERROR_PERM, XLMEM_ERROR_IO.
 * @path: XLMEM_PRESSURE_FILE, but for tests.
 */
int xlmem__psi_open(const char *path, int64_t now_ms, xlmem__psi *psi_r,
                    xlmem__msg *msg);
void xlmem__psi_close(xlmem__psi *psi);

/* Whether the trigger has fired since the last call that said so. */
bool xlmem__psi_fired(xlmem__psi *psi, int64_t now_ms);

/*
 * The decision alone: whether processes have waited so long within a window
 * that the trigger has fired, as far as what was seen can tell.  Says it
 * rather once too often.
 */
bool xlmem__psi_judge(xlmem__psi *psi, xlmem__psi_look now);

#endif /* XLMEM_PSI_H */
