/* SPDX-License-Identifier: LGPL-2.1-only */
#include "test.h"

#include <regex.h>

#include "model/dom0mem.h"

static void options_are_found_as_xen_finds_them(void **state)
{
    static const struct {
        const char *line, *name, *value; /* NULL: not there */
    } rows[] = {
        {"crashkernel=128M", "crashkernel", "128M"},
        {"a=1 a=2", "a", "2"},
        {"a=1 a", "a", ""},
        {"a=b=c", "a", "b=c"},
        {"iommu", "iommu", ""},
        {"no-iommu", "iommu", "no"},
        {"iommu no-iommu", "iommu", "no"},
        {"iommu=1 no-iommu=0", "iommu", "1"},
        {"no-iommu=0", "iommu", NULL},
        {"crashkernel=128M", "crash", NULL},
        {"xcrashkernel=128M", "crashkernel", NULL},
        {"quiet -- dom0=pvh", "dom0", NULL},
        {"dom0=pvh -- x", "dom0", "pvh"},
        {"", "dom0", NULL},
        {"   ", "dom0", NULL},
        {"dom0=\"pvh\"", "dom0", "\"pvh\""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        xlmem__str value = {NULL, 0};

        assert_int_equal(xlmem__option(rows[i].line, rows[i].name, &value),
                         rows[i].value != NULL);
        if (!rows[i].value)
            continue;
        assert_int_equal(value.len, strlen(rows[i].value));
        assert_memory_equal(value.p, rows[i].value, value.len);
    }
}

static void toolstacks_see_what_they_see(void **state)
{
    static const struct {
        const char *line;
        bool libvirt, xl;
    } rows[] = {
        {"dom0_mem=4G,max:4G", true, true},
        {"dom0_mem=1G+10%,max:64G", false, true},
        {"dom0_mem=10%", false, true},
        {"dom0_mem=-2G", false, true},
        {"dom0_mem=1T", false, true},
        {"dom0_mem=max:-2G", false, true},
        {"dom0_mem=2G,max=2G", false, false},
        {"dom0_mem=2GB", false, false},
        {"dom0_mem=0x80000000", false, false},
        {"dom0_mem=4096M, max:4096M", true, true},
        {"loglvl=all dom0_mem=2G,max:2G quiet", true, true},
        {"dom0_mem=2048", true, true},
        {"dom0_mem=max:4G", true, true},
        {"dom0_mem=2min:1G", true, true},
        {"dom0_mem=2mmin:1G", true, true},
        {"dom0_mem=2G3G", true, true},
        {"dom0_mem=5%", false, true},
        {"dom0_mem=-5%", false, false},
        {"dom0_mem=-10%", false, true},
        {"dom0_mem=150%", false, true},
        {"dom0_mem=1G+150%", false, false},
        {"dom0_mem=2G,,max:2G", false, false},
        {"dom0_mem=", false, false},
        {"dom0_mem", false, false},
        {"xdom0_mem=2G", false, false},
        {"", false, false},
        {"quiet -- dom0_mem=2G", false, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        print_message("%s\n", rows[i].line);
        assert_int_equal(xlmem__libvirt_sees_dom0mem(rows[i].line),
                         rows[i].libvirt);
        assert_int_equal(xlmem__xl_sees_dom0mem(rows[i].line), rows[i].xl);
    }
}

static const char *const pieces[] = {
    "min:", "max:", "m",   "1",  "42",         "0",   "0x", "G",
    "M",    "k",    "T",   "B",  ",",          "+",   "-",  "%",
    " ",    "a",    "10%", "2G", " dom0_mem=", "no-", "--",
};

/* The real expressions, by the C library. */
static void the_regular_expressions_agree(void **state)
{
#define UNIT(more) "[bBkKmMgG" more "]?"
#define LIST(component) "(^| )dom0_mem=((|min:|max:)" component ",?)+($| )"
#define SIZE "-?[0-9]+" UNIT("tT")
    regex_t libvirt, xl;
    int i;

    (void)state;
    assert_int_equal(
        regcomp(&libvirt, LIST("[0-9]+" UNIT("")), REG_EXTENDED | REG_NOSUB),
        0);
    assert_int_equal(regcomp(&xl, LIST("(" SIZE "|(" SIZE "\\+)?[0-9]{1,2}%)"),
                             REG_EXTENDED | REG_NOSUB),
                     0);
    test_seed();
    for (i = 0; i < 20000; i++) {
        char line[256];

        strcpy(line, "dom0_mem=");
        test_pieces(line + 9, sizeof(line) - 9, pieces, ARRAY_SIZE(pieces),
                    12);
        if (strstr(line, " -- "))
            continue;
        if (xlmem__libvirt_sees_dom0mem(line) !=
                !regexec(&libvirt, line, 0, NULL, 0) ||
            xlmem__xl_sees_dom0mem(line) != !regexec(&xl, line, 0, NULL, 0))
            fail_msg("differs: \"%s\"", line);
    }
    regfree(&libvirt);
    regfree(&xl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_found_as_xen_finds_them),
        cmocka_unit_test(toolstacks_see_what_they_see),
        cmocka_unit_test(the_regular_expressions_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
