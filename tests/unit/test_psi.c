/* SPDX-License-Identifier: LGPL-2.1-only */
/* Whether dom0's processes have waited for memory, by what can be seen. */
#include "config.h"

#include "test.h"

#include <unistd.h>

#include "sys/psi.h"

static bool look(xlmem__psi *psi, int64_t ms, uint64_t waited_us)
{
    return xlmem__psi_judge(psi, (xlmem__psi_look){ms, waited_us});
}

static void who_does_not_wait_is_not_told(void **state)
{
    xlmem__psi psi = {.fd = -1};
    int64_t ms;

    (void)state;
    for (ms = 0; ms < 100000; ms += 700)
        assert_false(look(&psi, ms, (uint64_t)ms)); /* 1 ms each second */
}

static void what_the_trigger_says_is_seen(void **state)
{
    xlmem__psi psi = {.fd = -1, .young = {0, 500}, .old = {0, 500}};

    (void)state;
    assert_false(look(&psi, 100000, 500));
    assert_true(look(&psi, 101000, 200500));
    assert_false(look(&psi, 101001, 200500)); /* that has been said */
    assert_false(look(&psi, 104000, 200500));
    assert_true(look(&psi, 105000, 400500));
}

/* A look in the middle of the trigger's window takes nothing away. */
static void looks_between_hide_nothing(void **state)
{
    int64_t between;

    (void)state;
    for (between = 8001; between < 10000; between += 13) {
        xlmem__psi psi = {.fd = -1};

        assert_false(look(&psi, 5000, 0));
        assert_false(look(&psi, 8000, 0));
        /* 200 ms from 8000 to 10000, evenly. */
        if (!look(&psi, between, (uint64_t)(between - 8000) * 100))
            assert_true(look(&psi, 10000, 200000));
    }
}

static void slow_waiting_is_no_pressure(void **state)
{
    xlmem__psi psi = {.fd = -1};
    int64_t s;

    (void)state;
    for (s = 0; s < 1000; s += 4) /* a hundredth */
        assert_false(look(&psi, s * 1000, (uint64_t)s * 10000));
}

static void a_kernel_without_it_says_so(void **state)
{
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    xlmem__psi psi = {.fd = -1};

    (void)state;
    assert_int_equal(xlmem__psi_open("/nowhere/pressure", 0, &psi, &msg),
                     XLMEM_ERROR_UNSUPPORTED);
    assert_non_null(strstr(text, "/nowhere/pressure: No such file"));
    assert_int_equal(psi.fd, -1);
    assert_false(xlmem__psi_fired(&psi, 0));
}

static void a_file_that_is_no_trigger_is_none(void **state)
{
    char path[] = "/tmp/xlmem-psi-XXXXXX", text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    xlmem__psi psi = {.fd = -1};

    (void)state;
    close(mkstemp(path));
    assert_int_equal(xlmem__psi_open(path, 0, &psi, &msg), XLMEM_ERROR_IO);
    assert_non_null(strstr(text, path));
    assert_int_equal(psi.fd, -1);
    unlink(path);
}

/* As long as this machine has it. */
static void the_kernels_own_is_opened(void **state)
{
    char text[200] = "";
    xlmem__msg msg = {text, sizeof(text)};
    xlmem__psi psi = {.fd = -1};

    (void)state;
    if (xlmem__psi_open(XLMEM_PRESSURE_FILE, 0, &psi, &msg)) {
        print_message("%s\n", text);
        skip();
    }
    assert_true(psi.fd >= 0);
    xlmem__psi_close(&psi);
    assert_int_equal(psi.fd, -1);
}

TEST_GROUP(psi)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_does_not_wait_is_not_told),
        cmocka_unit_test(what_the_trigger_says_is_seen),
        cmocka_unit_test(looks_between_hide_nothing),
        cmocka_unit_test(slow_waiting_is_no_pressure),
        cmocka_unit_test(a_kernel_without_it_says_so),
        cmocka_unit_test(a_file_that_is_no_trigger_is_none),
        cmocka_unit_test(the_kernels_own_is_opened),
    };

    return test_run(tests, NULL, NULL);
}
