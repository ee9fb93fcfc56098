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

#include "codec/text.h"
#include "model/checked.h"
#include "model/host.h"
#include "sys/live.h"
#include "sys/live_compat.h"

/* Xen has 1024 ranges at most (E820_MAX), and adds a reserved one for each
 * hole in dom0's I/O memory; firmware has a dozen or two.  A hypercall's
 * buffer costs a page fault for each 4 KiB of it, so the small one is tried
 * first. */
#define MAP_ENTRIES_FEW 128
#define MAP_ENTRIES 4096

#define NS_PER_MS 1000000

static int call_fail(xlmem__msg *msg, const char *what, int e)
{
    return xlmem__fail(msg, XLMEM_ERROR_XEN, "%s failed: %s", what,
                       strerror(e));
}

static bool has_flag(const xc_domaininfo_t *info, uint32_t flag)
{
    return info->flags & flag;
}

static uint64_t pages_kb(uint64_t pages)
{
    return xlmem__mul_sat(pages, XLMEM__PAGE_KB);
}

/* Returns 0 and *kb_r, or the errno value. */
static int read_pool_kb(xc_interface *xc, const xc_domaininfo_t *info,
                        uint64_t *kb_r)
{
    bool pv = !has_flag(info, XEN_DOMINF_hvm_guest);
    uint64_t value;

    if (!pv && !live_pool_bytes(xc, info->domain, &value)) {
        *kb_r = value / 1024;
        return 0;
    }
    if (!pv && errno != EOPNOTSUPP)
        return errno;
    /* Xen refuses it for these two, in its log as well. */
    if (info->domain == 0 || has_flag(info, XEN_DOMINF_dying))
        return EOPNOTSUPP;
    if (live_shadow_mib(xc, info->domain, &value))
        return errno;
    /* One that is not PV has had a pool since it was made (hap_enable and
     * shadow_enable, xen/arch/x86/mm); Xen fills in nothing, and says that it
     * did, where the domain has begun to die (paging_domctl, paging.c). */
    if (!pv && !value)
        return EOPNOTSUPP;
    *kb_r = xlmem__mul_sat(value, XLMEM__MIB_KB);
    return 0;
}

static xlmem_dom_type type_of_dominfo(const xc_domaininfo_t *info)
{
    if (!has_flag(info, XEN_DOMINF_hvm_guest))
        return XLMEM_DOM_PV;
    /* Nothing else than PVH can be dom0; xenstore says nothing of it. */
    return info->domain == 0 ? XLMEM_DOM_PVH : XLMEM_DOM_UNKNOWN;
}

/* As LIBXL_UUID_FMT; a formatted write of each takes longer than all the rest
 * that is done for a domain. */
static void write_uuid(const xen_domain_handle_t handle, char uuid[37])
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < sizeof(xen_domain_handle_t); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *uuid++ = '-';
        *uuid++ = digits[handle[i] >> 4];
        *uuid++ = digits[handle[i] & 15];
    }
    *uuid = '\0';
}

static void fill_dom(xlmem_dom *dom, const xc_domaininfo_t *info)
{
    XLMEM_SET(dom, domid, info->domain);
    XLMEM_SET(dom, vcpus, info->nr_online_vcpus);
    XLMEM_SET(dom, tot_kb, pages_kb(info->tot_pages));
    XLMEM_SET(dom, maxmem_kb, pages_kb(info->max_pages));
    XLMEM_SET(dom, outstanding_kb, pages_kb(info->outstanding_pages));
    XLMEM_SET(dom, cpu_time_ms, info->cpu_time / NS_PER_MS);
    XLMEM_SET(dom, paused, has_flag(info, XEN_DOMINF_paused));
    XLMEM_SET(dom, dying, has_flag(info, XEN_DOMINF_dying));
    XLMEM_SET(dom, shutdown, has_flag(info, XEN_DOMINF_shutdown));
    dom->type = type_of_dominfo(info);
    write_uuid(info->handle, dom->uuid);
}

