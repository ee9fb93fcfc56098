/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is done about what the doctor finds: each remedy, what it would do, and
 * each reason not to, at its threshold and one step below. */
#include "patient.h"

#include "model/doctor/remedy.h"

static xlmem_remedies plan;

static void plan_for(patient *p, const char *asked,
                     const xlmem_remedy_past *past)
{
    xlmem_remedy_scope scope = {.nr = asked ? 1 : 0, .asked = &asked};

    if (past)
        scope.past = *past;
    examine(p);
    xlmem__remedies_plan(&p->now.scene, &p->found, &scope, &plan);
    assert_int_equal(plan.nr_lost, 0);
}

static const xlmem_remedy *planned(xlmem_remedy_kind kind)
{
    size_t i;

    for (i = 0; i < plan.nr; i++)
        if (plan.list[i].kind == kind)
            return &plan.list[i];
    return NULL;
}

/* It is planned, and done but for what is said. */
static const xlmem_remedy *assert_planned(xlmem_remedy_kind kind,
                                          const char *does, const char *why)
{
    const xlmem_remedy *remedy = planned(kind);

    assert_non_null(remedy);
    if (why)
        assert_non_null(strstr(remedy->refusal, why));
    else
        assert_string_equal(remedy->refusal, "");
    if (does)
        assert_non_null(strstr(remedy->does, does));
    return remedy;
}

static patient *healthy(void)
{
    static patient p;

    patient_init(&p);
    p.now.vitals.now_ms = 10000000;
    p.now.scene.live = true;
    XLMEM_SET(&p.now.s.host.dom0, mem_available_kb, 4 * GIB);
    return &p;
}

static patient *fragmented(void)
{
    patient *p = healthy();
    xlmem_vitals_zone *normal = &p->now.zones[2];

    memset(normal->free_blocks, 0, sizeof(normal->free_blocks));
    normal->free_blocks[0] = 400000;
    normal->free_blocks[3] = 100;
    p->now.zones[1].protection[2] = 1000000;
    p->now.vitals.mem.known &=
        ~XLMEM_FACT_BIT(&p->now.vitals.mem, mem_free_kb);
    return p;
}

static void a_healthy_host_is_left_alone(void **state)
{
    (void)state;
    plan_for(healthy(), NULL, NULL);
    assert_int_equal(plan.nr, 0);
    plan_for(healthy(), "fragmented", NULL);
    assert_int_equal(plan.nr, 1);
    assert_planned(XLMEM_REMEDY_NONE, NULL, "was not found");
}

static void free_memory_is_gathered(void **state)
{
    const xlmem_remedy *remedy;
    patient *p = fragmented();

    (void)state;
    plan_for(p, NULL, NULL);
    remedy = assert_planned(XLMEM_REMEDY_COMPACT, "compact_memory", NULL);
    assert_int_equal(remedy->before, 100);
    assert_int_equal(remedy->least, 512);
    assert_false(remedy->less || remedy->then);
    assert_true(assert_planned(XLMEM_REMEDY_DROP, "sync; ", NULL)->then);
    assert_true(plan.list[0].kind == XLMEM_REMEDY_COMPACT);
    assert_true(found_by(p, "fragmented")->fixable);
}

static void it_is_not_gathered_where_that_hurts(void **state)
{
    xlmem_remedy_past past = {.known = 0};
    patient *p = fragmented();
    xlmem_log_event *e = add_event(p, XLMEM_LOG_HUNG_TASK);

    (void)state;
    strcpy(e->who, "xenwatch");
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_COMPACT, NULL, "tasks hang");
    assert_planned(XLMEM_REMEDY_DROP, NULL, "tasks hang");
    assert_false(found_by(p, "fragmented")->fixable);
    /* All that is free is needed. */
    p = fragmented();
    p->now.zones[2].high_pages = 400801;
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_COMPACT, NULL, "next to nothing");
    p->now.zones[2].high_pages = 400800;
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_COMPACT, NULL, NULL);
    /* Half does not move. */
    XLMEM_SET(&p->now.zones[2], all_blocks, 1000);
    XLMEM_SET(&p->now.zones[2], unmovable_blocks, 500);
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_COMPACT, NULL, "cannot be moved");
    p->now.zones[2].unmovable_blocks = 499;
    /* Ten minutes, an hour. */
    XLMEM_SET(&past, compacted_ms, 10000000 - 600000 + 1);
    XLMEM_SET(&past, dropped_ms, 10000000 - 3600000 + 1);
    plan_for(p, NULL, &past);
    assert_planned(XLMEM_REMEDY_COMPACT, NULL, "10 minutes");
    assert_planned(XLMEM_REMEDY_DROP, NULL, "hour");
    past.compacted_ms--;
    past.dropped_ms--;
    plan_for(p, NULL, &past);
    assert_planned(XLMEM_REMEDY_COMPACT, NULL, NULL);
    assert_planned(XLMEM_REMEDY_DROP, NULL, NULL);
    /* A clock that is behind: another boot's. */
    past.compacted_ms = 10000001;
    plan_for(p, NULL, &past);
    assert_planned(XLMEM_REMEDY_COMPACT, NULL, NULL);
}

