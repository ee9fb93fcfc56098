/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a domain may take, and what a create that died has left. */
#include "model/checked.h"
#include "model/host.h"
#include "model/units.h"
#include "xlmem_advice.h"

/* As a create that goes on holds it, and one that was built paused does not:
 * libxl sets the ceiling 1 MiB above the target, and an HVM domU's ROMs are
 * less than that (4.14 to 4.20). */
#define HALF_BUILT_KB (16 * XLMEM__MIB_KB)

uint64_t xlmem_domain_growth_kb(const xlmem_dom *dom)
{
    if (!dom->domid || dom->dying || dom->set_aside ||
        !XLMEM_KNOWS(dom, maxmem_kb))
        return 0;
    return xlmem__sub0(dom->maxmem_kb,
                       xlmem__add_sat(dom->tot_kb, dom->outstanding_kb));
}

bool xlmem__dom_is_promised(const xlmem_host *host, const xlmem_dom *dom)
{
    size_t i;

    for (i = 0; i < host->nr_reservations; i++)
        if (XLMEM_KNOWS(&host->reservations[i], domid) &&
            host->reservations[i].domid == dom->domid)
            return true;
    return dom->outstanding_kb != 0;
}

bool xlmem_domain_half_built(const xlmem_host *host, const xlmem_dom *dom)
{
    return dom->domid && dom->paused && !dom->dying &&
           XLMEM_KNOWS(dom, cpu_time_ms) && !dom->cpu_time_ms &&
           XLMEM_KNOWS(dom, maxmem_kb) && XLMEM_KNOWS(dom, tot_kb) &&
           xlmem__sub0(dom->maxmem_kb, dom->tot_kb) > HALF_BUILT_KB &&
           !xlmem__dom_is_promised(host, dom);
}
