/* SPDX-License-Identifier: LGPL-2.1-only */
/* Domains' sizes, what Xen has left, and threads that are seen running. */
#include "model/doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#include "model/booted.h"
#include "model/units.h"

#define MIB XLMEM__MIB_KB

/* What an HVM domU has beside its target: video memory (16 MiB at most but
 * for QXL, libxl_create.c of Xen 4.17), pages of its firmware and devices. */
#define HVM_EXTRA_KB (160 * MIB)
/* libxl gives each domain 1 MiB of slack (LIBXL_MAXMEM_CONSTANT). */
#define SLACK_KB (2 * MIB)

static xlmem_finding *find_ill_dom(xlmem__sink sink, xlmem__doctor_id id,
                                   xlmem_severity severity,
                                   const xlmem_dom *dom)
{
    xlmem_finding *finding = xlmem__doctor_find(sink, id, severity);

    if (!dom->domid)
        xlmem__about(finding, 0, "dom0");
    else
        xlmem__about(finding, dom->domid, "%.*s (id %llu)",
                     XLMEM_SUBJECT_ROOM - 32,
                     dom->name ? dom->name : "a domain",
                     (unsigned long long)dom->domid);
    return finding;
}

static void prove_dom_size(xlmem_finding *finding, const xlmem_scene *scene,
                           const char *what, uint64_t kb)
{
    xlmem__prove(finding, what, kb, XLMEM_UNIT_KB,
                 xlmem__source_of_doms(scene->host));
}

/* ------------------------------------------------------------- targets --- */

static bool limits(const xlmem_dom *dom)
{
    return XLMEM_KNOWS(dom, maxmem_kb) && xlmem__is_limit(dom->maxmem_kb);
}

static uint64_t extra_kb(const xlmem_dom *dom)
{
    return dom->type == XLMEM_DOM_PV || dom->type == XLMEM_DOM_PVH
               ? SLACK_KB
               : HVM_EXTRA_KB;
}

static const xlmem_dom *same_before(const xlmem_scene *scene,
                                    const xlmem_dom *dom)
{
    const xlmem_host *host = scene->before ? scene->before->host : NULL;
    size_t i;

    for (i = 0; host && i < host->nr_doms; i++)
        if (host->doms[i].domid == dom->domid &&
            !strcmp(host->doms[i].uuid, dom->uuid))
            return &host->doms[i];
    return NULL;
}

static bool has_too_much(const xlmem_dom *dom)
{
    return limits(dom) && XLMEM_KNOWS(dom, tot_kb) &&
           dom->maxmem_kb < dom->tot_kb;
}

/* Who is on the way down has libxl's lower limit already, and less each time
 * that it is looked at. */
static bool stays_too_large(const xlmem_dom *before, const xlmem_dom *dom)
{
    return before && has_too_much(before) && has_too_much(dom) &&
           before->tot_kb <= dom->tot_kb;
}

xlmem__contradiction xlmem__contradiction_of(const xlmem_scene *scene,
                                             const xlmem_dom *dom)
{
    const bool target = XLMEM_KNOWS(dom, target_kb);
    const bool max = XLMEM_KNOWS(dom, static_max_kb) && dom->static_max_kb;
    const xlmem_dom *before = same_before(scene, dom);

    if (target && max && dom->static_max_kb < dom->target_kb)
        return (xlmem__contradiction){XLMEM_SEV_WARNING, "static-max",
                                      "target", dom->static_max_kb,
                                      dom->target_kb};
    if (target && limits(dom) &&
        xlmem__add_sat(dom->maxmem_kb, extra_kb(dom)) < dom->target_kb)
        return (xlmem__contradiction){XLMEM_SEV_WARNING, "maxmem", "target",
                                      dom->maxmem_kb, dom->target_kb};
    if (stays_too_large(before, dom))
        return (xlmem__contradiction){XLMEM_SEV_WARNING, "maxmem",
                                      "what it has", dom->maxmem_kb,
                                      dom->tot_kb};
    if (target && XLMEM_KNOWS(dom, tot_kb) &&
        xlmem__add_sat(dom->target_kb, extra_kb(dom)) < dom->tot_kb)
        return (xlmem__contradiction){XLMEM_SEV_NOTE, "target", "what it has",
                                      dom->target_kb, dom->tot_kb};
    if (max && XLMEM_KNOWS(dom, tot_kb) &&
        xlmem__add_sat(dom->static_max_kb, extra_kb(dom)) < dom->tot_kb)
        return (xlmem__contradiction){XLMEM_SEV_NOTE, "static-max",
                                      "what it has", dom->static_max_kb,
                                      dom->tot_kb};
    return (xlmem__contradiction){XLMEM_SEV_NOTE, NULL, NULL, 0, 0};
}

