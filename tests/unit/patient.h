/* SPDX-License-Identifier: LGPL-2.1-only */
/* A healthy host whose every fact is known, for the doctor. */
#ifndef XLMEM_PATIENT_H
#define XLMEM_PATIENT_H

#include "sample_host.h"

#include "model/doctor/doctor.h"

#define NR_ZONES 3
#define NR_EVENTS 4

/* One reading; owns nothing. */
typedef struct reading {
    sample s;
    xlmem_vitals vitals;
    xlmem_vitals_zone zones[NR_ZONES];
    xlmem_log_event events[NR_EVENTS];
    xlmem_log_dump dump;
    xlmem_scene scene;
    char line[96];
} reading;

typedef struct patient {
    reading now, before;
    xlmem_findings found;
} patient;

static inline void set_zone(xlmem_vitals_zone *zone, const char *name,
                            uint64_t managed_pages)
{
    size_t o;

    *zone = (xlmem_vitals_zone){.buddy_line = 1};
    strcpy(zone->name, name);
    XLMEM_SET(zone, node, 0);
    XLMEM_SET(zone, min_pages, 100);
    XLMEM_SET(zone, low_pages, 200);
    XLMEM_SET(zone, high_pages, 300);
    XLMEM_SET(zone, managed_pages, managed_pages);
    XLMEM_SET(zone, present_pages, managed_pages);
    XLMEM_SET(zone, nr_protection, 4);
    XLMEM_SET(zone, nr_orders, 11);
    for (o = 0; o < 11; o++)
        zone->free_blocks[o] = 64;
}

static inline void set_memory(xlmem_vitals_mem *mem)
{
    XLMEM_SET(mem, mem_total_kb, 8 * GIB);
    XLMEM_SET(mem, mem_free_kb, 2 * 64 * 2047 * 4 + 12);
    XLMEM_SET(mem, mem_available_kb, 4 * GIB);
    XLMEM_SET(mem, buffers_kb, 0);
    XLMEM_SET(mem, cached_kb, GIB);
    XLMEM_SET(mem, shmem_kb, 0);
    XLMEM_SET(mem, dirty_kb, 0);
    XLMEM_SET(mem, writeback_kb, 0);
    XLMEM_SET(mem, sreclaimable_kb, GIB);
    XLMEM_SET(mem, sunreclaim_kb, GIB);
    XLMEM_SET(mem, slab_kb, 2 * GIB);
    XLMEM_SET(mem, anon_pages_kb, 4 * GIB - 64 * MIB);
    XLMEM_SET(mem, kernel_stack_kb, 16 * MIB);
    XLMEM_SET(mem, page_tables_kb, 16 * MIB);
    XLMEM_SET(mem, percpu_kb, 16 * MIB);
    XLMEM_SET(mem, vmalloc_used_kb, 16 * MIB);
    XLMEM_SET(mem, hugetlb_kb, 0);
    XLMEM_SET(mem, swap_total_kb, GIB);
    XLMEM_SET(mem, swap_free_kb, GIB);
    XLMEM_SET(mem, committed_as_kb, 8 * GIB);
    XLMEM_SET(mem, commit_limit_kb, 5 * GIB);
    XLMEM_SET(mem, hugepages_free, 0);
    XLMEM_SET(mem, hugepage_size_kb, 2048);
}

static inline void set_rest(xlmem_vitals *v)
{
    XLMEM_SET(&v->load, load1_bp, 10000);
    XLMEM_SET(&v->load, tasks_running, 2);
    XLMEM_SET(&v->load, mem_some60_bp, 0);
    XLMEM_SET(&v->state, hash_kb, 16 * MIB);
    XLMEM_SET(&v->state, hash_entries, 1048576);
    XLMEM_SET(&v->state, nr_offline, 0);
    XLMEM_SET(&v->state, block_kb, 128 * MIB);
    XLMEM_SET(&v->state, guest_log_all, 1);
    XLMEM_SET(&v->state, overcommit_memory, 0);
    XLMEM_SET(&v->state, swap_zfs_kb, 0);
    XLMEM_SET(&v->procs, xenstored_ms, 1000);
    XLMEM_SET(&v->procs, xenstored_pid, 900);
    XLMEM_SET(&v->procs, nr_mmap, 0);
    XLMEM_SET(&v->counts, pswpin, 100);
    XLMEM_SET(&v->counts, allocstall, 100);
}

