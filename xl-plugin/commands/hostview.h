/* SPDX-License-Identifier: LGPL-2.1-only */
/* A host with how it is guarded and balanced, and what is wrong with that. */
#ifndef XL_MEMGUARD_HOSTVIEW_H
#define XL_MEMGUARD_HOSTVIEW_H

#include "commands/guarding.h"
#include "output/balancing.h"
#include "output/books.h"
#include "private/guard.h"

typedef struct host_view {
    const cmd_run *run;
    books books;
    bool configured; /* there is a configuration */
    xlmem_policy_report report;
    char ledger_fault[256]; /* "": it can be used, or nobody tried */
    bool autoballoon, autoballoon_known;
    guarding guarding;
    bool daemon_known;
    uint64_t daemon_pid; /* 0: it does not run */
    xlmem_findings found;
} host_view;

void host_view_init(host_view *view, const cmd_run *run);
void host_view_dispose(host_view *view);

/*
 * host_view_read: all of it but what is found.
 * Returns 0 or an XLMEM_ERROR_*; a message was printed.
 */
int host_view_read(host_view *view, xlmem_ctx *ctx);

/* host_view_judge: what is found; @sets_mode: XLMEM_MODE_FILE is about to be
 * replaced. */
void host_view_judge(host_view *view, xlmem_view what, bool sets_mode);

/* host_view_daemon: whether the daemon runs, once the host is known: on this
 * machine, or as it was recorded.  False: that is not known. */
bool host_view_daemon(const cmd_run *run, const xlmem_host *host,
                      uint64_t *pid_r);

#endif /* XL_MEMGUARD_HOSTVIEW_H */