/* libxl sets no target above static-max. */
static bool may_keep(const xlmem_dom *dom, uint64_t kb)
{
    return !XLMEM_KNOWS(dom, static_max_kb) || !dom->static_max_kb ||
           kb <= dom->static_max_kb;
}

/* static-max is raised, maxmem follows when the target is set. */
static void cure_contradiction(xlmem_finding *finding, const xlmem_dom *dom,
                               const xlmem__contradiction *c)
{
    const bool has = strcmp(c->high, "target") != 0;

    if (c->severity == XLMEM_SEV_NOTE || (has && !may_keep(dom, c->high_kb)))
        return;
    if (has)
        xlmem__remedy(finding, "xl mem-set %llu %lluk  # it keeps what it has",
                      (unsigned long long)dom->domid,
                      (unsigned long long)c->high_kb);
    else if (!strcmp(c->low, "static-max"))
        xlmem__remedy(finding,
                      "xenstore-write /local/domain/%llu/memory/static-max "
                      "%llu",
                      (unsigned long long)dom->domid,
                      (unsigned long long)c->high_kb);
    else
        xlmem__remedy(finding, "xl mem-set %llu %lluk",
                      (unsigned long long)dom->domid,
                      (unsigned long long)c->high_kb);
}

static const char *say_outlook(const xlmem__contradiction *c)
{
    if (c->severity == XLMEM_SEV_NOTE)
        return "; it may be on its way down";
    if (!strcmp(c->high, "target"))
        return "";
    return ", which its balloon does not give up: Xen gives it no page more";
}

void xlmem__doctor_contradict(const xlmem_scene *scene, xlmem__sink sink)
{
    size_t i;

    for (i = 0; i < scene->host->nr_doms; i++) {
        const xlmem_dom *dom = &scene->host->doms[i];
        const xlmem__contradiction c = xlmem__contradiction_of(scene, dom);
        xlmem_finding *finding;

        if (!c.low || dom->dying)
            continue;
        finding =
            find_ill_dom(sink, XLMEM__DOCTOR_CONTRADICT, c.severity, dom);
        if (!finding)
            continue;
        prove_dom_size(finding, scene, c.low, c.low_kb);
        prove_dom_size(finding, scene, c.high, c.high_kb);
        xlmem__say(finding, "%s of %s, %s, is below %s, %s%s.", c.low,
                   finding->subject, xlmem__mib_of(c.low_kb).text, c.high,
                   xlmem__mib_of(c.high_kb).text, say_outlook(&c));
        cure_contradiction(finding, dom, &c);
    }
}

/* ----------------------------------------------------------------- Xen --- */

/* What a create needs at least beside its memory (measured: 72 MiB is where
 * they begin to fail). */
#define XEN_LOW_KB (72 * MIB)

static bool fixes_dom0(const xlmem_host *host)
{
    xlmem__booted booted;

    xlmem__booted_of(host, &booted);
    return booted.line.dom0mem.size.set || booted.line.dom0mem.max.set;
}

