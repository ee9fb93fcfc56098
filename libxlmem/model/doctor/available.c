/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How much memory can be had, and whether it is little.  MemFree alone is no
 * evidence.  Before MemAvailable (Linux 3.14) it is estimated: what is free,
 * file pages and reclaimable slab, less 3 % that the kernel keeps, of what is
 * no huge pages.  Where lines are missing, it lies between what is there for
 * certain and what would be if all of cache and slab could be given up.
 */
#include "model/doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#include "model/units.h"

#define MIB XLMEM__MIB_KB

/* ZFS keeps its cache in slab and vmalloc, and gives it back. */
static void add_arc(const xlmem_vitals *v, xlmem__avail *avail)
{
    uint64_t kb;

    if (!XLMEM_KNOWS(&v->state, arc_kb) || !XLMEM_KNOWS(&v->state, arc_min_kb))
        return;
    /* More than there is: one that went below 0, or another machine's. */
    if (XLMEM_KNOWS(&v->mem, mem_total_kb) &&
        v->state.arc_kb > v->mem.mem_total_kb)
        return;
    kb = xlmem__sub0(v->state.arc_kb, v->state.arc_min_kb);
    avail->arc = kb != 0;
    avail->low_kb = xlmem__add_sat(avail->low_kb, kb);
    avail->high_kb = xlmem__add_sat(avail->high_kb, kb);
}

uint64_t xlmem__huge_kb(const xlmem_vitals_mem *mem)
{
    return XLMEM_KNOWS(mem, hugetlb_kb)
               ? mem->hugetlb_kb
               : xlmem__mul_sat(mem->hugepages_total, mem->hugepage_size_kb);
}

static void estimate(const xlmem_vitals_mem *mem, xlmem__avail *avail)
{
    const uint64_t kept_kb =
        xlmem__sub0(mem->mem_total_kb, xlmem__huge_kb(mem)) / 100 * 3;
    const uint64_t slab_kb = XLMEM_KNOWS(mem, sreclaimable_kb)
                                 ? mem->sreclaimable_kb
                                 : mem->slab_kb; /* all of it, perhaps */
    uint64_t low = mem->mem_free_kb, high;

    if (XLMEM_KNOWS(mem, active_file_kb) && XLMEM_KNOWS(mem, inactive_file_kb))
        low = xlmem__add_sat(
            low, xlmem__add_sat(mem->active_file_kb, mem->inactive_file_kb));
    else if (XLMEM_KNOWS(mem, shmem_kb) && XLMEM_KNOWS(mem, cached_kb))
        low = xlmem__add_sat(
            low, xlmem__sub0(xlmem__add_sat(mem->buffers_kb, mem->cached_kb),
                             mem->shmem_kb));
    low = xlmem__add_sat(low, mem->sreclaimable_kb);
    high = xlmem__add_sat(mem->mem_free_kb,
                          xlmem__add_sat(mem->buffers_kb, mem->cached_kb));
    high = xlmem__add_sat(high, slab_kb);
    avail->known = XLMEM_KNOWS(mem, mem_free_kb);
    avail->estimated = true;
    avail->low_kb = xlmem__sub0(low, kept_kb);
    avail->high_kb = xlmem__sub0(xlmem__max(low, high), kept_kb);
    /* All that an estimate needs is there. */
    if (XLMEM_KNOWS(mem, sreclaimable_kb) && low != mem->mem_free_kb)
        avail->high_kb = avail->low_kb;
    /* Nothing of the cache is known: it may be anything. */
    if (!XLMEM_KNOWS(mem, cached_kb) && !XLMEM_KNOWS(mem, active_file_kb))
        avail->high_kb = mem->mem_total_kb;
}

/* The kernel's limit is a share of memory and swap: above both, another
 * machine's memory stands beside it (a container's meminfo). */
static bool is_foreign(const xlmem_vitals *v)
{
    const xlmem_vitals_mem *mem = &v->mem;

    return XLMEM_KNOWS(mem, commit_limit_kb) &&
           XLMEM_KNOWS(mem, swap_total_kb) &&
           mem->commit_limit_kb >
               xlmem__add_sat(mem->mem_total_kb, mem->swap_total_kb);
}

xlmem__avail xlmem__available(const xlmem_vitals *vitals)
{
    const xlmem_vitals_mem *mem = &vitals->mem;
    xlmem__avail avail = {.known = XLMEM_KNOWS(mem, mem_available_kb),
                          .low_kb = mem->mem_available_kb,
                          .high_kb = mem->mem_available_kb};

    if (!avail.known)
        estimate(mem, &avail);
    add_arc(vitals, &avail);
    avail.foreign = is_foreign(vitals);
    return avail;
}

/* ------------------------------------------------------------ how low --- */

static uint64_t low_mark_kb(uint64_t total_kb)
{
    return xlmem__max(64 * MIB, xlmem__min(total_kb / 10, 1024 * MIB));
}

