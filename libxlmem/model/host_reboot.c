/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A host as it will be right after its next boot, before any domU starts.
 *
 *     free          what the prediction leaves free in Xen
 *     dom0          as large as its line makes it, with its maximum
 *     MemAvailable  now + (MemTotal then - MemTotal now)
 *                       + what the domUs that run now cost dom0;
 *                   MemFree likewise
 *
 * Nothing is promised to anybody.
 */
#include "model/checked.h"
#include "model/host.h"
#include "model/predict.h"
#include "model/starts.h"
#include "model/units.h"

/* What dom0 gets back when its domUs are gone; their devices, which are not
 * known, left out. */
static uint64_t returns_kb(const xlmem_host *host)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        xlmem_need_request request;
        xlmem_need need;

        if (xlmem__dom_stays(&host->doms[i]))
            continue;
        xlmem__request_of_dom(host, &host->doms[i], &request);
        if (!xlmem_need_of(host, &request, &need))
            sum = xlmem__add_sat(sum, need.dom0_need_kb - need.dom0_build_kb);
    }
    return sum;
}

/* Free memory moves with MemTotal, and what domUs cost comes to it. */
static uint64_t moved_kb(uint64_t kb, const xlmem_dom0 *dom0,
                         const xlmem_forecast *p, uint64_t more_kb)
{
    kb = xlmem__add_sat(
        kb, xlmem__add_sat(more_kb,
                           xlmem__sub0(p->memtotal_kb, dom0->mem_total_kb)));
    return xlmem__sub0(kb, xlmem__sub0(dom0->mem_total_kb, p->memtotal_kb));
}

static void boot_kernel(xlmem_dom0 *dom0, const xlmem_forecast *p,
                        uint64_t more_kb)
{
    const uint64_t now = p->memtotal_kb;

    if (XLMEM_KNOWS(dom0, mem_total_kb)) {
        dom0->mem_available_kb =
            moved_kb(dom0->mem_available_kb, dom0, p, more_kb);
        dom0->mem_free_kb = moved_kb(dom0->mem_free_kb, dom0, p, more_kb);
    }
    XLMEM_SET(dom0, mem_total_kb, now);
    if (XLMEM_KNOWS(dom0, balloon_target_kb))
        dom0->balloon_target_kb = p->nr_pages * XLMEM__PAGE_KB;
    if (XLMEM_KNOWS(dom0, balloon_current_kb))
        dom0->balloon_current_kb = p->nr_pages * XLMEM__PAGE_KB;
}

static int boot_dom0(xlmem_host *host, const xlmem_forecast *p)
{
    xlmem_dom dom = {.type = host->dom0.type};
    xlmem_dom *dom0 = host->nr_doms ? &host->doms[0] : &dom;

    XLMEM_SET(dom0, domid, 0);
    XLMEM_SET(dom0, tot_kb, p->nr_pages * XLMEM__PAGE_KB);
    XLMEM_SET(dom0, maxmem_kb,
              XLMEM_KNOWS(p, max_pages) ? p->max_pages * XLMEM__PAGE_KB
                                        : XLMEM_NO_MAXMEM_KB);
    XLMEM_SET(dom0, outstanding_kb, 0);
    return dom0 == &dom ? xlmem__host_add_dom(host, &dom) : 0;
}

/* The line stands in a boot file: it is all that Xen gets. */
static int predict_boot(const xlmem_host *host, const char *text,
                        xlmem_forecast *p)
{
    xlmem__booted booted;
    xlmem__xen_line line;
    int rc = xlmem__xen_line_of(host, text, &line);

    if (rc)
        return rc;
    xlmem__booted_of(host, &booted);
    return xlmem__forecast(host, &booted, &line, p);
}

int xlmem_host_reboot(xlmem_host *host)
{
    const char *line =
        host->xen_config_line ? host->xen_config_line : host->xen_cmdline;
    xlmem_forecast p;
    uint64_t more_kb;
    int rc;

    if (!line)
        return XLMEM_ERROR_UNKNOWN;
    rc = predict_boot(host, line, &p);
    if (rc)
        return rc;
    more_kb = returns_kb(host);
    xlmem__host_keep_dom0(host);
    rc = boot_dom0(host, &p);
    if (rc)
        return rc;
    boot_kernel(&host->dom0, &p, more_kb);
    XLMEM_SET(host, free_kb, p.host_free_kb);
    XLMEM_SET(host, outstanding_kb, 0);
    XLMEM_SET(host, domains_listed, 1);
    return 0;
}
