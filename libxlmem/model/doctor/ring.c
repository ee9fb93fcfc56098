/* SPDX-License-Identifier: LGPL-2.1-only */
/* What Xen's ring and xenstored's log say of domains. */
#include "model/doctor/doctor.h"

#include "model/units.h"

static const char ring_file[] = "xl/dmesg";

/* A finding about the domain that an event is of. */
static xlmem_finding *find_of_domain(xlmem__sink sink, xlmem__doctor_id id,
                                     xlmem_severity severity,
                                     const xlmem_log_event *e)
{
    xlmem_finding *finding =
        xlmem__doctor_find(sink, id, xlmem__aged(severity, e));

    if (XLMEM_KNOWS(e, domid))
        xlmem__about(finding, e->domid, "domain %llu",
                     (unsigned long long)e->domid);
    return finding;
}

void xlmem__doctor_dom0_crashed(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;
    xlmem_finding *finding;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_DOM0_CRASHED)
    {
        finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_DOM0_CRASHED,
                                     xlmem__aged(XLMEM_SEV_CRITICAL, e));
        xlmem__prove(finding, "times", e->count, XLMEM_UNIT_COUNT, e->source);
        xlmem__doctor_tell(finding, XLMEM__DOCTOR_DOM0_CRASHED);
    }
}

/* Xen ran out while it filled what a guest's pages on demand are made of
 * (p2m_pod_set_cache_target): at a create, or when its target was raised. */
static void find_pod_cache(xlmem__sink sink, const xlmem_log_event *e)
{
    xlmem_finding *finding =
        find_of_domain(sink, XLMEM__DOCTOR_POD, XLMEM_SEV_WARNING, e);

    xlmem__prove(finding, "times", e->count, XLMEM_UNIT_COUNT, e->source);
    xlmem__say(finding, "Xen had no page left for what a guest was to be "
                        "given on demand: it was not built, or got less.");
}

/* Entries that were promised on demand, and pages there were for them. */
void xlmem__doctor_pod(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;
    xlmem_finding *finding;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_POD)
    {
        finding =
            find_of_domain(sink, XLMEM__DOCTOR_POD, XLMEM_SEV_WARNING, e);
        xlmem__prove(finding, "promised",
                     xlmem__mul_sat(e->limit, XLMEM__PAGE_KB), XLMEM_UNIT_KB,
                     e->source);
        xlmem__prove(finding, "present",
                     xlmem__mul_sat(e->current, XLMEM__PAGE_KB), XLMEM_UNIT_KB,
                     e->source);
        xlmem__say(
            finding,
            "Domain %llu was promised %s on demand, had %s to make "
            "them of, and was crashed.",
            (unsigned long long)e->domid,
            xlmem__mib_of(xlmem__mul_sat(e->limit, XLMEM__PAGE_KB)).text,
            xlmem__mib_of(xlmem__mul_sat(e->current, XLMEM__PAGE_KB)).text);
    }
    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_POD_CACHE)
    find_pod_cache(sink, e);
}

void xlmem__doctor_paging(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;
    xlmem_finding *finding;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_PAGING_POOL)
    {
        finding = find_of_domain(sink, XLMEM__DOCTOR_PAGING_POOL,
                                 XLMEM_SEV_WARNING, e);
        xlmem__prove(finding, "times", e->count, XLMEM_UNIT_COUNT, e->source);
        xlmem__doctor_tell(finding, XLMEM__DOCTOR_PAGING_POOL);
    }
}

void xlmem__doctor_over_allocation(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;
    xlmem_finding *finding;
    bool any = false;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_OVER_ALLOCATION)
    {
        any = true;
        finding = find_of_domain(sink, XLMEM__DOCTOR_OVER_ALLOCATION,
                                 XLMEM_SEV_NOTE, e);
        xlmem__prove(finding, "asked for",
                     xlmem__mul_sat(e->current, XLMEM__PAGE_KB), XLMEM_UNIT_KB,
                     e->source);
        xlmem__prove(finding, "maxmem",
                     xlmem__mul_sat(e->limit, XLMEM__PAGE_KB), XLMEM_UNIT_KB,
                     e->source);
        xlmem__prove_kb(
            finding, "beyond it",
            xlmem__mul_sat(xlmem__sub0(e->current, e->limit), XLMEM__PAGE_KB));
        xlmem__doctor_tell(finding, XLMEM__DOCTOR_OVER_ALLOCATION);
    }
    /* Without guest_loglvl=all Xen says nothing of it. */
    if (!any && !scene->vitals->state.guest_log_all)
        xlmem__doctor_leave_open(sink, XLMEM__DOCTOR_OVER_ALLOCATION,
                                 ring_file);
}

