/* SPDX-License-Identifier: LGPL-2.1-only */
/* Why a plan moves memory: each reason, and where one ends. */
#include "test.h"

#include "output/why.h"

#define MIB UINT64_C(1024)

/* A domain that wants 100 MiB and may have 200. */
static const char *why(xlmem_part part, uint64_t from_kb, uint64_t to_kb)
{
    const xlmem_step step = {.from_kb = from_kb, .to_kb = to_kb};

    return why_moved(&step, part, 100 * MIB, 200 * MIB);
}

static void who_has_too_much_gives(void **state)
{
    (void)state;
    assert_string_equal(why(XLMEM_PART_TAKEN, 150 * MIB, 100 * MIB),
                        "it has more than it needs, and others need it");
    assert_string_equal(why(XLMEM_PART_TAKEN, 100 * MIB, 100 * MIB - 8),
                        "there is not enough for all, and it has more than "
                        "its share");
    assert_string_equal(why(XLMEM_PART_TAKEN, 200 * MIB + 8, 200 * MIB),
                        "its target is more than it may have");
}

static void who_has_too_little_takes(void **state)
{
    (void)state;
    assert_string_equal(why(XLMEM_PART_TAKEN, 100 * MIB - 8, 100 * MIB),
                        "it needs more than it has");
    assert_string_equal(why(XLMEM_PART_TAKEN, 100 * MIB, 150 * MIB),
                        "all have what they need: this is its share of the "
                        "rest");
}

static void a_balloon_is_tried_or_woken(void **state)
{
    (void)state;
    assert_string_equal(why(XLMEM_PART_UNPROVEN, 150 * MIB, 149 * MIB),
                        "only a little, to see whether its balloon follows");
    assert_string_equal(why(XLMEM_PART_STUCK, 150 * MIB, 150 * MIB - 4),
                        "its balloon has given up: another target wakes it");
    assert_string_equal(why(XLMEM_PART_TAKEN, 90 * MIB, 90 * MIB + 4),
                        "its balloon has given up: another target wakes it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_too_much_gives),
        cmocka_unit_test(who_has_too_little_takes),
        cmocka_unit_test(a_balloon_is_tried_or_woken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
