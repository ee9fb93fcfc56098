/* SPDX-License-Identifier: LGPL-2.1-only */
/* Each rule of the doctor, at its threshold and one step below. */
#include "ill_logs.h"

/* Makes a healthy host ill, or (@ill false) as nearly so as it may be. */
typedef void make_fn(patient *p, bool ill);

static void lose_moment(patient *p, bool ill)
{
    const uint64_t listed = 2 * 64 * 2047 * 4 + 12;

    /* 64 MiB and 1 % of 8 GiB, above a tenth of what is free. */
    p->now.vitals.mem.mem_free_kb =
        listed + 64 * MIB + 8 * GIB / 100 + (ill ? 1 : 0);
}

static void fragment(patient *p, bool ill)
{
    set_blocks(p, ill ? 511 : 512, 400000);
}

static void lower_memory(patient *p, bool ill)
{
    p->now.vitals.mem.mem_available_kb = 8 * GIB / 10 - (ill ? 1 : 0);
}

static void hold_cache(patient *p, bool ill)
{
    lower_memory(p, true);
    p->now.vitals.mem.cached_kb = 2 * GIB - (ill ? 0 : 1);
}

static void fill_slab(patient *p, bool ill)
{
    p->now.vitals.mem.sreclaimable_kb = 2 * GIB - (ill ? 0 : 1);
}

static void leak_slab(patient *p, bool ill)
{
    p->now.vitals.mem.mem_available_kb = 2 * GIB - 1;
    p->now.vitals.mem.sunreclaim_kb = 2 * GIB - (ill ? 0 : 1);
}

/* The patient's lines leave 500 kB: of its free lists. */
static void leak_pages(patient *p, bool ill)
{
    p->now.vitals.mem.anon_pages_kb -= 8 * GIB / 10 - 500 - (ill ? 0 : 1);
}

static void leak_beside(patient *p, bool ill)
{
    p->now.vitals.mem.sunreclaim_kb = 2 * GIB;
    p->now.vitals.mem.mem_available_kb = 2 * GIB - (ill ? 1 : 0);
}

static void fill_swap(patient *p, bool ill)
{
    p->now.vitals.mem.swap_free_kb = GIB / 20 - (ill ? 1 : 0);
}

static void swap_to_zfs(patient *p, bool ill)
{
    p->now.vitals.state.swap_zfs_kb = ill ? 1 : 0;
}

static void promise(patient *p, bool ill)
{
    p->now.vitals.mem.committed_as_kb = 27 * GIB - (ill ? 0 : 1);
}

static void set_hugepages_aside(patient *p, bool ill)
{
    lower_memory(p, true);
    p->now.vitals.mem.hugepages_free = ill ? 410 : 409;
}

static void load(patient *p, bool ill)
{
    p->now.vitals.load.load1_bp = 100 * 10000 - (ill ? 0 : 1);
    p->now.vitals.load.tasks_running = 10;
}

static void size_tables(patient *p, bool ill)
{
    p->now.vitals.state.hash_entries = 4 * MIB * MIB;
    p->now.vitals.state.hash_kb = 8 * GIB / 50 - (ill ? 0 : 1);
}

static void lock_map(patient *p, bool ill)
{
    xlmem_vitals_procs *now = &p->now.vitals.procs;
    xlmem_vitals_procs *then = &p->before.vitals.procs;

    now->nr_mmap = now->nr_stuck = then->nr_mmap = then->nr_stuck = 1;
    now->stuck[0] = (xlmem_vitals_process){
        .pid = 5, .tid = 6, .for_map = true, .comm = "qemu"};
    then->stuck[0] = now->stuck[0];
    then->stuck[0].tid += ill ? 0 : 1;
}

/* The same thread at both readings, which waits for a disk or for the lock. */
static void wait_for_disk_or_lock(patient *p, bool ill)
{
    lock_map(p, true);
    p->now.vitals.procs.stuck[0].for_map = ill;
}

static void keep_xenstored_busy(patient *p, bool ill)
{
    p->now.vitals.procs.xenstored_ms = 1000 + 30000 - (ill ? 0 : 1);
}

