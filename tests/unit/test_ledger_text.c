/* SPDX-License-Identifier: LGPL-2.1-only */
#include "same.h"
#include "test.h"

#include "codec/ledger_text.h"
#include "model/plan.h"

#define UUID "6f2c9d1e-0c55-4b43-a0a1-0d6f1f6f0a11"

static int parse(const char *text, xlmem__entry *entry)
{
    xlmem__where where = {.line = 0};
    int rc = xlmem__parse_entry(text, strlen(text), entry, &where);

    assert_int_equal(rc != 0, where.text[0] != '\0');
    return rc;
}

/* The last of them are others' and grow, in the order in which they are
 * written: by author, by reason. */
static void test_moves(xlmem_plan *plan)
{
    const size_t first = test_between(0, plan->nr_steps);
    uint64_t group = 1;
    size_t i;

    for (i = first; i < plan->nr_steps; i++) {
        xlmem_step *step = &plan->steps[i];
        const uint64_t from_kb = step->from_kb;

        group = test_between(group, 11);
        step->author = (xlmem_author)(group / 4);
        step->why = (xlmem_step_why)(group % 4);
        step->from_kb = step->to_kb;
        step->to_kb = from_kb;
    }
}

static void random_entry(xlmem__entry *entry)
{
    size_t i;

    memset(entry, 0, sizeof(*entry));
    entry->version = XLMEM__ENTRY_VERSION;
    strcpy(entry->res.uuid, UUID);
    XLMEM_SET(&entry->res, need_kb, test_magnitude() >> 10);
    if (test_between(0, 1))
        XLMEM_SET(&entry->res, dom0_need_kb, test_magnitude() >> 10);
    if (test_between(0, 1))
        XLMEM_SET(&entry->res, dom0_build_kb, test_magnitude() >> 10);
    if (test_between(0, 1))
        XLMEM_SET(&entry->res, domid, test_between(0, 0x7fef));
    if (test_between(0, 1))
        XLMEM_SET(entry, order, test_magnitude());
    if (test_between(0, 1))
        XLMEM_SET(entry, granted, test_between(0, 1));
    if (test_between(0, 1))
        XLMEM_SET(entry, binds, test_between(0, 1));
    if (test_between(0, 1))
        XLMEM_SET(entry, held_kb, test_magnitude() >> 10);
    if (test_between(0, 1))
        XLMEM_SET(entry, until_ms, test_magnitude() >> 1);
    entry->nr_before = test_between(0, XLMEM__BEFORE_MAX);
    for (i = 0; i < entry->nr_before; i++)
        entry->before[i] = test_between(0, 0x7fef);
    entry->plan.nr_steps = test_between(0, XLMEM_STEPS_MAX);
    for (i = 0; i < entry->plan.nr_steps; i++) {
        xlmem_step *step = &entry->plan.steps[i];

        step->domid = (uint32_t)test_between(0, 0x7fef);
        step->from_kb = (test_magnitude() >> 10) + 1;
        step->to_kb = test_between(0, step->from_kb - 1);
    }
    test_moves(&entry->plan);
    entry->nr_maxima = test_between(0, XLMEM__MAXIMA_MAX);
    for (i = 0; i < entry->nr_maxima; i++)
        entry->maxima[i] =
            (xlmem__maximum){test_between(0, 0x7fef), test_magnitude() >> 10};
}

static void what_is_written_is_read(void **state)
{
    char text[XLMEM__ENTRY_TEXT_MAX];
    xlmem__entry in, out;
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 20000; i++) {
        random_entry(&in);
        assert_int_equal(xlmem__render_entry(&in, text), 0);
        assert_int_equal(parse(text, &out), 0);
        assert_true(is_same_entry(&in, &out));
    }
}

/* The largest there can be still fits the page that is written at once. */
static void the_largest_fits_a_page(void **state)
{
    char text[XLMEM__ENTRY_TEXT_MAX];
    xlmem__entry entry;
    size_t i;

    (void)state;
    test_seed();
    do
        random_entry(&entry);
    while (entry.known != 31 || entry.res.known != 15);
    entry.nr_before = XLMEM__BEFORE_MAX;
    entry.plan.nr_steps = XLMEM_STEPS_MAX;
    entry.order = UINT64_MAX;
    entry.held_kb = XLMEM__ENTRY_KB_MAX;
    entry.nr_maxima = XLMEM__MAXIMA_MAX;
    for (i = 0; i < XLMEM__MAXIMA_MAX; i++)
        entry.maxima[i] = (xlmem__maximum){0x7fef, XLMEM__ENTRY_KB_MAX};
    for (i = 0; i < XLMEM__BEFORE_MAX; i++)
        entry.before[i] = 0x7fef;
    for (i = 0; i < XLMEM_STEPS_MAX; i++)
        entry.plan.steps[i] = (xlmem_step){XLMEM__ENTRY_KB_MAX,
                                           XLMEM__ENTRY_KB_MAX - 1,
                                           0x7fef,
                                           XLMEM_STEP_TARGET,
                                           (xlmem_author)(i % 3),
                                           (xlmem_step_why)(i % 4)};
    assert_int_equal(xlmem__render_entry(&entry, text), 0);
}

