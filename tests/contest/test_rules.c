/* SPDX-License-Identifier: LGPL-2.1-only */
/* The contest's instruments: traces, the optimum, and the peers' formulas as
 * they come out by hand. */
#include "optimum.h"
#include "test.h"
#include "world.h"

/* ------------------------------------------------------------- traces --- */

static void check_same_dom(const trace_dom *a, const trace_dom *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->first, b->first);
    assert_int_equal(a->floor_kb, b->floor_kb);
    assert_int_equal(a->ceiling_kb, b->ceiling_kb);
    assert_int_equal(a->start_kb, b->start_kb);
    assert_int_equal(a->own_kb, b->own_kb);
    assert_int_equal(a->weight, b->weight);
    assert_int_equal(a->speed_kb_s, b->speed_kb_s);
}

static void test_text(void **state)
{
    FILE *file = tmpfile();
    trace t, again;
    size_t i;

    (void)state;
    assert_non_null(file);
    trace_init(&t, "stampede");
    trace_kinds[5].make(&t);
    trace_write(&t, file);
    rewind(file);
    assert_true(trace_read(&again, file, "written"));
    assert_string_equal(again.name, "stampede");
    assert_int_equal(again.nr_steps, t.nr_steps);
    assert_int_equal(again.nr_doms, t.nr_doms);
    assert_int_equal(again.pool_kb, t.pool_kb);
    for (i = 0; i < t.nr_doms; i++)
        check_same_dom(&again.dom[i], &t.dom[i]);
    assert_memory_equal(again.need, t.need,
                        t.nr_steps * TRACE_DOMS_MAX * sizeof(*t.need));
    trace_dispose(&t);
    trace_dispose(&again);
    fclose(file);
}

static void test_bad_text(void **state)
{
    static const char *const bad[] = {
        "",
        "xlmem-trace 2 x\n",
        "dom a 1 2 3 0 1 1\nat 1,1\n",
        "dom a 1 3 2 0 1 1\nat 1\n",
        "dom a 1 3 2 0 1 1\nat 1,1 1,1\n",
        "dom a 1 3 2 0 1 1 last\nat 1,1\n",
        "step_ms 50\n",
    };
    FILE *file;
    size_t i;
    trace t;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(bad); i++) {
        file = tmpfile();
        assert_non_null(file);
        fputs(bad[i], file);
        rewind(file);
        assert_false(trace_read(&t, file, "bad"));
        trace_dispose(&t);
        fclose(file);
    }
}

/* ------------------------------------------------------------ optimum --- */

/* Two domains and the pool in units of 1 kB: small enough to try it all. */
static void any_small_trace(trace *t)
{
    trace_need *row;
    size_t step, i;

    trace_init(t, "small");
    t->nr_doms = 2;
    t->pool_kb = 0;
    for (i = 0; i < 2; i++) {
        t->dom[i] = (trace_dom){.floor_kb = test_between(0, 2),
                                .weight = 1,
                                .speed_kb_s = test_between(1, 3)};
        t->dom[i].start_kb = t->dom[i].floor_kb + test_between(0, 3);
        t->dom[i].ceiling_kb = t->dom[i].start_kb + test_between(0, 3);
        t->pool_kb += t->dom[i].start_kb;
    }
    t->pool_kb += test_between(0, 2);
    for (step = 0; step < 4; step++) {
        row = trace_add_step(t);
        for (i = 0; i < 2; i++)
            row[i].used_kb = test_between(0, 8);
    }
}

typedef struct best {
    uint64_t unmet, moved;
} best;

static uint64_t apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* Every way to go on from here. */
static best try_all(const trace *t, size_t step, uint64_t a, uint64_t b)
{
    best least = {UINT64_MAX, 0}, rest;
    uint64_t x, y;

    if (step == t->nr_steps)
        return (best){0, 0};
    for (x = t->dom[0].floor_kb; x <= t->dom[0].ceiling_kb; x++)
        for (y = t->dom[1].floor_kb; y <= t->dom[1].ceiling_kb; y++) {
            if (x + y > t->pool_kb || apart(x, a) > t->dom[0].speed_kb_s ||
                apart(y, b) > t->dom[1].speed_kb_s)
                continue;
            rest = try_all(t, step + 1, x, y);
            if (trace_need_kb(t, step, 0) > x)
                rest.unmet += trace_need_kb(t, step, 0) - x;
            if (trace_need_kb(t, step, 1) > y)
                rest.unmet += trace_need_kb(t, step, 1) - y;
            rest.moved += apart(x, a) + apart(y, b);
            if (rest.unmet < least.unmet ||
                (rest.unmet == least.unmet && rest.moved < least.moved))
                least = rest;
        }
    return least;
}

