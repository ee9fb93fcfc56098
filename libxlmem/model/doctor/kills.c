/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Whom the kernel killed for memory, and why: the host was exhausted, what was
 * free lay in pieces, or a group of processes reached its own limit.
 */
#include "model/doctor/happened.h"

#include <stdio.h>
#include <string.h>

#include "model/doctor/zones.h"

/* What it means that the victim is gone.  Of xl and systemd the whole name:
 * many that do less begin with them. */
static const char *consequence(const char *victim)
{
    static const char *const store[] = {"xenstored", "oxenstored", NULL};
    static const char *const guests[] = {"qemu", "CPU ", "kvm", NULL};
    static const char *const disks[] = {"tapdisk", NULL};
    static const char *const tools[] = {"libvirtd", "xend", "virtqemud",
                                        "xenopsd",  "xapi", NULL};
    static const char *const doors[] = {"sshd", NULL};

    if (xlmem__names_any(victim, store))
        return ": nothing can be done with domains until the host is "
               "rebooted";
    if (xlmem__names_any(victim, guests))
        return ": a guest died with it";
    if (xlmem__names_any(victim, disks))
        return ": a guest's disk died with it";
    if (!strcmp(victim, "xl") || xlmem__names_any(victim, tools))
        return ": nobody looks after its domains";
    if (!strcmp(victim, "systemd") || xlmem__names_any(victim, doors))
        return ": the way in may be gone";
    return "";
}

/* The zone that kernel requests of its node go to first. */
static bool is_top_zone(const xlmem_log_dump *dump,
                        const xlmem_vitals_zone *zone)
{
    const unsigned rank = xlmem__zone_rank(zone);
    size_t i;

    for (i = 0; i < dump->nr_zones; i++)
        if (dump->zones[i].node == zone->node &&
            xlmem__zone_rank(&dump->zones[i]) > rank)
            return false;
    return rank > 0;
}

/* Of a dump that is this event's: there was free memory above every mark. */
static bool had_free(const xlmem_scene *scene)
{
    const xlmem_log_dump *dump = scene->vitals->dump;
    size_t i;

    for (i = 0; dump && i < dump->nr_zones; i++) {
        const xlmem_vitals_zone *zone = &dump->zones[i];

        if (is_top_zone(dump, zone) && XLMEM_KNOWS(zone, free_pages) &&
            XLMEM_KNOWS(zone, high_pages) &&
            zone->free_pages > zone->high_pages)
            return true;
    }
    return false;
}

/* Nobody asked for a page: a page fault was refused, for a reason that its
 * handler does not know (Linux 2.6.34 to 5.14, mm/oom_kill.c,
 * pagefault_out_of_memory). */
static bool is_of_fault(const xlmem_log_event *e)
{
    return xlmem__has_order(e) && !e->order && XLMEM_KNOWS(e, mode) &&
           !e->mode;
}

static void say_cause(char *buf, size_t len, const xlmem_scene *scene,
                      const xlmem_log_event *e)
{
    if (!xlmem__has_order(e))
        snprintf(buf, len, "of what order it was short is not recorded");
    else if (is_of_fault(e))
        snprintf(buf, len,
                 "a page fault was refused (gfp_mask 0), by a group's limit "
                 "or a driver%s",
                 had_free(scene) ? "; the host was not short" : "");
    else if (!e->order)
        snprintf(buf, len, "memory was exhausted (order 0)");
    else if (had_free(scene) || xlmem__is_fragmented(scene))
        snprintf(buf, len,
                 "no piece of %u pages (order %llu) was free: fragmentation, "
                 "not exhaustion",
                 e->order < 32 ? 1U << e->order : 0,
                 (unsigned long long)e->order);
    else
        snprintf(buf, len, "it was short of a piece of order %llu",
                 (unsigned long long)e->order);
}

static const char *say_bound(xlmem_log_bound bound)
{
    switch (bound) {
    case XLMEM_BOUND_NODE:
        return " on the nodes it was bound to";
    case XLMEM_BOUND_CPUSET:
        return " in its cpuset";
    case XLMEM_BOUND_NONE:
        return ", host-wide";
    case XLMEM_BOUND_UNKNOWN:
    case XLMEM_BOUND_CGROUP:
        break;
    }
    return "";
}

static void say_victim(char *buf, size_t len, const xlmem_log_event *e)
{
    buf[0] = '\0';
    if (e->victim[0])
        snprintf(buf, len, "  It took %s%s.",
                 xlmem__quote_name(e->victim).text, consequence(e->victim));
}

static void find_oom(const xlmem_scene *scene, xlmem__sink sink,
                     const xlmem_log_event *e)
{
    xlmem_finding *finding =
        xlmem__find_event(sink, XLMEM__DOCTOR_OOM_KILL,
                          e->manual ? XLMEM_SEV_NOTE : XLMEM_SEV_CRITICAL, e);
    char cause[128], victim[160];

    if (!finding)
        return;
    if (xlmem__has_order(e))
        xlmem__prove(finding, "order", e->order, XLMEM_UNIT_COUNT, e->source);
    if (XLMEM_KNOWS(e, victim_kb))
        xlmem__prove(finding, "victim had", e->victim_kb, XLMEM_UNIT_KB,
                     e->source);
    say_cause(cause, sizeof(cause), scene, e);
    say_victim(victim, sizeof(victim), e);
    xlmem__say(finding, "The OOM killer was called %s: %s%s.%s",
               xlmem__how_often(e).text,
               e->manual ? "somebody asked for it (sysrq)" : cause,
               e->manual || is_of_fault(e) ? "" : say_bound(e->bound), victim);
}

void xlmem__doctor_oom_kill(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_OOM)
    find_oom(scene, sink, e);
    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_OOM_PANIC)
    {
        xlmem_finding *finding = xlmem__find_event(
            sink, XLMEM__DOCTOR_OOM_KILL, XLMEM_SEV_CRITICAL, e);

        xlmem__say(finding,
                   "Memory was exhausted and nobody left to kill, "
                   "%s.",
                   xlmem__how_often(e).text);
    }
}

void xlmem__doctor_oom_cgroup(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_event *e;
    xlmem_finding *finding;

    XLMEM__EACH_EVENT(e, scene, XLMEM_LOG_OOM_CGROUP)
    {
        finding = xlmem__find_event(sink, XLMEM__DOCTOR_OOM_CGROUP,
                                    XLMEM_SEV_WARNING, e);
        xlmem__say(finding,
                   "A group of processes reached its own limit, %s%s%s%s; the "
                   "host's memory is not the matter.",
                   xlmem__how_often(e).text, e->victim[0] ? ": it took " : "",
                   e->victim[0] ? xlmem__quote_name(e->victim).text : "",
                   consequence(e->victim));
        xlmem__doctor_cure(finding, XLMEM__DOCTOR_OOM_CGROUP);
    }
}
