/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * dom0's size: what it was booted with, where it was asked to be and where it
 * is.  A balloon that gave up cannot be told from one at rest by one reading:
 * current kernels try four times and then sleep for an hour, or until the
 * target or the size changes (Linux 6.x, drivers/xen/balloon.c).
 */
#include "model/doctor/doctor.h"

#include "model/booted.h"
#include "model/predict.h"
#include "model/units.h"

#define MIB XLMEM__MIB_KB
#define GIB XLMEM__GIB_KB

/* The balloon's own rounding, and pages lent to grants. */
#define AT_REST_KB (1 * MIB)

/* Its four tries: 2 + 4 + 8 s and what they take, at least twice over. */
#define STUCK_MS 35000

/* One reading: so far away that it is hardly on its way, a balloon moves some
 * GiB each second. */
#define FAR_KB (256 * MIB)

/* ------------------------------------------------------------- balloon --- */

typedef struct off {
    uint64_t current_kb, target_kb, gap_kb;
    bool above;
} off;

static off off_of(const xlmem_host *host)
{
    const xlmem_dom0 *d = &host->dom0;
    const bool above = d->balloon_current_kb > d->balloon_target_kb;

    return (off){d->balloon_current_kb, d->balloon_target_kb,
                 above ? d->balloon_current_kb - d->balloon_target_kb
                       : d->balloon_target_kb - d->balloon_current_kb,
                 above};
}

/* It stood still from one reading to the other. */
static bool stood_still(const xlmem_scene *scene)
{
    return scene->before && scene->apart_ms >= STUCK_MS &&
           scene->before->host->dom0.balloon_current_kb ==
               scene->host->dom0.balloon_current_kb &&
           scene->before->host->dom0.balloon_target_kb ==
               scene->host->dom0.balloon_target_kb;
}

static bool moved(const xlmem_scene *scene)
{
    return scene->before && scene->before->host->dom0.balloon_current_kb !=
                                scene->host->dom0.balloon_current_kb;
}

static bool is_far_above(const off *o)
{
    return o->above && o->gap_kb >= FAR_KB && o->gap_kb >= o->current_kb / 20;
}

static bool is_stuck(const xlmem_scene *scene, const off *o)
{
    if (o->gap_kb <= AT_REST_KB)
        return false;
    return stood_still(scene) || (is_far_above(o) && !moved(scene));
}

/* It gives only what dom0 has available (Linux 5.2, since XSA-300). */
static bool cannot_give(const xlmem_scene *scene, const off *o)
{
    const xlmem_vitals_mem *mem = &scene->vitals->mem;

    return o->above && XLMEM_KNOWS(mem, mem_available_kb) &&
           mem->mem_available_kb < xlmem__add_sat(64 * MIB, o->gap_kb);
}

bool xlmem__cannot_give(const xlmem_scene *scene)
{
    const off o = off_of(scene->host);

    return cannot_give(scene, &o);
}

static const xlmem_dom *dom0_of(const xlmem_host *host)
{
    return host->nr_doms && !host->doms[0].domid ? &host->doms[0] : NULL;
}

static const char *why_stuck(const xlmem_scene *scene, const off *o)
{
    const xlmem_dom *dom0 = dom0_of(scene->host);

    if (cannot_give(scene, o))
        return "  It has too little available to give that.";
    if (o->above)
        return "";
    if (dom0 && XLMEM_KNOWS(dom0, maxmem_kb) && dom0->maxmem_kb < o->target_kb)
        return "  Its maxmem is below the target.";
    if (XLMEM_KNOWS(scene->host, free_kb) && scene->host->free_kb < o->gap_kb)
        return "  Xen has not that much free.";
    return "  Its kernel may have no room for more.";
}

static void prove_balloon(xlmem_finding *finding, const xlmem_host *host,
                          const off *o)
{
    XLMEM__PROVE_DOM0(finding, "current_kb", host, balloon_current_kb);
    XLMEM__PROVE_DOM0(finding, "target_kb", host, balloon_target_kb);
    xlmem__prove_kb(finding, o->above ? "above target" : "below target",
                    o->gap_kb);
}

void xlmem__doctor_balloon_stuck(const xlmem_scene *scene, xlmem__sink sink)
{
    const off o = off_of(scene->host);
    xlmem_finding *finding;

    if (!is_stuck(scene, &o)) {
        if (!scene->before && o.gap_kb > AT_REST_KB)
            xlmem__doctor_leave_open(sink, XLMEM__DOCTOR_BALLOON_STUCK, NULL);
        return;
    }
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_BALLOON_STUCK,
                                 XLMEM_SEV_WARNING);
    if (!finding)
        return;
    xlmem__about(finding, 0, "dom0");
    prove_balloon(finding, scene->host, &o);
    xlmem__say(finding, "dom0 is %s %s its target, and %s.%s",
               xlmem__mib_of(o.gap_kb).text, o.above ? "above" : "below",
               stood_still(scene)
                   ? "did not move between two readings"
                   : "whether it still moves, one reading does not tell",
               why_stuck(scene, &o));
    if (!stood_still(scene))
        xlmem__remedy(finding, "xl memguard doctor --watch 40");
    xlmem__remedy(finding, "xl mem-set 0 %lluM",
                  (unsigned long long)xlmem__div_up(
                      o.above ? o.current_kb : o.target_kb, MIB));
}