static void silence_xenstored(patient *p, bool ill)
{
    p->now.scene.store_silent = ill;
}

/* ---------------------------------------------------------- Xen, sizes --- */

static void set_balloon(reading *r, uint64_t current_kb)
{
    XLMEM_SET(&r->s.host.dom0, balloon_current_kb, current_kb);
}

static void stick(patient *p, bool ill)
{
    p->now.scene.apart_ms = ill ? 35000 : 34999;
    set_balloon(&p->now, 8 * GIB + MIB + 1);
    set_balloon(&p->before, 8 * GIB + MIB + 1);
}

static void miss_target(patient *p, bool ill)
{
    p->now.scene.before = NULL;
    set_balloon(&p->now, 8 * GIB + MIB + (ill ? 1 : 0));
}

static void leave_offline(patient *p, bool ill)
{
    p->now.vitals.state.nr_offline = ill ? 1 : 0;
}

static void contradict(patient *p, bool ill)
{
    p->now.s.doms[1].static_max_kb = GIB - (ill ? 1 : 0);
}

static void forget_max(patient *p, bool ill)
{
    if (ill)
        strcpy(p->now.line, "dom0_mem=8G");
}

static void release(patient *p, bool ill)
{
    const uint64_t kb = 8 * GIB - 64 * MIB + (ill ? 0 : 1);

    p->now.s.doms[0].known &= ~XLMEM_FACT_BIT(&p->now.s.doms[0], target_kb);
    set_balloon(&p->now, kb);
    p->now.s.host.dom0.balloon_target_kb = kb;
}

/* xl mem-set has told it to come back: it is on its way. */
static void release_and_return(patient *p, bool ill)
{
    release(p, true);
    p->now.s.host.dom0.balloon_target_kb += MIB + (ill ? 0 : 1);
}

static void shrink(patient *p, bool ill)
{
    strcpy(p->now.line, "placeholder");
    p->now.s.doms[0].tot_kb = ill ? 8 * GIB : 40 * GIB;
}

static void balloon_by_itself(patient *p, bool ill)
{
    p->now.scene.autoballoon = ill;
}

static void size_dom0(patient *p, bool ill)
{
    xlmem_recommendation size;

    assert_int_equal(xlmem_size(&p->now.s.host, NULL, &size), 0);
    p->now.s.doms[0].tot_kb =
        size.dom0_mem_kb + size.dom0_mem_kb / 4 + (ill ? 4 * GIB : 0);
}

static void empty_xen(patient *p, bool ill)
{
    p->now.s.host.free_kb = 72 * MIB - (ill ? 1 : 0);
}

static void promise_much(patient *p, bool ill)
{
    p->now.s.doms[1].static_max_kb = 56 * GIB + (ill ? 1 : 0);
}

static void die(patient *p, bool ill)
{
    XLMEM_SET(&p->now.s.doms[1], dying, 1);
    XLMEM_SET(&p->before.s.doms[1], dying, 1);
    p->now.scene.apart_ms = ill ? 60000 : 59999;
}

/* ----------------------------------------------- other thresholds --- */

static void promise_less(patient *p, bool ill)
{
    p->now.vitals.mem.committed_as_kb = 27 * GIB / 2 - (ill ? 0 : 1);
}

/* 511 blocks of 8, and 949 or 950 of 1000 pages in smaller ones. */
static void use_up_share(patient *p, bool ill)
{
    set_blocks(p, 511, ill ? 77672 : 77671);
}

static void use_up_order_2(patient *p, bool ill)
{
    set_blocks(p, 0, 400000);
    p->now.zones[2].free_blocks[1] = 2000;
    p->now.zones[2].free_blocks[2] = ill ? 0 : 1;
}

static void fail_of_order_3(patient *p, bool ill)
{
    xlmem_log_event *e = add_event(p, XLMEM_LOG_ALLOC_FAILED);

    fragment(p, true);
    XLMEM_SET(e, order, ill ? 3 : 4);
}

static void exhaust(patient *p, bool ill)
{
    p->now.vitals.mem.mem_available_kb =
        xlmem__min(8 * GIB / 100 * 3, 256 * MIB) - (ill ? 1 : 0);
}

