/* SPDX-License-Identifier: LGPL-2.1-only */
/* A machine that nobody has. */
#include "test.h"

#include "model/units.h"

static void assume(xlmem_host *host, const xlmem_machine *machine)
{
    xlmem_host_init(host);
    assert_int_equal(xlmem_host_assume(machine, host), 0);
}

/* All its RAM lies in the map, which is that of any host without one: what a
 * line yields there it yields here. */
static void its_map_is_that_of_a_host_without_one(void **state)
{
    xlmem_host host, bare;
    xlmem_prediction with, without;
    int i;

    (void)state;
    for (i = 0; i < 100; i++) {
        xlmem_machine machine = {.known = 0};

        XLMEM_SET(&machine, ram_kb, test_between(2 << 20, 1 << 30) & ~3UL);
        XLMEM_SET(&machine, nr_cpus, test_between(1, 512));
        assume(&host, &machine);
        assert_int_equal(xlmem_map_usable_kb(&host.map), machine.ram_kb);
        assert_int_equal(host.map.source, XLMEM_MAP_ASSUMED);
        xlmem_host_init(&bare);
        XLMEM_SET(&bare, total_kb, machine.ram_kb);
        XLMEM_SET(&bare, nr_cpus, machine.nr_cpus);
        assert_int_equal(xlmem_predict(&host, "1G,max:1G", &with), 0);
        assert_int_equal(xlmem_predict(&bare, "1G,max:1G", &without), 0);
        assert_int_equal(with.memtotal_kb, without.memtotal_kb);
        assert_int_equal(with.host_free_kb, without.host_free_kb);
        assert_true(
            xlmem_finding_is(with.warnings, with.nr_warnings, "map-assumed"));
        xlmem_host_dispose(&bare);
        xlmem_host_dispose(&host);
    }
}

static void what_is_said_of_it_is_taken(void **state)
{
    xlmem_machine machine = {.known = 0};
    xlmem_host host;

    (void)state;
    XLMEM_SET(&machine, ram_kb, UINT64_C(256) << 20);
    assume(&host, &machine);
    assert_int_equal(host.nr_cpus, 64);
    assert_false(XLMEM_KNOWS(&host, xen_major));
    assert_false(XLMEM_KNOWS(&host.dom0, linux_major));
    XLMEM_SET(&machine, xen_major, 4);
    XLMEM_SET(&machine, xen_minor, 14);
    XLMEM_SET(&machine, linux_major, 5);
    XLMEM_SET(&machine, linux_minor, 10);
    /* In the place of the host that was there. */
    assert_int_equal(xlmem_host_assume(&machine, &host), 0);
    assert_int_equal(host.xen_minor, 14);
    assert_int_equal(host.dom0.linux_minor, 10);
    xlmem_host_dispose(&host);
}

/* The newest that is known, one before and one after. */
static void what_is_too_new_is_told(void **state)
{
    xlmem_machine machine = {.known = 0}, newest;
    xlmem_host host;

    (void)state;
    XLMEM_SET(&machine, ram_kb, UINT64_C(8) << 20);
    assume(&host, &machine);
    xlmem_host_beyond(&host, &newest);
    assert_int_equal(newest.known, 0);
    XLMEM_SET(&host, xen_major, 4);
    XLMEM_SET(&host, xen_minor, 20);
    XLMEM_SET(&host.dom0, linux_major, 6);
    XLMEM_SET(&host.dom0, linux_minor, 13);
    xlmem_host_beyond(&host, &newest);
    assert_false(XLMEM_KNOWS(&newest, xen_major));
    assert_int_equal(newest.linux_major, 6);
    assert_int_equal(newest.linux_minor, 12);
    host.xen_minor = 21;
    host.dom0.linux_major = 5;
    xlmem_host_beyond(&host, &newest);
    assert_int_equal(newest.xen_major, 4);
    assert_int_equal(newest.xen_minor, 20);
    assert_false(XLMEM_KNOWS(&newest, linux_major));
    xlmem_host_dispose(&host);
}

static void without_ram_there_is_none(void **state)
{
    xlmem_machine machine = {.known = 0};
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    XLMEM_SET(&host, total_kb, 7);
    assert_int_equal(xlmem_host_assume(&machine, &host), XLMEM_ERROR_INVAL);
    XLMEM_SET(&machine, ram_kb, 0);
    assert_int_equal(xlmem_host_assume(&machine, &host), XLMEM_ERROR_INVAL);
    assert_int_equal(host.total_kb, 7);
    xlmem_host_dispose(&host);
}

TEST_GROUP(assumed)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_map_is_that_of_a_host_without_one),
        cmocka_unit_test(what_is_said_of_it_is_taken),
        cmocka_unit_test(what_is_too_new_is_told),
        cmocka_unit_test(without_ram_there_is_none),
    };

    return test_run(tests, NULL, NULL);
}
