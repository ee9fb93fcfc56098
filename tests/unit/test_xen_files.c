/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which of the hypervisors in /boot is the one to come. */
#include "test.h"

#include "codec/capture/xen_files.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

/* Names that are read, as a listing has them. */
static bool newest(const char *const *names, size_t nr,
                   xlmem__release *release_r)
{
    char *listed[16];
    size_t i;

    assert_true(nr <= NR(listed));
    for (i = 0; i < nr; i++)
        listed[i] = (char *)(uintptr_t)names[i];
    return xlmem__xen_files_newest(listed, nr, release_r);
}

static void the_newest_is_taken(void **state)
{
    static const char *const debian[] = {
        "vmlinuz-6.1.0-37-amd64", "xen-4.9-amd64.gz", "xen-4.17-amd64.gz",
        "xen-4.14-amd64.gz", "xen-4.20-amd64.efi"};
    static const char *const suse[] = {"xen.gz", "xen-4.18.0_02-150600.1.gz",
                                       "xen-dbg-4.19.0_02-150600.1.gz"};
    xlmem__release release = {0, 0};

    (void)state;
    assert_true(newest(debian, NR(debian), &release));
    assert_int_equal(release.major, 4);
    assert_int_equal(release.minor, 17);
    assert_true(newest(suse, NR(suse), &release));
    assert_int_equal(release.minor, 18);
}

static void others_are_no_xen(void **state)
{
    static const char *const names[] = {"",
                                        ".gz",
                                        "xen-",
                                        "xen-.gz",
                                        "xen-4.gz",
                                        "xen-4..gz",
                                        "xen-a.17.gz",
                                        "xenpolicy-4.17.gz",
                                        "xen.gz",
                                        "xen-4.17.cfg",
                                        "xen-4.17-amd64.config",
                                        "xen-99999999999999999999.1.gz"};
    xlmem__release release = {7, 7};

    (void)state;
    assert_false(newest(names, NR(names), &release));
    assert_false(newest(NULL, 0, &release));
    assert_int_equal(release.minor, 7);
}

TEST_GROUP(xen_files)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_is_taken),
        cmocka_unit_test(others_are_no_xen),
    };

    return test_run(tests, NULL, NULL);
}