static uint64_t lowest_mark_kb(uint64_t total_kb)
{
    return xlmem__max(32 * MIB, xlmem__min(total_kb / 100 * 3, 256 * MIB));
}

static bool is_stalling(const xlmem_vitals *v)
{
    return XLMEM_KNOWS(&v->load, mem_some60_bp) &&
           v->load.mem_some60_bp >= 2000;
}

bool xlmem__group_stalls(const xlmem_vitals *v)
{
    return is_stalling(v) && !is_foreign(v) &&
           XLMEM_KNOWS(&v->mem, mem_free_kb) &&
           XLMEM_KNOWS(&v->mem, mem_total_kb) &&
           v->mem.mem_free_kb >= v->mem.mem_total_kb / 4;
}

#define ROSE(scene, f)                                                        \
    (XLMEM_KNOWS(&(scene)->vitals->counts, f) &&                              \
     XLMEM_KNOWS(&(scene)->before->vitals->counts, f) &&                      \
     (scene)->vitals->counts.f > (scene)->before->vitals->counts.f)

/* Between two readings somebody who asked for memory had to make it. */
static bool is_reclaiming(const xlmem_scene *scene)
{
    return scene->before &&
           (ROSE(scene, allocstall) || ROSE(scene, pgscan_direct));
}

static xlmem_severity severity_of(const xlmem_scene *scene, uint64_t kb)
{
    const uint64_t total_kb = scene->vitals->mem.mem_total_kb;

    if (kb < lowest_mark_kb(total_kb))
        return XLMEM_SEV_CRITICAL;
    if (kb >= low_mark_kb(total_kb))
        return XLMEM_SEV_NOTE;
    return is_reclaiming(scene) ? XLMEM_SEV_CRITICAL : XLMEM_SEV_WARNING;
}

xlmem_severity xlmem__low_memory(const xlmem_scene *scene)
{
    const xlmem_vitals *v = scene->vitals;
    const xlmem__avail avail = xlmem__available(v);

    if (!XLMEM_KNOWS(&v->mem, mem_total_kb) || avail.foreign)
        return XLMEM_SEV_NOTE;
    if (is_stalling(v))
        return XLMEM_SEV_CRITICAL;
    return avail.known ? severity_of(scene, avail.high_kb) : XLMEM_SEV_NOTE;
}

/* Half as much again as where it begins to be little, so that it is not there
 * again at once; and of what is added itself a tenth. */
uint64_t xlmem__lacks_kb(const xlmem_scene *scene)
{
    const xlmem_vitals *v = scene->vitals;
    const xlmem__avail avail = xlmem__available(v);
    uint64_t mark_kb;

    if (!XLMEM_KNOWS(&v->mem, mem_total_kb) || !avail.known)
        return 0;
    mark_kb = low_mark_kb(v->mem.mem_total_kb);
    return xlmem__sub0(mark_kb + mark_kb / 2, avail.high_kb) / 9 * 10;
}

/* Little for certain is not what may be little. */
static bool is_open(const xlmem_scene *scene, const xlmem__avail *avail)
{
    return avail->foreign || !avail->known ||
           (severity_of(scene, avail->low_kb) > XLMEM_SEV_NOTE &&
            severity_of(scene, avail->high_kb) == XLMEM_SEV_NOTE);
}

/* ------------------------------------------------------------ in words --- */

static void prove_available(xlmem_finding *finding, const xlmem_scene *scene,
                            const xlmem__avail *avail)
{
    const xlmem_vitals *v = scene->vitals;

    if (avail->estimated)
        xlmem__prove_kb(finding, "available, estimated", avail->high_kb);
    else
        XLMEM__PROVE_MEM(finding, "MemAvailable", scene, mem_available_kb);
    XLMEM__PROVE_MEM(finding, "MemTotal", scene, mem_total_kb);
    if (avail->arc)
        XLMEM__PROVE_VITAL(finding, "ZFS' cache", &v->state, arc_kb,
                           XLMEM_UNIT_KB);
    if (XLMEM_KNOWS(&v->mem, swap_total_kb) && v->mem.swap_total_kb)
        xlmem__prove(finding, "swap in use",
                     xlmem__sub0(v->mem.swap_total_kb, v->mem.swap_free_kb),
                     XLMEM_UNIT_KB, XLMEM_SOURCE_OF(&v->mem, swap_free_kb));
    if (is_stalling(v))
        XLMEM__PROVE_VITAL(finding, "stalled for memory, avg60", &v->load,
                           mem_some60_bp, XLMEM_UNIT_SHARE);
}

/* What cannot be given up, by the kernel's lines, and how to see whose it is
 * (NULL: process by process). */
