/* SPDX-License-Identifier: LGPL-2.1-only */
/* What holds a kernel's memory, and what it was promised for. */
#include "model/doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#include "model/doctor/buddy.h"
#include "model/units.h"

#define MIB XLMEM__MIB_KB
#define GIB XLMEM__GIB_KB

/* --------------------------------------------------------- one moment --- */

static uint64_t listed_kb(const xlmem_vitals *v)
{
    uint64_t pages = 0;
    size_t i;

    for (i = 0; i < v->nr_zones; i++)
        pages = xlmem__add_sat(
            pages, xlmem__buddy_free((xlmem__buddy){v->zones[i].nr_orders,
                                                    v->zones[i].free_blocks}));
    return xlmem__mul_sat(pages, XLMEM__PAGE_KB);
}

/* Pages on CPUs' own lists are in one of the two only. */
static bool differ(uint64_t a, uint64_t b, uint64_t total_kb)
{
    const uint64_t more = xlmem__max(a, b), less = xlmem__min(a, b);

    return more - less >
           xlmem__max(more / 10, xlmem__add_sat(64 * MIB, total_kb / 100));
}

bool xlmem__one_moment(const xlmem_scene *scene)
{
    const xlmem_vitals *v = scene->vitals;

    return !XLMEM_KNOWS(&v->mem, mem_free_kb) ||
           !xlmem_vitals_has(v, XLMEM_DOC_BUDDYINFO) ||
           !differ(v->mem.mem_free_kb, listed_kb(v), v->mem.mem_total_kb);
}

void xlmem__doctor_inconsistent(const xlmem_scene *scene, xlmem__sink sink)
{
    xlmem_finding *finding;

    if (xlmem__one_moment(scene))
        return;
    finding =
        xlmem__doctor_find(sink, XLMEM__DOCTOR_INCONSISTENT, XLMEM_SEV_NOTE);
    XLMEM__PROVE_MEM(finding, "MemFree", scene, mem_free_kb);
    xlmem__prove(finding, "free by buddyinfo", listed_kb(scene->vitals),
                 XLMEM_UNIT_KB, (xlmem_source){"proc/buddyinfo", 0});
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_INCONSISTENT);
}

/* --------------------------------------------------------------- cache --- */

static uint64_t cache_kb(const xlmem_vitals_mem *mem)
{
    uint64_t kb = xlmem__add_sat(mem->buffers_kb, mem->cached_kb);

    kb = xlmem__sub0(kb, mem->shmem_kb);
    kb = xlmem__sub0(kb, mem->dirty_kb);
    return xlmem__sub0(kb, mem->writeback_kb);
}

/* 2 for each of the host's CPUs; 16 at most: where their number is not known
 * it must not take less. */
#define LOAD_BP (UINT64_C(16) * 10000)

/* Not loaded where at least half of the load is tasks that run: a host that
 * computes. */
static bool is_loaded(const xlmem_scene *scene)
{
    const xlmem_vitals_load *load = &scene->vitals->load;
    uint64_t mark = LOAD_BP;

    if (XLMEM_KNOWS(scene->host, nr_cpus))
        mark = xlmem__min(mark, xlmem__mul_sat(scene->host->nr_cpus, 20000));
    if (XLMEM_KNOWS(load, tasks_running) &&
        load->load1_bp <= xlmem__mul_sat(load->tasks_running, 20000))
        return false;
    return XLMEM_KNOWS(load, load1_bp) && load->load1_bp > mark;
}

/* I/O that is short would become shorter. */
static bool may_drop(const xlmem_vitals *v)
{
    const uint64_t dirty =
        xlmem__add_sat(v->mem.dirty_kb, v->mem.writeback_kb);

    return dirty <= v->mem.mem_total_kb / 20 &&
           !(XLMEM_KNOWS(&v->load, io_some10_bp) &&
             v->load.io_some10_bp >= 2000);
}

static const char *why_cache_matters(const xlmem_scene *scene, uint64_t kb)
{
    const bool much = kb >= scene->vitals->mem.mem_total_kb / 4;

    if (kb >= GIB && xlmem__one_moment(scene) && xlmem__is_fragmented(scene))
        return "what is free is in pieces too small";
    if (much && xlmem__low_memory(scene) > XLMEM_SEV_NOTE)
        return "memory is short";
    return much && is_loaded(scene) ? "" : NULL;
}

