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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_as_people_write_it),
        cmocka_unit_test(its_name_is_safe_to_print),
        cmocka_unit_test(later_settings_replace_earlier_ones),
        cmocka_unit_test(broken_files_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
