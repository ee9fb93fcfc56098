/* SPDX-License-Identifier: LGPL-2.1-only */
#include <stdlib.h>
#include <string.h>

#include "model/checked.h"
#include "model/host.h"

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
    free(host->sources);
    free(host->xen_version);
    free(host->xen_cmdline);
    free(host->xen_config_line);
    free(host->xen_config_file);
    free(host->xen_other_line);
    free(host->xen_other_file);
    free(host->dom0.kernel_release);
    free(host->dom0.kernel_cmdline);
    free(host->dom0.boot_id);
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

bool xlmem__dom0_size_of(const xlmem_host *host, uint64_t *kb_r)
{
    const xlmem_dom *dom0 = xlmem_host_find_dom(host, 0);

    if (XLMEM_KNOWS(&host->dom0, balloon_current_kb))
        *kb_r = host->dom0.balloon_current_kb;
    else if (dom0 && XLMEM_KNOWS(dom0, tot_kb))
        *kb_r = dom0->tot_kb;
    else
        return false;
    return true;
}

int xlmem__host_make_room(xlmem_host *host, size_t nr)
{
    xlmem_dom *grown;

    if (!nr)
        return 0;
    if (nr > SIZE_MAX / sizeof(*grown) - host->nr_doms)
        return XLMEM_ERROR_NOMEM;
    grown = realloc(host->doms, (host->nr_doms + nr) * sizeof(*grown));
    if (!grown)
        return XLMEM_ERROR_NOMEM;
    host->doms = grown;
    return 0;
}

int xlmem__host_add_dom(xlmem_host *host, const xlmem_dom *dom)
{
    int rc = xlmem__host_make_room(host, 1);

    if (!rc)
        host->doms[host->nr_doms++] = *dom;
    return rc;
}

static int by_domid(const void *a, const void *b)
{
    const xlmem_dom *x = a, *y = b;

    return (x->domid > y->domid) - (x->domid < y->domid);
}

void xlmem__host_sort(xlmem_host *host)
{
    size_t i = 1;

    while (i < host->nr_doms && host->doms[i - 1].domid <= host->doms[i].domid)
        i++;
    if (i < host->nr_doms)
        qsort(host->doms, host->nr_doms, sizeof(*host->doms), by_domid);
}

void xlmem__host_keep_dom0(xlmem_host *host)
{
    while (host->nr_doms && host->doms[host->nr_doms - 1].domid)
        free(host->doms[--host->nr_doms].name);
    free(host->reservations);
    host->reservations = NULL;
    host->nr_reservations = 0;
}

/* NULL without memory, and for a list of none. */
static void *copy_of(const void *list, size_t nr, size_t size)
{
    void *copy = nr ? calloc(nr, size) : NULL;

    if (copy)
        memcpy(copy, list, nr * size);
    return copy;
}

int xlmem__host_borrow(const xlmem_host *host, xlmem_host *copy_r)
{
    *copy_r = *host;
    copy_r->doms = copy_of(host->doms, host->nr_doms, sizeof(*host->doms));
    copy_r->reservations = copy_of(host->reservations, host->nr_reservations,
                                   sizeof(*host->reservations));
    return (host->nr_doms && !copy_r->doms) ||
                   (host->nr_reservations && !copy_r->reservations)
               ? XLMEM_ERROR_NOMEM
               : 0;
}

void xlmem__host_return(xlmem_host *copy)
{
    free(copy->doms);
    free(copy->reservations);
}

bool xlmem__host_alone(const xlmem_host *host, xlmem_host *alone)
{
    size_t i;

    *alone = *host;
    alone->nr_reservations = 0;
    XLMEM_SET(alone, outstanding_kb, 0);
    alone->nr_doms = host->nr_doms && !host->doms[0].domid;
    for (i = alone->nr_doms; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        if (!XLMEM_KNOWS(dom, tot_kb))
            return false;
        alone->free_kb = xlmem__add_sat(
            alone->free_kb, xlmem__add_sat(dom->tot_kb, dom->paging_kb));
    }
    return true;
}