static void say_load(char *buf, size_t len, const xlmem_vitals_load *load)
{
    snprintf(buf, len, "the load is %llu.%llu, which nothing here explains",
             (unsigned long long)(load->load1_bp / 10000),
             (unsigned long long)(load->load1_bp % 10000 / 1000));
}

void xlmem__doctor_cache_held(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals *v = scene->vitals;
    const uint64_t kb = cache_kb(&v->mem);
    const char *why = why_cache_matters(scene, kb);
    xlmem_finding *finding;
    char load[80];

    if (!why)
        return;
    finding =
        xlmem__doctor_find(sink, XLMEM__DOCTOR_CACHE_HELD, XLMEM_SEV_NOTE);
    if (!finding)
        return;
    XLMEM__PROVE_MEM(finding, "Cached", scene, cached_kb);
    if (XLMEM_KNOWS(&v->mem, buffers_kb))
        XLMEM__PROVE_MEM(finding, "Buffers", scene, buffers_kb);
    XLMEM__PROVE_MEM(finding, "MemTotal", scene, mem_total_kb);
    if (is_loaded(scene))
        XLMEM__PROVE_VITAL(finding, "load", &v->load, load1_bp,
                           XLMEM_UNIT_LOAD);
    say_load(load, sizeof(load), &v->load);
    xlmem__say(finding, "The page cache holds %s of %s, and %s.",
               xlmem__mib_of(kb).text, xlmem__mib_of(v->mem.mem_total_kb).text,
               *why ? why : load);
    if (may_drop(v))
        xlmem__doctor_cure(finding, XLMEM__DOCTOR_CACHE_HELD);
}

/* ---------------------------------------------------------------- slab --- */

void xlmem__doctor_slab_reclaimable(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals_mem *mem = &scene->vitals->mem;
    xlmem_finding *finding;

    if (mem->sreclaimable_kb < mem->mem_total_kb / 4)
        return;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_SLAB_RECLAIMABLE,
                                 XLMEM_SEV_NOTE);
    XLMEM__PROVE_MEM(finding, "SReclaimable", scene, sreclaimable_kb);
    XLMEM__PROVE_MEM(finding, "MemTotal", scene, mem_total_kb);
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_SLAB_RECLAIMABLE);
}

/* What ZFS keeps there is a cache. */
static uint64_t unreclaimable_kb(const xlmem_vitals *v)
{
    return XLMEM_KNOWS(&v->state, arc_kb)
               ? xlmem__sub0(v->mem.sunreclaim_kb, v->state.arc_kb)
               : v->mem.sunreclaim_kb;
}

/* Back ends of many guests, or ZFS, beside a quarter of memory that can be
 * had: worth knowing.  More than half, or little else: it fails next. */
static xlmem_severity judge_slab(const xlmem_vitals *v)
{
    const xlmem__avail avail = xlmem__available(v);

    return avail.known && avail.high_kb >= v->mem.mem_total_kb / 4 &&
                   unreclaimable_kb(v) < v->mem.mem_total_kb / 2
               ? XLMEM_SEV_NOTE
               : XLMEM_SEV_WARNING;
}

static void find_slab(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals *v = scene->vitals;
    xlmem_finding *finding;

    if (unreclaimable_kb(v) < v->mem.mem_total_kb / 4)
        return;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_SLAB_UNRECLAIMABLE,
                                 judge_slab(v));
    XLMEM__PROVE_MEM(finding, "SUnreclaim", scene, sunreclaim_kb);
    XLMEM__PROVE_MEM(finding, "MemTotal", scene, mem_total_kb);
    xlmem__say(finding,
               "%s of %s are the kernel's own and are not given back: a leak"
               "%s.",
               xlmem__mib_of(v->mem.sunreclaim_kb).text,
               xlmem__mib_of(v->mem.mem_total_kb).text,
               XLMEM_KNOWS(&v->state, arc_kb) ? "" : ", or the cache of ZFS");
    xlmem__doctor_cure(finding, XLMEM__DOCTOR_SLAB_UNRECLAIMABLE);
}