static void stall(patient *p, bool ill)
{
    p->now.vitals.load.mem_some60_bp = ill ? 2000 : 1999;
}

static void reclaim(patient *p, bool ill)
{
    lower_memory(p, true);
    p->now.vitals.counts.allocstall += ill ? 1 : 0;
}

static void swap_in(patient *p, bool ill)
{
    fill_swap(p, true);
    p->now.vitals.counts.pswpin += ill ? 1 : 0;
}

static void hold_cache_loaded(patient *p, bool ill)
{
    p->now.vitals.mem.cached_kb = 2 * GIB;
    p->now.vitals.load.load1_bp = 16 * 10000 + (ill ? 1 : 0);
}

static void kill_within_a_day(patient *p, bool ill)
{
    xlmem_log_event *e = add_event(p, XLMEM_LOG_OOM);

    XLMEM_SET(e, age_s, 24 * 3600 + (ill ? 0 : 1));
}

static void stick_far(patient *p, bool ill)
{
    p->now.scene.before = NULL;
    set_balloon(&p->now, 8 * GIB + GIB / 2 - (ill ? 0 : GIB / 4));
}

static void exceed_maxmem(patient *p, bool ill)
{
    p->now.s.doms[1].maxmem_kb = GIB - 2 * MIB - (ill ? 1 : 0);
}

static void forget_max_of_small(patient *p, bool ill)
{
    uint64_t kb = ill ? 2 * GIB : 8 * GIB;

    strcpy(p->now.line, ill ? "dom0_mem=2G" : "dom0_mem=8G");
    set_balloon(&p->now, kb);
    p->now.s.host.dom0.balloon_target_kb = kb;
    p->now.s.doms[0].target_kb = kb;
    p->now.s.doms[0].tot_kb = kb;
    if (ill)
        lower_memory(p, true);
}

static void shrink_too_far(patient *p, bool ill)
{
    shrink(p, true);
    lower_memory(p, ill);
}

static void empty_all_of_xen(patient *p, bool ill)
{
    p->now.s.host.free_kb = GIB;
    p->now.s.host.outstanding_kb = GIB - (ill ? 0 : 1);
}

static void promise_by_maxmem(patient *p, bool ill)
{
    p->now.s.doms[1].maxmem_kb = 56 * GIB + 2 * MIB + (ill ? 1 : 0);
}

