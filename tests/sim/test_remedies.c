/* SPDX-License-Identifier: LGPL-2.1-only */
/* Remedies of the doctor's that move memory, on a simulated host: what is
 * followed, what stands still, what was changed meanwhile. */
#include "one.h"

#include "engine/ctx.h"
#include "private/remedy.h"

static char err[XLMEM_REMEDY_ROOM];

/* Without it a backend is a recorded host's; nothing here writes one. */
static int no_setting(void *user, const char *path, const char *value,
                      char *text, size_t len)
{
    (void)user;
    (void)path;
    (void)value;
    snprintf(text, len, "no");
    return XLMEM_ERROR_PERM;
}

static int remedied(const xlmem_remedy *remedy)
{
    const xlmem_policy policy = enforce();

    me->ctx->table.write_setting = no_setting;
    me->ctx->backend = &me->ctx->table;
    return xlmem_remedy_carry_out(me->ctx, &policy, remedy, err, sizeof(err));
}

static xlmem_remedy size_of(xlmem_remedy_kind kind, uint64_t to_kb)
{
    return (xlmem_remedy){.kind = kind,
                          .from_kb = host.doms[0].tot_kb,
                          .to_kb = to_kb,
                          .reach_kb = host.dom0_reach_kb};
}

static void dom0_grows_section_by_section(void **state)
{
    xlmem_remedy remedy;

    (void)state;
    host.dom0_reach_kb = host.dom0_maximum_kb = 2 * GIB;
    host.hotplug = true;
    remedy = size_of(XLMEM_REMEDY_GROW, 2 * GIB + 300 * MIB);
    assert_int_equal(remedied(&remedy), 0);
    assert_string_equal(err, "");
    assert_int_equal(host.doms[0].tot_kb, 2 * GIB + 300 * MIB);
    assert_int_equal(host.doms[0].target_kb, 2 * GIB + 300 * MIB);
    assert_true(host.online);
    assert_int_equal(sim_nr_entries(&host), 0);
}

static void what_it_has_got_is_kept(void **state)
{
    xlmem_remedy remedy;

    (void)state;
    host.dom0_reach_kb = host.dom0_maximum_kb = 2 * GIB;
    host.hotplug = true;
    /* The last section is more than Xen has. */
    remedy = size_of(XLMEM_REMEDY_GROW, 4 * GIB);
    assert_int_equal(remedied(&remedy), 0);
    assert_true(err[0]);
    assert_in_range(host.doms[0].tot_kb, 3 * GIB, 4 * GIB - 1);
    assert_int_equal(host.doms[0].target_kb, host.doms[0].tot_kb);
    assert_int_equal(host.doms[0].tot_kb % (128 * MIB), 0);
}

static void a_target_that_is_not_followed_is_taken_back(void **state)
{
    xlmem_remedy remedy;

    (void)state;
    host.doms[0].temper = SIM_STUCK;
    host.dom0_reach_kb = 3 * GIB;
    remedy = size_of(XLMEM_REMEDY_GROW, 2 * GIB + 256 * MIB);
    assert_int_equal(remedied(&remedy), XLMEM_ERROR_TIMEDOUT);
    assert_non_null(strstr(err, "stood still"));
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
}

static void what_xen_has_not_is_refused(void **state)
{
    xlmem_remedy remedy;

    (void)state;
    remedy = size_of(XLMEM_REMEDY_TAKE_BACK, 64 * GIB);
    remedy.reach_kb = UINT64_MAX;
    assert_int_equal(remedied(&remedy), XLMEM_ERROR_INFEASIBLE);
    assert_non_null(strstr(err, "."));
    assert_int_equal(host.doms[0].target_kb, 2 * GIB);
}

static xlmem_remedy sizes_of(const sim_dom *dom, bool ceiling)
{
    return (xlmem_remedy){.kind = XLMEM_REMEDY_SIZES,
                          .at = dom->domid,
                          .from_kb =
                              ceiling ? dom->maxmem_kb : dom->static_max_kb,
                          .to_kb = dom->target_kb,
                          .goal = dom->target_kb,
                          .ceiling = ceiling};
}

static void static_max_is_raised_to_the_target(void **state)
{
    sim_dom *dom = sim_add_dom(&host, SIM_IDEAL, 512 * MIB);
    xlmem_remedy remedy;

    (void)state;
    dom->static_max_kb = 256 * MIB;
    remedy = sizes_of(dom, false);
    assert_int_equal(remedied(&remedy), 0);
    assert_int_equal(dom->static_max_kb, 512 * MIB);
    assert_int_equal(dom->target_kb, 512 * MIB);
    assert_int_equal(sim_nr_entries(&host), 0);
}

/* What its ceiling is raised by may be promised to others by now. */
static void what_others_were_promised_is_not_given_twice(void **state)
{
    sim_dom *dom = sim_add_dom(&host, SIM_IDEAL, 512 * MIB);
    uint64_t maximum_kb;
    xlmem_remedy remedy;
    sim_dom *other;

    (void)state;
    dom->target_kb = GIB;
    remedy = sizes_of(dom, true);
    maximum_kb = dom->maxmem_kb;
    other = sim_add_dom(&host, SIM_IDEAL, sim_free_kb(&host) - 256 * MIB);
    assert_int_equal(remedied(&remedy), XLMEM_ERROR_NO_HEADROOM);
    assert_non_null(strstr(err, "usable now"));
    assert_int_equal(dom->maxmem_kb, maximum_kb);
    sim_destroy(&host, other);
    sim_pass(&host, 20000);
    assert_int_equal(remedied(&remedy), 0);
    assert_true(dom->maxmem_kb >= GIB);
}

/* Between the decision and the lock somebody else had it. */
static void sizes_of_another_moment_are_left_alone(void **state)
{
    sim_dom *dom = sim_add_dom(&host, SIM_IDEAL, 512 * MIB);
    xlmem_remedy remedy;

    (void)state;
    dom->static_max_kb = 256 * MIB;
    remedy = sizes_of(dom, false);
    dom->static_max_kb = 300 * MIB;
    assert_int_equal(remedied(&remedy), XLMEM_ERROR_STALE);
    assert_int_equal(dom->static_max_kb, 300 * MIB);
    remedy.at = 4711;
    assert_int_equal(remedied(&remedy), XLMEM_ERROR_STALE);
    assert_non_null(strstr(err, "meanwhile"));
}

TEST_GROUP(remedies)
{
    const struct CMUnitTest tests[] = {
        TEST(dom0_grows_section_by_section),
        TEST(what_it_has_got_is_kept),
        TEST(a_target_that_is_not_followed_is_taken_back),
        TEST(what_xen_has_not_is_refused),
        TEST(static_max_is_raised_to_the_target),
        TEST(what_others_were_promised_is_not_given_twice),
        TEST(sizes_of_another_moment_are_left_alone),
    };

    return test_run(tests, NULL, NULL);
}