static const xlmem_vitals_zone *zone_in_dump(const xlmem_log_dump *dump,
                                             const char *name)
{
    size_t i;

    for (i = 0; i < dump->nr_zones; i++)
        if (!strcmp(dump->zones[i].name, name))
            return &dump->zones[i];
    return NULL;
}

/* A 32-bit kernel lives in Normal, whatever HighMem has. */
static void find_slab_in_dump(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_log_dump *dump = scene->vitals->dump;
    const xlmem_source line = {"dmesg", 0};
    const xlmem_vitals_zone *zone;
    xlmem_finding *finding;
    xlmem_source at = line;

    if (!dump || !zone_in_dump(dump, "HighMem"))
        return;
    zone = zone_in_dump(dump, "Normal");
    if (!zone || !XLMEM_KNOWS(zone, slab_unreclaimable_pages) ||
        !XLMEM_KNOWS(zone, present_pages) ||
        zone->slab_unreclaimable_pages < zone->present_pages / 2)
        return;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_SLAB_UNRECLAIMABLE,
                                 XLMEM_SEV_WARNING);
    if (!finding)
        return;
    at.line = zone->zone_line;
    xlmem__about(finding, 0, "zone Normal");
    xlmem__prove(finding, "slab_unreclaimable",
                 zone->slab_unreclaimable_pages * XLMEM__PAGE_KB,
                 XLMEM_UNIT_KB, at);
    xlmem__prove(finding, "present", zone->present_pages * XLMEM__PAGE_KB,
                 XLMEM_UNIT_KB, at);
    xlmem__prove(finding, "free", zone->free_pages * XLMEM__PAGE_KB,
                 XLMEM_UNIT_KB, at);
    xlmem__say(
        finding,
        "%s of %s of low memory were the kernel's own when it printed "
        "a dump%s; a 32-bit kernel cannot use HighMem instead.",
        xlmem__mib_of(zone->slab_unreclaimable_pages * XLMEM__PAGE_KB).text,
        xlmem__mib_of(zone->present_pages * XLMEM__PAGE_KB).text,
        scene->vitals->dump_of == XLMEM_LOG_NONE
            ? " (for an allocation whose order is not recorded)"
            : "");
    xlmem__doctor_cure(finding, XLMEM__DOCTOR_SLAB_UNRECLAIMABLE);
}

void xlmem__doctor_slab_unreclaimable(const xlmem_scene *scene,
                                      xlmem__sink sink)
{
    const xlmem_vitals_mem *mem = &scene->vitals->mem;

    if (XLMEM_KNOWS(mem, sunreclaim_kb) && XLMEM_KNOWS(mem, mem_total_kb) &&
        mem->mem_total_kb)
        find_slab(scene, sink);
    else
        xlmem__doctor_leave_open(sink, XLMEM__DOCTOR_SLAB_UNRECLAIMABLE,
                                 "proc/meminfo");
    find_slab_in_dump(scene, sink);
}

/* --------------------------------------------------------- unaccounted --- */

/* Recorded hosts have 1.1 % at most that no line tells of: made up of drivers'
 * buffers. */
#define UNACCOUNTED_LEAST_KB (64 * MIB)

/* Every line by which pages are told, and not the newest alone: where one is
 * missing (VmallocUsed is 0 from Linux 4.4 to 5.2, Percpu came with 4.20) what
 * is used would look as if nobody used it.  Of huge pages a kernel that cannot
 * have them, as a PV dom0's, has no line, and its next ones are DirectMap. */
bool xlmem__knows_parts(const xlmem_vitals_mem *mem)
{
    return XLMEM_KNOWS(mem, mem_free_kb) && XLMEM_KNOWS(mem, buffers_kb) &&
           XLMEM_KNOWS(mem, cached_kb) && XLMEM_KNOWS(mem, anon_pages_kb) &&
           XLMEM_KNOWS(mem, slab_kb) && XLMEM_KNOWS(mem, kernel_stack_kb) &&
           XLMEM_KNOWS(mem, page_tables_kb) && XLMEM_KNOWS(mem, percpu_kb) &&
           XLMEM_KNOWS(mem, vmalloc_used_kb) && mem->vmalloc_used_kb &&
           (XLMEM_KNOWS(mem, hugetlb_kb) ||
            (XLMEM_KNOWS(mem, hugepages_total) &&
             XLMEM_KNOWS(mem, hugepage_size_kb)) ||
            XLMEM_KNOWS(mem, direct_map_4k_kb));
}

