/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What Xen says.  The order:
 *
 *     (ledger) -> domain list -> paging pools -> free memory -> xenstore
 *
 * A page that is allocated while we read is then missing from the domain that
 * took it and from what is free: it counts twice, never not at all.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/checked.h"
#include "sys/live.h"
#include "sys/live_compat.h"

/* Xen has 1024 ranges at most (E820_MAX), and adds a reserved one for each
 * hole in dom0's I/O memory. */
#define MAP_ENTRIES 4096

#define NS_PER_MS 1000000

static int call_fail(xlmem__msg *msg, const char *what)
{
    return xlmem__fail(msg, XLMEM_ERROR_XEN, "%s failed: %s", what,
                       strerror(errno));
}

/* Returns 0 and *kb_r, or the errno value. */
static int pool_kb(xc_interface *xc, const libxl_dominfo *info, uint64_t *kb_r)
{
    bool pv = info->domain_type == LIBXL_DOMAIN_TYPE_PV;
    uint64_t value;

    if (!pv && !live_pool_bytes(xc, info->domid, &value)) {
        *kb_r = value / 1024;
        return 0;
    }
    if (!pv && errno != EOPNOTSUPP)
        return errno;
    /* Xen refuses it for these two, in its log as well. */
    if (info->domid == 0 || info->dying)
        return EOPNOTSUPP;
    if (live_shadow_mib(xc, info->domid, &value))
        return errno;
    *kb_r = xlmem__mul_sat(value, XLMEM__MIB_KB);
    return 0;
}

static xlmem_dom_type type_of(const libxl_dominfo *info)
{
    if (info->domain_type == LIBXL_DOMAIN_TYPE_PV)
        return XLMEM_DOM_PV;
    /* Nothing else than PVH can be dom0; xenstore says nothing of it. */
    return info->domid == 0 ? XLMEM_DOM_PVH : XLMEM_DOM_UNKNOWN;
}

static void fill_dom(xlmem_dom *dom, const libxl_dominfo *info)
{
    XLMEM_SET(dom, domid, info->domid);
    XLMEM_SET(dom, vcpus, info->vcpu_online);
    XLMEM_SET(dom, tot_kb, info->current_memkb);
    XLMEM_SET(dom, maxmem_kb, info->max_memkb);
    XLMEM_SET(dom, outstanding_kb, info->outstanding_memkb);
    XLMEM_SET(dom, cpu_time_ms, info->cpu_time / NS_PER_MS);
    XLMEM_SET(dom, paused, info->paused);
    XLMEM_SET(dom, dying, info->dying);
    XLMEM_SET(dom, shutdown, info->shutdown);
    dom->type = type_of(info);
    snprintf(dom->uuid, sizeof(dom->uuid), LIBXL_UUID_FMT,
             LIBXL_UUID_BYTES(info->uuid));
}

/* A domain that is gone by now is left out. */
static int add_dom(live_ctx *live, const libxl_dominfo *info, xlmem_host *host,
                   xlmem__msg *msg)
{
    xlmem_dom *dom = &host->doms[host->nr_doms];
    uint64_t kb = 0;
    int e = pool_kb(live->xc, info, &kb);

    if (e == ESRCH)
        return 0;
    if (e == EPERM || e == EACCES)
        return xlmem__fail(msg, XLMEM_ERROR_PERM,
                           "Xen refuses the paging pool of domain %" PRIu32,
                           info->domid);
    if (!e)
        XLMEM_SET(dom, paging_kb, kb);
    fill_dom(dom, info);
    host->nr_doms++;
    if (info->domid == 0)
        host->dom0.type = dom->type;
    return 0;
}

static int compare_doms(const void *a, const void *b)
{
    const xlmem_dom *x = a, *y = b;

    return (x->domid > y->domid) - (x->domid < y->domid);
}

static int read_doms(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    libxl_dominfo *list;
    int nr, i, rc = 0;

    list = libxl_list_domain(live->xl, &nr);
    if (!list)
        return call_fail(msg, "listing the domains");
    host->doms = calloc((size_t)nr + 1, sizeof(*host->doms));
    if (!host->doms)
        rc = XLMEM_ERROR_NOMEM;
    for (i = 0; i < nr && !rc; i++)
        rc = add_dom(live, &list[i], host, msg);
    libxl_dominfo_list_free(list, nr);
    if (rc)
        return rc;
    qsort(host->doms, host->nr_doms, sizeof(*host->doms), compare_doms);
    XLMEM_SET(host, domains_listed, 1);
    return 0;
}

