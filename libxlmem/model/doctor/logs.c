/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What logs say has happened.  A log proves; its silence proves nothing.
 * Events are counted, not lines, and age makes them less severe.  Names in
 * logs are others': they are quoted.
 */
#include "model/doctor/happened.h"

#include <stdio.h>
#include <string.h>

#include "model/units.h"

#define HOUR_MS (UINT64_C(3600) * 1000)

/* The largest bounce buffer in one piece: IO_TLB_SEGSIZE 128 slots of 2 KiB
 * (Linux, include/linux/swiotlb.h). */
#define SWIOTLB_MAX_BYTES 262144

xlmem_finding *xlmem__find_event(xlmem__sink sink, xlmem__doctor_id id,
                                 xlmem_severity severity,
                                 const xlmem_log_event *e)
{
    xlmem_finding *finding =
        xlmem__doctor_find(sink, id, xlmem__aged(severity, e));

    xlmem__prove(finding, "times", e->count, XLMEM_UNIT_COUNT, e->source);
    if (e->suppressed)
        xlmem__prove_count(finding, "lines kept back", e->suppressed);
    return finding;
}

/* One that came in the night and one that comes now are not the same to
 * whoever is called. */
static void say_when(char *buf, size_t len, const xlmem_log_event *e)
{
    const uint64_t minutes = XLMEM_KNOWS(e, age_s) ? e->age_s / 60 : 0;
    const bool in_hours = minutes >= 120;

    buf[0] = '\0';
    if (e->earlier)
        snprintf(buf, len, " before the last boot");
    else if (xlmem__is_old(e))
        snprintf(buf, len, ", not within the last day");
    else if (minutes)
        snprintf(buf, len, ", %sat least %llu %s ago",
                 e->count == 1 ? "" : "the last ",
                 (unsigned long long)(in_hours ? minutes / 60 : minutes),
                 in_hours ? "h" : "min");
}

xlmem__often xlmem__how_often(const xlmem_log_event *e)
{
    char when[48], more[48] = "";
    xlmem__often o;

    say_when(when, sizeof(when), e);
    if (e->suppressed)
        snprintf(more, sizeof(more), " (%llu more not printed)",
                 (unsigned long long)e->suppressed);
    if (e->count == 1)
        snprintf(o.text, sizeof(o.text), "once%s%s", when, more);
    else
        snprintf(o.text, sizeof(o.text), "%llu times%s%s",
                 (unsigned long long)e->count, when, more);
    return o;
}

bool xlmem__names_any(const char *comm, const char *const *names)
{
    for (; *names; names++)
        if (!strncmp(comm, *names, strlen(*names)))
            return true;
    return false;
}

/* --------------------------------------------------------- allocations --- */

/* Fragmentation is why: no zone that counts has a block of that order. */
static bool is_of_fragments(const xlmem_scene *scene, const xlmem_log_event *e)
{
    return xlmem__has_order(e) && e->order >= 2 && xlmem__is_fragmented(scene);
}

/* Three within an hour.  What the kernel kept back came within seconds of
 * what it printed (warn_alloc, Linux mm/page_alloc.c: ten in 5 s are printed,
 * since 5.0 one in 10 s). */
static bool is_repeated(const xlmem_log_event *e)
{
    return e->suppressed >= 2 ||
           (e->count >= 3 &&
            (!XLMEM_KNOWS(e, burst_ms) || e->burst_ms <= HOUR_MS));
}

static xlmem_severity judge_failure(const xlmem_log_event *e)
{
    const uint64_t order = xlmem__has_order(e) ? e->order : 0;

    if (order <= 3 && e->atomic && e->network && is_repeated(e))
        return XLMEM_SEV_CRITICAL;
    if ((e->quiet || (e->atomic && !order)) &&
        xlmem__add_sat(e->count, e->suppressed) < 3)
        return XLMEM_SEV_NOTE;
    return XLMEM_SEV_WARNING;
}

static const char *how_asked(const xlmem_log_event *e)
{
    if (!e->atomic)
        return "";
    return e->quiet ? ", which could not wait (atomic)"
                    : ", which could not wait (atomic),";
}

