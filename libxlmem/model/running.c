/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A domU that is here already, and the host once it has been shut down.
 *
 *     free          now + what it takes, as a need is computed, or what it
 *                         holds where that is more or its need is not known
 *     MemAvailable  now + what it costs dom0 for as long as it lives
 *
 * By a need, so that the same file created again takes no more than has come
 * back: what Xen allocates for a domain beside its pages is in no list.  The
 * pages that libxc adds to a PVH domU's memory count twice, 64 kB (measured on
 * 4.17): too much, as a need is.
 */
#include <string.h>
#include <strings.h>

#include "model/checked.h"
#include "model/host.h"
#include "model/starts.h"
#include "private/advice.h"

static bool is_of_name(const xlmem_dom *dom, const char *name)
{
    return dom->name && *name && !strcmp(dom->name, name);
}

static bool is_of_uuid(const xlmem_dom *dom, const char *uuid)
{
    return *uuid && !strcasecmp(dom->uuid, uuid);
}

const xlmem_dom *xlmem_find_running(const xlmem_host *host,
                                    const xlmem_domu *domu, bool *refused_r)
{
    const xlmem_dom *twin = NULL;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        if (!dom->domid || dom->dying)
            continue;
        if (is_of_name(dom, domu->name)) {
            *refused_r = true;
            return dom;
        }
        if (!twin && is_of_uuid(dom, domu->uuid))
            twin = dom;
    }
    /* Nobody knows its name: it is taken for the same. */
    *refused_r = twin && !twin->name;
    return twin;
}

void xlmem_takes_of(const xlmem_host *host, const xlmem_dom *dom,
                    uint64_t *xen_kb_r, uint64_t *dom0_kb_r)
{
    const uint64_t holds_kb = xlmem__add_sat(dom->tot_kb, dom->paging_kb);
    xlmem_need_request request;
    xlmem_need need;

    *xen_kb_r = holds_kb;
    *dom0_kb_r = 0;
    if (dom->type == XLMEM_DOM_UNKNOWN)
        return;
    xlmem__request_of_dom(host, dom, &request);
    if (xlmem_need_of(host, &request, &need))
        return;
    *xen_kb_r = xlmem__max(holds_kb, need.need_kb);
    *dom0_kb_r = need.dom0_need_kb - need.dom0_build_kb;
}

/* What is reserved for it is its own: it has taken it, or nobody else will. */
static void end_reservations(xlmem_host *host, const xlmem_dom *dom)
{
    size_t i, kept = 0;

    for (i = 0; i < host->nr_reservations; i++) {
        const xlmem_reservation *res = &host->reservations[i];

        if (!XLMEM_KNOWS(res, domid) || res->domid != dom->domid)
            host->reservations[kept++] = *res;
    }
    host->nr_reservations = kept;
}

void xlmem_host_end_domu(xlmem_host *host, uint64_t domid)
{
    xlmem_dom *dom = NULL;
    uint64_t xen_kb, dom0_kb;
    size_t i;

    for (i = 0; i < host->nr_doms; i++)
        if (domid && host->doms[i].domid == domid && !host->doms[i].dying)
            dom = &host->doms[i];
    if (!dom)
        return;
    xlmem_takes_of(host, dom, &xen_kb, &dom0_kb);
    end_reservations(host, dom);
    host->free_kb = xlmem__add_sat(host->free_kb, xen_kb);
    host->outstanding_kb =
        xlmem__sub0(host->outstanding_kb, dom->outstanding_kb);
    host->dom0.mem_available_kb =
        xlmem__add_sat(host->dom0.mem_available_kb, dom0_kb);
    /* It keeps its place in the list, with nothing. */
    dom->tot_kb = dom->paging_kb = dom->outstanding_kb = dom->maxmem_kb = 0;
    XLMEM_SET(dom, dying, 1);
}

void xlmem_host_leave_reserved(xlmem_host *host, const char *uuid)
{
    size_t i, kept = 0;

    for (i = 0; i < host->nr_reservations; i++) {
        const xlmem_reservation *res = &host->reservations[i];

        if (!XLMEM_KNOWS(res, left_ms) || !*uuid ||
            strcasecmp(res->uuid, uuid))
            host->reservations[kept++] = *res;
    }
    host->nr_reservations = kept;
}
