/* SPDX-License-Identifier: LGPL-2.1-only */
/* Configuration files of domains. */
#include "test.h"

#include "xlmem.h"

#define MIB UINT64_C(1024)

static int parse_domu(const char *text, xlmem_domu *domu)
{
    char err[160] = "";
    int rc = xlmem_domu_from_cfg(text, strlen(text), domu, err, sizeof(err));

    assert_int_equal(rc != 0, err[0] != '\0');
    return rc;
}

static int parse(const char *text, xlmem_need_request *request)
{
    xlmem_domu domu = {.name = ""};
    int rc = parse_domu(text, &domu);

    *request = domu.request;
    return rc;
}

static void its_name_is_safe_to_print(void **state)
{
    xlmem_domu domu;

    (void)state;
    assert_int_equal(parse_domu("memory = 64\n", &domu), 0);
    assert_string_equal(domu.name, "");
    assert_int_equal(parse_domu("name = 'a\033[2Jb'; memory = 64", &domu), 0);
    assert_string_equal(domu.name, "a?[2Jb");
    assert_string_equal(domu.uuid, "");
    assert_int_equal(parse_domu("name = 12; memory = 64", &domu),
                     XLMEM_ERROR_PARSE);
}

static void a_file_as_people_write_it(void **state)
{
    xlmem_need_request request;

    (void)state;
    assert_int_equal(
        parse("# Debian guest\n"
              "name = 'web-1'   # \"quoted\"\n"
              "type = \"pvh\"; vcpus = 2\n"
              "maxvcpus='4'\n"
              "memory = 0x200\n"
              "maxmem = 1024\r\n"
              "kernel = \"/boot/vm\\\"linuz\"\n"
              "vif = [ 'bridge=xenbr0,mac=00:16:3e:00:00:01',\n"
              "        'bridge=xenbr1', ]  # two\n"
              "disk = [\n"
              "  # the root\n"
              "  '/dev/vg/web,raw,xvda,rw'\n"
              "]\n"
              "vnuma = [ [ \"pnode=0\", \"size=512\" ], [ \"pnode=1\" ] ]\n",
              &request),
        0);
    assert_int_equal(request.type, XLMEM_DOM_PVH);
    assert_int_equal(request.memory_kb, 512 * MIB);
    assert_int_equal(request.maxmem_kb, 1024 * MIB);
    assert_int_equal(request.vcpus, 4);
    assert_int_equal(request.vifs, 2);
    assert_int_equal(request.vbds, 1);
    assert_false(XLMEM_KNOWS(&request, stubdom_kb));
    assert_false(XLMEM_KNOWS(&request, iommu_tables));
}

static void later_settings_replace_earlier_ones(void **state)
{
    xlmem_need_request request;

    (void)state;
    assert_int_equal(parse("memory=1\nmemory = 256\ndisk=['a']\n"
                           "disk += ['b','c']\npci=['01:00.0']\n",
                           &request),
                     0);
    assert_int_equal(request.type, XLMEM_DOM_PV);
    assert_int_equal(request.memory_kb, 256 * MIB);
    assert_int_equal(request.vbds, 3);
    assert_int_equal(request.iommu_tables, 1);
    assert_int_equal(parse("builder='hvm'\nmaxmem=512\nshadow_memory=8\n"
                           "hap=0\nvideoram=16\npci=['01:00.0']",
                           &request),
                     0);
    assert_int_equal(request.type, XLMEM_DOM_HVM);
    assert_int_equal(request.memory_kb, 512 * MIB);
    assert_int_equal(request.shadow_memory_kb, 8 * MIB);
    assert_true(XLMEM_KNOWS(&request, hap) && !request.hap);
    assert_false(XLMEM_KNOWS(&request, iommu_tables));
}

static void broken_files_are_refused(void **state)
{
    static const struct {
        const char *text;
        int rc;
    } files[] = {
        {"", XLMEM_ERROR_CONFIG},
        {"memory = 0\n", XLMEM_ERROR_CONFIG},
        {"memory = 12 13\n", XLMEM_ERROR_PARSE},
        {"memory = -1\n", XLMEM_ERROR_PARSE},
        {"memory = '1G'\n", XLMEM_ERROR_PARSE},
        {"memory = 99999999999999999999\n", XLMEM_ERROR_PARSE},
        {"memory = 18014398509481984\n", XLMEM_ERROR_PARSE},
        {"memory = 08\n", XLMEM_ERROR_PARSE},
        {"memory = [ 512 ]\n", XLMEM_ERROR_PARSE},
        {"memory\n", XLMEM_ERROR_PARSE},
        {"memory = \n", XLMEM_ERROR_PARSE},
        {"= 512\n", XLMEM_ERROR_PARSE},
        {"memory = 512\nname = \"cut", XLMEM_ERROR_PARSE},
        {"memory = 512\nname = \"cut\\", XLMEM_ERROR_PARSE},
        {"memory = 512\ndisk = [ 'a', ", XLMEM_ERROR_PARSE},
        {"memory = 512\ndisk = [ 'a' 'b' ]", XLMEM_ERROR_PARSE},
        {"memory = 512\nx = [[[[[[[[[[[[1]]]]]]]]]]]]", XLMEM_ERROR_PARSE},
        {"memory = 512\ntype = \"xen\"\n", XLMEM_ERROR_PARSE},
        {"memory = 512\nvcpus = 0\n", XLMEM_ERROR_PARSE},
        {"memory = 512\ndevice_model_stubdomain_override = 1\n",
         XLMEM_ERROR_CONFIG},
    };
    xlmem_need_request request;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(files); i++)
        if (parse(files[i].text, &request) != files[i].rc)
            fail_msg("%s", files[i].text);
}