static void caches_stay_where_the_medium_is_short(void **state)
{
    patient *p = fragmented();

    (void)state;
    XLMEM_SET(&p->now.vitals.load, io_some10_bp, 2000);
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_DROP, NULL, "wait for I/O");
    assert_planned(XLMEM_REMEDY_COMPACT, NULL, NULL);
    p->now.vitals.load.io_some10_bp = 1999;
    /* What is dirty is looked at when it was written: test_carry_out.c. */
    p->now.vitals.mem.dirty_kb = 8 * GIB;
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_DROP, NULL, NULL);
}

static void blocks_are_brought_online(void **state)
{
    const xlmem_remedy *remedy;
    patient *p = healthy();
    uint64_t value;

    (void)state;
    p->now.vitals.state.nr_offline = 3;
    plan_for(p, NULL, NULL);
    remedy = assert_planned(XLMEM_REMEDY_ONLINE, "3 blocks", NULL);
    assert_int_equal(remedy->before, 3 * 128 * MIB);
    assert_true(remedy->less);
    p->now.vitals.state.nr_offline = 1;
    assert_true(xlmem__remedy_measure(&p->now.scene, remedy, &value));
    assert_int_equal(value, 128 * MIB);
}

/* What nothing has added, or what does not stay offline when it is added. */
static void what_somebody_took_offline_stays_so(void **state)
{
    patient *p = healthy();

    (void)state;
    p->now.vitals.state.nr_offline = 3;
    XLMEM_SET(&p->now.vitals.state, auto_online, 0);
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_ONLINE, NULL, NULL);
    p->now.vitals.state.auto_online = 1;
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_ONLINE, NULL, "on purpose");
    plan_for(p, "hotplug-offline", NULL);
    assert_planned(XLMEM_REMEDY_ONLINE, NULL, NULL);
    assert_true(found_by(p, "hotplug-offline")->fixable);
}

static void a_recorded_host_stays_as_it_is(void **state)
{
    patient *p = fragmented();

    (void)state;
    p->now.scene.live = false;
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_COMPACT, NULL, NULL);
    assert_false(found_by(p, "fragmented")->fixable);
}

/* Nodes 0 and 7; the domain of that number is another matter. */
static void each_node_is_planned_and_named_by_number(void **state)
{
    char name[] = "web";
    size_t i, nr = 0;
    patient *p = fragmented();

    (void)state;
    p->now.s.doms[1].name = name;
    p->now.zones[1] = p->now.zones[2];
    XLMEM_SET(&p->now.zones[1], node, 0);
    XLMEM_SET(&p->now.zones[2], node, 7);
    plan_for(p, NULL, NULL);
    for (i = 0; i < plan.nr; i++)
        if (plan.list[i].kind == XLMEM_REMEDY_COMPACT) {
            assert_string_equal(plan.list[i].refusal, "");
            assert_true(plan.list[i].everywhere);
            assert_int_equal(plan.list[i].at, nr++ ? 7 : 0);
        }
    assert_int_equal(nr, 2);
    plan_for(p, "fragmented:7", NULL);
    assert_int_equal(planned(XLMEM_REMEDY_COMPACT)->at, 7);
    plan_for(p, "fragmented:web", NULL);
    assert_null(planned(XLMEM_REMEDY_COMPACT));
    assert_planned(XLMEM_REMEDY_NONE, NULL, "not found");
    p->now.s.doms[1].name = NULL;
}

/* Each ID that a command line has room for is answered. */
static void no_remedy_is_lost(void **state)
{
    const char *asked[64];
    const xlmem_remedy_scope scope = {.nr = 64, .asked = asked};
    patient *p = fragmented();
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(asked); i++)
        asked[i] = i ? "low-memory" : "fragmented";
    examine(p);
    xlmem__remedies_plan(&p->now.scene, &p->found, &scope, &plan);
    assert_int_equal(plan.nr_lost, 0);
    assert_int_equal(plan.nr, 2 + 63);
}