/* Of two of one domain the larger is from before any plan. */
static void the_larger_maximum_is_kept(void **state)
{
    xlmem__entry entry = {.nr_maxima = 0};
    uint64_t i;

    (void)state;
    xlmem__entry_add_maximum(&entry, 0, 2000);
    xlmem__entry_add_maximum(&entry, 0, 1000);
    xlmem__entry_add_maximum(&entry, 0, 3000);
    assert_int_equal(entry.nr_maxima, 1);
    assert_int_equal(entry.maxima[0].kb, 3000);
    for (i = 1; i < 20; i++)
        xlmem__entry_add_maximum(&entry, i, i);
    assert_int_equal(entry.nr_maxima, XLMEM__MAXIMA_MAX);
    assert_int_equal(entry.maxima[0].kb, 3000);
}

/* A text that was cut short, by whatever, is no reservation. */
static void a_torn_text_is_refused(void **state)
{
    char text[XLMEM__ENTRY_TEXT_MAX];
    xlmem__entry in, out;
    size_t len, cut;

    (void)state;
    test_seed();
    random_entry(&in);
    assert_int_equal(xlmem__render_entry(&in, text), 0);
    len = strlen(text);
    for (cut = 0; cut < len - 1; cut++)
        assert_int_equal(xlmem__parse_entry(text, cut, &out, NULL),
                         XLMEM_ERROR_PARSE);
}

#define HEAD_OF(n) "xlmem-reservation " n "\nuuid " UUID "\nneed_kb 100\n"
#define HEAD HEAD_OF("2")
#define HEAD3 HEAD_OF("3")

static void malformed_texts_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "xlmem-reservation\nend\n",
        "xlmem-reservation 0\nuuid " UUID "\nneed_kb 1\nend\n",
        "xlmem-reservation 1\nend\n",
        "xlmem-reservation 1\nuuid " UUID "\nend\n",
        "xlmem-reservation 1\nneed_kb 1\nend\n",
        HEAD "maximum 0\nend\n",
        HEAD "maximum 0 18014398509481985\nend\n",
        HEAD "maximum 99999 1\nend\n",
        HEAD "held_kb -1\nend\n",
        HEAD,
        HEAD "end\nend\n",
        HEAD "end\nmore\n",
        HEAD "need_kb 100\nend\n",
        HEAD "color red\nend\n",
        HEAD "dom0_need_kb\nend\n",
        HEAD "dom0_need_kb -1\nend\n",
        HEAD "dom0_need_kb 0x10\nend\n",
        HEAD "dom0_need_kb 18014398509481985\nend\n",
        HEAD "dom0_need_kb 99999999999999999999999\nend\n",
        HEAD "domid 32752\nend\n",
        HEAD "granted 2\nend\n",
        HEAD "step 1 100 100\nend\n",
        HEAD "step 1 100\nend\n",
        HEAD "step 1 100 50 25\nend\n",
        HEAD "step  1 100 50\nend\n",
        HEAD "by admin asked\nend\n",
        HEAD "move 1 50 100\nend\n",
        HEAD3 "by admin\nend\n",
        HEAD3 "by nobody asked\nend\n",
        HEAD3 "by admin because\nend\n",
        HEAD3 "by admin asked again\nend\n",
        HEAD3 "move 1 100 50\nend\n",
        HEAD3 "move 1 50\nend\n",
        HEAD3 "step 1 50 100\nend\n",
        HEAD3 "by daemon demand\nstep 1 100 50\nend\n",
        ("xlmem-reservation 1\nuuid 6f2c9d1e_0c55-4b43-a0a1-0d6f1f6f0a11\n"
         "need_kb 100\nend\n"),
    };
    xlmem__entry entry;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(texts); i++)
        if (parse(texts[i], &entry) != XLMEM_ERROR_PARSE)
            fail_msg("accepted: %s", texts[i]);
}

/* A guard of before leaves its promises to a new one, and the other way. */
static void an_older_version_is_honoured(void **state)
{
    char text[XLMEM__ENTRY_TEXT_MAX];
    xlmem__entry entry;

    (void)state;
    assert_int_equal(parse("xlmem-reservation 1\nuuid " UUID
                           "\nneed_kb 100\nstep 0 20 10\nend\n",
                           &entry),
                     0);
    assert_int_equal(entry.version, 1);
    assert_int_equal(entry.plan.nr_steps, 1);
    assert_int_equal(xlmem__render_entry(&entry, text), 0);
    assert_string_equal(text, HEAD3 "step 0 20 10\nend\n");
    assert_int_equal(parse("xlmem-reservation 1\nuuid " UUID
                           "\nneed_kb 100\nmaximum 0 20\nend\n",
                           &entry),
                     0);
    assert_int_equal(entry.nr_maxima, 1);
    assert_int_equal(parse("xlmem-reservation 1\nuuid " UUID
                           "\nneed_kb 100\ncolor red\nend\n",
                           &entry),
                     XLMEM_ERROR_PARSE);
    /* The next one's keys are not ours to refuse. */
    assert_int_equal(parse(HEAD_OF("4") "color red\nend\n", &entry), 0);
}