static const struct held {
    size_t offset; /* of xlmem_vitals_mem */
    const char *what, *remedy;
} held_by[] = {
#define HELD(field) offsetof(xlmem_vitals_mem, field)
    {HELD(anon_pages_kb), "processes' own memory", NULL},
    {HELD(shmem_kb), "shared memory and files in tmpfs",
     "df -h -t tmpfs; ipcs -m"},
    {HELD(sunreclaim_kb), "the kernel's own", "slabtop -o -s c | head -n 12"},
    {HELD(hugetlb_kb), "huge pages", "grep Huge /proc/meminfo"},
#undef HELD
};

static uint64_t held_kb(const xlmem_vitals_mem *mem, const struct held *held)
{
    return *(const uint64_t *)(const void *)((const char *)mem + held->offset);
}

/* What most is; NULL: of nothing it is known that it is a quarter of all. */
static const struct held *most_held(const xlmem_vitals_mem *mem)
{
    const struct held *most = &held_by[0];
    size_t i;

    for (i = 1; i < sizeof(held_by) / sizeof(held_by[0]); i++)
        if (held_kb(mem, &held_by[i]) > held_kb(mem, most))
            most = &held_by[i];
    return held_kb(mem, most) >= mem->mem_total_kb / 4 ? most : NULL;
}

static void say_most(xlmem_finding *finding, const xlmem_vitals *v,
                     const struct held *most, char *buf, size_t len)
{
    const size_t index = most ? most->offset / sizeof(uint64_t) - 1 : 0;

    buf[0] = '\0';
    /* Whose a process' own memory is, is said of the process. */
    if (!most || (!most->remedy && v->procs.nr_largest))
        return;
    xlmem__prove(finding, most->what, held_kb(&v->mem, most), XLMEM_UNIT_KB,
                 v->mem.source[index]);
    snprintf(buf, len, "  Most is %s: %s.", most->what,
             xlmem__mib_of(held_kb(&v->mem, most)).text);
}

static void say_largest(xlmem_finding *finding, const xlmem_vitals *v,
                        char *buf, size_t len)
{
    const xlmem_vitals_process *largest = &v->procs.largest[0];

    buf[0] = '\0';
    if (!v->procs.nr_largest)
        return;
    xlmem__prove_kb(finding, "largest process", largest->rss_kb);
    snprintf(buf, len, "  The largest process is %s (%llu) with %s.",
             xlmem__quote((xlmem__str){largest->comm,
                                       strnlen(largest->comm, XLMEM_COMM_MAX)})
                 .text,
             (unsigned long long)largest->pid,
             xlmem__mib_of(largest->rss_kb).text);
}

static void say_group(xlmem_finding *finding, const xlmem_scene *scene)
{
    const xlmem_vitals *v = scene->vitals;

    XLMEM__PROVE_MEM(finding, "MemFree", scene, mem_free_kb);
    xlmem__say(finding,
               "Tasks stall for memory though %s of %s are free: as a rule "
               "a group of them is at its own limit, and not the host.",
               xlmem__mib_of(v->mem.mem_free_kb).text,
               xlmem__mib_of(v->mem.mem_total_kb).text);
    xlmem__remedy(finding, "grep -s some /sys/fs/cgroup/*/memory.pressure "
                           "/sys/fs/cgroup/*/*/memory.pressure");
    xlmem__remedy(finding, "systemd-cgtop -m -n 1");
}

static void say_low(xlmem_finding *finding, const xlmem_scene *scene,
                    const xlmem__avail *avail)
{
    const xlmem_vitals *v = scene->vitals;
    const struct held *most = most_held(&v->mem);
    char held[96], process[128];

    say_most(finding, v, most, held, sizeof(held));
    say_largest(finding, v, process, sizeof(process));
    xlmem__say(finding, "%s of %s can be had%s%s.%s%s",
               xlmem__mib_of(avail->high_kb).text,
               xlmem__mib_of(v->mem.mem_total_kb).text,
               avail->estimated ? " (estimated: no MemAvailable)" : "",
               is_stalling(v) ? ", and tasks stall for memory" : "", held,
               process);
    if (most && most->remedy)
        xlmem__remedy(finding, "%s", most->remedy);
    else
        xlmem__doctor_cure(finding, XLMEM__DOCTOR_LOW);
}

void xlmem__doctor_low_memory(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem__avail avail = xlmem__available(scene->vitals);
    const xlmem_severity severity = xlmem__low_memory(scene);
    xlmem_finding *finding;

    if (severity == XLMEM_SEV_NOTE && is_open(scene, &avail)) {
        xlmem__doctor_leave_open(sink, XLMEM__DOCTOR_LOW, "proc/meminfo");
        xlmem__doctor_leave_open(sink, XLMEM__DOCTOR_LOW,
                                 "proc/pressure/memory");
    }
    if (severity == XLMEM_SEV_NOTE)
        return;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_LOW, severity);
    if (!finding)
        return;
    prove_available(finding, scene, &avail);
    if (xlmem__group_stalls(scene->vitals)) {
        say_group(finding, scene);
        return;
    }
    say_low(finding, scene, &avail);
    xlmem__say_growth(finding, scene, xlmem__lacks_kb(scene));
}