/* Others that are as bad, as old and of the same reason. */
static bool is_alike(const xlmem_scene *scene, const xlmem_log_event *a,
                     const xlmem_log_event *b)
{
    return xlmem__aged(judge_failure(a), a) ==
               xlmem__aged(judge_failure(b), b) &&
           xlmem__is_old(a) == xlmem__is_old(b) &&
           is_of_fragments(scene, a) == is_of_fragments(scene, b);
}

/* The first of those alike tells of all: events are sorted, the worst
 * first. */
static bool leads(const xlmem_scene *scene, const xlmem_log_event *e)
{
    const xlmem_log_event *other;

    XLMEM__EACH_EVENT(other, scene, XLMEM_LOG_ALLOC_FAILED)
    {
        if (other == e)
            return true;
        if (is_alike(scene, other, e))
            return false;
    }
    return true;
}

/* It asked for pages that lie together: there is something to be done. */
static bool is_in_pieces(const xlmem_log_event *e)
{
    return xlmem__has_order(e) && e->order >= 2;
}

/* @e, or one of those that it tells of. */
static bool any_in_pieces(const xlmem_scene *scene, const xlmem_log_event *e)
{
    const xlmem_log_event *other;

    XLMEM__EACH_EVENT(other, scene, XLMEM_LOG_ALLOC_FAILED)
    {
        if (is_alike(scene, other, e) && is_in_pieces(other))
            return true;
    }
    return false;
}

static uint64_t prove_others(xlmem_finding *finding, const xlmem_scene *scene,
                             const xlmem_log_event *e)
{
    xlmem_source first = {NULL, 0};
    const xlmem_log_event *other;
    uint64_t nr = 0;

    XLMEM__EACH_EVENT(other, scene, XLMEM_LOG_ALLOC_FAILED)
    {
        if (other == e || !is_alike(scene, other, e))
            continue;
        if (!nr)
            first = other->source;
        nr = xlmem__add_sat(nr, other->count);
    }
    if (nr)
        xlmem__prove(finding, "others as bad", nr, XLMEM_UNIT_COUNT, first);
    return nr;
}

static void say_failure(xlmem_finding *finding, const xlmem_log_event *e,
                        uint64_t nr_others)
{
    char order[64] = "of unknown order", caller[112] = "", others[48] = "";

    if (xlmem__has_order(e) && e->order < 32)
        snprintf(order, sizeof(order), "of %u page%s (order %llu)",
                 1U << e->order, e->order ? "s" : "",
                 (unsigned long long)e->order);
    if (e->caller[0])
        snprintf(caller, sizeof(caller), " by %s%s%s%s",
                 xlmem__quote_name(e->caller).text,
                 e->helper[0] ? " through " : "",
                 xlmem__quote_name(e->helper).text,
                 e->count > 1 ? " (the last)" : "");
    if (nr_others)
        snprintf(others, sizeof(others), "; %llu other%s as bad",
                 (unsigned long long)nr_others,
                 nr_others == 1 ? " is" : "s are");
    xlmem__say(finding, "An allocation %s%s%s%s failed, %s%s.", order, caller,
               how_asked(e), e->quiet ? ", which does without," : "",
               xlmem__how_often(e).text, others);
}

static void find_failure(const xlmem_scene *scene, xlmem__sink sink,
                         const xlmem_log_event *e)
{
    xlmem_finding *finding = xlmem__find_event(
        sink, XLMEM__DOCTOR_ALLOC_FAILED, judge_failure(e), e);

    if (!finding)
        return;
    if (xlmem__has_order(e))
        xlmem__prove(finding, "order", e->order, XLMEM_UNIT_COUNT, e->source);
    say_failure(finding, e, prove_others(finding, scene, e));
    if (any_in_pieces(scene, e))
        xlmem__doctor_cure(finding, XLMEM__DOCTOR_ALLOC_FAILED);
    if (is_of_fragments(scene, e))
        finding->swallowed_by =
            xlmem__doctor_rules[XLMEM__DOCTOR_FRAGMENTED].id;
}

static void find_stall(xlmem__sink sink, const xlmem_log_event *e)
{
    xlmem_finding *finding = xlmem__find_event(
        sink, XLMEM__DOCTOR_ALLOC_FAILED, XLMEM_SEV_WARNING, e);

    if (XLMEM_KNOWS(e, ms))
        xlmem__prove(finding, "waited", e->ms, XLMEM_UNIT_MS, e->source);
    xlmem__say(finding, "An allocation waited for more than 10 s, %s.",
               xlmem__how_often(e).text);
}

