/* SPDX-License-Identifier: LGPL-2.1-only */
/* Move memory between dom0 and domUs as their demand changes, in the loop that
 * a toolstack has anyhow. */
#include <stdio.h>
#include <xlmem.h>

int watch_memory(xlmem_ctx *ctx, const xlmem_policy *policy);
/* The caller's own: wait until the descriptor is readable (-1: there is none),
 * or until a time of CLOCK_BOOTTIME in milliseconds has come (-1: however long
 * it takes), and do what else there is to do.  0: it is to end. */
int wait_for(int fd, int64_t until_ms);

/* Say who is left out, and why. */
static void show(const xlmem_monitor *monitor)
{
    uint64_t domid, part;
    size_t n;

    for (n = 0; xlmem_monitor_dom(monitor, n, &domid); n++)
        if (xlmem_monitor_dom_get(monitor, domid, XLMEM_MONITOR_DOM_PART,
                                  &part) &&
            part != XLMEM_PART_TAKEN)
            fprintf(stderr, "domain %llu: %s\n", (unsigned long long)domid,
                    xlmem_part_text((xlmem_part)part));
}

int watch_memory(xlmem_ctx *ctx, const xlmem_policy *policy)
{
    xlmem_monitor *monitor;
    int rc = xlmem_monitor_open(ctx, policy, &monitor);

    if (rc)
        return rc;
    /* Ask for both before each wait: either may be another now. */
    while (wait_for(xlmem_monitor_fd(monitor),
                    xlmem_monitor_deadline_ms(monitor)))
        xlmem_monitor_dispatch(monitor); /* what fails is tried again */
    show(monitor);
    xlmem_monitor_close(monitor);
    return 0;
}
