/* SPDX-License-Identifier: LGPL-2.1-only */
#include "random_host.h"

static int from(const char *json, xlmem_host *host, char *err, size_t len)
{
    return xlmem_host_from_json(json, strlen(json), host, err, len);
}

static void a_snapshot_survives_the_round_trip(void **state)
{
    xlmem_host host, again;
    char *json, err[128];
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 500; i++) {
        random_host(&host);
        xlmem_host_init(&again);
        assert_int_equal(xlmem_host_to_json(&host, &json), 0);
        if (from(json, &again, err, sizeof(err)))
            fail_msg("%s\n%s", err, json);
        same_hosts(&host, &again);
        free(json);
        xlmem_host_dispose(&host);
        xlmem_host_dispose(&again);
    }
}

static void unknown_facts_are_left_out(void **state)
{
    xlmem_host host;
    char *json;

    (void)state;
    xlmem_host_init(&host);
    XLMEM_SET(&host, free_kb, UINT64_MAX);
    assert_int_equal(xlmem_host_to_json(&host, &json), 0);
    assert_string_equal(json, "{\n"
                              "  \"version\": 1,\n"
                              "  \"free_kb\": 18446744073709551615,\n"
                              "  \"dom0\": {\n\n  }\n"
                              "}\n");
    free(json);
}

static void what_is_wrong_is_named_by_its_path(void **state)
{
    static const struct {
        const char *json, *err;
        int rc;
    } cases[] = {
        {"", "line 1: not JSON: 'parse error: premature EOF'",
         XLMEM_ERROR_PARSE},
        {"[]", "line 1: the document: not an object", XLMEM_ERROR_PARSE},
        {"{}", "line 1: the document: not a snapshot of \"version\": 1",
         XLMEM_ERROR_PARSE},
        {"{\"version\": 2}",
         "line 1: the document: not a snapshot of \"version\": 1",
         XLMEM_ERROR_PARSE},
        {"{\"version\": 1, \"total_kb\": -1}",
         "line 1: total_kb: not a number of 64 bits", XLMEM_ERROR_PARSE},
        {"{\"version\": 1, \"total_kb\": 18446744073709551616}",
         "line 1: total_kb: not a number of 64 bits", XLMEM_ERROR_RANGE},
        {"{\"version\": 1, \"xen_version\": 4}",
         "line 1: xen_version: not a text", XLMEM_ERROR_PARSE},
        {"{\"version\": 1, \"doms\": {}}", "line 1: doms: not an array",
         XLMEM_ERROR_PARSE},
        {"{\"version\": 1, \"doms\": [{\"domid\": 0}, {}]}",
         "line 1: doms[1]: no domid", XLMEM_ERROR_PARSE},
        {"{\"version\": 1, \"doms\": [{\"domid\": 1}, {\"domid\": 1}]}",
         "line 1: doms[1]: domid is not above the one before",
         XLMEM_ERROR_PARSE},
        {"{\"version\": 1, \"doms\": [{\"domid\": 0, \"type\": \"lxc\"}]}",
         "line 1: doms[0].type: unknown name", XLMEM_ERROR_PARSE},
        {"{\"version\": 1, \"doms\": [{\"domid\": 0, \"uuid\": \"a b\"}]}",
         "line 1: doms[0].uuid: not a word", XLMEM_ERROR_PARSE},
        {"{\"version\": 1, \"map\": {\"ranges\": []}}",
         "line 1: map: no source", XLMEM_ERROR_PARSE},
        {"{\"version\": 1, \"map\": {\"source\": \"xen\"}}",
         "line 1: map: no array of ranges", XLMEM_ERROR_PARSE},
        {"{\"version\": 1, \"map\": {\"source\": \"xen\", \"ranges\":"
         " [{\"start\": 9, \"end\": 9, \"type\": \"ram\"}]}}",
         "line 1: map.ranges[0]: not a memory range", XLMEM_ERROR_RANGE},
        {"{\"version\": 1, \"dom0\": {\"zones\": [{\"name\":"
         " \"sixteen letters..\"}]}}",
         "line 1: dom0.zones[0].name: not a text, or too long",
         XLMEM_ERROR_PARSE},
        {"{\"version\": 1, \"dom0\": {\"zones\": [{\"free_blocks\":"
         " [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}]}}",
         "line 1: dom0.zones[0].free_blocks: not an array, or of too many "
         "orders",
         XLMEM_ERROR_PARSE},
        {"{\"version\": 1,\n\n \"doms\": [\n{\"domid\": 0,\n\"tot_kb\":\n "
         "-1}]}",
         "line 6: doms[0].tot_kb: not a number of 64 bits", XLMEM_ERROR_PARSE},
        {"{\"version\": 1,\r\n \"doms\": [\r\n{},\n{}]}",
         "line 3: doms[0]: no domid", XLMEM_ERROR_PARSE},
        {"{\"version\": 1, \"reservations\": [{\"need_kb\": \"1\"}]}",
         "line 1: reservations[0].need_kb: not a number of 64 bits",
         XLMEM_ERROR_PARSE},
    };
    xlmem_host host;
    char err[128];
    size_t i;

    (void)state;
    xlmem_host_init(&host);
    XLMEM_SET(&host, free_kb, 7);
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(from(cases[i].json, &host, err, sizeof(err)),
                         cases[i].rc);
        assert_string_equal(err, cases[i].err);
        assert_int_equal(from(cases[i].json, &host, NULL, 0), cases[i].rc);
    }
    assert_int_equal(host.free_kb, 7);
}

static void keys_of_a_newer_library_are_passed_over(void **state)
{
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(from("{\"version\": 1, \"phase_of_moon\": {\"a\": []},"
                          " \"dom0\": {\"mem_total_kb\": 5}}",
                          &host, NULL, 0),
                     0);
    assert_int_equal(host.dom0.mem_total_kb, 5);
    xlmem_host_dispose(&host);
}

static void texts_are_made_safe_and_names_kept(void **state)
{
    xlmem_host host;

    (void)state;
    xlmem_host_init(&host);
    assert_int_equal(from("{\"version\": 1, \"xen_version\": \"a\\u001bb\","
                          " \"doms\": [{\"domid\": 1,"
                          " \"name\": \"\xc3\xa4\\u001b[2J\\u0000b\"}]}",
                          &host, NULL, 0),
                     0);
    assert_string_equal(host.xen_version, "a?b");
    /* Up to the NUL, as libxl would have it. */
    assert_string_equal(host.doms[0].name, "\xc3\xa4\x1b[2J");
    xlmem_host_dispose(&host);
}

TEST_GROUP(json_host)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_survives_the_round_trip),
        cmocka_unit_test(unknown_facts_are_left_out),
        cmocka_unit_test(what_is_wrong_is_named_by_its_path),
        cmocka_unit_test(keys_of_a_newer_library_are_passed_over),
        cmocka_unit_test(texts_are_made_safe_and_names_kept),
    };

    return test_run(tests, NULL, NULL);
}