void xlmem__doctor_alloc_failed(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_ALLOC_FAILED)
    {
        if (leads(scene, e))
            find_failure(scene, sink, e);
    }
    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_ALLOC_STALL)
    find_stall(sink, e);
    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_VMALLOC)
    {
        xlmem_finding *finding = xlmem__find_event(
            sink, XLMEM__DOCTOR_ALLOC_FAILED, XLMEM_SEV_WARNING, e);

        xlmem__say(finding, "vmalloc had no memory or no room, %s.",
                   xlmem__how_often(e).text);
    }
}

/* ----------------------------------------------------------- back ends --- */

void xlmem__doctor_squeeze(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_NETBACK_SQUEEZE)
    xlmem__doctor_tell(xlmem__find_event(sink, XLMEM__DOCTOR_NETBACK_SQUEEZE,
                                         XLMEM_SEV_CRITICAL, e),
                       XLMEM__DOCTOR_NETBACK_SQUEEZE);
}

static void about_who(xlmem_finding *finding, const xlmem_log_event *e)
{
    if (e->who[0])
        xlmem__about(finding,
                     XLMEM_KNOWS(e, domid) ? e->domid
                     : XLMEM_KNOWS(e, pid) ? e->pid
                                           : 0,
                     "%s", xlmem__quote_name(e->who).text);
}

void xlmem__doctor_backend(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;
    xlmem_finding *finding;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_BACKEND_NOMEM)
    {
        finding = xlmem__find_event(sink, XLMEM__DOCTOR_BACKEND_NOMEM,
                                    XLMEM_SEV_CRITICAL, e);
        about_who(finding, e);
        xlmem__say(finding,
                   "dom0 had no memory for a guest's device%s%s, %s: it did "
                   "not come up.",
                   e->who[0] ? ", " : "",
                   e->who[0] ? xlmem__quote_name(e->who).text : "",
                   xlmem__how_often(e).text);
    }
}

void xlmem__doctor_hotplug(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;
    xlmem_finding *finding;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_BALLOON_HOTPLUG)
    {
        finding = xlmem__find_event(sink, XLMEM__DOCTOR_BALLOON_HOTPLUG,
                                    XLMEM_SEV_WARNING, e);
        if (XLMEM_KNOWS(e, error))
            xlmem__prove(finding, "error number", e->error, XLMEM_UNIT_COUNT,
                         e->source);
        xlmem__say(finding,
                   "dom0's kernel could not add the memory that its target "
                   "gives it, %s%s.",
                   xlmem__how_often(e).text,
                   !XLMEM_KNOWS(e, error) ? ""
                   : e->error == 17       ? ": the addresses are taken (-17)"
                   : e->error == 12       ? ": no memory to describe it (-12)"
                   : e->error == 22       ? ": it does not fit (-22)"
                                          : "");
    }
}

void xlmem__doctor_balloon_dead(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_BALLOON_DEAD)
    xlmem__say(xlmem__find_event(sink, XLMEM__DOCTOR_BALLOON_DEAD,
                                 XLMEM_SEV_CRITICAL, e),
               "dom0's balloon died or did not start, %s: nothing moves "
               "dom0's memory until the next boot.",
               xlmem__how_often(e).text);
}

/* Whose waiting holds up all guests. */
static bool is_vital(const char *who)
{
    static const char *const vital[] = {"xenwatch", "xenstored", "oxenstored",
                                        NULL};

    return xlmem__names_any(who, vital);
}

/* Who serves domains: "vif3.0-q0-guest", "3.xvda-0", "blkback.3.xvda". */
static bool serves_domains(const char *who)
{
    static const char *const servers[] = {"xenbus", "xen-balloon", "vif",
                                          "blkback", NULL};
    const size_t domid = strspn(who, "0123456789");

    return xlmem__names_any(who, servers) || (domid && who[domid] == '.') ||
           !strcmp(who, "xl") || !strncmp(who, "xl-", 3);
}

/* What else waits for its disk or its server is not the doctor's. */
static xlmem_severity judge_hung(const char *who)
{
    if (is_vital(who))
        return XLMEM_SEV_CRITICAL;
    return serves_domains(who) ? XLMEM_SEV_WARNING : XLMEM_SEV_NOTE;
}

