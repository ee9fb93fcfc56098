/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is asked for, by its numbers. */
#include "api/request_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/place.h"
#include "codec/text.h"

#define DOMAIN(number, name)                                                  \
    [XLMEM_REQUEST_##number] = offsetof(xlmem_need_request, name)
static const uint16_t domain_offsets[] = {
    DOMAIN(VCPUS, vcpus),
    DOMAIN(MEMORY_KB, memory_kb),
    DOMAIN(MAXMEM_KB, maxmem_kb),
    DOMAIN(HAP, hap),
    DOMAIN(SHADOW_MEMORY_KB, shadow_memory_kb),
    DOMAIN(VIDEO_KB, video_kb),
    DOMAIN(IOMMU_TABLES, iommu_tables),
    DOMAIN(PASSTHROUGH, passthrough),
    DOMAIN(STUBDOM_KB, stubdom_kb),
    DOMAIN(VIFS, vifs),
    DOMAIN(VBDS, vbds),
    DOMAIN(VIF_QUEUES, vif_queues),
    DOMAIN(KERNEL_KB, kernel_kb),
    DOMAIN(RAMDISK_KB, ramdisk_kb),
};
static const xlmem__places domain_places = XLMEM__PLACES(domain_offsets);

#define GUARD(number, name)                                                   \
    [XLMEM_REQUEST_##number] = offsetof(xlmem_guard_request, name)
static const uint16_t guard_offsets[] = {
    GUARD(NEED_KB, need_kb),
    GUARD(DOM0_NEED_KB, dom0_need_kb),
    GUARD(DOM0_BUILD_KB, dom0_build_kb),
    GUARD(WAIT_MS, wait_ms),
};
static const xlmem__places guard_places = XLMEM__PLACES(guard_offsets);

/* VIFS and VBDS are in two structs: of the domain that starts, and of each of
 * those that dom0 is sized for. */
#define SIZE(number, name)                                                    \
    [XLMEM_REQUEST_##number] = offsetof(xlmem_size_request, name)
static const uint16_t size_offsets[] = {
    SIZE(VIFS, vifs), SIZE(VBDS, vbds),         SIZE(DOMUS, domus),
    SIZE(HVM, hvm),   SIZE(EXTRA_KB, extra_kb), SIZE(GROWTH_KB, growth_kb),
};
static const xlmem__places size_places = XLMEM__PLACES(size_offsets);

int xlmem_request_alloc(xlmem_request **request_r)
{
    xlmem_request *request = calloc(1, sizeof(*request));

    if (!request)
        return XLMEM_ERROR_NOMEM;
    *request_r = request;
    return 0;
}

void xlmem_request_free(xlmem_request *request)
{
    free(request);
}

static bool *flag_of(xlmem_request *request, xlmem_request_fact fact)
{
    if (fact == XLMEM_REQUEST_NO_PLAN)
        return &request->guard.no_plan;
    return fact == XLMEM_REQUEST_BINDS ? &request->guard.binds : NULL;
}

static int set_type(xlmem_request *request, uint64_t value)
{
    if (value > XLMEM_DOM_HVM)
        return XLMEM_ERROR_RANGE;
    request->domu.request.type = (xlmem_dom_type)value;
    return 0;
}

static int set_flag(bool *flag, uint64_t value)
{
    if (value > 1)
        return XLMEM_ERROR_RANGE;
    *flag = value;
    return 0;
}

int xlmem_request_set(xlmem_request *request, xlmem_request_fact fact,
                      uint64_t value)
{
    bool *flag = flag_of(request, fact);
    bool found;

    if (fact == XLMEM_REQUEST_TYPE)
        return set_type(request, value);
    if (flag)
        return set_flag(flag, value);
    found =
        xlmem__place_set(&domain_places, &request->domu.request, fact, value);
    found |= xlmem__place_set(&size_places, &request->size, fact, value);
    found |= xlmem__place_set(&guard_places, &request->guard, fact, value);
    return found ? 0 : XLMEM_ERROR_INVAL;
}

bool xlmem_request_get(const xlmem_request *request, xlmem_request_fact fact,
                       uint64_t *value_r)
{
    const xlmem_need_request *domain = &request->domu.request;

    if (fact == XLMEM_REQUEST_TYPE && domain->type)
        *value_r = domain->type;
    else if (fact == XLMEM_REQUEST_NO_PLAN)
        *value_r = request->guard.no_plan;
    else if (fact == XLMEM_REQUEST_BINDS)
        *value_r = request->guard.binds;
    else
        return xlmem__place_get(&domain_places, domain, fact, value_r) ||
               xlmem__place_get(&guard_places, &request->guard, fact,
                                value_r) ||
               xlmem__place_get(&size_places, &request->size, fact, value_r);
    return true;
}

int xlmem_request_set_text(xlmem_request *request, xlmem_request_label label,
                           const char *text)
{
    xlmem_domu *domu = &request->domu;

    if (label == XLMEM_REQUEST_NAME) {
        snprintf(domu->name, sizeof(domu->name), "%s", text);
        return 0;
    }
    if (label != XLMEM_REQUEST_UUID)
        return XLMEM_ERROR_INVAL;
    if (!xlmem__is_uuid((xlmem__str){text, strlen(text)}))
        return XLMEM_ERROR_PARSE;
    xlmem__copy_uuid(domu->uuid, text);
    return 0;
}

xlmem_guard_request xlmem__guard_request_of(const xlmem_request *request)
{
    xlmem_guard_request guard = request->guard;

    guard.uuid = request->domu.uuid;
    guard.name = request->domu.name[0] ? request->domu.name : NULL;
    return guard;
}

int xlmem__request_need(const xlmem_host *host, const xlmem_request *request,
                        uint64_t *need_kb_r, uint64_t *dom0_need_kb_r)
{
    xlmem_need need = {.need_kb = request->guard.need_kb,
                       .dom0_need_kb = request->guard.dom0_need_kb};
    int rc = XLMEM_KNOWS(&request->guard, need_kb)
                 ? 0
                 : xlmem_need_of(host, &request->domu.request, &need);

    if (rc)
        return rc;
    *need_kb_r = need.need_kb;
    *dom0_need_kb_r = need.dom0_need_kb;
    return 0;
}

void xlmem__request_forget_need(xlmem_request *request)
{
    xlmem_guard_request *guard = &request->guard;

    guard->need_kb = guard->dom0_need_kb = guard->dom0_build_kb = 0;
    guard->known &= ~(XLMEM_FACT_BIT(guard, need_kb) |
                      XLMEM_FACT_BIT(guard, dom0_need_kb) |
                      XLMEM_FACT_BIT(guard, dom0_build_kb));
}