/* ------------------------------------------------------- our own list --- */

static void the_list_is_taken(void **state)
{
    static const char text[] = "name = 'web'\n"
                               "memguard = [ 'weight=7' ]\n"
                               "memguard = [ \"dynamic_min=256M\",\n"
                               "             'weight = 2', ] # two\n"
                               "memguard += [ 'dynamic_max=1G' ]\n"
                               "memory = 512\n";
    xlmem_domu domu = {.name = ""};

    (void)state;
    assert_int_equal(parse_domu(text, &domu), 0);
    assert_true(XLMEM_KNOWS(&domu.opt_in, dynamic_min_kb));
    assert_int_equal(domu.opt_in.dynamic_min_kb, 256 * MIB);
    assert_string_equal(domu.opt_in.unused, "dynamic_max, weight");
    assert_int_equal(parse_domu("memory = 512\nmemguard = []\n", &domu), 0);
    assert_false(XLMEM_KNOWS(&domu.opt_in, dynamic_min_kb));
    assert_string_equal(domu.opt_in.unused, "");
    /* Nothing else of the file is looked at: somebody else has. */
    assert_int_equal(
        xlmem_domu_opt_in_cfg(&domu, text, sizeof(text) - 1, NULL, 0), 0);
    assert_int_equal(domu.opt_in.dynamic_min_kb, 256 * MIB);
    assert_int_equal(
        xlmem_domu_opt_in_cfg(&domu, "memory = 'much'", 15, NULL, 0), 0);
    assert_false(XLMEM_KNOWS(&domu.opt_in, dynamic_min_kb));
}

static void a_broken_list_is_refused(void **state)
{
    static const struct {
        const char *list, *says;
        int rc;
    } lists[] = {
        {"'dynamic_min=64M'", "line 2: memguard: expected a list of",
         XLMEM_ERROR_PARSE},
        {"64", "line 2: memguard: expected a list of", XLMEM_ERROR_PARSE},
        {"[ ['weight=2'] ]", "line 2: memguard: expected a list of",
         XLMEM_ERROR_PARSE},
        {"[ 'dynamic_min' ]",
         "line 2: dynamic_min is a size of 1M or more: 'dynamic_min'",
         XLMEM_ERROR_PARSE},
        {"[ 'dynamic_min=64' ]",
         "line 2: dynamic_min is a size of 1M or more: 'dynamic_min=64'",
         XLMEM_ERROR_PARSE},
        {"[ 'dynamic_min=-1M' ]", NULL, XLMEM_ERROR_PARSE},
        {"[ 'dynamic_min=1.5G' ]", NULL, XLMEM_ERROR_PARSE},
        {"[ 'dynamic_min=1000K' ]", NULL, XLMEM_ERROR_RANGE},
        {"[ 'dynamic_min=99999999999999T' ]", NULL, XLMEM_ERROR_RANGE},
        {"[ 'dynamic_min=513M' ]",
         "memguard: dynamic_min, 525312 kB, is more than the domain's "
         "memory, 524288 kB",
         XLMEM_ERROR_CONFIG},
        {"[ 'dynamic-min=64M' ]",
         "line 2: memguard: no such key: 'dynamic-min=64M'",
         XLMEM_ERROR_CONFIG},
        {"[ '' ]", NULL, XLMEM_ERROR_CONFIG},
        {"[ 12 ]", NULL, XLMEM_ERROR_CONFIG},
        {"[ 'weight=0' ]", NULL, XLMEM_ERROR_RANGE},
        {"[ 'weight=65536' ]", NULL, XLMEM_ERROR_RANGE},
        {"[ 'weight=two' ]", NULL, XLMEM_ERROR_PARSE},
        {"[ 'dynamic_max=0M' ]", NULL, XLMEM_ERROR_RANGE},
        {"[ 'weight=2', 'weight=2' ]",
         "line 2: memguard: given twice: 'weight=2'", XLMEM_ERROR_CONFIG},
        {"[ 'weight=2' ]; memguard += [ 'weight=3' ]", NULL,
         XLMEM_ERROR_CONFIG},
        {"[ 'a\033[2Jb=1' ]", "line 2: memguard: no such key: 'a?[2Jb=1'",
         XLMEM_ERROR_CONFIG},
    };
    xlmem_domu domu = {.name = "as before"};
    char text[128], err[160] = "";
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(lists); i++) {
        snprintf(text, sizeof(text), "memory = 512\nmemguard = %s\n",
                 lists[i].list);
        assert_int_equal(
            xlmem_domu_from_cfg(text, strlen(text), &domu, err, sizeof(err)),
            lists[i].rc);
        if (lists[i].says && !strstr(err, lists[i].says))
            fail_msg("%s: %s", lists[i].list, err);
        assert_string_equal(domu.name, "as before");
        assert_false(XLMEM_KNOWS(&domu.opt_in, dynamic_min_kb));
    }
}

