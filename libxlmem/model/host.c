/* SPDX-License-Identifier: LGPL-2.1-only */
#include <stdlib.h>
#include <string.h>

#include "xlmem.h"

void xlmem_host_init(xlmem_host *host)
{
    memset(host, 0, sizeof(*host));
}

void xlmem_host_dispose(xlmem_host *host)
{
    size_t i;

    for (i = 0; i < host->nr_doms; i++)
        free(host->doms[i].name);
    free(host->doms);
    free(host->reservations);
    free(host->xen_version);
    free(host->xen_cmdline);
    free(host->xen_config_line);
    free(host->dom0.kernel_release);
    free(host->dom0.kernel_cmdline);
    free(host->dom0.zones);
    xlmem_map_dispose(&host->map);
    xlmem_host_init(host);
}

/* They are in ascending order. */
const xlmem_dom *xlmem_host_find_dom(const xlmem_host *host, uint64_t domid)
{
    size_t low = 0, high = host->nr_doms;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (host->doms[mid].domid < domid)
            low = mid + 1;
        else
            high = mid;
    }
    if (low == host->nr_doms || host->doms[low].domid != domid)
        return NULL;
    return &host->doms[low];
}