static int fill_memory(const libxl_physinfo *info, xlmem_host *host,
                       xlmem__msg *msg)
{
    uint64_t total_kb = 0, free_kb = 0, outstanding_kb = 0;

    if (!xlmem__mul(info->total_pages, XLMEM__PAGE_KB, &total_kb) ||
        !xlmem__mul(info->free_pages, XLMEM__PAGE_KB, &free_kb) ||
        !xlmem__mul(info->outstanding_pages, XLMEM__PAGE_KB, &outstanding_kb))
        return xlmem__fail(msg, XLMEM_ERROR_RANGE,
                           "Xen reports more memory than can be");
    XLMEM_SET(host, total_kb, total_kb);
    XLMEM_SET(host, free_kb, free_kb);
    XLMEM_SET(host, outstanding_kb, outstanding_kb);
    XLMEM_SET(host, nr_cpus, info->nr_cpus);
    XLMEM_SET(host, nr_nodes, info->nr_nodes);
    XLMEM_SET(host, hap, info->cap_hap);
    XLMEM_SET(host, iommu, info->cap_hvm_directio);
    return 0;
}

/* Only shadow paging gives a PV domain a pool; Debian 13's Xen is built
 * without it, and then has no call that says so. */
static void settle_pools(const libxl_physinfo *info, xlmem_host *host)
{
    size_t i;

    if (info->cap_shadow)
        return;
    for (i = 0; i < host->nr_doms; i++)
        if (host->doms[i].type == XLMEM_DOM_PV)
            XLMEM_SET(&host->doms[i], paging_kb, 0);
}

static int read_memory(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    libxl_physinfo info;
    int r, rc;

    libxl_physinfo_init(&info);
    r = libxl_get_physinfo(live->xl, &info);
    if (r)
        rc = xlmem__fail(msg, XLMEM_ERROR_XEN,
                         "libxl_get_physinfo failed: libxl error %d", r);
    else
        rc = fill_memory(&info, host, msg);
    if (!r)
        settle_pools(&info, host);
    libxl_physinfo_dispose(&info);
    return rc;
}

static int read_version(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    const libxl_version_info *info = libxl_get_version_info(live->xl);
    char text[64];

    if (!info || info->xen_version_major < 0 || info->xen_version_minor < 0)
        return xlmem__fail(msg, XLMEM_ERROR_XEN,
                           "libxl_get_version_info failed");
    XLMEM_SET(host, xen_major, (uint64_t)info->xen_version_major);
    XLMEM_SET(host, xen_minor, (uint64_t)info->xen_version_minor);
    snprintf(text, sizeof(text), "%d.%d%s", info->xen_version_major,
             info->xen_version_minor,
             info->xen_version_extra ? info->xen_version_extra : "");
    host->xen_version = strdup(text);
    host->xen_cmdline = strdup(info->commandline ? info->commandline : "");
    return host->xen_version && host->xen_cmdline ? 0 : XLMEM_ERROR_NOMEM;
}

static int add_range(const live_map_entry *entry, xlmem_map *map)
{
    uint64_t end;

    if (!entry->size)
        return 0;
    if (!xlmem__add(entry->addr, entry->size, &end))
        end = UINT64_MAX;
    return xlmem_map_add(map, entry->addr, end, entry->type);
}

/* A host without one (Arm) has no map; that is no error. */
static int read_map(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    live_map_entry *entries = calloc(MAP_ENTRIES, sizeof(*entries));
    int nr, i, rc = 0;

    if (!entries)
        return XLMEM_ERROR_NOMEM;
    nr = live_machine_map(live->xc, entries, MAP_ENTRIES);
    if (nr < 0 && errno != EOPNOTSUPP && errno != ENOSYS)
        rc = call_fail(msg, "reading the machine's memory map");
    for (i = 0; i < nr && !rc; i++)
        rc = add_range(&entries[i], &host->map);
    free(entries);
    if (rc || nr <= 0)
        return rc;
    host->map.source = XLMEM_MAP_XEN;
    return xlmem_map_normalise(&host->map);
}

int live_read_books(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    int rc = read_version(live, host, msg);

    if (!rc)
        rc = read_map(live, host, msg);
    if (!rc)
        rc = read_doms(live, host, msg);
    if (!rc)
        rc = read_memory(live, host, msg);
    return rc;
}

int live_read_xen(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    int rc = live_read_books(live, host, msg);

    if (!rc)
        rc = live_store_read(live, host, msg);
    return rc;
}

int live_read_ring(live_ctx *live, xlmem__text *text)
{
    libxl_xen_console_reader *reader =
        libxl_xen_console_read_start(live->xl, 0);
    char *piece;
    int r, rc = 0;

    if (!reader)
        return XLMEM_ERROR_NOMEM;
    while (!rc &&
           (r = libxl_xen_console_read_line(live->xl, reader, &piece)) > 0)
        rc = xlmem__text_add(text, (xlmem__str){piece, strlen(piece)});
    libxl_xen_console_read_finish(live->xl, reader);
    if (!rc && r < 0)
        rc = XLMEM_ERROR_XEN;
    return rc;
}
