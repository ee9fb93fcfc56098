/* SPDX-License-Identifier: LGPL-2.1-only */
/* A domU's configuration as libxl writes it. */
#include "test.h"
#include "private/all.h"

/* As libxl 4.17 writes them after libxl_domain_need_memory, cut to what is
 * read and some of what is passed over. */
static const char pvh_text[] =
    "{\"c_info\": {\"type\": \"pvh\", \"hap\": \"True\", \"name\": \"two\","
    " \"uuid\": \"c7c564ea-fc0c-46b4-8af2-9b987ed92a45\","
    " \"passthrough\": \"disabled\", \"domid\": 4294967295},"
    " \"b_info\": {\"max_vcpus\": 3, \"avail_vcpus\": [0, 1, 2],"
    " \"max_memkb\": 524288, \"target_memkb\": 262144,"
    " \"video_memkb\": 0, \"shadow_memkb\": 3600, \"iommu_memkb\": 0,"
    " \"sched_params\": {\"sched\": \"credit2\"},"
    " \"device_model_stubdomain\": \"False\", \"type.pvh\": {}},"
    " \"disks\": [{\"vdev\": \"xvda\"}],"
    " \"nics\": [{\"devid\": 0}, {\"devid\": 1}],"
    " \"on_reboot\": \"restart\"}";

static const char stubdom_text[] =
    "{\"c_info\": {\"type\": \"hvm\", \"hap\": \"False\","
    " \"passthrough\": \"sync_pt\", \"name\": \"a\\u001b[2Jb\"},"
    " \"b_info\": {\"max_memkb\": 1048576, \"video_memkb\": 8192,"
    " \"target_memkb\": -1, \"shadow_memkb\": 18446744073709551615,"
    " \"device_model_stubdomain\": \"True\"}}";

static int read_text(const char *text, xlmem_domu *domu)
{
    char err[96] = "";
    int rc = xlmem_domu_from_json(text, strlen(text), domu, err, sizeof(err));

    assert_int_equal(!rc, !err[0]);
    return rc;
}

static void a_pvh_domu_is_read(void **state)
{
    xlmem_domu domu;

    (void)state;
    assert_int_equal(read_text(pvh_text, &domu), 0);
    assert_int_equal(domu.request.type, XLMEM_DOM_PVH);
    assert_string_equal(domu.name, "two");
    assert_string_equal(domu.uuid, "c7c564ea-fc0c-46b4-8af2-9b987ed92a45");
    assert_int_equal(domu.request.vcpus, 3);
    assert_int_equal(domu.request.memory_kb, 262144);
    assert_int_equal(domu.request.maxmem_kb, 524288);
    assert_int_equal(domu.request.shadow_memory_kb, 3600);
    assert_int_equal(domu.request.hap, 1);
    assert_int_equal(domu.request.vbds, 1);
    assert_int_equal(domu.request.vifs, 2);
    assert_true(XLMEM_KNOWS(&domu.request, iommu_tables));
    assert_int_equal(domu.request.iommu_tables, 0);
    assert_false(XLMEM_KNOWS(&domu.request, stubdom_kb));
}

/* libxl keeps it in xsdata over reboots, images and migrations. */
/* libxl writes what is not UTF-8 as it is: it counts all the same. */
static void a_name_is_bytes(void **state)
{
    xlmem_domu domu;

    (void)state;
    assert_int_equal(
        read_text("{\"c_info\": {\"type\": \"pv\", \"name\": \"caf\xe9\"}, "
                  "\"b_info\": {\"target_memkb\": 4096}}",
                  &domu),
        0);
    assert_string_equal(domu.name, "caf\xe9");
    assert_int_equal(domu.request.memory_kb, 4096);
}

