/* SPDX-License-Identifier: LGPL-2.1-only */
/* How far dom0 can be moved, and in which steps. */
#include "sample_host.h"

#include "model/checked.h"
#include "private/dom0.h"

#define SECTION (128 * MIB)
/* 80 bytes a page. */
#define SECTION_PRICE (2 * MIB + 512)

/* 2 GiB of dom0 that has no page in its balloon; 4 GiB usable in Xen. */
static void movable_init(sample *s)
{
    xlmem_dom0 *dom0 = &s->host.dom0;

    sample_init(s, 4 * GIB + 72 * MIB);
    s->policy.dom0_reserve_kb = 64 * MIB;
    XLMEM_SET(dom0, balloon_current_kb, 2 * GIB);
    XLMEM_SET(dom0, balloon_low_kb, 0);
    XLMEM_SET(dom0, balloon_high_kb, 0);
    XLMEM_SET(dom0, hotplug_unpopulated, 0);
    XLMEM_SET(&s->doms[0], maxmem_kb, 2 * GIB);
}

static xlmem_dom0_request size(uint64_t kb)
{
    xlmem_dom0_request request = {.known = 0};

    XLMEM_SET(&request, size_kb, kb);
    return request;
}

static int plan(const sample *s, uint64_t kb, xlmem_dom0_move *move)
{
    const xlmem_dom0_request request = size(kb);

    return xlmem_dom0_plan(&s->host, &s->policy, &request, move);
}

static int force(const sample *s, uint64_t kb, xlmem_dom0_move *move)
{
    xlmem_dom0_request request = size(kb);

    request.force = true;
    return xlmem_dom0_plan(&s->host, &s->policy, &request, move);
}

static void assert_reason(const xlmem_dom0_move *move, size_t i,
                          const char *code)
{
    assert_true(i < move->nr_reasons);
    assert_string_equal(move->reasons[i].id, code);
}

static void assert_step(const xlmem_dom0_move *move, size_t i,
                        const char *action, uint64_t from_kb, uint64_t to_kb)
{
    assert_true(i < move->plan.nr_steps);
    assert_string_equal(xlmem_step_action_name(move->plan.steps[i].action),
                        action);
    assert_int_equal(move->plan.steps[i].from_kb, from_kb);
    assert_int_equal(move->plan.steps[i].to_kb, to_kb);
}