static inline void reading_init(reading *r)
{
    xlmem_host *host = &r->s.host;

    memset(r, 0, sizeof(*r));
    sample_init(&r->s, 4 * GIB);
    r->s.doms[0].tot_kb = 8 * GIB;
    r->s.doms[0].target_kb = 8 * GIB;
    r->s.doms[0].maxmem_kb = 8 * GIB;
    XLMEM_SET(&host->dom0, balloon_target_kb, 8 * GIB);
    XLMEM_SET(&host->dom0, balloon_current_kb, 8 * GIB);
    strcpy(r->line, "dom0_mem=8G,max:8G");
    host->xen_cmdline = r->line;
    add_dom(&r->s, 7, GIB);
    XLMEM_SET(&r->s.doms[1], static_max_kb, GIB);
    r->vitals.docs = (1U << XLMEM_NR_DOCS) - 1;
    r->vitals.zones = r->zones;
    r->vitals.nr_zones = NR_ZONES;
    r->vitals.events = r->events;
    set_zone(&r->zones[0], "DMA", 3900);
    set_zone(&r->zones[1], "DMA32", 700000);
    set_zone(&r->zones[2], "Normal", 1200000);
    memset(r->zones[0].free_blocks, 0, sizeof(r->zones[0].free_blocks));
    r->zones[0].free_blocks[0] = 3;
    set_memory(&r->vitals.mem);
    set_rest(&r->vitals);
    r->scene = (xlmem_scene){
        .host = host,
        .policy = &r->s.policy,
        .vitals = &r->vitals,
        .autoballoon_known = true,
    };
}

static inline void patient_init(patient *p)
{
    reading_init(&p->now);
    reading_init(&p->before);
    p->now.scene.before = &p->before.scene;
    p->now.scene.apart_ms = 100000;
}

static inline xlmem_log_event *add_event(patient *p, xlmem_log_kind kind)
{
    xlmem_log_event *e = &p->now.events[p->now.vitals.nr_events++];

    *e = (xlmem_log_event){.kind = kind, .source = {"dmesg", 7}};
    XLMEM_SET(e, count, 1);
    return e;
}

/* DMA32 keeps all that it has for others; of Normal there are so many blocks
 * of order 3, among free pages of which 95 % are smaller. */
static inline void set_blocks(patient *p, uint64_t order3, uint64_t singles)
{
    xlmem_vitals_zone *normal = &p->now.zones[2];

    memset(normal->free_blocks, 0, sizeof(normal->free_blocks));
    normal->free_blocks[0] = singles;
    normal->free_blocks[3] = order3;
    p->now.zones[1].protection[2] = 1000000;
    p->now.vitals.mem.known &=
        ~XLMEM_FACT_BIT(&p->now.vitals.mem, mem_free_kb);
}

/* Judge it; the lists and texts are whole. */
static inline void examine(patient *p)
{
    size_t i, j;

    xlmem__doctor(&p->now.scene, &p->found);
    assert_int_equal(p->found.nr_lost, 0);
    for (i = 0; i < p->found.nr; i++) {
        const xlmem_finding *f = &p->found.list[i];

        if (f->nr_cut)
            print_message("cut: %s: %s\n", f->id, f->text);
        assert_int_equal(f->nr_cut, 0);
        assert_true(*f->text);
        assert_null(strpbrk(f->text, "{}?"));
        assert_true(f->nr_evidence || !strcmp(f->id, "autoballoon"));
        for (j = 0; j < f->nr_remedies; j++)
            assert_null(strpbrk(xlmem_finding_remedy(f, j), "{}?"));
        if (i)
            assert_true(f->severity <= p->found.list[i - 1].severity);
    }
}

static inline const xlmem_finding *found_by(const patient *p, const char *id)
{
    size_t i;

    for (i = 0; i < p->found.nr; i++)
        if (!strcmp(p->found.list[i].id, id))
            return &p->found.list[i];
    return NULL;
}

#endif /* XLMEM_PATIENT_H */