static uint64_t accounted_kb(const xlmem_vitals_mem *mem)
{
    const uint64_t parts[] = {
        mem->mem_free_kb,     mem->buffers_kb,         mem->cached_kb,
        mem->swap_cached_kb,  mem->anon_pages_kb,      mem->slab_kb,
        mem->kernel_stack_kb, mem->page_tables_kb,     mem->percpu_kb,
        mem->vmalloc_used_kb, mem->sec_page_tables_kb, xlmem__huge_kb(mem),
    };
    uint64_t kb = 0;
    size_t i;

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        kb = xlmem__add_sat(kb, parts[i]);
    return kb;
}

void xlmem__doctor_unaccounted(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals *v = scene->vitals;
    const uint64_t total_kb = v->mem.mem_total_kb;
    const uint64_t kb = xlmem__sub0(total_kb, accounted_kb(&v->mem));
    xlmem_finding *finding;

    if (kb < total_kb / 10 || kb < UNACCOUNTED_LEAST_KB ||
        xlmem__available(v).foreign)
        return;
    finding =
        xlmem__doctor_find(sink, XLMEM__DOCTOR_UNACCOUNTED, XLMEM_SEV_NOTE);
    if (!finding)
        return;
    xlmem__prove_kb(finding, "in no line of meminfo", kb);
    XLMEM__PROVE_MEM(finding, "MemTotal", scene, mem_total_kb);
    if (XLMEM_KNOWS(&v->state, arc_kb))
        XLMEM__PROVE_VITAL(finding, "ZFS' cache", &v->state, arc_kb,
                           XLMEM_UNIT_KB);
    xlmem__say(finding,
               "%s of %s are used by what no line of meminfo has: a driver%s.",
               xlmem__mib_of(kb).text, xlmem__mib_of(total_kb).text,
               XLMEM_KNOWS(&v->state, arc_kb) ? ", or a part of ZFS' cache"
                                              : ", or the cache of ZFS");
}

/* ---------------------------------------------------------------- swap --- */

static bool is_swapping_in(const xlmem_scene *scene)
{
    const xlmem_vitals_counts *now = &scene->vitals->counts;

    return scene->before && XLMEM_KNOWS(now, pswpin) &&
           XLMEM_KNOWS(&scene->before->vitals->counts, pswpin) &&
           now->pswpin > scene->before->vitals->counts.pswpin;
}

void xlmem__doctor_swap_full(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals_mem *mem = &scene->vitals->mem;
    const bool matters =
        xlmem__low_memory(scene) > XLMEM_SEV_NOTE || is_swapping_in(scene);
    xlmem_finding *finding;

    if (!mem->swap_total_kb || mem->swap_free_kb >= mem->swap_total_kb / 20)
        return;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_SWAP_FULL,
                                 matters ? XLMEM_SEV_WARNING : XLMEM_SEV_NOTE);
    XLMEM__PROVE_MEM(finding, "SwapFree", scene, swap_free_kb);
    XLMEM__PROVE_MEM(finding, "SwapTotal", scene, swap_total_kb);
    XLMEM__PROVE_MEM(finding, "MemTotal", scene, mem_total_kb);
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_SWAP_FULL);
}

void xlmem__doctor_swap_on_zfs(const xlmem_scene *scene, xlmem__sink sink)
{
    xlmem_finding *finding;

    if (!scene->vitals->state.swap_zfs_kb)
        return;
    finding =
        xlmem__doctor_find(sink, XLMEM__DOCTOR_SWAP_ON_ZFS, XLMEM_SEV_NOTE);
    XLMEM__PROVE_VITAL(finding, "swap on ZFS volumes", &scene->vitals->state,
                       swap_zfs_kb, XLMEM_UNIT_KB);
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_SWAP_ON_ZFS);
}

/* ------------------------------------------------------------ promises --- */