void xlmem__doctor_xen_low(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_host *host = scene->host;
    const uint64_t kb = xlmem__sub0(host->free_kb, host->outstanding_kb);
    xlmem_finding *finding;

    /* Where dom0 has all that nobody else has, that is how it is. */
    if (kb >= XEN_LOW_KB || host->nr_doms < 2 || !fixes_dom0(host))
        return;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_XEN_LOW,
                                 kb ? XLMEM_SEV_WARNING : XLMEM_SEV_CRITICAL);
    xlmem__prove_kb(finding, "free, claims deducted", kb);
    XLMEM__PROVE_HOST(finding, "free_memory", host, free_kb);
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_XEN_LOW);
}

/* What all may have: by Xen's ceilings (@enforced), or by static-max. */
static uint64_t promised_kb(const xlmem_host *host, bool enforced)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];
        uint64_t kb = dom->tot_kb;

        if (dom->domid && enforced && limits(dom))
            kb = xlmem__max(kb, xlmem__sub0(dom->maxmem_kb, SLACK_KB));
        if (dom->domid && !enforced && XLMEM_KNOWS(dom, static_max_kb))
            kb = xlmem__max(kb, dom->static_max_kb);
        sum = xlmem__add_sat(sum, kb);
    }
    return sum;
}

void xlmem__doctor_over_promised(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_host *host = scene->host;
    const uint64_t own_kb = XLMEM_KNOWS(host, xen_kb) ? host->xen_kb : 0;
    const uint64_t there_kb = xlmem__sub0(host->total_kb, own_kb);
    const bool enforced = promised_kb(host, true) > there_kb;
    const uint64_t kb = promised_kb(host, enforced);
    xlmem_finding *finding;

    if (kb <= there_kb)
        return;
    finding =
        xlmem__doctor_find(sink, XLMEM__DOCTOR_OVER_PROMISED,
                           enforced ? XLMEM_SEV_WARNING : XLMEM_SEV_NOTE);
    if (!finding)
        return;
    prove_dom_size(finding, scene, "domains may have", kb);
    XLMEM__PROVE_HOST(finding, "total memory", host, total_kb);
    xlmem__say(finding, "Domains may grow to %s together, of %s%s.",
               xlmem__mib_of(kb).text, xlmem__mib_of(host->total_kb).text,
               enforced ? ", and nothing but their balloons keeps them from it"
                        : ", if their targets are raised");
}

/* --------------------------------------------------------------- dying --- */

#define DYING_MS 60000

/* Four of 32 quoted characters and a number each. */
#define HOLDERS_ROOM 256

/* Of a process it is seen that it can map pages of domains, not of which: to
 * read its map would wait behind its lock. */
static void list_holders(const xlmem_vitals_procs *procs,
                         char buf[HOLDERS_ROOM])
{
    size_t i, len = 0;

    buf[0] = '\0';
    for (i = 0; i < procs->nr_held_by && len < HOLDERS_ROOM; i++) {
        const xlmem_vitals_process *p = &procs->held_by[i];
        const xlmem__str comm = {p->comm, strnlen(p->comm, sizeof(p->comm))};

        len += (size_t)snprintf(
            buf + len, HOLDERS_ROOM - len, "%s%s (%llu)",
            i ? ", " : "  Those who can: ", xlmem__quote(comm).text,
            (unsigned long long)p->pid);
    }
    if (len && len < HOLDERS_ROOM)
        snprintf(buf + len, HOLDERS_ROOM - len, "%s",
                 !XLMEM_KNOWS(procs, nr_holders) ? " and perhaps others."
                 : procs->nr_holders > procs->nr_held_by ? " and others."
                                                         : ".");
}