static void what_it_opted_in_to_is_kept(void **state)
{
    static const struct {
        const char *xsdata;
        uint64_t kb; /* 0: nothing */
    } kept[] = {
        {"{\"memory/dynamic-min\": \"65536\"}", 65536},
        {"{\"other\": null, \"memory/dynamic-min\": \"65536\"}", 65536},
        {"{\"memory/dynamic-min\": null}", 0},
        {"{\"memory/dynamic-min\": 65536}", 0},
        {"{\"memory/dynamic-min\": \"64M\"}", 0},
        {"{\"dynamic-min\": \"65536\"}", 0},
        {"null", 0},
    };
    char text[256];
    xlmem_domu domu;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(kept); i++) {
        snprintf(text, sizeof(text),
                 "{\"c_info\": {\"type\": \"pv\", \"xsdata\": %s},"
                 " \"b_info\": {\"max_memkb\": 131072}}",
                 kept[i].xsdata);
        assert_int_equal(read_text(text, &domu), 0);
        assert_int_equal(XLMEM_KNOWS(&domu.opt_in, dynamic_min_kb),
                         kept[i].kb != 0);
        assert_int_equal(domu.opt_in.dynamic_min_kb, kept[i].kb);
    }
}

static void defaults_stay_unknown(void **state)
{
    xlmem_domu domu;

    (void)state;
    assert_int_equal(read_text(stubdom_text, &domu), 0);
    assert_int_equal(domu.request.type, XLMEM_DOM_HVM);
    /* Without a target libxl builds the maximum. */
    assert_int_equal(domu.request.memory_kb, 1048576);
    assert_int_equal(domu.request.video_kb, 8192);
    assert_false(XLMEM_KNOWS(&domu.request, shadow_memory_kb));
    assert_false(XLMEM_KNOWS(&domu.request, vcpus));
    assert_true(XLMEM_KNOWS(&domu.request, hap));
    assert_int_equal(domu.request.hap, 0);
    assert_int_equal(domu.request.iommu_tables, 1);
    assert_int_equal(domu.request.stubdom_kb, 131072);
    assert_string_equal(domu.uuid, "");
    assert_string_equal(domu.name, "a\x1b[2Jb");
}

/* Each entry of a real `xl list -l` holds such a configuration. */
static void real_ones_have_what_is_needed(void **state)
{
    static const char text[] =
        "{\"c_info\": {\"type\": \"pv\", \"name\": \"one\", \"domid\": "
        "4294967295, \"uuid\": \"92c10103-8575-46ac-828b-326b3c4a259a\", "
        "\"run_hotplug_scripts\": \"True\"}, \"b_info\": {\"max_memkb\": "
        "262144, \"target_memkb\": 262144, \"video_memkb\": 0, "
        "\"sched_params\": {\"sched\": \"credit2\", \"weight\": 256, "
        "\"cap\": 0}, \"claim_mode\": \"True\", \"kernel\": "
        "\"/bed/guest/tiny-pv\", \"type.pv\": {}, \"arch_arm\": {}, "
        "\"arch_x86\": {\"msr_relaxed\": \"False\"}}, \"on_reboot\": "
        "\"restart\", \"on_soft_reset\": \"soft_reset\"}";
    xlmem_domu domu;
    xlmem_host host;
    xlmem_need need;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(read_text(text, &domu), 0);
    assert_int_equal(xlmem_need_of(&host, &domu.request, &need), 0);
    /* 266 240 kB says libxl, 65 559 pages it takes (measured on 4.17). */
    assert_in_range(need.need_kb, 262144, 262144 + 128);
    xlmem_host_dispose(&host);
}

static void broken_ones_are_refused(void **state)
{
    static const struct {
        const char *text;
        int rc;
    } cases[] = {
        {"", XLMEM_ERROR_PARSE},
        {"[]", XLMEM_ERROR_UNKNOWN},
        {"{\"c_info\": {\"type\": \"pv\"}}", XLMEM_ERROR_UNKNOWN},
        {"{\"b_info\": {\"target_memkb\": 1}}", XLMEM_ERROR_UNKNOWN},
        {"{\"c_info\": {\"type\": 2}, \"b_info\": {\"target_memkb\": 1}}",
         XLMEM_ERROR_UNKNOWN},
        {"{\"c_info\": {\"type\": \"pv\"}, \"b_info\": {\"target_memkb\": "
         "-5}}",
         XLMEM_ERROR_PARSE},
        {"{\"c_info\": {\"type\": \"pv\"}, \"b_info\": {\"target_memkb\": "
         "1e9}}",
         XLMEM_ERROR_PARSE},
        {"{\"c_info\": {\"type\": \"pv\"}, \"b_info\": {\"target_memkb\": "
         "99999999999999999999}}",
         XLMEM_ERROR_RANGE},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        xlmem_domu domu;

        assert_int_equal(read_text(cases[i].text, &domu), cases[i].rc);
    }
}

