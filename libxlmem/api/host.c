/* SPDX-License-Identifier: LGPL-2.1-only */
/* Facts by their numbers. */
#include <stdlib.h>

#include "api/place.h"
#include "private/all.h"

int xlmem_host_read(xlmem_ctx *ctx, xlmem_host **host_r)
{
    xlmem_host *host = malloc(sizeof(*host));
    int rc;

    if (!host)
        return XLMEM_ERROR_NOMEM;
    xlmem_host_init(host);
    rc = xlmem_snapshot(ctx, host);
    if (rc) {
        xlmem_host_free(host);
        return rc;
    }
    *host_r = host;
    return 0;
}

void xlmem_host_free(xlmem_host *host)
{
    if (!host)
        return;
    xlmem_host_dispose(host);
    free(host);
}

/* ------------------------------------------------------------ a host --- */

#define AT(number, name) [XLMEM_HOST_##number] = offsetof(xlmem_host, name)
static const uint16_t host_offsets[] = {
    AT(TOTAL_KB, total_kb),
    AT(FREE_KB, free_kb),
    AT(OUTSTANDING_KB, outstanding_kb),
    AT(NR_CPUS, nr_cpus),
    AT(NR_NODES, nr_nodes),
    AT(XEN_MAJOR, xen_major),
    AT(XEN_MINOR, xen_minor),
    AT(HAP, hap),
    AT(IOMMU, iommu),
    AT(DOMAINS_LISTED, domains_listed),
    AT(ARM, arm),
    AT(EFI_BOOT, efi_boot),
};
#undef AT
static const xlmem__places host_places = XLMEM__PLACES(host_offsets);