/* The last that xenstored said of it, in that log, is that it is below. */
static bool is_below_again(const xlmem_scene *scene, const xlmem_log_event *e,
                           xlmem_log_kind kind)
{
    const xlmem_log_event *over;

    XLMEM__EACH_EVENT(over, scene, kind)
    if (!over->others && over->domid == e->domid &&
        over->source.file == e->source.file &&
        over->source.line > e->source.line)
        return true;
    return false;
}

/* xenstored does not listen to one that is beyond its hard quota. */
static void say_quota(xlmem_finding *finding, const xlmem_log_event *e,
                      bool hard, bool over)
{
    const char *deaf = over ? ", which listens to it again"
                            : ", which does not listen to it any more";

    xlmem__say(finding, "Domain %llu %s beyond its %s quota in xenstore%s.",
               (unsigned long long)e->domid, over ? "was" : "is",
               hard ? "hard" : "soft", hard ? deaf : "");
}

static void find_quota(const xlmem_scene *scene, xlmem__sink sink, bool hard)
{
    const xlmem_log_kind kind =
        hard ? XLMEM_LOG_QUOTA_HARD : XLMEM_LOG_QUOTA_SOFT;
    const xlmem_log_event *e;
    xlmem_finding *finding;

    XLMEM__EACH_EVENT(e, scene, kind)
    {
        const bool over = is_below_again(scene, e,
                                         hard ? XLMEM_LOG_QUOTA_HARD_OVER
                                              : XLMEM_LOG_QUOTA_SOFT_OVER);

        finding = find_of_domain(
            sink, XLMEM__DOCTOR_QUOTA,
            hard && !over ? XLMEM_SEV_WARNING : XLMEM_SEV_NOTE, e);
        xlmem__prove(finding, "times", e->count, XLMEM_UNIT_COUNT, e->source);
        say_quota(finding, e, hard, over);
    }
}

void xlmem__doctor_quota(const xlmem_scene *scene, xlmem__sink sink)
{
    find_quota(scene, sink, true);
    find_quota(scene, sink, false);
}

/* ----------------------------------------------------------- at boot --- */

/* One entry for 8 KiB of memory at most (Linux mm/page_alloc.c,
 * alloc_large_system_hash: scale 13), rounded up to a power of two: half the
 * entries' memory at least was counted on. */
static bool is_for_more(const xlmem_vitals *v)
{
    return XLMEM_KNOWS(&v->state, hash_entries) &&
           xlmem__mul_sat(v->state.hash_entries, 4) >
               xlmem__add_sat(v->mem.mem_total_kb, v->mem.mem_total_kb / 2);
}

/* The one that counts most. */
static const xlmem_log_event *low_panic(const xlmem_scene *scene)
{
    const xlmem_log_event *e, *panic = NULL;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_LOW_PANIC)
    if (!panic || xlmem__is_old(panic))
        panic = e;
    return panic;
}

void xlmem__doctor_boot_hash(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals *v = scene->vitals;
    const xlmem_log_event *panic = low_panic(scene);
    const bool known = XLMEM_KNOWS(&v->mem, mem_total_kb);
    xlmem_finding *finding;

    if (!panic && !known)
        xlmem__doctor_leave_open(sink, XLMEM__DOCTOR_BOOT_HASH,
                                 "proc/meminfo");
    if (!panic && (!known || v->state.hash_kb < v->mem.mem_total_kb / 50 ||
                   !is_for_more(v)))
        return;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_BOOT_HASH,
                                 panic ? xlmem__aged(XLMEM_SEV_CRITICAL, panic)
                                       : XLMEM_SEV_WARNING);
    if (!finding)
        return;
    XLMEM__PROVE_VITAL(finding, "hash tables", &v->state, hash_kb,
                       XLMEM_UNIT_KB);
    if (known)
        XLMEM__PROVE_MEM(finding, "MemTotal", scene, mem_total_kb);
    if (panic)
        xlmem__prove(finding, "panics", panic->count, XLMEM_UNIT_COUNT,
                     panic->source);
    xlmem__say(finding,
               "The kernel's hash tables take %s, as for all of the "
               "machine%s%.120s%s",
               xlmem__mib_of(v->state.hash_kb).text,
               panic ? ", and it could not boot: \"" : "",
               panic ? panic->text : "", panic ? "\"." : ".");
    xlmem__doctor_cure(finding, XLMEM__DOCTOR_BOOT_HASH);
}