static void it_shrinks_to_its_floor(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    XLMEM_SET(&s.host.dom0, mem_available_kb, 2 * GIB);
    assert_int_equal(plan(&s, 768 * MIB, &move), 0);
    assert_int_equal(move.plan.nr_steps, 1);
    assert_step(&move, 0, "target", 2 * GIB, 768 * MIB);
    assert_int_equal(plan(&s, 768 * MIB - 4, &move), XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(move.plan.nr_steps, 0);
    assert_reason(&move, 0, "floor");
    assert_int_equal(force(&s, 768 * MIB - 4, &move), 0);
    assert_reason(&move, 0, "floor");
    assert_int_equal(move.plan.nr_steps, 1);
}

/* From below the floor upward is the right direction. */
static void below_its_floor_it_may_grow(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    XLMEM_SET(&s.host.dom0, balloon_current_kb, 400 * MIB);
    XLMEM_SET(&s.host.dom0, balloon_target_kb, 400 * MIB);
    XLMEM_SET(&s.host.dom0, balloon_low_kb, GIB);
    XLMEM_SET(&s.doms[0], tot_kb, 400 * MIB);
    assert_int_equal(plan(&s, 500 * MIB, &move), 0);
    assert_int_equal(move.room.least_kb, 400 * MIB);
    assert_int_equal(plan(&s, 399 * MIB, &move), XLMEM_ERROR_NO_HEADROOM);
}

/* 1 GiB is available, of which 64 MiB stay. */
static void it_gives_no_more_than_it_can_spare(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    assert_int_equal(plan(&s, GIB + 64 * MIB, &move), 0);
    assert_int_equal(plan(&s, GIB + 64 * MIB - 4, &move),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_reason(&move, 0, "dom0-short");
    assert_int_equal(move.room.least_kb, GIB + 64 * MIB);
}

/* What it has least is a target that it can be given: whole pages. */
static void the_least_is_whole_pages(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    XLMEM_SET(&s.host.dom0, mem_available_kb, GIB + 1);
    assert_int_equal(plan(&s, GIB + 64 * MIB, &move), 0);
    assert_int_equal(move.room.least_kb, GIB + 64 * MIB);
    XLMEM_SET(&s.host.dom0, mem_available_kb, GIB - 1);
    assert_int_equal(plan(&s, GIB + 64 * MIB, &move), XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(move.room.least_kb, GIB + 64 * MIB + 4);
    assert_int_equal(plan(&s, GIB + 64 * MIB + 4, &move), 0);
}

/* 256 MiB that its balloon was asked for and has not given yet are in
 * MemAvailable: they are given once. */
static void what_its_balloon_owes_it_gives_once(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    XLMEM_SET(&s.host.dom0, balloon_target_kb, 2 * GIB - 256 * MIB);
    assert_int_equal(plan(&s, GIB + 64 * MIB, &move), 0);
    assert_int_equal(move.room.least_kb, GIB + 64 * MIB);
    assert_int_equal(plan(&s, GIB + 64 * MIB - 4, &move),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_reason(&move, 0, "dom0-short");
}

static void it_grows_by_what_is_usable(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    XLMEM_SET(&s.host.dom0, balloon_low_kb, 8 * GIB);
    assert_int_equal(plan(&s, 6 * GIB, &move), 0);
    assert_int_equal(move.room.most_kb, 6 * GIB);
    assert_int_equal(move.hotplug_kb, 0);
    assert_int_equal(plan(&s, 6 * GIB + 4, &move), XLMEM_ERROR_NO_HEADROOM);
    assert_reason(&move, 0, "xen-short");
    /* Headroom can be given up; what others were promised cannot. */
    assert_int_equal(force(&s, 6 * GIB + 72 * MIB, &move), 0);
    add_reservation(&s, 100 * MIB);
    assert_int_equal(force(&s, 6 * GIB + 72 * MIB, &move),
                     XLMEM_ERROR_INFEASIBLE);
    assert_int_equal(plan(&s, 6 * GIB, &move), XLMEM_ERROR_INFEASIBLE);
    assert_int_equal(plan(&s, 6 * GIB - 50 * MIB, &move),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_int_equal(plan(&s, 6 * GIB - 101 * MIB, &move), 0);
}

/* 20 MiB of headroom are promised already, one of them above a target: the
 * rest of it is left to force. */
static void not_even_force_takes_what_is_promised(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    XLMEM_SET(&s.host.dom0, balloon_low_kb, 8 * GIB);
    add_reservation(&s, 4 * GIB + 19 * MIB);
    assert_int_equal(force(&s, 2 * GIB + 52 * MIB, &move), 0);
    assert_int_equal(force(&s, 2 * GIB + 52 * MIB + 4, &move),
                     XLMEM_ERROR_INFEASIBLE);
}

/* What it was promised already counts as its own. */
static void its_own_target_is_not_held_against_it(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    XLMEM_SET(&s.host.dom0, balloon_low_kb, 8 * GIB);
    XLMEM_SET(&s.host.dom0, balloon_target_kb, 5 * GIB);
    assert_int_equal(plan(&s, 6 * GIB, &move), 0);
    assert_int_equal(move.room.most_kb, 6 * GIB);
}

static void beyond_its_reach_memory_is_added(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    XLMEM_SET(&s.host.dom0, balloon_low_kb, 512 * MIB);
    assert_int_equal(plan(&s, 2 * GIB + 512 * MIB, &move), 0);
    assert_int_equal(move.hotplug_kb, 0);
    /* A 32-bit kernel has some of it in high memory. */
    XLMEM_SET(&s.host.dom0, balloon_low_kb, 500 * MIB);
    XLMEM_SET(&s.host.dom0, balloon_high_kb, 12 * MIB);
    assert_int_equal(plan(&s, 2 * GIB + 512 * MIB, &move), 0);
    assert_int_equal(move.hotplug_kb, 0);
    assert_int_equal(plan(&s, 2 * GIB + 512 * MIB + 4, &move), 0);
    assert_int_equal(move.hotplug_kb, SECTION);
    assert_int_equal(move.price_kb, SECTION_PRICE);
    assert_int_equal(move.plan.nr_steps, 3);
    assert_step(&move, 0, "online", 0, 0);
    assert_step(&move, 1, "maximum", 2 * GIB, 2 * GIB + 512 * MIB + 4);
    assert_step(&move, 2, "target", 2 * GIB, 2 * GIB + 512 * MIB + 4);
}

/* It pays before it has any of it. */
static void it_adds_what_it_can_pay_for(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    XLMEM_SET(&s.host.dom0, mem_available_kb,
              64 * MIB + 3 * SECTION_PRICE + SECTION_PRICE / 2);
    assert_int_equal(plan(&s, 2 * GIB + 3 * SECTION, &move), 0);
    assert_int_equal(plan(&s, 2 * GIB + 3 * SECTION + 4, &move),
                     XLMEM_ERROR_NO_HEADROOM);
    assert_reason(&move, 0, "price");
    assert_int_equal(move.room.most_kb, 2 * GIB + 3 * SECTION);
}

/* A target that was written by hand says nothing of what there is. */
static void it_cannot_be_grown_to_what_is_not_there(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    XLMEM_SET(&s.host.dom0, balloon_target_kb, 64 * GIB);
    (void)plan(&s, 2 * GIB, &move);
    assert_int_equal(move.room.most_kb, move.room.current_kb + s.host.free_kb);
}

/* CONFIG_XEN_BALLOON_MEMORY_HOTPLUG is off: room has to be there at boot. */
static void a_kernel_without_hotplug_is_told_apart(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    s.host.dom0.known &= ~XLMEM_FACT_BIT(&s.host.dom0, hotplug_unpopulated);
    assert_int_equal(plan(&s, 3 * GIB, &move), XLMEM_ERROR_INFEASIBLE);
    assert_reason(&move, 0, "no-hotplug");
    assert_reason(&move, 1, "room-at-boot");
    assert_non_null(strstr(move.reasons[1].text, "dom0_mem=2048M,max:3072M"));
    assert_int_equal(force(&s, 3 * GIB, &move), XLMEM_ERROR_INFEASIBLE);
    assert_int_equal(move.room.most_kb, 2 * GIB);
    assert_int_equal(move.room.hotplug, 0);
}

/* The maximum is raised where it is in the way: libxl's node before Xen's
 * ceiling, which the target brings along. */
static void the_maximum_is_raised_where_it_is_less(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    XLMEM_SET(&s.host.dom0, balloon_low_kb, 2 * GIB);
    XLMEM_SET(&s.doms[0], static_max_kb, 3 * GIB);
    XLMEM_SET(&s.doms[0], maxmem_kb, 2 * GIB + MIB);
    assert_int_equal(plan(&s, 3 * GIB, &move), 0);
    assert_int_equal(move.plan.nr_steps, 1);
    assert_int_equal(plan(&s, 3 * GIB + 4, &move), 0);
    assert_step(&move, 0, "maximum", 3 * GIB, 3 * GIB + 4);
    s.doms[0].known &= ~XLMEM_FACT_BIT(&s.doms[0], static_max_kb);
    XLMEM_SET(&s.doms[0], maxmem_kb, XLMEM_NO_MAXMEM_KB);
    assert_int_equal(plan(&s, 4 * GIB, &move), 0);
    assert_int_equal(move.plan.nr_steps, 1);
}

static void what_it_has_takes_no_step(void **state)
{
    xlmem_dom0_move move;
    sample s;

    (void)state;
    movable_init(&s);
    assert_int_equal(plan(&s, 2 * GIB + 3, &move), 0);
    assert_int_equal(move.size_kb, 2 * GIB);
    assert_int_equal(move.plan.nr_steps, 0);
    /* The balloon is asked again where it gave up. */
    XLMEM_SET(&s.host.dom0, balloon_low_kb, MIB);
    XLMEM_SET(&s.host.dom0, balloon_current_kb, 2 * GIB - MIB);
    assert_int_equal(plan(&s, 2 * GIB, &move), 0);
    assert_step(&move, 0, "target", 2 * GIB, 2 * GIB);
}

static void what_is_not_known_is_not_guessed(void **state)
{
    xlmem_dom0_move move = {.size_kb = 4711};
    const xlmem_dom0_request nothing = {.known = 0};
    xlmem_dom0_room room;
    sample s;

    (void)state;
    movable_init(&s);
    assert_int_equal(xlmem_dom0_plan(&s.host, &s.policy, &nothing, &move),
                     XLMEM_ERROR_INVAL);
    s.host.known &= ~XLMEM_FACT_BIT(&s.host, free_kb);
    move.size_kb = 4711;
    assert_int_equal(plan(&s, GIB, &move), XLMEM_ERROR_UNKNOWN);
    movable_init(&s);
    s.host.dom0.known &= ~XLMEM_FACT_BIT(&s.host.dom0, balloon_current_kb);
    assert_int_equal(plan(&s, GIB, &move), XLMEM_ERROR_UNKNOWN);
    assert_int_equal(move.size_kb, 4711);
    assert_int_equal(xlmem_dom0_room_of(&s.host, &s.policy, &room),
                     XLMEM_ERROR_UNKNOWN);
}

static uint64_t random_kb(uint64_t most)
{
    return test_between(0, most / 4) * 4;
}

/* The room is what the plan goes by, on any host. */
static void the_room_is_what_can_be_had(void **state)
{
    unsigned i;

    (void)state;
    test_seed();
    for (i = 0; i < 20000; i++) {
        xlmem_dom0_move move;
        sample s;
        uint64_t kb = random_kb(8 * GIB);
        bool fits;
        int rc;

        random_sample(&s);
        XLMEM_SET(&s.host.dom0, balloon_current_kb, random_kb(4 * GIB));
        XLMEM_SET(&s.host.dom0, balloon_target_kb,
                  random_kb(s.host.dom0.balloon_current_kb));
        XLMEM_SET(&s.host.dom0, balloon_low_kb, random_kb(GIB));
        XLMEM_SET(&s.host.dom0, balloon_high_kb, 0);
        if (test_between(0, 1))
            XLMEM_SET(&s.host.dom0, hotplug_unpopulated, 0);
        rc = plan(&s, kb, &move);
        fits = kb >= move.room.least_kb && kb <= move.room.most_kb;
        assert_int_equal(!rc, fits);
        assert_int_equal(rc != 0, move.nr_reasons != 0);
        assert_true(move.room.least_kb <= move.room.current_kb);
        assert_true(move.room.current_kb <= move.room.most_kb);
        assert_true(rc ? !move.plan.nr_steps
                       : !move.plan.nr_steps ||
                             move.plan.steps[move.plan.nr_steps - 1].to_kb ==
                                 kb);
        if (!rc)
            assert_int_equal(force(&s, kb, &move), 0);
    }
}

TEST_GROUP(dom0_plan)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_shrinks_to_its_floor),
        cmocka_unit_test(below_its_floor_it_may_grow),
        cmocka_unit_test(it_gives_no_more_than_it_can_spare),
        cmocka_unit_test(the_least_is_whole_pages),
        cmocka_unit_test(what_its_balloon_owes_it_gives_once),
        cmocka_unit_test(it_grows_by_what_is_usable),
        cmocka_unit_test(not_even_force_takes_what_is_promised),
        cmocka_unit_test(its_own_target_is_not_held_against_it),
        cmocka_unit_test(beyond_its_reach_memory_is_added),
        cmocka_unit_test(it_adds_what_it_can_pay_for),
        cmocka_unit_test(it_cannot_be_grown_to_what_is_not_there),
        cmocka_unit_test(a_kernel_without_hotplug_is_told_apart),
        cmocka_unit_test(the_maximum_is_raised_where_it_is_less),
        cmocka_unit_test(what_it_has_takes_no_step),
        cmocka_unit_test(what_is_not_known_is_not_guessed),
        cmocka_unit_test(the_room_is_what_can_be_had),
    };

    return test_run(tests, NULL, NULL);
}
