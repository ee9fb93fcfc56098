/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "model/units.h"

#define PAGE UINT64_C(4096)
#define PAGES_MAX 96

static void build(xlmem_map *map, const xlmem_range *ranges, size_t nr)
{
    size_t i;

    xlmem_map_init(map);
    for (i = 0; i < nr; i++)
        assert_int_equal(
            xlmem_map_add(map, ranges[i].start, ranges[i].end, ranges[i].type),
            0);
}

static void assert_map(const xlmem_map *map, const xlmem_range *want,
                       size_t nr)
{
    size_t i;

    assert_int_equal(map->nr, nr);
    for (i = 0; i < nr; i++) {
        assert_int_equal(map->ranges[i].start, want[i].start);
        assert_int_equal(map->ranges[i].end, want[i].end);
        assert_int_equal(map->ranges[i].type, want[i].type);
    }
}

/* The firmware's worst, in the order a real one would not have it. */
static void overlaps_go_to_the_highest_type(void **state)
{
    static const xlmem_range in[] = {
        {0x100000, 0x8000000, XLMEM_RANGE_RAM},
        {0x0, 0xa0000, XLMEM_RANGE_RAM},
        {0x7ff0000, 0x8010000, XLMEM_RANGE_ACPI},
        {0x9fc00, 0x100000, XLMEM_RANGE_RESERVED},
        {0x8000000, 0x9000000, XLMEM_RANGE_RAM},
        {0x9000000, 0xa000000, XLMEM_RANGE_RAM},
        {0x9000000, 0xa000000, XLMEM_RANGE_RAM},
        {0x200000, 0x300000, XLMEM_RANGE_UNUSABLE},
        {0x240000, 0x280000, XLMEM_RANGE_RESERVED},
        {0xb000000, 0xc000000, 0},
    };
    static const xlmem_range want[] = {
        {0x0, 0x9fc00, XLMEM_RANGE_RAM},
        {0x9fc00, 0x100000, XLMEM_RANGE_RESERVED},
        {0x100000, 0x200000, XLMEM_RANGE_RAM},
        {0x200000, 0x300000, XLMEM_RANGE_UNUSABLE},
        {0x300000, 0x7ff0000, XLMEM_RANGE_RAM},
        {0x7ff0000, 0x8010000, XLMEM_RANGE_ACPI},
        {0x8010000, 0xa000000, XLMEM_RANGE_RAM},
    };
    xlmem_map map;

    (void)state;
    build(&map, in, ARRAY_SIZE(in));
    assert_int_equal(xlmem_map_normalise(&map), 0);
    assert_map(&map, want, ARRAY_SIZE(want));
    /* 0x9fc00 is no page boundary: its page is not usable. */
    assert_int_equal(xlmem_map_usable_kb(&map),
                     (0x9f000 + 0x100000 + 0x7cf0000 + 0x1ff0000) / 1024);
    assert_int_equal(xlmem_map_usable_below_kb(&map, 0x100000),
                     0x9f000 / 1024);
    assert_int_equal(xlmem_map_usable_below_kb(&map, 0x1fff), 0x1000 / 1024);
    assert_int_equal(xlmem_map_top_kb(&map), 0xa000000 / 1024);
    xlmem_map_dispose(&map);
}

static void a_map_without_ram_is_refused_and_kept(void **state)
{
    static const xlmem_range rows[][2] = {
        {{0, 0x100000, XLMEM_RANGE_RESERVED}, {0, PAGE, XLMEM_RANGE_ACPI}},
        {{0, 0x100000, XLMEM_RANGE_RAM}, {0, 0x100000, XLMEM_RANGE_NVS}},
        {{0x800, 0x17ff, XLMEM_RANGE_RAM}, {0x4001, 0x5fff, XLMEM_RANGE_RAM}},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem_map map;

        build(&map, rows[i], 2);
        assert_int_equal(xlmem_map_normalise(&map), XLMEM_ERROR_INFEASIBLE);
        assert_map(&map, rows[i], 2);
        xlmem_map_dispose(&map);
        assert_int_equal(xlmem_map_normalise(&map), XLMEM_ERROR_INFEASIBLE);
        assert_int_equal(xlmem_map_usable_kb(&map), 0);
        assert_int_equal(xlmem_map_top_kb(&map), 0);
    }
}

static void ranges_reach_the_last_byte(void **state)
{
    static const xlmem_range in[] = {
        {UINT64_MAX - 0x10000, UINT64_MAX, XLMEM_RANGE_RESERVED},
        {0, UINT64_MAX, XLMEM_RANGE_RAM},
    };
    static const xlmem_range want[] = {
        {0, UINT64_MAX - 0x10000, XLMEM_RANGE_RAM},
        {UINT64_MAX - 0x10000, UINT64_MAX, XLMEM_RANGE_RESERVED},
    };
    xlmem_map map;

    (void)state;
    build(&map, in, ARRAY_SIZE(in));
    assert_int_equal(xlmem_map_normalise(&map), 0);
    assert_map(&map, want, ARRAY_SIZE(want));
    assert_int_equal(xlmem_map_top_kb(&map),
                     (UINT64_MAX - 0x10000) / PAGE * 4);
    assert_int_equal(xlmem_map_add(&map, 5, 5, 1), XLMEM_ERROR_RANGE);
    xlmem_map_dispose(&map);
}