void xlmem__doctor_hung_task(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;
    xlmem_finding *finding;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_HUNG_TASK)
    {
        finding = xlmem__find_event(sink, XLMEM__DOCTOR_HUNG_TASK,
                                    judge_hung(e->who), e);
        about_who(finding, e);
        if (XLMEM_KNOWS(e, seconds))
            xlmem__prove(finding, "blocked for, seconds", e->seconds,
                         XLMEM_UNIT_COUNT, e->source);
        xlmem__say(finding, "%s did not move for minutes, %s%s.",
                   e->who[0] ? xlmem__quote_name(e->who).text : "A task",
                   xlmem__how_often(e).text,
                   is_vital(e->who) ? ": devices and domains wait for it"
                                    : "");
        if (XLMEM_KNOWS(e, pid) && !e->earlier)
            xlmem__doctor_cure(finding, XLMEM__DOCTOR_HUNG_TASK);
    }
}

/* --------------------------------------------------------- DMA, grants --- */

static bool is_too_large(const xlmem_log_event *e)
{
    return XLMEM_KNOWS(e, bytes) && e->bytes > SWIOTLB_MAX_BYTES;
}

static void prove_slots(xlmem_finding *finding, const xlmem_log_event *e)
{
    if (!XLMEM_KNOWS(e, slots_total) || !XLMEM_KNOWS(e, slots_used))
        return;
    xlmem__prove(finding, "slots used", e->slots_used, XLMEM_UNIT_COUNT,
                 e->source);
    xlmem__prove(finding, "slots", e->slots_total, XLMEM_UNIT_COUNT,
                 e->source);
}

void xlmem__doctor_swiotlb_large(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;
    xlmem_finding *finding;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_SWIOTLB)
    {
        if (!is_too_large(e))
            continue;
        finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_SWIOTLB_REQUEST,
                                     xlmem__aged(XLMEM_SEV_WARNING, e));
        xlmem__about(finding, 0, "%s", xlmem__quote_name(e->who).text);
        xlmem__prove(finding, "asked for in one piece", e->bytes / 1024,
                     XLMEM_UNIT_KB, e->source);
        xlmem__prove_kb(finding, "largest piece swiotlb gives",
                        SWIOTLB_MAX_BYTES / 1024);
        prove_slots(finding, e);
        xlmem__prove(finding, "times", e->count, XLMEM_UNIT_COUNT, e->source);
        xlmem__doctor_tell(finding, XLMEM__DOCTOR_SWIOTLB_REQUEST);
    }
}

static const char *why_full(const xlmem_log_event *e)
{
    if (!XLMEM_KNOWS(e, slots_total) || !XLMEM_KNOWS(e, slots_used))
        return "whether it was full or in pieces, this kernel does not tell";
    if (e->slots_used / 9 >= e->slots_total / 10)
        return "it was full: too small, or a driver does not give back";
    return "it had free slots, and none lay together";
}

void xlmem__doctor_swiotlb_full(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;
    xlmem_finding *finding;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_SWIOTLB)
    {
        if (is_too_large(e))
            continue;
        finding = xlmem__find_event(sink, XLMEM__DOCTOR_SWIOTLB_FULL,
                                    XLMEM_SEV_WARNING, e);
        xlmem__about(finding, 0, "%s", xlmem__quote_name(e->who).text);
        prove_slots(finding, e);
        xlmem__say(finding,
                   "The pool of bounce buffers had nothing for %s, %s; %s.",
                   e->who[0] ? xlmem__quote_name(e->who).text : "a device",
                   xlmem__how_often(e).text, why_full(e));
    }
}

void xlmem__doctor_grant_frames(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;
    xlmem_finding *finding;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_GRANT_FRAMES)
    {
        finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_GRANT_FRAMES,
                                     xlmem__aged(XLMEM_SEV_WARNING, e));
        xlmem__prove(finding, "times", e->count, XLMEM_UNIT_COUNT, e->source);
        xlmem__prove(finding, "frames", e->current, XLMEM_UNIT_COUNT,
                     e->source);
        xlmem__prove(finding, "at most", e->limit, XLMEM_UNIT_COUNT,
                     e->source);
        xlmem__doctor_tell(finding, XLMEM__DOCTOR_GRANT_FRAMES);
    }
}
