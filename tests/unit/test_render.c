/* SPDX-License-Identifier: LGPL-2.1-only */
/* parse(render(h)) is h, as far as the text can say it; and what is scrubbed
 * has no secret left. */
#include "random_host.h"

#include "codec/capture/render.h"
#include "codec/capture/scrub.h"
#include "codec/capture/texts.h"

/* Keep only what the documents can say: whole MiB, tenths of a second. */
static void round_host(xlmem_host *host)
{
    host->total_kb &= ~UINT64_C(1023);
    host->free_kb &= ~UINT64_C(1023);
    host->outstanding_kb &= ~UINT64_C(1023);
    if (XLMEM_KNOWS(host, free_kb) && XLMEM_KNOWS(host, outstanding_kb) &&
        host->outstanding_kb > host->free_kb)
        host->outstanding_kb = host->free_kb;
    FORGET(host, xen_kb);
    XLMEM_SET(host, xen_major, 4);
    XLMEM_SET(host, xen_minor, 17);
    XLMEM_SET(host, hap, test_random() & 1);
    XLMEM_SET(host, iommu, test_random() & 1);
    XLMEM_SET(host, iommu_pt_share, test_random() & 1);
    XLMEM_SET(host, arm, test_random() & 1);
    FORGET(host, efi_boot);
    FORGET(host, daemon_pid);
    FORGET(host, daemon_moves);
    FORGET(host, no_xen);
}

static void round_dom(xlmem_dom *dom)
{
    static const char uuid[] = "01234567-89ab-cdef-0123-456789abcdef";
    const uint64_t domid = dom->domid;

    free(dom->name);
    memset(dom, 0, sizeof(*dom));
    XLMEM_SET(dom, domid, domid);
    XLMEM_SET(dom, vcpus, test_between(1, 64));
    XLMEM_SET(dom, tot_kb, test_between(0, 4096) * 1024);
    XLMEM_SET(dom, target_kb, test_magnitude() >> 12);
    XLMEM_SET(dom, static_max_kb, test_magnitude() >> 12);
    XLMEM_SET(dom, cpu_time_ms, test_between(0, 1000000) * 100);
    XLMEM_SET(dom, paused, test_random() & 1);
    XLMEM_SET(dom, shutdown, test_random() & 1);
    XLMEM_SET(dom, dying, test_random() & 1);
    SOME(dom, dynamic_min_kb, 0, 1 << 20);
    SOME(dom, dynamic_max_kb, 0, 1 << 20);
    SOME(dom, weight, 1, 65535);
    SOME(dom, uncooperative, 0, 1);
    SOME(dom, pin_kb, 0, 1 << 20);
    SOME(dom, demand_kb, 0, 1 << 20);
    SOME(dom, floods, 0, 1);
    dom->type = (xlmem_dom_type)test_between(1, 3);
    SOME(dom, device_model_domid, 1, 1000);
    SOME(dom, pci_devices, 1, 32);
    if (dom->type != XLMEM_DOM_PV)
        XLMEM_SET(dom, paging_kb, test_between(0, 1 << 20));
    memcpy(dom->uuid, uuid, sizeof(uuid));
    dom->name = random_text();
}

static void read_back(const xlmem_host *host, xlmem__renderer *render,
                      xlmem__parser *parse, xlmem_host *again)
{
    xlmem__where where = {.line = 0};
    char *text = NULL;

    assert_int_equal(render(host, &text), 0);
    assert_non_null(text);
    if (parse(text, strlen(text), again, &where))
        fail_msg("line %zu: %s\n%s", where.line, where.text, text);
    free(text);
}

static void info_is_read_back(void **state)
{
    xlmem_host host, again;
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 300; i++) {
        random_host(&host);
        round_host(&host);
        xlmem_host_init(&again);
        read_back(&host, xlmem__render_xl_info, xlmem__parse_xl_info, &again);
        FORGET(&host, domains_listed);
        SAME_FACTS(&host, &again, xlmem_host, xen_version);
        same_text(host.xen_version, again.xen_version);
        same_text(host.xen_cmdline, again.xen_cmdline);
        same_text(host.dom0.kernel_release, again.dom0.kernel_release);
        xlmem_host_dispose(&host);
        xlmem_host_dispose(&again);
    }
}