static xlmem_severity judge_promises(const xlmem_vitals *v, uint64_t have_kb)
{
    const uint64_t committed_kb = v->mem.committed_as_kb;

    if (XLMEM_KNOWS(&v->state, overcommit_memory) &&
        v->state.overcommit_memory == 2 &&
        XLMEM_KNOWS(&v->mem, commit_limit_kb) &&
        committed_kb > v->mem.commit_limit_kb)
        return XLMEM_SEV_WARNING;
    if (committed_kb / 3 >= have_kb)
        return XLMEM_SEV_WARNING;
    return XLMEM_SEV_NOTE;
}

void xlmem__doctor_overcommitted(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals *v = scene->vitals;
    const uint64_t have_kb =
        xlmem__add_sat(v->mem.mem_total_kb, v->mem.swap_total_kb);
    const xlmem_severity severity = judge_promises(v, have_kb);
    const uint64_t tenths =
        xlmem__mul_sat(v->mem.committed_as_kb, 10) / have_kb;
    xlmem_finding *finding;

    if (xlmem__available(v).foreign) {
        xlmem__doctor_leave_open(sink, XLMEM__DOCTOR_OVERCOMMITTED,
                                 "proc/meminfo");
        return;
    }
    if (severity == XLMEM_SEV_NOTE && tenths < 15)
        return;
    finding = xlmem__doctor_find(sink, XLMEM__DOCTOR_OVERCOMMITTED, severity);
    if (!finding)
        return;
    XLMEM__PROVE_MEM(finding, "Committed_AS", scene, committed_as_kb);
    XLMEM__PROVE_MEM(finding, "MemTotal", scene, mem_total_kb);
    if (XLMEM_KNOWS(&v->mem, swap_total_kb))
        XLMEM__PROVE_MEM(finding, "SwapTotal", scene, swap_total_kb);
    xlmem__say(finding,
               "Processes were promised %s, %llu.%llu times memory and swap "
               "together.",
               xlmem__mib_of(v->mem.committed_as_kb).text,
               (unsigned long long)(tenths / 10),
               (unsigned long long)(tenths % 10));
    xlmem__doctor_cure(finding, XLMEM__DOCTOR_OVERCOMMITTED);
}

void xlmem__doctor_hugepages_idle(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals_mem *mem = &scene->vitals->mem;
    const uint64_t kb =
        xlmem__mul_sat(mem->hugepages_free, mem->hugepage_size_kb);
    xlmem_finding *finding;

    if (kb < mem->mem_total_kb / 10 || !kb ||
        xlmem__low_memory(scene) == XLMEM_SEV_NOTE)
        return;
    finding =
        xlmem__doctor_find(sink, XLMEM__DOCTOR_HUGEPAGES_IDLE, XLMEM_SEV_NOTE);
    xlmem__prove_kb(finding, "huge pages not used", kb);
    XLMEM__PROVE_VITAL(finding, "HugePages_Free", mem, hugepages_free,
                       XLMEM_UNIT_COUNT);
    xlmem__doctor_tell(finding, XLMEM__DOCTOR_HUGEPAGES_IDLE);
}

/* ---------------------------------------------------------------- load --- */

void xlmem__doctor_load_stuck(const xlmem_scene *scene, xlmem__sink sink)
{
    const xlmem_vitals_load *load = &scene->vitals->load;
    const uint64_t tens = load->load1_bp / 10 / 10000;
    xlmem_finding *finding;

    if (load->load1_bp < UINT64_C(100) * 10000 || tens < load->tasks_running)
        return;
    finding =
        xlmem__doctor_find(sink, XLMEM__DOCTOR_LOAD_STUCK, XLMEM_SEV_WARNING);
    if (!finding)
        return;
    XLMEM__PROVE_VITAL(finding, "tasks running", load, tasks_running,
                       XLMEM_UNIT_COUNT);
    XLMEM__PROVE_VITAL(finding, "load", load, load1_bp, XLMEM_UNIT_LOAD);
    xlmem__say(finding,
               "The load is %llu and %llu task%s: the others wait "
               "uninterruptibly, for a lock or a device.",
               (unsigned long long)(load->load1_bp / 10000),
               (unsigned long long)load->tasks_running,
               load->tasks_running == 1 ? " runs" : "s run");
    xlmem__doctor_cure(finding, XLMEM__DOCTOR_LOAD_STUCK);
}