static const struct {
    xlmem__doctor_id id;
    xlmem_severity severity;
    make_fn *make;
} cases[] = {
    {XLMEM__DOCTOR_INCONSISTENT, XLMEM_SEV_NOTE, lose_moment},
    {XLMEM__DOCTOR_FRAGMENTED, XLMEM_SEV_WARNING, fragment},
    {XLMEM__DOCTOR_LOW, XLMEM_SEV_WARNING, lower_memory},
    {XLMEM__DOCTOR_CACHE_HELD, XLMEM_SEV_NOTE, hold_cache},
    {XLMEM__DOCTOR_SLAB_RECLAIMABLE, XLMEM_SEV_NOTE, fill_slab},
    {XLMEM__DOCTOR_SLAB_UNRECLAIMABLE, XLMEM_SEV_WARNING, leak_slab},
    {XLMEM__DOCTOR_UNACCOUNTED, XLMEM_SEV_NOTE, leak_pages},
    {XLMEM__DOCTOR_SWAP_FULL, XLMEM_SEV_NOTE, fill_swap},
    {XLMEM__DOCTOR_SWAP_ON_ZFS, XLMEM_SEV_NOTE, swap_to_zfs},
    {XLMEM__DOCTOR_OVERCOMMITTED, XLMEM_SEV_WARNING, promise},
    {XLMEM__DOCTOR_OVERCOMMITTED, XLMEM_SEV_NOTE, promise_less},
    {XLMEM__DOCTOR_FRAGMENTED, XLMEM_SEV_WARNING, use_up_share},
    {XLMEM__DOCTOR_FRAGMENTED, XLMEM_SEV_CRITICAL, use_up_order_2},
    {XLMEM__DOCTOR_FRAGMENTED, XLMEM_SEV_CRITICAL, fail_of_order_3},
    {XLMEM__DOCTOR_LOW, XLMEM_SEV_CRITICAL, exhaust},
    {XLMEM__DOCTOR_LOW, XLMEM_SEV_CRITICAL, stall},
    {XLMEM__DOCTOR_LOW, XLMEM_SEV_CRITICAL, reclaim},
    {XLMEM__DOCTOR_SWAP_FULL, XLMEM_SEV_WARNING, swap_in},
    {XLMEM__DOCTOR_SLAB_UNRECLAIMABLE, XLMEM_SEV_WARNING, leak_beside},
    {XLMEM__DOCTOR_CACHE_HELD, XLMEM_SEV_NOTE, hold_cache_loaded},
    {XLMEM__DOCTOR_ALLOC_FAILED, XLMEM_SEV_CRITICAL, lose_packets},
    {XLMEM__DOCTOR_ALLOC_FAILED, XLMEM_SEV_CRITICAL, lose_unprinted},
    {XLMEM__DOCTOR_ALLOC_FAILED, XLMEM_SEV_WARNING, do_without},
    {XLMEM__DOCTOR_OOM_KILL, XLMEM_SEV_CRITICAL, kill_within_a_day},
    {XLMEM__DOCTOR_BALLOON_STUCK, XLMEM_SEV_WARNING, stick_far},
    {XLMEM__DOCTOR_CONTRADICT, XLMEM_SEV_WARNING, exceed_maxmem},
    {XLMEM__DOCTOR_NO_MAX, XLMEM_SEV_WARNING, forget_max_of_small},
    {XLMEM__DOCTOR_SHRUNK, XLMEM_SEV_WARNING, shrink_too_far},
    {XLMEM__DOCTOR_XEN_LOW, XLMEM_SEV_CRITICAL, empty_all_of_xen},
    {XLMEM__DOCTOR_OVER_PROMISED, XLMEM_SEV_WARNING, promise_by_maxmem},
    {XLMEM__DOCTOR_HUGEPAGES_IDLE, XLMEM_SEV_NOTE, set_hugepages_aside},
    {XLMEM__DOCTOR_LOAD_STUCK, XLMEM_SEV_WARNING, load},
    {XLMEM__DOCTOR_BOOT_HASH, XLMEM_SEV_WARNING, size_tables},
    {XLMEM__DOCTOR_STUCK_MMAP, XLMEM_SEV_WARNING, lock_map},
    {XLMEM__DOCTOR_STUCK_MMAP, XLMEM_SEV_WARNING, wait_for_disk_or_lock},
    {XLMEM__DOCTOR_XENSTORED_BUSY, XLMEM_SEV_WARNING, keep_xenstored_busy},
    {XLMEM__DOCTOR_XENSTORED_SILENT, XLMEM_SEV_CRITICAL, silence_xenstored},
    {XLMEM__DOCTOR_ALLOC_FAILED, XLMEM_SEV_WARNING, fail_alloc},
    {XLMEM__DOCTOR_OOM_KILL, XLMEM_SEV_CRITICAL, kill_one},
    {XLMEM__DOCTOR_OOM_CGROUP, XLMEM_SEV_WARNING, limit_group},
    {XLMEM__DOCTOR_NETBACK_SQUEEZE, XLMEM_SEV_CRITICAL, squeeze},
    {XLMEM__DOCTOR_BACKEND_NOMEM, XLMEM_SEV_CRITICAL, break_backend},
    {XLMEM__DOCTOR_BALLOON_HOTPLUG, XLMEM_SEV_WARNING, refuse_hotplug},
    {XLMEM__DOCTOR_BALLOON_DEAD, XLMEM_SEV_CRITICAL, kill_balloon},
    {XLMEM__DOCTOR_HUNG_TASK, XLMEM_SEV_CRITICAL, hang},
    {XLMEM__DOCTOR_HUNG_TASK, XLMEM_SEV_WARNING, hang_of_back_end},
    {XLMEM__DOCTOR_SWIOTLB_REQUEST, XLMEM_SEV_WARNING, bounce_large},
    {XLMEM__DOCTOR_SWIOTLB_FULL, XLMEM_SEV_WARNING, bounce_full},
    {XLMEM__DOCTOR_GRANT_FRAMES, XLMEM_SEV_WARNING, fill_grants},
    {XLMEM__DOCTOR_DOM0_CRASHED, XLMEM_SEV_CRITICAL, crash_dom0},
    {XLMEM__DOCTOR_POD, XLMEM_SEV_WARNING, use_up_pod},
    {XLMEM__DOCTOR_POD, XLMEM_SEV_WARNING, run_out_for_pod},
    {XLMEM__DOCTOR_PAGING_POOL, XLMEM_SEV_WARNING, use_up_paging},
    {XLMEM__DOCTOR_OVER_ALLOCATION, XLMEM_SEV_NOTE, over_allocate},
    {XLMEM__DOCTOR_QUOTA, XLMEM_SEV_WARNING, exceed_quota},
    {XLMEM__DOCTOR_BALLOON_STUCK, XLMEM_SEV_WARNING, stick},
    {XLMEM__DOCTOR_BALLOON_OFF, XLMEM_SEV_NOTE, miss_target},
    {XLMEM__DOCTOR_HOTPLUG_OFFLINE, XLMEM_SEV_WARNING, leave_offline},
    {XLMEM__DOCTOR_CONTRADICT, XLMEM_SEV_WARNING, contradict},
    {XLMEM__DOCTOR_NO_MAX, XLMEM_SEV_NOTE, forget_max},
    {XLMEM__DOCTOR_RELEASED, XLMEM_SEV_WARNING, release},
    {XLMEM__DOCTOR_RELEASED, XLMEM_SEV_WARNING, release_and_return},
    {XLMEM__DOCTOR_SHRUNK, XLMEM_SEV_NOTE, shrink},
    {XLMEM__DOCTOR_AUTO, XLMEM_SEV_WARNING, balloon_by_itself},
    {XLMEM__DOCTOR_DOM0_SIZE, XLMEM_SEV_NOTE, size_dom0},
    {XLMEM__DOCTOR_XEN_LOW, XLMEM_SEV_WARNING, empty_xen},
    {XLMEM__DOCTOR_OVER_PROMISED, XLMEM_SEV_NOTE, promise_much},
    {XLMEM__DOCTOR_DYING, XLMEM_SEV_WARNING, die},
};