/* What is read of all domains, or of those that are asked for. */
typedef struct reading {
    live_ctx *live;
    xlmem_host *host;
    const xlmem_ask *ask; /* for pools; NULL: of all */
    xlmem__msg *msg;
} reading;

static bool caller_wants_pool(const reading *r, const xlmem_dom *dom)
{
    return !r->ask || r->ask->of(r->ask->arg, dom) != XLMEM_ASK_NOTHING;
}

/* A domain that is gone by now is left out. */
static int add_dom(const reading *r, const xc_domaininfo_t *info)
{
    xlmem_dom *dom = &r->host->doms[r->host->nr_doms];
    uint64_t kb = 0;
    int e = EOPNOTSUPP;

    fill_dom(dom, info);
    if (caller_wants_pool(r, dom))
        e = read_pool_kb(r->live->xc, info, &kb);
    if (e == ESRCH) {
        memset(dom, 0, sizeof(*dom));
        return 0;
    }
    if (e == EPERM || e == EACCES)
        return xlmem__fail(r->msg, XLMEM_ERROR_PERM,
                           "Xen refuses the paging pool of domain %d",
                           info->domain);
    if (!e)
        XLMEM_SET(dom, paging_kb, kb);
    r->host->nr_doms++;
    if (info->domain == 0)
        r->host->dom0.type = dom->type;
    return 0;
}

static int add_doms(const reading *r, const xc_domaininfo_t *list, size_t nr)
{
    xlmem_host *host = r->host;
    xlmem_dom *more =
        realloc(host->doms, (host->nr_doms + nr) * sizeof(*host->doms));
    size_t i;
    int rc = 0;

    if (!more)
        return XLMEM_ERROR_NOMEM;
    memset(&more[host->nr_doms], 0, nr * sizeof(*more));
    host->doms = more;
    for (i = 0; i < nr && !rc; i++)
        rc = add_dom(r, &list[i]);
    return rc;
}

/* Xen lists them by number. */
static int read_doms(const reading *r)
{
    xc_domaininfo_t *list = r->live->doms;
    uint32_t first = 0;
    int nr, rc = 0;

    while (!rc) {
        nr = xc_domain_getinfolist(r->live->xc, first, LIVE_DOMS_CHUNK, list);
        if (nr < 0)
            rc = call_fail(r->msg, "listing the domains", errno);
        if (nr <= 0)
            break;
        rc = add_doms(r, list, (size_t)nr);
        if (nr < LIVE_DOMS_CHUNK)
            break;
        first = list[nr - 1].domain + 1U;
    }
    if (rc)
        return rc;
    xlmem__host_sort(r->host);
    XLMEM_SET(r->host, domains_listed, 1);
    return 0;
}

static bool can(const xc_physinfo_t *info, uint32_t capability)
{
    return info->capabilities & capability;
}

static int fill_memory(const xc_physinfo_t *info, xlmem_host *host,
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
    XLMEM_SET(host, hap, can(info, XEN_SYSCTL_PHYSCAP_hap));
    /* As libxl's hvm_directio, which `xl info` shows. */
    XLMEM_SET(host, iommu,
              can(info, XEN_SYSCTL_PHYSCAP_hvm) &&
                  can(info, XEN_SYSCTL_PHYSCAP_directio));
    XLMEM_SET(host, iommu_pt_share,
              can(info, XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share));
#if defined(__arm__) || defined(__aarch64__)
    XLMEM_SET(host, arm, 1);
#else
    XLMEM_SET(host, arm, 0);
#endif
    return 0;
}

/* Only shadow paging gives a PV domain a pool; Debian 13's Xen is built
 * without it, and then has no call that says so. */
static void settle_pools(const xc_physinfo_t *info, xlmem_host *host)
{
    size_t i;

    if (can(info, XEN_SYSCTL_PHYSCAP_shadow))
        return;
    for (i = 0; i < host->nr_doms; i++)
        if (host->doms[i].type == XLMEM_DOM_PV)
            XLMEM_SET(&host->doms[i], paging_kb, 0);
}

