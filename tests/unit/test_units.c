/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include "model/checked.h"
#include "model/units.h"

static void sizes_are_strict(void **state)
{
    static const struct {
        const char *text;
        int rc;
        uint64_t kb;
    } rows[] = {
        {"1K", 0, 1},
        {"1k", 0, 1},
        {"512M", 0, 524288},
        {"2G", 0, 2097152},
        {"1T", 0, UINT64_C(1) << 30},
        {"0G", 0, 0},
        {"18014398509481983K", 0, UINT64_MAX / 1024},
        {"18014398509481984K", XLMEM_ERROR_RANGE, 0},
        {"18446744073709551615K", XLMEM_ERROR_RANGE, 0},
        {"18446744073709551616K", XLMEM_ERROR_RANGE, 0},
        {"17179869184G", XLMEM_ERROR_RANGE, 0},
        {"", XLMEM_ERROR_PARSE, 0},
        {"M", XLMEM_ERROR_PARSE, 0},
        {"512", XLMEM_ERROR_PARSE, 0},
        {"512MB", XLMEM_ERROR_PARSE, 0},
        {"512MiB", XLMEM_ERROR_PARSE, 0},
        {" 512M", XLMEM_ERROR_PARSE, 0},
        {"512M ", XLMEM_ERROR_PARSE, 0},
        {"-1M", XLMEM_ERROR_PARSE, 0},
        {"+1M", XLMEM_ERROR_PARSE, 0},
        {"0x10M", XLMEM_ERROR_PARSE, 0},
        {"1.5G", XLMEM_ERROR_PARSE, 0},
        {"512B", XLMEM_ERROR_PARSE, 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t kb = 4711;
        int rc = xlmem_parse_size_kb(rows[i].text, &kb);

        assert_int_equal(rc, rows[i].rc);
        assert_int_equal(kb, rc ? 4711 : rows[i].kb);
    }
}

static void sizes_are_shown_exactly(void **state)
{
    static const struct {
        uint64_t kb;
        const char *text;
    } rows[] = {
        {0, "0 kB"},
        {912092, "912092 kB"},
        {1024, "1 MiB"},
        {1536, "1.5 MiB"},
        {UINT64_C(3028) * 1024, "3028 MiB"},
        {1572864, "1.5 GiB"},
        {UINT64_C(1) << 30, "1 TiB"},
        {UINT64_MAX, "18446744073709551615 kB"},
    };
    char buf[32];
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
        assert_string_equal(xlmem_format_size_kb(buf, sizeof(buf), rows[i].kb),
                            rows[i].text);
}

static void numbers_survive_the_round_trip(void **state)
{
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 10000; i++) {
        uint64_t value = test_magnitude(), back = 0;
        char text[32];
        int len =
            snprintf(text, sizeof(text), "%llu", (unsigned long long)value);

        assert_int_equal(
            xlmem__number_all((xlmem__str){text, (size_t)len}, 10, &back), 0);
        assert_int_equal(back, value);
    }
}

static void arithmetic_never_wraps(void **state)
{
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 10000; i++) {
        uint64_t a = test_magnitude(), b = test_magnitude(), r = 7;

        assert_int_equal(xlmem__add(a, b, &r),
                         (unsigned __int128)a + b <= UINT64_MAX);
        assert_int_equal(xlmem__mul(a, b, &r),
                         (unsigned __int128)a * b <= UINT64_MAX);
        assert_true(xlmem__add_sat(a, b) >= xlmem__max(a, b));
        assert_true(xlmem__sub0(a, b) <= a);
        if (b)
            assert_true(xlmem__round_up(a, b) % b == 0);
    }
}

/* As xl-memguard(1) and xlmem.h promise it to scripts and to callers: a code
 * keeps its number, and the status tells what to do next. */
static void codes_keep_their_number_and_status(void **state)
{
    static const struct {
        int code, rc, status;
    } rows[] = {
        {XLMEM_ERROR_INVAL, -5001, 1},
        {XLMEM_ERROR_NOMEM, -5002, 1},
        {XLMEM_ERROR_RANGE, -5003, 1},
        {XLMEM_ERROR_PARSE, -5004, 1},
        {XLMEM_ERROR_CONFIG, -5005, 1},
        {XLMEM_ERROR_XEN, -5006, 1},
        {XLMEM_ERROR_XENSTORE, -5007, 1},
        {XLMEM_ERROR_PERM, -5008, 1},
        {XLMEM_ERROR_BUSY, -5009, 4},
        {XLMEM_ERROR_TIMEDOUT, -5010, 5},
        {XLMEM_ERROR_NO_HEADROOM, -5011, 3},
        {XLMEM_ERROR_INFEASIBLE, -5012, 3},
        {XLMEM_ERROR_UNCOOPERATIVE, -5013, 3},
        {XLMEM_ERROR_STALE, -5014, 1},
        {XLMEM_ERROR_NOTFOUND, -5015, 1},
        {XLMEM_ERROR_UNSUPPORTED, -5016, 1},
        {XLMEM_ERROR_ABORTED, -5017, 1},
        {XLMEM_ERROR_IO, -5018, 1},
        {XLMEM_ERROR_UNKNOWN, -5019, 1},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(rows[i].code, rows[i].rc);
        assert_int_equal(xlmem_exit_status(rows[i].rc), rows[i].status);
    }
    assert_int_equal(xlmem_exit_status(0), 0);
    assert_int_equal(xlmem_exit_status(-1), 1);
    assert_true(xlmem_is_refusal(XLMEM_ERROR_NO_HEADROOM));
    assert_true(xlmem_is_refusal(XLMEM_ERROR_INFEASIBLE));
    assert_true(xlmem_is_refusal(XLMEM_ERROR_TIMEDOUT));
    assert_false(xlmem_is_refusal(0));
    assert_false(xlmem_is_refusal(XLMEM_ERROR_BUSY));
    assert_false(xlmem_is_refusal(XLMEM_ERROR_UNKNOWN));
}

/* One code, one clause: no two of them the same, and what is none
 * of ours has none. */
static void no_two_codes_say_the_same(void **state)
{
    int a, b, nr = 0;

    (void)state;
    for (a = -5000; a > -5100; a--) {
        if (!strcmp(xlmem_strerror(a), "unknown error"))
            continue;
        nr++;
        assert_true(strlen(xlmem_strerror(a)) > 5);
        for (b = a - 1; b > -5100; b--)
            assert_true(!strcmp(xlmem_strerror(b), "unknown error") ||
                        strcmp(xlmem_strerror(a), xlmem_strerror(b)));
    }
    assert_true(nr >= 19);
    assert_string_equal(xlmem_strerror(-1), "unknown error");
    assert_string_equal(xlmem_strerror(5001), "unknown error");
}

TEST_GROUP(units)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_strict),
        cmocka_unit_test(sizes_are_shown_exactly),
        cmocka_unit_test(numbers_survive_the_round_trip),
        cmocka_unit_test(arithmetic_never_wraps),
        cmocka_unit_test(codes_keep_their_number_and_status),
        cmocka_unit_test(no_two_codes_say_the_same),
    };

    return test_run(tests, NULL, NULL);
}