/* What each page is, painted with a brush. */
static void paint(const xlmem_map *map, uint32_t page[PAGES_MAX])
{
    size_t i;
    uint64_t p;

    memset(page, 0, PAGES_MAX * sizeof(page[0]));
    for (i = 0; i < map->nr; i++)
        for (p = map->ranges[i].start / PAGE; p < map->ranges[i].end / PAGE;
             p++)
            if (map->ranges[i].type > page[p])
                page[p] = map->ranges[i].type;
}

static void random_map(xlmem_map *map)
{
    uint64_t nr = test_between(1, 24);

    xlmem_map_init(map);
    while (nr--) {
        uint64_t start = test_between(0, PAGES_MAX - 1);
        uint64_t end = test_between(start + 1, PAGES_MAX);

        assert_int_equal(xlmem_map_add(map, start * PAGE, end * PAGE,
                                       (uint32_t)test_between(0, 7)),
                         0);
    }
}

static void copy(xlmem_map *to, const xlmem_map *from)
{
    build(to, from->ranges, from->nr);
}

static void assert_sorted_and_merged(const xlmem_map *map)
{
    size_t i;

    for (i = 0; i < map->nr; i++) {
        assert_true(map->ranges[i].start < map->ranges[i].end);
        if (!i)
            continue;
        assert_true(map->ranges[i - 1].end <= map->ranges[i].start);
        assert_false(map->ranges[i - 1].end == map->ranges[i].start &&
                     map->ranges[i - 1].type == map->ranges[i].type);
    }
}

static void assert_sums(const xlmem_map *map, const uint32_t page[PAGES_MAX])
{
    uint64_t limit = test_between(0, PAGES_MAX), ram = 0, below = 0, top = 0;
    uint64_t p;

    for (p = 0; p < PAGES_MAX; p++) {
        if (page[p] != XLMEM_RANGE_RAM)
            continue;
        ram++;
        below += p < limit;
        top = p + 1;
    }
    assert_int_equal(xlmem_map_usable_kb(map), ram * 4);
    assert_int_equal(xlmem_map_usable_below_kb(map, limit * PAGE), below * 4);
    assert_int_equal(xlmem_map_top_kb(map), top * 4);
}

static void shuffle(xlmem_map *map)
{
    size_t i;

    for (i = map->nr; i > 1; i--) {
        size_t j = test_between(0, i - 1);
        xlmem_range range = map->ranges[j];

        map->ranges[j] = map->ranges[i - 1];
        map->ranges[i - 1] = range;
    }
}

static void normalising_paints_the_same_picture(void **state)
{
    int round;

    (void)state;
    test_seed();
    for (round = 0; round < 5000; round++) {
        uint32_t want[PAGES_MAX], got[PAGES_MAX];
        xlmem_map map, shuffled;
        int rc;

        random_map(&map);
        copy(&shuffled, &map);
        shuffle(&shuffled);
        paint(&map, want);
        rc = xlmem_map_normalise(&map);
        assert_int_equal(xlmem_map_normalise(&shuffled), rc);
        paint(&map, got);
        assert_memory_equal(want, got, sizeof(want));
        if (!rc) {
            assert_sorted_and_merged(&map);
            assert_sums(&map, want);
            assert_map(&shuffled, map.ranges, map.nr);
            /* Once more changes nothing, and the array can still grow. */
            assert_int_equal(xlmem_map_normalise(&map), 0);
            assert_map(&shuffled, map.ranges, map.nr);
            while (map.nr < 70)
                assert_int_equal(xlmem_map_add(&map, 0, PAGE, 1), 0);
        }
        xlmem_map_dispose(&map);
        xlmem_map_dispose(&shuffled);
    }
}

/* 100 000 ranges, all overlapping: a quadratic sweep would take minutes. */
static void many_ranges_are_no_trouble(void **state)
{
    xlmem_map map;
    uint64_t i;

    (void)state;
    xlmem_map_init(&map);
    for (i = 0; i < 100000; i++)
        assert_int_equal(xlmem_map_add(&map, i * PAGE, (400000 - i) * PAGE,
                                       (uint32_t)(i % 2 + 1)),
                         0);
    assert_int_equal(xlmem_map_normalise(&map), 0);
    /* One page at each end is only RAM. */
    assert_int_equal(map.nr, 3);
    assert_int_equal(xlmem_map_usable_kb(&map), 8);
    xlmem_map_dispose(&map);
}

static void types_and_sources_have_names(void **state)
{
    (void)state;
    assert_string_equal(xlmem_range_type_name(XLMEM_RANGE_RAM), "RAM");
    assert_string_equal(xlmem_range_type_name(XLMEM_RANGE_NVS), "ACPI NVS");
    assert_string_equal(xlmem_range_type_name(0), "other");
    assert_string_equal(xlmem_range_type_name(UINT32_MAX), "other");
    assert_string_equal(xlmem_map_source_name(XLMEM_MAP_NONE), "none");
    assert_string_equal(xlmem_map_source_name(XLMEM_MAP_RING),
                        "Xen's console ring");
}

TEST_GROUP(map)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overlaps_go_to_the_highest_type),
        cmocka_unit_test(a_map_without_ram_is_refused_and_kept),
        cmocka_unit_test(ranges_reach_the_last_byte),
        cmocka_unit_test(normalising_paints_the_same_picture),
        cmocka_unit_test(many_ranges_are_no_trouble),
        cmocka_unit_test(types_and_sources_have_names),
    };

    return test_run(tests, NULL, NULL);
}
