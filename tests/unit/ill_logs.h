/* SPDX-License-Identifier: LGPL-2.1-only */
/* What makes a healthy host ill by its logs; see test_doctor.c. */
#ifndef XLMEM_ILL_LOGS_H
#define XLMEM_ILL_LOGS_H

#include "patient.h"

static inline void fail_alloc(patient *p, bool ill)
{
    xlmem_log_event *e =
        add_event(p, ill ? XLMEM_LOG_ALLOC_FAILED : XLMEM_LOG_OOM_CGROUP);

    XLMEM_SET(e, order, 4);
    strcpy(e->caller, "skb_copy");
    e->atomic = e->network = true;
}

static inline void kill_one(patient *p, bool ill)
{
    xlmem_log_event *e =
        add_event(p, ill ? XLMEM_LOG_OOM : XLMEM_LOG_OOM_CGROUP);

    XLMEM_SET(e, order, 0);
    strcpy(e->victim, "xenstored");
}

static inline void limit_group(patient *p, bool ill)
{
    add_event(p, ill ? XLMEM_LOG_OOM_CGROUP : XLMEM_LOG_OOM);
}

static inline void squeeze(patient *p, bool ill)
{
    if (ill)
        add_event(p, XLMEM_LOG_NETBACK_SQUEEZE);
}

static inline void break_backend(patient *p, bool ill)
{
    if (ill)
        strcpy(add_event(p, XLMEM_LOG_BACKEND_NOMEM)->who, "vif7.0");
}

static inline void refuse_hotplug(patient *p, bool ill)
{
    xlmem_log_event *e =
        add_event(p, ill ? XLMEM_LOG_BALLOON_HOTPLUG : XLMEM_LOG_NONE);

    XLMEM_SET(e, error, 17);
}

static inline void kill_balloon(patient *p, bool ill)
{
    if (ill)
        add_event(p, XLMEM_LOG_BALLOON_DEAD);
}

static inline void hang(patient *p, bool ill)
{
    xlmem_log_event *e;

    if (!ill)
        return;
    e = add_event(p, XLMEM_LOG_HUNG_TASK);
    XLMEM_SET(e, pid, 42);
    XLMEM_SET(e, seconds, 120);
    strcpy(e->who, "xenwatch");
}

/* What serves no domain is worth knowing, and no more. */
static inline void hang_of_back_end(patient *p, bool ill)
{
    hang(p, true);
    strcpy(p->now.events[0].who, ill ? "vif3.0-q0-guest" : "rsync");
}

static inline void bounce(patient *p, uint64_t bytes, uint64_t used)
{
    xlmem_log_event *e = add_event(p, XLMEM_LOG_SWIOTLB);

    strcpy(e->who, "amdgpu 0000:2f:00.0");
    XLMEM_SET(e, bytes, bytes);
    XLMEM_SET(e, slots_total, 32768);
    XLMEM_SET(e, slots_used, used);
}

static inline void bounce_large(patient *p, bool ill)
{
    bounce(p, 262144 + (ill ? 1 : 0), 0);
}

static inline void bounce_full(patient *p, bool ill)
{
    bounce(p, 262144 + (ill ? 0 : 1), 32000);
}

static inline void fill_grants(patient *p, bool ill)
{
    xlmem_log_event *e;

    if (!ill)
        return;
    e = add_event(p, XLMEM_LOG_GRANT_FRAMES);
    XLMEM_SET(e, current, 64);
    XLMEM_SET(e, limit, 64);
}

static inline void crash_dom0(patient *p, bool ill)
{
    add_event(p, ill ? XLMEM_LOG_DOM0_CRASHED : XLMEM_LOG_DOMU_CRASHED);
}

static inline void add_pages(patient *p, xlmem_log_kind kind)
{
    xlmem_log_event *e = add_event(p, kind);

    XLMEM_SET(e, domid, 7);
    XLMEM_SET(e, current, 102385);
    XLMEM_SET(e, limit, 921600);
}

static inline void use_up_pod(patient *p, bool ill)
{
    add_pages(p, ill ? XLMEM_LOG_POD : XLMEM_LOG_NO_EXTENT);
}

static inline void run_out_for_pod(patient *p, bool ill)
{
    add_pages(p, ill ? XLMEM_LOG_POD_CACHE : XLMEM_LOG_NO_EXTENT);
}

static inline void use_up_paging(patient *p, bool ill)
{
    add_pages(p, ill ? XLMEM_LOG_PAGING_POOL : XLMEM_LOG_NO_EXTENT);
}

static inline void over_allocate(patient *p, bool ill)
{
    add_pages(p, ill ? XLMEM_LOG_OVER_ALLOCATION : XLMEM_LOG_NO_EXTENT);
}

static inline void exceed_quota(patient *p, bool ill)
{
    xlmem_log_event *e =
        add_event(p, ill ? XLMEM_LOG_QUOTA_HARD : XLMEM_LOG_QUOTA_SOFT);

    XLMEM_SET(e, domid, 7);
}

static inline void lose_packets(patient *p, bool ill)
{
    xlmem_log_event *e = add_event(p, XLMEM_LOG_ALLOC_FAILED);

    e->atomic = e->network = true;
    XLMEM_SET(e, order, 0);
    XLMEM_SET(e, burst_ms, 3600 * 1000);
    e->count = ill ? 3 : 2;
}

static inline void lose_unprinted(patient *p, bool ill)
{
    xlmem_log_event *e = add_event(p, XLMEM_LOG_ALLOC_FAILED);

    e->atomic = e->network = true;
    XLMEM_SET(e, order, 0);
    XLMEM_SET(e, suppressed, ill ? 2 : 1);
}

static inline void do_without(patient *p, bool ill)
{
    xlmem_log_event *e = add_event(p, XLMEM_LOG_ALLOC_FAILED);

    e->quiet = true;
    XLMEM_SET(e, order, 1);
    e->count = ill ? 3 : 2;
}

#endif /* XLMEM_ILL_LOGS_H */