static void set_balloon(patient *p, uint64_t current_kb, uint64_t target_kb)
{
    p->now.s.host.dom0.balloon_current_kb = current_kb;
    p->now.s.host.dom0.balloon_target_kb = target_kb;
    p->before.s.host.dom0 = p->now.s.host.dom0;
    XLMEM_SET(&p->now.s.host.dom0, hotplug_unpopulated, 0);
}

static void what_was_released_is_taken_back(void **state)
{
    const xlmem_remedy *remedy;
    patient *p = healthy();

    (void)state;
    set_balloon(p, 7 * GIB, 7 * GIB);
    XLMEM_SET(&p->now.s.host.dom0, balloon_low_kb, GIB);
    XLMEM_SET(&p->now.s.host.dom0, balloon_high_kb, 0);
    plan_for(p, NULL, NULL);
    remedy = assert_planned(XLMEM_REMEDY_TAKE_BACK, "mem-set 0 8192M", NULL);
    assert_int_equal(remedy->before, 7 * GIB);
    assert_int_equal(remedy->to_kb, 8 * GIB);
    assert_int_equal(remedy->goal, 8 * GIB - MIB);
    assert_int_equal(remedy->reach_kb, 8 * GIB);
    /* Headroom and what others were promised stay. */
    p->now.s.host.free_kb = GIB;
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_TAKE_BACK, NULL, "usable are");
}

static void be_short(patient *p)
{
    p->now.vitals.mem.mem_available_kb = 8 * GIB / 10 - 1;
    XLMEM_SET(&p->now.s.host.dom0, hotplug_unpopulated, 0);
    XLMEM_SET(&p->now.s.host.dom0, mem_available_kb, 8 * GIB / 10 - 1);
}

static void a_short_dom0_grows(void **state)
{
    const xlmem_finding *finding;
    const xlmem_remedy *remedy;
    patient *p = healthy();
    char command[64];

    (void)state;
    be_short(p);
    plan_for(p, NULL, NULL);
    remedy = assert_planned(XLMEM_REMEDY_GROW, "xl memguard dom0 ", NULL);
    assert_int_equal(remedy->before, 8 * GIB / 10 - 1);
    assert_int_equal(remedy->from_kb, 8 * GIB);
    assert_int_equal(remedy->to_kb % (128 * MIB), 0);
    assert_in_range(remedy->to_kb, 8 * GIB + 8 * GIB / 20,
                    8 * GIB + 8 * GIB / 20 * 10 / 9 + 128 * MIB);
    /* People are given the same figure. */
    finding = found_by(p, "low-memory");
    snprintf(command, sizeof(command), "xl memguard dom0 %lluM",
             (unsigned long long)(remedy->to_kb / MIB));
    assert_true(finding->fixable);
    assert_string_equal(
        xlmem_finding_remedy(finding, finding->nr_remedies - 1U), command);
}

/* What it was promised and has not got yet is not taken back on the way. */
static void it_grows_from_its_target(void **state)
{
    const xlmem_remedy *remedy;
    patient *p = healthy();

    (void)state;
    be_short(p);
    set_balloon(p, 8 * GIB, 9 * GIB);
    plan_for(p, "low-memory", NULL);
    remedy = planned(XLMEM_REMEDY_GROW);
    assert_non_null(remedy);
    assert_int_equal(remedy->from_kb, 9 * GIB);
}

static void it_grows_as_far_as_xen_has_it(void **state)
{
    const xlmem_remedy *remedy;
    patient *p = healthy();

    (void)state;
    be_short(p);
    p->now.s.host.free_kb = 300 * MIB;
    plan_for(p, NULL, NULL);
    remedy = assert_planned(XLMEM_REMEDY_GROW, NULL, NULL);
    assert_in_range(remedy->to_kb, 8 * GIB + MIB, 8 * GIB + 300 * MIB);
    p->now.s.host.free_kb = 0;
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_GROW, NULL, "nothing to spare");
    assert_false(found_by(p, "low-memory")->fixable);
    /* Its kernel cannot. */
    p = healthy();
    be_short(p);
    p->now.s.host.dom0.known &=
        ~XLMEM_FACT_BIT(&p->now.s.host.dom0, hotplug_unpopulated);
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_GROW, NULL, "cannot take it");
}

