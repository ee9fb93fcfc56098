/* SPDX-License-Identifier: LGPL-2.1-only */
/* What free lists are good for, against the kernel's own arithmetic. */
#include "test.h"

#include "model/doctor/buddy.h"

typedef struct lists {
    uint64_t blocks[XLMEM_NR_ORDERS];
    uint64_t nr;
} lists;

static xlmem__buddy of(const lists *l)
{
    return (xlmem__buddy){l->nr, l->blocks};
}

static lists any_lists(unsigned bits)
{
    lists l = {.nr = test_between(0, XLMEM_NR_ORDERS)};
    size_t i;

    for (i = 0; i < l.nr; i++)
        if (test_between(0, 2))
            l.blocks[i] = test_magnitude() >> (64 - bits);
    return l;
}

/* ------------------------------------------- as recorded hosts have it --- */

static const struct {
    uint64_t blocks[11];
    unsigned order;
    uint64_t suitable, unusable;
} recorded[] = {
    /* kvm-host-2014-oom, Node 0 and Node 1 Normal; the kernel of the host
     * printed their sums in kB: 6592104 and 43013412. */
    {{1648026}, 2, 0, 1000},
    {{8390977, 1181188}, 2, 0, 1000},
    /* kvm-host-other-fragmented, Node 0 Normal. */
    {{420283, 217678, 3852, 3, 1, 0, 1, 1, 1}, 3, 61, 999},
    {{1178429, 294431, 21420, 340, 7, 2, 1, 2}, 3, 402, 998},
    /* ... -compacted */
    {{83764, 22474, 8597, 3130, 1971, 1421, 1090, 808, 556, 358, 95},
     3,
     87268,
     189},
    /* healthy-cache-full */
    {{17, 203, 102, 17, 21, 4, 7, 10, 8}, 3, 547, 159},
};

static void recorded_hosts_are_measured_as_their_kernels_would(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(recorded); i++) {
        const xlmem__buddy b = {11, recorded[i].blocks};

        assert_int_equal(xlmem__buddy_suitable(b, recorded[i].order),
                         recorded[i].suitable);
        assert_int_equal(xlmem__buddy_unusable(b, recorded[i].order),
                         recorded[i].unusable);
    }
    assert_int_equal(
        4 * xlmem__buddy_free((xlmem__buddy){11, recorded[0].blocks}),
        6592104);
    assert_int_equal(
        4 * xlmem__buddy_free((xlmem__buddy){11, recorded[1].blocks}),
        43013412);
}

/* ------------------------------------------------ as the kernel rounds --- */

/* Linux 6.x, in its types: counts that a machine can have. */
static int64_t kernels_index(const lists *l, unsigned order)
{
    uint64_t free = 0, nr = 0, suitable = 0;
    unsigned o;

    for (o = 0; o < l->nr; o++) {
        nr += l->blocks[o];
        free += l->blocks[o] << o;
        if (o >= order)
            suitable += l->blocks[o] << (o - order);
    }
    if (!nr)
        return 0;
    if (suitable)
        return -1000;
    return 1000 - (int)((1000 + free * 1000 / (UINT64_C(1) << order)) / nr);
}

static uint64_t kernels_unusable(const lists *l, unsigned order)
{
    uint64_t free = 0, suitable = 0;
    unsigned o;

    for (o = 0; o < l->nr && o < XLMEM_NR_ORDERS; o++) {
        free += l->blocks[o] << o;
        if (o >= order)
            suitable += l->blocks[o] << (o - order);
    }
    return free ? (free - (suitable << order)) * 1000 / free : 1000;
}

static void any_lists_are_measured_as_the_kernel_would(void **state)
{
    size_t i;

    (void)state;
    test_seed();
    for (i = 0; i < 100000; i++) {
        lists l = any_lists((unsigned)test_between(1, 24));
        unsigned order = (unsigned)test_between(0, XLMEM_NR_ORDERS - 1);

        assert_int_equal(xlmem__buddy_index(of(&l), order),
                         kernels_index(&l, order));
        assert_int_equal(xlmem__buddy_unusable(of(&l), order),
                         kernels_unusable(&l, order));
    }
}

/* --------------------------------------------------- whatever is there --- */

static void no_count_is_too_large(void **state)
{
    size_t i;

    (void)state;
    test_seed();
    for (i = 0; i < 100000; i++) {
        lists l = any_lists(64);
        const uint64_t free = xlmem__buddy_free(of(&l));
        unsigned k;

        for (k = 0; k < XLMEM_NR_ORDERS; k++) {
            const uint64_t s = xlmem__buddy_suitable(of(&l), k);

            assert_true(s << k <= free);
            assert_in_range(xlmem__buddy_unusable(of(&l), k), 0, 1000);
            assert_true(xlmem__buddy_index(of(&l), k) <= 1000);
            assert_true(xlmem__buddy_index(of(&l), k) >= -1000);
            if (k && free)
                assert_true(xlmem__buddy_unusable(of(&l), k) >=
                            xlmem__buddy_unusable(of(&l), k - 1));
        }
    }
}

/* U is blind to scale, up to the rounding of one in a thousand. */
static void ten_times_as_much_is_as_fragmented(void **state)
{
    size_t i, o;

    (void)state;
    test_seed();
    for (i = 0; i < 10000; i++) {
        lists l = any_lists(20), more = l;

        for (o = 0; o < l.nr; o++)
            more.blocks[o] *= 10;
        assert_int_equal(xlmem__buddy_unusable(of(&l), 3),
                         xlmem__buddy_unusable(of(&more), 3));
        assert_int_equal(xlmem__buddy_suitable(of(&l), 3) * 10,
                         xlmem__buddy_suitable(of(&more), 3));
    }
}

static void more_orders_than_are_kept_are_not_read(void **state)
{
    lists l = {.nr = XLMEM_NR_ORDERS};

    (void)state;
    l.blocks[15] = 1;
    l.nr = UINT64_MAX;
    assert_int_equal(xlmem__buddy_free(of(&l)), 1 << 15);
}

TEST_GROUP(buddy)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_hosts_are_measured_as_their_kernels_would),
        cmocka_unit_test(any_lists_are_measured_as_the_kernel_would),
        cmocka_unit_test(no_count_is_too_large),
        cmocka_unit_test(ten_times_as_much_is_as_fragmented),
        cmocka_unit_test(more_orders_than_are_kept_are_not_read),
    };

    return test_run(tests, NULL, NULL);
}