static int read_physinfo(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    xc_physinfo_t info = {0};
    int rc;

    if (xc_physinfo(live->xc, &info))
        return call_fail(msg, "reading the host's memory", errno);
    rc = fill_memory(&info, host, msg);
    if (!rc)
        settle_pools(&info, host);
    return rc;
}

static int read_xen_version(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    xen_extraversion_t extra = "";
    xen_commandline_t line = "";
    char text[64];
    int version = xc_version(live->xc, XENVER_version, NULL);

    if (version < 0 || xc_version(live->xc, XENVER_extraversion, extra) < 0 ||
        xc_version(live->xc, XENVER_commandline, line) < 0)
        return call_fail(msg, "reading Xen's version", errno);
    XLMEM_SET(host, xen_major, (uint64_t)version >> 16);
    XLMEM_SET(host, xen_minor, (uint64_t)version & 0xffff);
    snprintf(text, sizeof(text), "%d.%d%.*s", version >> 16, version & 0xffff,
             (int)sizeof(extra), extra);
    host->xen_version = xlmem__strdup_safe((xlmem__str){text, strlen(text)});
    host->xen_cmdline =
        xlmem__strdup_safe((xlmem__str){line, strnlen(line, sizeof(line))});
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

/* *e_r: 0, or the errno value with which Xen refuses. */
static int read_ranges(live_ctx *live, uint32_t most, xlmem_map *map, int *e_r)
{
    live_map_entry *entries = calloc(most, sizeof(*entries));
    int i, nr, rc = 0;

    if (!entries)
        return XLMEM_ERROR_NOMEM;
    nr = live_machine_map(live->xc, entries, most);
    *e_r = nr < 0 ? errno : 0;
    for (i = 0; i < nr && !rc; i++)
        rc = add_range(&entries[i], map);
    free(entries);
    return rc;
}

/* A host without one (Arm) has no map; that is no error.  Where there is no
 * room for all ranges Xen says EINVAL (arch_memory_op in arch/x86/mm.c). */
static int read_map(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    int e, rc = read_ranges(live, MAP_ENTRIES_FEW, &host->map, &e);

    if (!rc && e == EINVAL)
        rc = read_ranges(live, MAP_ENTRIES, &host->map, &e);
    if (!rc && e && e != EOPNOTSUPP && e != ENOSYS)
        rc = call_fail(msg, "reading the machine's memory map", e);
    if (rc || !host->map.nr)
        return rc;
    host->map.source = XLMEM_MAP_XEN;
    return xlmem_map_normalise(&host->map);
}

int live_read_books(live_ctx *live, xlmem_host *host, const xlmem_ask *ask,
                    xlmem__msg *msg)
{
    const reading r = {live, host, ask, msg};
    int rc = live_need_xc(live, msg);

    if (!rc)
        rc = read_doms(&r);
    if (!rc)
        rc = read_physinfo(live, host, msg);
    return rc;
}

int live_read_xen(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    int rc = live_need_xc(live, msg);

    if (!rc)
        rc = read_xen_version(live, host, msg);
    if (!rc)
        rc = read_map(live, host, msg);
    if (!rc)
        rc = live_read_books(live, host, NULL, msg);
    if (!rc)
        rc = live_store_read(live, host, msg);
    return rc;
}

int live_read_ring(live_ctx *live, xlmem__text *text)
{
    xlmem__msg nowhere = {NULL, 0};
    libxl_xen_console_reader *reader;
    char *piece;
    int r, rc = live_need_libxl(live, &nowhere);

    if (rc)
        return rc;
    reader = live->fn.libxl_xen_console_read_start(live->xl, 0);
    if (!reader)
        return XLMEM_ERROR_NOMEM;
    while (!rc && (r = live->fn.libxl_xen_console_read_line(live->xl, reader,
                                                            &piece)) > 0)
        rc = xlmem__text_add(text, (xlmem__str){piece, strlen(piece)});
    live->fn.libxl_xen_console_read_finish(live->xl, reader);
    if (!rc && r < 0)
        rc = XLMEM_ERROR_XEN;
    return rc;
}