/* What a guard of version 2 wrote that still runs: its steps are owed. */
static void version_2_is_honoured(void **state)
{
    char text[XLMEM__ENTRY_TEXT_MAX];
    xlmem__entry entry;

    (void)state;
    assert_int_equal(parse(HEAD "order 7\ngranted 1\nbinds 1\nheld_kb 5\n"
                                "step 0 20 10\nstep 3 40 8\n"
                                "maximum 0 70\nend\n",
                           &entry),
                     0);
    assert_int_equal(entry.version, 2);
    assert_int_equal(entry.plan.nr_steps, 2);
    assert_int_equal(entry.plan.steps[1].domid, 3);
    assert_int_equal(entry.plan.steps[1].from_kb, 40);
    assert_int_equal(entry.plan.steps[1].to_kb, 8);
    assert_int_equal(entry.plan.steps[1].author, XLMEM_AUTHOR_GUARD);
    assert_int_equal(entry.plan.steps[1].why, XLMEM_WHY_ROOM);
    assert_int_equal(xlmem__render_entry(&entry, text), 0);
    assert_string_equal(text, HEAD3 "order 7\ngranted 1\nbinds 1\n"
                                    "held_kb 5\nstep 0 20 10\nstep 3 40 8\n"
                                    "maximum 0 70\nend\n");
}

/* One that knows "step" and passes over what is newer sees what is owed, and
 * nothing else. */
static void others_moves_are_not_steps(void **state)
{
    const xlmem_step steps[] = {
        {40, 30, 3, XLMEM_STEP_TARGET, XLMEM_AUTHOR_DAEMON, XLMEM_WHY_DEMAND},
        {20, 10, 0, XLMEM_STEP_TARGET, XLMEM_AUTHOR_GUARD, XLMEM_WHY_ROOM},
        {10, 5, 0, XLMEM_STEP_TARGET, XLMEM_AUTHOR_ADMIN, XLMEM_WHY_ASKED},
        {30, 20, 4, XLMEM_STEP_TARGET, XLMEM_AUTHOR_GUARD, XLMEM_WHY_OWED},
        {30, 40, 5, XLMEM_STEP_TARGET, XLMEM_AUTHOR_DAEMON, XLMEM_WHY_DEMAND},
    };
    char text[XLMEM__ENTRY_TEXT_MAX];
    xlmem__entry entry;
    size_t i;

    (void)state;
    assert_int_equal(parse(HEAD3 "end\n", &entry), 0);
    for (i = 0; i < ARRAY_SIZE(steps); i++)
        assert_true(xlmem__plan_add(&entry.plan, &steps[i]));
    assert_int_equal(xlmem__render_entry(&entry, text), 0);
    assert_string_equal(text, HEAD3 "step 0 20 10\nby guard owed\n"
                                    "step 4 30 20\nby admin asked\n"
                                    "move 0 10 5\nby daemon demand\n"
                                    "move 3 40 30\nmove 5 30 40\nend\n");
}

/* Whose steps those of a newer version are that has authors beside these. */
static void a_newer_authors_moves_are_passed_over(void **state)
{
    xlmem__entry entry;

    (void)state;
    assert_int_equal(parse(HEAD_OF("4") "by robot whim\nmove 1 10 20 30\n"
                                        "step 0 20 10\nby admin asked\n"
                                        "move 2 10 20\nend\n",
                           &entry),
                     0);
    assert_int_equal(entry.plan.nr_steps, 2);
    assert_int_equal(entry.plan.steps[0].author, XLMEM_AUTHOR_GUARD);
    assert_int_equal(entry.plan.steps[1].author, XLMEM_AUTHOR_ADMIN);
    assert_int_equal(entry.plan.steps[1].domid, 2);
}

static void a_newer_version_is_honoured(void **state)
{
    xlmem__entry entry;

    (void)state;
    assert_int_equal(parse("xlmem-reservation 7\ncolor red\nuuid " UUID
                           "\nneed_kb 100\nstep 0 20 10\nend\n",
                           &entry),
                     0);
    assert_int_equal(entry.version, 7);
    assert_int_equal(entry.res.need_kb, 100);
    assert_int_equal(entry.plan.nr_steps, 1);
    /* What it says in lines we know has to make sense. */
    assert_int_equal(parse("xlmem-reservation 7\nuuid " UUID
                           "\nneed_kb lots\nend\n",
                           &entry),
                     XLMEM_ERROR_PARSE);
}

TEST_GROUP(ledger_text)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(the_largest_fits_a_page),
        cmocka_unit_test(the_larger_maximum_is_kept),
        cmocka_unit_test(a_torn_text_is_refused),
        cmocka_unit_test(malformed_texts_are_refused),
        cmocka_unit_test(an_older_version_is_honoured),
        cmocka_unit_test(version_2_is_honoured),
        cmocka_unit_test(others_moves_are_not_steps),
        cmocka_unit_test(a_newer_authors_moves_are_passed_over),
        cmocka_unit_test(a_newer_version_is_honoured),
    };

    return test_run(tests, NULL, NULL);
}