static void domains_are_read_back(void **state)
{
    xlmem_host host, again;
    size_t k;
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 300; i++) {
        random_host(&host);
        XLMEM_SET(&host, domains_listed, 1);
        if (!host.nr_doms) {
            xlmem_host_dispose(&host);
            continue;
        }
        for (k = 0; k < host.nr_doms; k++)
            round_dom(&host.doms[k]);
        XLMEM_SET(&host, daemon_pid, test_between(1, 4194304));
        XLMEM_SET(&host, daemon_moves, test_random() & 1);
        xlmem_host_init(&again);
        read_back(&host, xlmem__render_xl_list, xlmem__parse_xl_list, &again);
        read_back(&host, xlmem__render_xl_list_long, xlmem__parse_xl_list_long,
                  &again);
        read_back(&host, xlmem__render_xenstore_ls, xlmem__parse_xenstore_ls,
                  &again);
        same_doms(&host, &again);
        assert_int_equal(again.domains_listed, 1);
        assert_int_equal(again.daemon_pid, host.daemon_pid);
        assert_int_equal(again.daemon_moves, host.daemon_moves);
        xlmem_host_dispose(&host);
        xlmem_host_dispose(&again);
    }
}

static void maps_are_read_back(void **state)
{
    xlmem_host host, again;
    int i;

    (void)state;
    test_seed();
    for (i = 0; i < 300; i++) {
        xlmem_host_init(&host);
        xlmem_host_init(&again);
        random_map(&host.map);
        host.map.source = XLMEM_MAP_XEN;
        host.map.partial = false;
        read_back(&host, xlmem__render_e820, xlmem__parse_e820, &again);
        same_maps(&host.map, &again.map);
        xlmem_host_dispose(&host);
        xlmem_host_dispose(&again);
    }
}

static void nothing_known_is_no_document(void **state)
{
    static xlmem__renderer *const all[] = {
        xlmem__render_xl_info, xlmem__render_xl_list,
        xlmem__render_xl_list_long, xlmem__render_e820,
        xlmem__render_xenstore_ls};
    xlmem_host host;
    char *text = NULL;
    size_t i;

    (void)state;
    xlmem_host_init(&host);
    for (i = 0; i < ARRAY_SIZE(all); i++) {
        assert_int_equal(all[i](&host, &text), 0);
        assert_null(text);
    }
    /* A domain of which a column is not known must not be left out. */
    XLMEM_SET(&host, domains_listed, 1);
    host.doms = calloc(1, sizeof(*host.doms));
    assert_non_null(host.doms);
    host.nr_doms = 1;
    XLMEM_SET(&host.doms[0], domid, 0);
    assert_int_equal(xlmem__render_xl_list(&host, &text), 0);
    assert_null(text);
    xlmem_host_dispose(&host);
}

static void secrets_are_blank(void **state)
{
    static const struct {
        const char *text, *scrubbed;
    } cases[] = {
        {"", ""},
        {"MemTotal:  1 kB\n", "MemTotal:  1 kB\n"},
        {"a passwd=x b", "a passwd=*** b"},
        {"PASSWORD = 'a b' c", "PASSWORD = '***' c"},
        {"vncpasswd=\"a \\\" b\" c", "vncpasswd=\"***\" c"},
        {"\"key\": \"x\", \"n\": 1", "\"key\": \"***\", \"n\": 1"},
        {"\\\"key\\\"=x", "\\\"key\\\"=x"}, /* no name of ours before "\" */
        {"rd.luks.key=/k:UUID=1 ro", "rd.luks.key=*** ro"},
        {"secret", "secret"},
        {"secret:", "secret:"},
        {"token=", "token="},
        {"key=x\nkey=y", "key=***\nkey=***"},
        {"keyboard=de keymap=us", "keyboard=de keymap=us"},
        {"http://u:p@h/x", "http://***@h/x"},
        {"http://h/x@y", "http://h/x@y"},
        {"a\x1b[31mb\xff\tc\rd\r\n", "a?[31mb?\tc?d \n"},
        {"passwd='open", "passwd='***"},
        {"\"extra\": [\"a]\", \"b\"], 1", "\"extra\": [], 1"},
        {"xen_commandline: dom0_mem=1G", "xen_commandline: dom0_mem=1G"},
        {"\"c\": \"x=\\\"1\\\" pass=\\\"a b\\\" y\"",
         "\"c\": \"x=\\\"1\\\" pass=\\\"***\\\" y\""},
    };
    size_t i, len;
    char *copy;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(
            xlmem__scrub(cases[i].text, strlen(cases[i].text), &copy, &len),
            0);
        assert_string_equal(copy, cases[i].scrubbed);
        assert_int_equal(strlen(copy), len);
        free(copy);
    }
}