/* As `xl -N create` prints it: no default is filled in. */
static void what_a_dry_run_leaves_out_is_unknown(void **state)
{
    static const char text[] =
        "{\"c_info\": {\"type\": \"pv\", \"name\": \"one\"}, \"b_info\": "
        "{\"max_vcpus\": 0, \"max_memkb\": 65536, \"target_memkb\": 65536}, "
        "\"pcidevs\": [{\"dev\": 1}]}";
    xlmem_domu domu;

    (void)state;
    assert_int_equal(read_text(text, &domu), 0);
    assert_false(XLMEM_KNOWS(&domu.request, vcpus));
    assert_false(XLMEM_KNOWS(&domu.request, shadow_memory_kb));
    assert_int_equal(domu.request.passthrough, 1);
    assert_false(XLMEM_KNOWS(&domu.request, iommu_tables));
}

#define OLD "name = 'old'\nkernel = 'k'\nmemory = 64\n"

/* The head that xl writes, with @config; returns its length. */
static size_t save_head(char *buf, uint32_t flags, const char *config)
{
    const uint32_t len = (uint32_t)strlen(config);
    const uint32_t words[] = {0x01020304, flags, 0, 4 + len, len};

    memcpy(buf, "Xen saved domain, xl format\n \0 \r", 32);
    memcpy(buf + 32, words, sizeof(words));
    memcpy(buf + 32 + sizeof(words), config, len);
    return 32 + sizeof(words) + len;
}

static void a_saved_domu_is_read(void **state)
{
    char head[2048], err[96] = "";
    size_t len, cut;
    xlmem_domu domu;

    (void)state;
    len = save_head(head, 3, pvh_text);
    assert_int_equal(xlmem_domu_from_save(head, len, &domu, err, sizeof(err)),
                     0);
    assert_string_equal(domu.name, "two");
    assert_int_equal(domu.request.memory_kb, 262144);
    for (cut = 0; cut < len; cut++)
        assert_int_equal(xlmem_domu_from_save(head, cut, &domu, NULL, 0),
                         XLMEM_ERROR_PARSE);
    len = save_head(head, 2, OLD);
    assert_int_equal(xlmem_domu_from_save(head, len, &domu, err, sizeof(err)),
                     0);
    assert_string_equal(domu.name, "old");
    assert_string_equal(err, "");
}

static void what_is_no_image_is_refused(void **state)
{
    static const struct {
        size_t at;
        uint32_t value;
        const char *says;
    } cases[] = {
        {0, 0x12345678, "not an image"},   {28, 0, "not an image"},
        {32, 0x04030201, "byte order"},    {44, 3, "cut short"},
        {48, UINT32_MAX, "cut short"},     {48, sizeof(OLD) + 1, "cut short"},
        {44, UINT32_MAX, NULL /* fine */},
    };
    char head[2048], err[96];
    xlmem_domu domu;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t len = save_head(head, 2, OLD);

        memcpy(head + cases[i].at, &cases[i].value, 4);
        err[0] = '\0';
        assert_int_equal(
            xlmem_domu_from_save(head, len, &domu, err, sizeof(err)),
            cases[i].says ? XLMEM_ERROR_PARSE : 0);
        assert_true(!cases[i].says || strstr(err, cases[i].says));
    }
}

static void cut_short_it_is_malformed(void **state)
{
    size_t len;

    (void)state;
    for (len = 0; len < strlen(pvh_text); len++) {
        xlmem_domu domu;

        assert_int_equal(xlmem_domu_from_json(pvh_text, len, &domu, NULL, 0),
                         XLMEM_ERROR_PARSE);
    }
}

TEST_GROUP(domu)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pvh_domu_is_read),
        cmocka_unit_test(a_name_is_bytes),
        cmocka_unit_test(what_it_opted_in_to_is_kept),
        cmocka_unit_test(defaults_stay_unknown),
        cmocka_unit_test(real_ones_have_what_is_needed),
        cmocka_unit_test(what_a_dry_run_leaves_out_is_unknown),
        cmocka_unit_test(a_saved_domu_is_read),
        cmocka_unit_test(what_is_no_image_is_refused),
        cmocka_unit_test(broken_ones_are_refused),
        cmocka_unit_test(cut_short_it_is_malformed),
    };

    return test_run(tests, NULL, NULL);
}