/* What stalls at a limit of its own has nothing of a larger dom0. */
static void it_does_not_grow_for_a_group(void **state)
{
    patient *p = healthy();

    (void)state;
    XLMEM_SET(&p->now.vitals.load, mem_some60_bp, 2000);
    XLMEM_SET(&p->now.vitals.mem, mem_free_kb, 2 * GIB);
    plan_for(p, "low-memory", NULL);
    assert_planned(XLMEM_REMEDY_GROW, NULL, "a limit of its own");
    /* What can be had is the cache that it reads again and again. */
    p->now.vitals.mem.mem_free_kb--;
    XLMEM_SET(&p->now.s.host.dom0, hotplug_unpopulated, 0);
    plan_for(p, "low-memory", NULL);
    assert_planned(XLMEM_REMEDY_GROW, "xl memguard dom0", NULL);
}

/* 64 MiB and the description of one section have to be there. */
static void what_it_cannot_describe_is_not_added(void **state)
{
    patient *p = healthy();

    (void)state;
    be_short(p);
    p->now.s.host.dom0.mem_available_kb = 64 * MIB + 2 * MIB - 1;
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_GROW, NULL, "");
    assert_true(planned(XLMEM_REMEDY_GROW)->refusal[0]);
    p->now.s.host.dom0.mem_available_kb = 64 * MIB + 4 * MIB;
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_GROW, NULL, NULL);
}

static void a_balloon_is_woken_where_it_has_room(void **state)
{
    const xlmem_remedy *remedy;
    patient *p = healthy();

    (void)state;
    set_balloon(p, 7 * GIB, 8 * GIB);
    XLMEM_SET(&p->now.s.host.dom0, balloon_low_kb, GIB);
    XLMEM_SET(&p->now.s.host.dom0, balloon_high_kb, 0);
    plan_for(p, "balloon-stuck", NULL);
    remedy = assert_planned(XLMEM_REMEDY_WAKE, "8388604k; sleep 1", NULL);
    assert_int_equal(remedy->before, GIB);
    assert_int_equal(remedy->goal, MIB);
    p->now.s.host.free_kb = GIB - 1;
    plan_for(p, "balloon-stuck", NULL);
    assert_planned(XLMEM_REMEDY_WAKE, NULL, "are wanted");
    /* It has to give, and cannot. */
    p = healthy();
    set_balloon(p, 8 * GIB, 7 * GIB);
    p->now.vitals.mem.mem_available_kb = GIB + 64 * MIB - 1;
    plan_for(p, "balloon-stuck", NULL);
    assert_planned(XLMEM_REMEDY_WAKE, NULL, "too little available");
    p->now.vitals.mem.mem_available_kb = GIB + 64 * MIB;
    plan_for(p, "balloon-stuck", NULL);
    assert_planned(XLMEM_REMEDY_WAKE, NULL, NULL);
}

static void a_guests_sizes_only_where_it_is_named(void **state)
{
    static char name[] = "web1";
    const xlmem_remedy *remedy;
    patient *p = healthy();
    xlmem_dom *guest = &p->now.s.doms[1];

    (void)state;
    guest->name = name;
    guest->static_max_kb = GIB - 4;
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_SIZES, NULL, "targets-contradict:7");
    assert_true(found_by(p, "targets-contradict")->fixable);
    plan_for(p, "targets-contradict", NULL);
    assert_planned(XLMEM_REMEDY_SIZES, NULL, "named");
    plan_for(p, "targets-contradict:web1", NULL);
    assert_planned(XLMEM_REMEDY_SIZES, NULL, NULL);
    plan_for(p, "targets-contradict:web2", NULL);
    assert_planned(XLMEM_REMEDY_NONE, NULL, "was not found");
    plan_for(p, "targets-contradict:7", NULL);
    remedy = assert_planned(XLMEM_REMEDY_SIZES, "static-max 1048576", NULL);
    assert_false(remedy->ceiling);
    assert_int_equal(remedy->before, GIB - 4);
    assert_int_equal(remedy->to_kb, GIB);
    assert_int_equal(remedy->at, 7);
    /* An HVM guest's ceiling has its video RAM above the target. */
    guest->maxmem_kb = GIB + 17 * MIB;
    plan_for(p, "targets-contradict:7", NULL);
    remedy = assert_planned(XLMEM_REMEDY_SIZES, "static-max 1048576", NULL);
    assert_int_equal(remedy->to_kb, GIB + 16 * MIB);
}