static void test_optimum_small(void **state)
{
    unsigned times;
    optimum o;
    trace t;
    best b;

    (void)state;
    test_seed();
    for (times = 0; times < 200; times++) {
        any_small_trace(&t);
        optimum_find(&o, &t);
        b = try_all(&t, 0, t.dom[0].start_kb, t.dom[1].start_kb);
        assert_true(o.proven);
        assert_int_equal(o.unmet_kb_ms, b.unmet * t.step_ms);
        assert_int_equal(o.moved_kb, b.moved);
        optimum_dispose(&o);
        trace_dispose(&t);
    }
}

/* ------------------------------------------------- the peers' formulas --- */

/* dom0 and two domUs of 1 to 3 GiB, on a host of 4.5 GiB, that need so much
 * for a minute. */
static void three(trace *t, uint64_t used_kb)
{
    trace_need *row;
    size_t step, i;

    trace_init(t, "three");
    t->nr_doms = 3;
    t->pool_kb = 4608 * MIB_KB;
    for (i = 0; i < 3; i++)
        t->dom[i] = (trace_dom){.floor_kb = GIB_KB,
                                .ceiling_kb = 3 * GIB_KB,
                                .start_kb = (i ? 1 : 2) * GIB_KB,
                                .weight = 1,
                                .first = !i,
                                .speed_kb_s = GIB_KB};
    for (step = 0; step < 60; step++) {
        row = trace_add_step(t);
        for (i = 0; i < 3; i++)
            row[i].used_kb = used_kb;
    }
}

static void keep(void *user, const world *w)
{
    *(world *)user = *w;
}

static void ends_with(const player *p, uint64_t used_kb, uint64_t dom0_kb,
                      uint64_t domu_kb)
{
    trace t;
    world w;
    size_t i;

    three(&t, used_kb);
    world_play(&t, p, keep, &w);
    for (i = 0; i < 3; i++)
        assert_in_range(w.dom[i].target_kb, (i ? domu_kb : dom0_kb) - 200,
                        (i ? domu_kb : dom0_kb) + 200);
    trace_dispose(&t);
}

/* Surplus: 4.5 GiB - 3 * (1 GiB + 8 kB); a third to each, all ranges being the
 * same; two halves without dom0, which keeps its 2 GiB. */
static void test_squeezed(void **state)
{
    (void)state;
    ends_with(&player_squeezed, 100 * MIB_KB, 1572856, 1572856);
    ends_with(&player_squeezed_domus, 100 * MIB_KB, 2 * GIB_KB, 1310712);
}

/*
 * 400 MiB used: pref 1.3 * 400 + 350 = 870 of dom0, 520 of each other, 1910 in
 * sum.  Xen's free (512 + 72) / 1.00781 = 579.5, less 50, and 4096 that they
 * have: 4625.5 MiB, of which dom0 gets 0.999 * 870 / 1910 = 2104.8 MiB, each
 * other 0.999 * 520 / 1910 = 1258.0.
 *
 * 1500 MiB used: pref 2300 and 1950.  When only dom0 has told:
 * 0.999 * (529.5 + 2048) = 2574.9 to it.  When the first domU has: there is
 * not enough, dom0 goes to 2300.  When the second has: 50 MiB stay, 277.5 of
 * 529.5 are left; by their parts of 6200: dom0 0.999 * (2300 + 102.9) =
 * 2400.5, each domU 0.999 * (1024 + 87.3) = 1110.2.
 */
static void test_qmemman(void **state)
{
    (void)state;
    ends_with(&player_qmemman, 400 * MIB_KB, 21048 * MIB_KB / 10,
              1258 * MIB_KB);
    ends_with(&player_qmemman, 1500 * MIB_KB, 24005 * MIB_KB / 10,
              11102 * MIB_KB / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),          cmocka_unit_test(test_bad_text),
        cmocka_unit_test(test_optimum_small), cmocka_unit_test(test_squeezed),
        cmocka_unit_test(test_qmemman),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