/* As the guard has it from libxlutil. */
static void a_list_in_pieces(void **state)
{
    const char *good[] = {"dynamic_min=64M", "weight=3"};
    const char *half[] = {"dynamic_min=128M", "wait=3"};
    xlmem_domu domu = {.name = ""};
    char err[160] = "";

    (void)state;
    XLMEM_SET(&domu.request, memory_kb, 256 * MIB);
    assert_int_equal(xlmem_domu_opt_in(&domu, good, 2, err, sizeof(err)), 0);
    assert_int_equal(domu.opt_in.dynamic_min_kb, 64 * MIB);
    assert_string_equal(domu.opt_in.unused, "weight");
    /* As a whole or not at all. */
    assert_int_equal(xlmem_domu_opt_in(&domu, half, 2, err, sizeof(err)),
                     XLMEM_ERROR_CONFIG);
    assert_string_equal(err, "memguard: no such key: 'wait=3'");
    assert_int_equal(domu.opt_in.dynamic_min_kb, 64 * MIB);
    assert_int_equal(xlmem_domu_opt_in(&domu, half, 1, NULL, 0), 0);
    XLMEM_SET(&domu.request, memory_kb, 127 * MIB);
    assert_int_equal(xlmem_domu_opt_in(&domu, half, 1, NULL, 0),
                     XLMEM_ERROR_CONFIG);
}

/* What is a list and what is not, said by another rule: whatever entries are
 * drawn, in a file and in pieces they come to the same. */
static void both_ways_agree(void **state)
{
    static const char *const entries[] = {
        "dynamic_min=64M", "dynamic_min=1G", "dynamic_min=",  "weight=1",
        "weight=x",        "dynamic_max=2G", "dynamic_max=2", "other=1",
    };
    unsigned drawn, given;

    (void)state;
    for (drawn = 0; drawn < 8 * 8 * 8; drawn++) {
        const char *list[] = {entries[drawn % 8], entries[drawn / 8 % 8],
                              entries[drawn / 64]};
        xlmem_domu from_file = {.name = ""}, pieces = {.name = ""};
        char text[160];
        bool good = true;
        int rc;

        snprintf(text, sizeof(text),
                 "memguard = [ '%s', \"%s\" ]\nmemory = 512\n"
                 "memguard += [ '%s' ]\n",
                 list[0], list[1], list[2]);
        rc = xlmem_domu_from_cfg(text, strlen(text), &from_file, NULL, 0);
        XLMEM_SET(&pieces.request, memory_kb, 512 * MIB);
        assert_int_equal(xlmem_domu_opt_in(&pieces, list, 3, NULL, 0), rc);
        assert_memory_equal(&pieces.opt_in, &from_file.opt_in,
                            sizeof(pieces.opt_in));
        for (given = 0; given < 3; given++)
            good = good &&
                   (list[given] == entries[0] || list[given] == entries[3] ||
                    list[given] == entries[5]);
        good = good && list[0] != list[1] && list[1] != list[2] &&
               list[0] != list[2];
        assert_int_equal(rc == 0, good);
        assert_int_equal(XLMEM_KNOWS(&pieces.opt_in, dynamic_min_kb), good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_as_people_write_it),
        cmocka_unit_test(its_name_is_safe_to_print),
        cmocka_unit_test(later_settings_replace_earlier_ones),
        cmocka_unit_test(broken_files_are_refused),
        cmocka_unit_test(the_list_is_taken),
        cmocka_unit_test(a_broken_list_is_refused),
        cmocka_unit_test(a_list_in_pieces),
        cmocka_unit_test(both_ways_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
