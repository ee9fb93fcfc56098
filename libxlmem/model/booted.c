/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What dom0 got at boot is what its line says: where that is a size, and the
 * kernel has seen as much, it is what is written; else what this host has.
 */
#include "model/booted.h"

#include "model/kernel_layout.h"
#include "model/xenown.h"

/* Its log knows; zoneinfo would count memory that was hot-added too, which is
 * told from another machine's map by whether max: limits it. */
static uint64_t seen_pages(const xlmem_dom0 *dom0)
{
    if (XLMEM_KNOWS(dom0, boot_present_kb))
        return dom0->boot_present_kb / XLMEM__PAGE_KB + 1;
    if (XLMEM_KNOWS(dom0, present_pages))
        return dom0->present_pages + 1;
    return 0;
}

static bool size_booted(const xlmem_host *host, xlmem__booted *b)
{
    const xlmem__dom0mem *spec = &b->line.dom0mem;
    bool written = spec->size.set && !xlmem__dom0mem_is_relative(spec);
    xlmem__xenown own;

    xlmem__dom0mem_apply(spec, XLMEM__PAGES_MAX, &b->nr_pages, &b->max_pages);
    if (written && b->nr_pages <= b->seen_pages)
        return true;
    if (xlmem__xenown_of(host, &b->line, &b->line, &own))
        return written;
    b->nr_pages = own.nr_pages;
    b->max_pages = own.max_pages;
    return true;
}

void xlmem__booted_of(const xlmem_host *host, xlmem__booted *booted_r)
{
    int rc = xlmem__xen_line_of(host, host->xen_cmdline, &booted_r->line);

    booted_r->seen_pages = seen_pages(&host->dom0);
    booted_r->known = !rc && host->xen_cmdline && size_booted(host, booted_r);
}