void xlmem__doctor_balloon_off(const xlmem_scene *scene, xlmem__sink sink)
{
    const off o = off_of(scene->host);
    xlmem_finding *finding;

    if (o.gap_kb <= AT_REST_KB || scene->before)
        return;
    finding =
        xlmem__doctor_find(sink, XLMEM__DOCTOR_BALLOON_OFF, XLMEM_SEV_NOTE);
    xlmem__about(finding, 0, "dom0");
    prove_balloon(finding, scene->host, &o);
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_BALLOON_OFF);
}

void xlmem__doctor_offline(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals_state *state = &scene->vitals->state;
    xlmem_finding *finding;

    if (!state->nr_offline)
        return;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_HOTPLUG_OFFLINE,
                                 XLMEM_SEV_WARNING);
    xlmem__prove(finding, "offline",
                 xlmem__mul_sat(state->nr_offline, state->block_kb),
                 XLMEM_UNIT_KB, XLMEM_SOURCE_OF(state, nr_offline));
    XLMEM__PROVE_VITAL(finding, "blocks offline", state, nr_offline,
                       XLMEM_UNIT_COUNT);
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_HOTPLUG_OFFLINE);
}

/* ------------------------------------------------------------- at boot --- */

/* What dom0 spends on memory that it will never have. */
static bool wasted_kb(const xlmem_host *host, uint64_t *kb_r)
{
    xlmem__booted booted;
    xlmem_sizes size;
    int rc;

    xlmem__booted_of(host, &booted);
    rc = xlmem__sizes_of(host, &booted, &size);

    if ((rc && rc != XLMEM_ERROR_INFEASIBLE) || !XLMEM_KNOWS(&size, wasted_kb))
        return false;
    *kb_r = size.wasted_kb;
    return true;
}

/* By Xen; 0: not known. */
static uint64_t dom0_listed_kb(const xlmem_host *host)
{
    const xlmem_dom *dom0 = dom0_of(host);

    return dom0 && XLMEM_KNOWS(dom0, tot_kb) ? dom0->tot_kb : 0;
}

/* By whoever tells. */
static uint64_t dom0_kb(const xlmem_scene *scene)
{
    const xlmem_host *host = scene->host;

    if (dom0_listed_kb(host))
        return dom0_listed_kb(host);
    if (XLMEM_KNOWS(&host->dom0, balloon_current_kb))
        return host->dom0.balloon_current_kb;
    return scene->vitals->mem.mem_total_kb;
}

/* A quarter of what dom0 has, or what makes it short, fails it under its next
 * load; less is worth knowing. */
void xlmem__doctor_no_max(const xlmem_scene *scene, xlmem__sink sink)
{
    const uint64_t size_kb = dom0_listed_kb(scene->host);
    xlmem_severity severity = XLMEM_SEV_NOTE;
    xlmem__booted booted;
    xlmem_finding *finding;
    uint64_t kb;

    xlmem__booted_of(scene->host, &booted);
    if (!booted.known || booted.max_pages != UINT64_MAX || !size_kb ||
        !wasted_kb(scene->host, &kb) || kb < MIB)
        return;
    if (kb >= xlmem__max(64 * MIB, size_kb / 50) &&
        (kb >= size_kb / 4 || xlmem__low_memory(scene) > XLMEM_SEV_NOTE))
        severity = XLMEM_SEV_WARNING;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_NO_MAX, severity);
    xlmem__about(finding, 0, "dom0");
    xlmem__prove_kb(finding, "spent on memory it will never have", kb);
    xlmem__prove_kb(finding, "dom0 has", size_kb);
    XLMEM__PROVE_HOST(finding, "total memory", scene->host, total_kb);
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_NO_MAX);
}

/* Nobody asked dom0 to give what it does not have. */
static bool was_not_asked(const xlmem_host *host, uint64_t boot_kb)
{
    const xlmem_dom *dom0 = dom0_of(host);

    return !dom0 || !XLMEM_KNOWS(dom0, target_kb) ||
           dom0->target_kb >= boot_kb;
}

/* It takes back what it gave, or tries to: that is another finding. */
static bool is_below_target(const xlmem_host *host)
{
    const off o = off_of(host);

    return !o.above && o.gap_kb > AT_REST_KB;
}