static patient p;

static void a_healthy_host_has_nothing_but_notes(void **state)
{
    size_t i;

    (void)state;
    patient_init(&p);
    examine(&p);
    for (i = 0; i < p.found.nr; i++) {
        print_message("%s: %s\n", p.found.list[i].id, p.found.list[i].text);
        assert_int_equal(p.found.list[i].severity, XLMEM_SEV_NOTE);
    }
    assert_int_equal(p.found.nr_unjudged, 0);
}

static void each_rule_fires_at_its_threshold_and_not_below(void **state)
{
    bool seen[XLMEM__NR_DOCTOR_RULES] = {false};
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *id = xlmem__doctor_rules[cases[i].id].id;

        print_message("%s: case %zu\n", id, i);
        patient_init(&p);
        cases[i].make(&p, false);
        examine(&p);
        assert_true(!found_by(&p, id) ||
                    found_by(&p, id)->severity < cases[i].severity);
        patient_init(&p);
        cases[i].make(&p, true);
        examine(&p);
        assert_non_null(found_by(&p, id));
        assert_int_equal(found_by(&p, id)->severity, cases[i].severity);
        seen[cases[i].id] = true;
    }
    for (i = 0; i < XLMEM__NR_DOCTOR_RULES; i++)
        if (!seen[i])
            fail_msg("no case for %s", xlmem__doctor_rules[i].id);
}

TEST_GROUP(doctor)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_host_has_nothing_but_notes),
        cmocka_unit_test(each_rule_fires_at_its_threshold_and_not_below),
    };

    return test_run(tests, NULL, NULL);
}