static void say_dying(xlmem_finding *finding, const xlmem_scene *scene,
                      uint64_t kb)
{
    const xlmem_vitals_procs *procs = &scene->vitals->procs;
    char holders[HOLDERS_ROOM];

    list_holders(procs, holders);
    if (procs->nr_held_by && XLMEM_KNOWS(procs, nr_holders))
        XLMEM__PROVE_VITAL(finding, "processes that can map its pages", procs,
                           nr_holders, XLMEM_UNIT_COUNT);
    xlmem__say(finding,
               "%s is dying for %llu s at least and still holds %s: somebody "
               "in dom0 has its pages mapped, a back end or a QEMU.%s",
               finding->subject, (unsigned long long)(scene->apart_ms / 1000),
               xlmem__mib_of(kb).text, holders);
    xlmem__doctor_cure(finding, XLMEM__DOCTOR_DYING);
}

void xlmem__doctor_dying(const xlmem_scene *scene, xlmem__sink sink)
{
    size_t i;

    for (i = 0; i < scene->host->nr_doms; i++) {
        const xlmem_dom *dom = &scene->host->doms[i];
        const xlmem_dom *before = same_before(scene, dom);
        const uint64_t kb = xlmem__add_sat(dom->tot_kb, dom->paging_kb);
        xlmem_finding *finding;

        if (!dom->domid || !dom->dying || !kb || !before || !before->dying)
            continue;
        if (scene->apart_ms < DYING_MS) {
            xlmem__doctor_leave_open(sink, XLMEM__DOCTOR_DYING, NULL);
            continue;
        }
        finding =
            find_ill_dom(sink, XLMEM__DOCTOR_DYING, XLMEM_SEV_WARNING, dom);
        prove_dom_size(finding, scene, "holds", kb);
        xlmem__prove(finding, "between the readings", scene->apart_ms,
                     XLMEM_UNIT_MS, (xlmem_source){NULL, 0});
        if (!finding)
            continue;
        say_dying(finding, scene, kb);
    }
}

/* ----------------------------------------------------------- processes --- */

static bool was_stuck(const xlmem_scene *scene, uint64_t tid)
{
    const xlmem_vitals_procs *procs;
    size_t i;

    if (!scene->before)
        return false;
    procs = &scene->before->vitals->procs;
    for (i = 0; i < procs->nr_stuck; i++)
        if (procs->stuck[i].tid == tid && procs->stuck[i].for_map)
            return true;
    return false;
}

/* The first that waits for the lock, at both readings or (@again false) at
 * this one.  Threads that wait for a device are kept beside them. */
static const xlmem_vitals_process *waiter(const xlmem_scene *scene, bool again)
{
    const xlmem_vitals_procs *procs = &scene->vitals->procs;
    size_t i;

    for (i = 0; i < procs->nr_stuck; i++)
        if (procs->stuck[i].for_map &&
            (!again || was_stuck(scene, procs->stuck[i].tid)))
            return &procs->stuck[i];
    return NULL;
}

/* A thread of the same process that waits for something else may be who has
 * the lock. */
static const char *holder_waits_in(const xlmem_vitals_procs *procs,
                                   const xlmem_vitals_process *stuck)
{
    size_t i;

    for (i = 0; i < procs->nr_stuck; i++)
        if (procs->stuck[i].pid == stuck->pid && !procs->stuck[i].for_map &&
            procs->stuck[i].waits_in[0])
            return procs->stuck[i].waits_in;
    return NULL;
}

static void say_stuck(xlmem_finding *finding, const xlmem_vitals_procs *procs,
                      const xlmem_vitals_process *stuck)
{
    const char *holder = holder_waits_in(procs, stuck);

    xlmem__about(
        finding, stuck->tid, "%s (%llu)",
        xlmem__quote((xlmem__str){stuck->comm,
                                  strnlen(stuck->comm, sizeof(stuck->comm))})
            .text,
        (unsigned long long)stuck->pid);
    XLMEM__PROVE_VITAL(finding, "threads that wait for it", procs, nr_mmap,
                       XLMEM_UNIT_COUNT);
    xlmem__say(finding,
               "%llu thread%s for the lock of a process' memory map, one "
               "of %s; whoever reads its command line waits too.%s%s%s",
               (unsigned long long)procs->nr_mmap,
               procs->nr_mmap == 1 ? " waits" : "s wait", finding->subject,
               holder ? "  Another of its threads, which may hold it, waits "
                        "in "
                      : "",
               holder ? holder : "", holder ? "." : "");
}