bool xlmem__booted_kb(const xlmem_host *host, uint64_t *kb_r)
{
    xlmem__booted booted;

    xlmem__booted_of(host, &booted);
    *kb_r = xlmem__mul_sat(booted.nr_pages, XLMEM__PAGE_KB);
    return booted.known;
}

void xlmem__doctor_released(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_host *host = scene->host;
    const uint64_t has_kb = host->dom0.balloon_current_kb;
    xlmem_finding *finding;
    xlmem__booted booted;
    uint64_t boot_kb;

    xlmem__booted_of(host, &booted);
    boot_kb = xlmem__mul_sat(booted.nr_pages, XLMEM__PAGE_KB);
    if (!booted.known || boot_kb < xlmem__add_sat(has_kb, 64 * MIB) ||
        host->free_kb < boot_kb - has_kb || !was_not_asked(host, boot_kb) ||
        is_below_target(host) || !booted.line.dom0mem.size.set)
        return;
    finding =
        xlmem__doctor_find(sink, XLMEM__DOCTOR_RELEASED, XLMEM_SEV_WARNING);
    xlmem__about(finding, 0, "dom0");
    xlmem__prove_kb(finding, "dom0 at boot", boot_kb);
    XLMEM__PROVE_DOM0(finding, "current_kb", host, balloon_current_kb);
    XLMEM__PROVE_HOST(finding, "free in Xen", host, free_kb);
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_RELEASED);
}

/* By which line it was booted is not known: large, and idle memory beside. */
static bool looks_shrunk(const xlmem_host *host, uint64_t has_kb)
{
    return !host->xen_cmdline && has_kb >= 4 * GIB &&
           has_kb >= host->total_kb / 8 && host->free_kb >= host->total_kb / 2;
}

/* Without dom0_mem= dom0 begins with all that Xen leaves it. */
static bool is_shrunk(const xlmem_host *host, uint64_t has_kb)
{
    xlmem__booted booted;

    if (!has_kb || has_kb >= host->total_kb / 2)
        return false;
    if (!host->xen_cmdline)
        return looks_shrunk(host, has_kb);
    xlmem__booted_of(host, &booted);
    return !booted.line.dom0mem.size.set && !booted.line.dom0mem.max.set &&
           host->free_kb >= 64 * MIB;
}

void xlmem__doctor_dom0_shrunk(const xlmem_scene *scene, xlmem__sink sink)
{
    const uint64_t has_kb = dom0_kb(scene);
    xlmem_finding *finding;

    if (!is_shrunk(scene->host, has_kb))
        return;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_SHRUNK,
                                 xlmem__low_memory(scene) > XLMEM_SEV_NOTE
                                     ? XLMEM_SEV_WARNING
                                     : XLMEM_SEV_NOTE);
    xlmem__about(finding, 0, "dom0");
    xlmem__prove_kb(finding, "dom0 has", has_kb);
    XLMEM__PROVE_HOST(finding, "free in Xen", scene->host, free_kb);
    XLMEM__PROVE_HOST(finding, "total memory", scene->host, total_kb);
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_SHRUNK);
    xlmem__say_growth(finding, scene, xlmem__lacks_kb(scene));
}

void xlmem__doctor_auto_on(const xlmem_scene *scene, xlmem__sink sink)
{
    if (scene->autoballoon)
        xlmem__doctor_tell(
            xlmem__doctor_find(sink, XLMEM__DOCTOR_AUTO, XLMEM_SEV_WARNING),
            XLMEM__DOCTOR_AUTO);
}

/* By what dom0 itself uses: without that the advice is an estimate, by which a
 * host that runs well looks wrong. */
void xlmem__doctor_dom0_size(const xlmem_scene *scene, xlmem__sink sink)
{
    const uint64_t has_kb = dom0_listed_kb(scene->host);
    xlmem_finding *finding;
    xlmem__booted booted;
    xlmem_sizes size;

    xlmem__booted_of(scene->host, &booted);
    if (xlmem__sizes_of(scene->host, &booted, &size) ||
        !XLMEM_KNOWS(&size, dom0_mem_kb) || !has_kb)
        return;
    if (has_kb <= size.dom0_mem_kb + size.dom0_mem_kb / 4 &&
        has_kb >= size.dom0_mem_kb - size.dom0_mem_kb / 4)
        return;
    finding =
        xlmem__doctor_find(sink, XLMEM__DOCTOR_DOM0_SIZE, XLMEM_SEV_NOTE);
    xlmem__about(finding, 0, "dom0");
    xlmem__prove_kb(finding, "dom0 has", has_kb);
    xlmem__prove_kb(finding, "advised", size.dom0_mem_kb);
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_DOM0_SIZE);
}