#define AT(number, name)                                                      \
    [XLMEM_HOST_DOM0_##number] = offsetof(xlmem_dom0, name)
static const uint16_t dom0_offsets[] = {
    AT(MEM_TOTAL_KB, mem_total_kb),
    AT(MEM_FREE_KB, mem_free_kb),
    AT(MEM_AVAILABLE_KB, mem_available_kb),
    AT(BUFFERS_KB, buffers_kb),
    AT(CACHED_KB, cached_kb),
    AT(SHMEM_KB, shmem_kb),
    AT(ANON_PAGES_KB, anon_pages_kb),
    AT(SWAP_TOTAL_KB, swap_total_kb),
    AT(SWAP_FREE_KB, swap_free_kb),
    AT(SLAB_KB, slab_kb),
    AT(COMMIT_LIMIT_KB, commit_limit_kb),
    AT(COMMITTED_KB, committed_as_kb),
    AT(HUGETLB_KB, hugetlb_kb),
    AT(TARGET_KB, balloon_target_kb),
    AT(CURRENT_KB, balloon_current_kb),
    AT(BALLOON_LOW_KB, balloon_low_kb),
    AT(BALLOON_HIGH_KB, balloon_high_kb),
    AT(LINUX_MAJOR, linux_major),
    AT(LINUX_MINOR, linux_minor),
    AT(NR_CPUS, nr_cpus),
    AT(LOAD1_BP, load1_bp),
    AT(PSI_SOME10_BP, psi_some10_bp),
    AT(PSI_FULL10_BP, psi_full10_bp),
    AT(ALLOCSTALL, allocstall),
};
#undef AT
static const xlmem__places dom0_places = XLMEM__PLACES(dom0_offsets);

/* A type, or a map's source, is its own word for not known: 0. */
static bool is_some(uint64_t value, uint64_t *value_r)
{
    if (value)
        *value_r = value;
    return value != 0;
}

static bool map_get(const xlmem_map *map, xlmem_host_fact fact,
                    uint64_t *value_r)
{
    if (!map->nr)
        return false;
    if (fact == XLMEM_HOST_MAP_SOURCE)
        return is_some(map->source, value_r);
    if (fact == XLMEM_HOST_RAM_KB)
        return is_some(xlmem_map_usable_kb(map), value_r);
    if (fact == XLMEM_HOST_RAM_TOP_KB)
        return is_some(xlmem_map_top_kb(map), value_r);
    if (fact != XLMEM_HOST_RAM_BELOW_4G_KB)
        return false;
    *value_r = xlmem_map_usable_below_kb(map, UINT64_C(1) << 32);
    return true;
}

bool xlmem_host_get(const xlmem_host *host, xlmem_host_fact fact,
                    uint64_t *value_r)
{
    if (fact == XLMEM_HOST_DOM0_TYPE)
        return is_some(host->dom0.type, value_r);
    return xlmem__place_get(&host_places, host, fact, value_r) ||
           xlmem__place_get(&dom0_places, &host->dom0, fact, value_r) ||
           map_get(&host->map, fact, value_r);
}

const char *xlmem_host_text(const xlmem_host *host, xlmem_host_label label)
{
    switch (label) {
    case XLMEM_HOST_XEN_VERSION:
        return host->xen_version;
    case XLMEM_HOST_XEN_CMDLINE:
        return host->xen_cmdline;
    case XLMEM_HOST_XEN_CONFIG_LINE:
        return host->xen_config_line;
    case XLMEM_HOST_XEN_CONFIG_FILE:
        return host->xen_config_file;
    case XLMEM_HOST_DOM0_KERNEL:
        return host->dom0.kernel_release;
    case XLMEM_HOST_DOM0_CMDLINE:
        return host->dom0.kernel_cmdline;
    }
    return NULL;
}

bool xlmem_host_range(const xlmem_host *host, size_t n, uint64_t *start_r,
                      uint64_t *end_r, uint32_t *type_r)
{
    if (n >= host->map.nr)
        return false;
    *start_r = host->map.ranges[n].start;
    *end_r = host->map.ranges[n].end;
    *type_r = host->map.ranges[n].type;
    return true;
}

/* ------------------------------------------------------------ domains --- */

#define AT(number, name) [XLMEM_DOMAIN_##number] = offsetof(xlmem_dom, name)
static const uint16_t dom_offsets[] = {
    AT(ID, domid),
    AT(VCPUS, vcpus),
    AT(TOT_KB, tot_kb),
    AT(MAXMEM_KB, maxmem_kb),
    AT(OUTSTANDING_KB, outstanding_kb),
    AT(PAGING_KB, paging_kb),
    AT(TARGET_KB, target_kb),
    AT(STATIC_MAX_KB, static_max_kb),
    AT(DYNAMIC_MIN_KB, dynamic_min_kb),
    AT(DYNAMIC_MAX_KB, dynamic_max_kb),
    AT(CPU_TIME_MS, cpu_time_ms),
    AT(PAUSED, paused),
    AT(DYING, dying),
    AT(SHUTDOWN, shutdown),
};
#undef AT
static const xlmem__places dom_places = XLMEM__PLACES(dom_offsets);

const xlmem_dom *xlmem_host_dom(const xlmem_host *host, size_t n)
{
    return n < host->nr_doms ? &host->doms[n] : NULL;
}

bool xlmem_dom_get(const xlmem_dom *dom, xlmem_dom_fact fact,
                   uint64_t *value_r)
{
    if (fact == XLMEM_DOMAIN_TYPE)
        return is_some(dom->type, value_r);
    return xlmem__place_get(&dom_places, dom, fact, value_r);
}

/* An array without a text in it says nothing. */
static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

const char *xlmem_dom_text(const xlmem_dom *dom, xlmem_dom_label label)
{
    if (label == XLMEM_DOMAIN_UUID)
        return or_null(dom->uuid);
    return label == XLMEM_DOMAIN_NAME ? dom->name : NULL;
}

/* ------------------------------------------------------- reservations --- */

#define AT(number, name)                                                      \
    [XLMEM_RESERVATION_##number] = offsetof(xlmem_reservation, name)
static const uint16_t reservation_offsets[] = {
    AT(NEED_KB, need_kb),
    AT(DOM0_NEED_KB, dom0_need_kb),
    AT(DOM0_BUILD_KB, dom0_build_kb),
    AT(DOMID, domid),
    AT(LEFT_MS, left_ms),
};
#undef AT
static const xlmem__places reservation_places =
    XLMEM__PLACES(reservation_offsets);

const xlmem_reservation *xlmem_host_reservation(const xlmem_host *host,
                                                size_t n)
{
    return n < host->nr_reservations ? &host->reservations[n] : NULL;
}

bool xlmem_reservation_get(const xlmem_reservation *reservation,
                           xlmem_reservation_fact fact, uint64_t *value_r)
{
    return xlmem__place_get(&reservation_places, reservation, fact, value_r);
}

const char *xlmem_reservation_text(const xlmem_reservation *reservation,
                                   xlmem_reservation_label label)
{
    if (label == XLMEM_RESERVATION_UUID)
        return or_null(reservation->uuid);
    return label == XLMEM_RESERVATION_ID ? or_null(reservation->id) : NULL;
}