/* A thread that waits for the lock at one moment is no news. */
void xlmem__doctor_stuck_mmap(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals_procs *procs = &scene->vitals->procs;
    const xlmem_vitals_process *stuck = waiter(scene, true);
    xlmem_severity severity = XLMEM_SEV_WARNING;
    xlmem_finding *finding;

    if (!stuck && !scene->before) {
        stuck = waiter(scene, false);
        severity = XLMEM_SEV_NOTE;
    }
    if (!stuck)
        return;
    if (severity == XLMEM_SEV_NOTE)
        xlmem__doctor_leave_open(sink, XLMEM__DOCTOR_STUCK_MMAP, NULL);
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_STUCK_MMAP, severity);
    if (!finding)
        return;
    say_stuck(finding, procs, stuck);
    xlmem__doctor_cure(finding, XLMEM__DOCTOR_STUCK_MMAP);
}

void xlmem__doctor_xenstored_silent(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals_procs *procs = &scene->vitals->procs;
    xlmem_finding *finding;

    if (!scene->store_silent)
        return;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_XENSTORED_SILENT,
                                 XLMEM_SEV_CRITICAL);
    if (!finding)
        return;
    XLMEM__PROVE_VITAL(finding, "processes that were looked at", procs,
                       nr_processes, XLMEM_UNIT_COUNT);
    if (XLMEM_KNOWS(procs, xenstored_pid)) {
        xlmem__about(finding, procs->xenstored_pid, "xenstored");
        xlmem__say(finding,
                   "xenstored (%llu) is there and does not answer as it "
                   "should (the message beside this says how): it may be "
                   "that no domain can be started, ended or changed.",
                   (unsigned long long)procs->xenstored_pid);
        xlmem__remedy(finding, "cd /proc/%llu; grep State status; cat wchan",
                      (unsigned long long)procs->xenstored_pid);
    } else {
        xlmem__say(finding,
                   "xenstored does not answer as it should%s (the message "
                   "beside this says how): it may be that no domain can be "
                   "started, ended or changed.",
                   procs->nr_unread ? "" : ", and no such process runs");
        xlmem__remedy(finding, "dmesg | grep -i xenstored");
        xlmem__remedy(finding, "journalctl -b -u xenstored -n 20");
    }
}

/* 30 % of a CPU. */
void xlmem__doctor_xenstored_busy(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals_procs *now = &scene->vitals->procs;
    const xlmem_vitals_procs *then = &scene->before->vitals->procs;
    xlmem_finding *finding;
    uint64_t ms;

    /* It may be among those that the time did not suffice for. */
    if (!XLMEM_KNOWS(now, xenstored_ms) && now->nr_unread)
        xlmem__doctor_leave_open(sink, XLMEM__DOCTOR_XENSTORED_BUSY, "proc");
    if (!XLMEM_KNOWS(now, xenstored_ms) || !XLMEM_KNOWS(then, xenstored_ms) ||
        now->xenstored_pid != then->xenstored_pid || !scene->apart_ms)
        return;
    ms = xlmem__sub0(now->xenstored_ms, then->xenstored_ms);
    if (xlmem__mul_sat(ms, 10) < xlmem__mul_sat(scene->apart_ms, 3))
        return;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_XENSTORED_BUSY,
                                 XLMEM_SEV_WARNING);
    xlmem__about(finding, now->xenstored_pid, "xenstored");
    xlmem__prove(finding, "CPU time", ms, XLMEM_UNIT_MS,
                 (xlmem_source){NULL, 0});
    xlmem__prove(finding, "between the readings", scene->apart_ms,
                 XLMEM_UNIT_MS, (xlmem_source){NULL, 0});
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_XENSTORED_BUSY);
}