static void a_ceiling_is_raised_where_there_is_room(void **state)
{
    const xlmem_remedy *remedy;
    patient *p = healthy();
    xlmem_dom *guest = &p->now.s.doms[1];

    (void)state;
    guest->static_max_kb = guest->target_kb = 4 * GIB;
    plan_for(p, "targets-contradict:7", NULL);
    remedy = assert_planned(XLMEM_REMEDY_SIZES, "xl mem-set 7 4194304k", NULL);
    assert_true(remedy->ceiling);
    assert_int_equal(remedy->before, GIB + MIB);
    p->now.s.host.free_kb = 3 * GIB - 4;
    plan_for(p, "targets-contradict:7", NULL);
    assert_planned(XLMEM_REMEDY_SIZES, NULL, "usable");
    /* Which of the two is wrong nobody knows here. */
    p = healthy();
    p->now.s.doms[1].maxmem_kb = p->before.s.doms[1].maxmem_kb = GIB - 4;
    plan_for(p, "targets-contradict:7", NULL);
    assert_planned(XLMEM_REMEDY_SIZES, NULL, "more than it may");
}

static void autoballoon_is_ended(void **state)
{
    patient *p = healthy();

    (void)state;
    p->now.scene.autoballoon = true;
    plan_for(p, NULL, NULL);
    assert_planned(XLMEM_REMEDY_XL_CONF, "/etc/xen/xl.conf", NULL);
    assert_int_equal(planned(XLMEM_REMEDY_XL_CONF)->before, 1);
}

static void nothing_is_done_about_a_note(void **state)
{
    patient *p = healthy();

    (void)state;
    p->now.vitals.mem.swap_free_kb = 0;
    plan_for(p, "swap-full", NULL);
    assert_planned(XLMEM_REMEDY_NONE, NULL, "no remedy");
    assert_false(found_by(p, "swap-full")->fixable);
    /* Of an id that has one. */
    p = healthy();
    p->now.s.doms[1].tot_kb = 2 * GIB;
    p->now.s.doms[1].maxmem_kb = 4 * GIB;
    plan_for(p, "targets-contradict:7", NULL);
    assert_int_equal(found_by(p, "targets-contradict")->severity,
                     XLMEM_SEV_NOTE);
    assert_planned(XLMEM_REMEDY_NONE, NULL, "about a note");
    plan_for(p, NULL, NULL);
    assert_int_equal(plan.nr, 0);
}

static void each_row_is_a_finding(void **state)
{
    const char *id, *other;
    size_t i, j;

    (void)state;
    for (i = 0; (id = xlmem__remedy_id_at(i)) != NULL; i++) {
        for (j = 0; (other = xlmem__doctor_id_at(j)) != NULL; j++)
            if (!strcmp(id, other))
                break;
        assert_non_null(other);
    }
    assert_int_equal(i, 8);
}

TEST_GROUP(remedy)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_healthy_host_is_left_alone),
        cmocka_unit_test(free_memory_is_gathered),
        cmocka_unit_test(it_is_not_gathered_where_that_hurts),
        cmocka_unit_test(caches_stay_where_the_medium_is_short),
        cmocka_unit_test(blocks_are_brought_online),
        cmocka_unit_test(what_somebody_took_offline_stays_so),
        cmocka_unit_test(a_recorded_host_stays_as_it_is),
        cmocka_unit_test(each_node_is_planned_and_named_by_number),
        cmocka_unit_test(no_remedy_is_lost),
        cmocka_unit_test(what_was_released_is_taken_back),
        cmocka_unit_test(a_short_dom0_grows),
        cmocka_unit_test(it_grows_from_its_target),
        cmocka_unit_test(it_grows_as_far_as_xen_has_it),
        cmocka_unit_test(it_does_not_grow_for_a_group),
        cmocka_unit_test(what_it_cannot_describe_is_not_added),
        cmocka_unit_test(a_balloon_is_woken_where_it_has_room),
        cmocka_unit_test(a_guests_sizes_only_where_it_is_named),
        cmocka_unit_test(a_ceiling_is_raised_where_there_is_room),
        cmocka_unit_test(autoballoon_is_ended),
        cmocka_unit_test(nothing_is_done_about_a_note),
        cmocka_unit_test(each_row_is_a_finding),
    };

    return test_run(tests, NULL, NULL);
}