/* Over any bytes: it ends, it fits, it is safe, and once is enough. */
static void scrubbing_holds_for_any_bytes(void **state)
{
    static const char *const words[] = {
        "key", "=", ":", "\"", "'",  "\\", " ",    "passwd",
        "://", "@", "[", "]",  "\n", "x",  "\xff", "\0"};
    char text[400], *once, *twice;
    size_t len, once_len, twice_len, i;
    int n;

    (void)state;
    test_seed();
    for (n = 0; n < 20000; n++) {
        for (len = 0; len < 300;) {
            const char *word = words[test_between(0, ARRAY_SIZE(words) - 1)];
            size_t more = *word ? strlen(word) : 1;

            memcpy(text + len, word, more);
            len += more;
            if (!test_between(0, 40))
                break;
        }
        assert_int_equal(xlmem__scrub(text, len, &once, &once_len), 0);
        for (i = 0; i < once_len; i++)
            assert_true((once[i] >= 0x20 && once[i] < 0x7f) ||
                        once[i] == '\n' || once[i] == '\t');
        assert_int_equal(xlmem__scrub(once, once_len, &twice, &twice_len), 0);
        assert_string_equal(twice, once);
        free(once);
        free(twice);
    }
}

static void xenstore_keeps_what_is_read(void **state)
{
    static const char text[] =
        "/local/domain/0/backend/vfb/1/0/vncpasswd = \"x\"   (n0)\n"
        "/local/domain/1/name = \"mail\"   (n0,r1)\n"
        "/local/domain/1/memory/target = \"4096\"   (n0,r1)\n"
        "/local/domain/1/data/meminfo_free = \"1\"   (n1)\n"
        "/local/domain/1/data/other = \"1\"   (n1)\n"
        "/local/domain/x/memory/target = \"1\"   (n1)\n"
        "/libxl/1/type = \"pv\"   (n0)\n"
        "/libxl/1/device/vkb = \"pv\"   (n0)\n"
        "/tool/memguard/summary = \"1\"   (n0)\n"
        "/vm/u/image/cmdline = \"x\"   (n0)\n"
        "/local/domain/1/image/device-model-domid = \"2\"   (n0)\n"
        "/local/domain/1/image/dmargs = \"x\"   (n0)\n";
    static const char kept[] =
        "/local/domain/1/name = \"mail\"   (n0,r1)\n"
        "/local/domain/1/memory/target = \"4096\"   (n0,r1)\n"
        "/local/domain/1/data/meminfo_free = \"1\"   (n1)\n"
        "/libxl/1/type = \"pv\"   (n0)\n"
        "/tool/memguard/summary = \"1\"   (n0)\n"
        "/local/domain/1/image/device-model-domid = \"2\"   (n0)\n";
    char *copy;
    size_t len;

    (void)state;
    assert_int_equal(xlmem__scrub_xenstore(text, strlen(text), &copy, &len),
                     0);
    assert_string_equal(copy, kept);
    free(copy);
}

TEST_GROUP(render)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(info_is_read_back),
        cmocka_unit_test(domains_are_read_back),
        cmocka_unit_test(maps_are_read_back),
        cmocka_unit_test(nothing_known_is_no_document),
        cmocka_unit_test(secrets_are_blank),
        cmocka_unit_test(scrubbing_holds_for_any_bytes),
        cmocka_unit_test(xenstore_keeps_what_is_read),
    };

    return test_run(tests, NULL, NULL);
}
