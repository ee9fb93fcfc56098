/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A text parser (PARSER, from the makefile) takes anything: it leaves the host
 * as it was and says where it failed, or gives a host that is sound, and the
 * same once more.
 */
#include "fuzz.h"

#include "codec/capture/texts.h"

static void check_text(const char *text)
{
    for (; text && *text; text++)
        FUZZ_CHECK(*text >= 0x20 && *text < 0x7f);
}

static void check_failure(int rc, const xlmem_host *host,
                          const xlmem__where *where)
{
    static const xlmem_host fresh;

    FUZZ_CHECK(rc == XLMEM_ERROR_PARSE || rc == XLMEM_ERROR_RANGE);
    FUZZ_CHECK(!memcmp(host, &fresh, sizeof(fresh)));
    FUZZ_CHECK(where->text[0]);
    FUZZ_CHECK(memchr(where->text, '\0', sizeof(where->text)));
    check_text(where->text);
}

static void check_host(const xlmem_host *host)
{
    size_t i;

    check_text(host->xen_version);
    check_text(host->xen_cmdline);
    check_text(host->xen_config_line);
    check_text(host->xen_other_line);
    check_text(host->dom0.kernel_release);
    check_text(host->dom0.kernel_cmdline);
    FUZZ_CHECK(!host->map.nr == (host->map.source == XLMEM_MAP_NONE));
    for (i = 0; i < host->map.nr; i++)
        FUZZ_CHECK(host->map.ranges[i].start < host->map.ranges[i].end);
    for (i = 0; i < host->nr_doms; i++) {
        FUZZ_CHECK(XLMEM_KNOWS(&host->doms[i], domid));
        FUZZ_CHECK(!i || host->doms[i - 1].domid < host->doms[i].domid);
        check_text(host->doms[i].name);
        check_text(host->doms[i].uuid);
    }
    for (i = 0; i < host->dom0.nr_zones; i++) {
        FUZZ_CHECK(host->dom0.zones[i].nr_orders <= XLMEM_NR_ORDERS);
        FUZZ_CHECK(!host->dom0.zones[i].name[15]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    xlmem__where where = {0, ""};
    const char *text = (const char *)data;
    xlmem_host host, again;
    int rc;

    xlmem_host_init(&host);
    rc = PARSER(text, size, &host, &where);
    if (rc) {
        check_failure(rc, &host, &where);
        return 0;
    }
    check_host(&host);
    again = host;
    FUZZ_CHECK(!PARSER(text, size, &host, NULL));
    FUZZ_CHECK(host.known == again.known && host.nr_doms == again.nr_doms);
    FUZZ_CHECK(host.dom0.known == again.dom0.known);
    FUZZ_CHECK(host.dom0.nr_zones == again.dom0.nr_zones);
    FUZZ_CHECK(host.map.nr == again.map.nr);
    xlmem_host_dispose(&host);
    return 0;
}
