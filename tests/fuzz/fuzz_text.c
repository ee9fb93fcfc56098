/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A text parser (PARSER, from the makefile) takes anything: it leaves the host
 * as it was and says where it failed, or gives a host that is sound, and the
 * same once more.  One that takes a document in pieces (PIECES) gives the same
 * wherever they end, and fails at the same place with the same words.
 */
#include "fuzz.h"

#include "codec/capture/pieces.h"

#include "codec/capture/texts.h"
#include "model/report.h"

static void check_text(const char *text)
{
    for (; text && *text; text++)
        FUZZ_CHECK(*text >= 0x20 && *text < 0x7f);
}

/* By members: between them there are bytes that no one sets. */
static bool is_fresh(const xlmem_host *host)
{
    return !host->known && !host->xen_version && !host->xen_cmdline &&
           !host->xen_config_line && !host->xen_config_file &&
           !host->xen_other_line && !host->xen_other_file && !host->map.nr &&
           !host->map.ranges && host->map.source == XLMEM_MAP_NONE &&
           !host->map.partial && !host->nr_doms && !host->doms &&
           !host->nr_reservations && !host->reservations && !host->sources &&
           !host->dom0.known && host->dom0.type == XLMEM_DOM_UNKNOWN &&
           !host->dom0.kernel_release && !host->dom0.kernel_cmdline &&
           !host->dom0.boot_id && !host->dom0.nr_zones && !host->dom0.zones;
}

static void check_failure(int rc, const xlmem_host *host,
                          const xlmem__where *where)
{
    FUZZ_CHECK(rc == XLMEM_ERROR_PARSE || rc == XLMEM_ERROR_RANGE);
    FUZZ_CHECK(is_fresh(host));
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
    check_text(host->dom0.boot_id);
    FUZZ_CHECK(!host->map.nr == (host->map.source == XLMEM_MAP_NONE));
    for (i = 0; i < host->map.nr; i++)
        FUZZ_CHECK(host->map.ranges[i].start < host->map.ranges[i].end);
    for (i = 0; i < host->nr_doms; i++) {
        FUZZ_CHECK(XLMEM_KNOWS(&host->doms[i], domid));
        FUZZ_CHECK(!i || host->doms[i - 1].domid < host->doms[i].domid);
        /* A name is any bytes. */
        check_text(host->doms[i].uuid);
    }
    for (i = 0; i < host->dom0.nr_zones; i++) {
        FUZZ_CHECK(host->dom0.zones[i].nr_orders <= XLMEM_NR_ORDERS);
        FUZZ_CHECK(!host->dom0.zones[i].name[15]);
    }
}

#ifdef PIECES
static int parse_pieces(xlmem__str text, size_t size, xlmem_host *host,
                        xlmem__where *where)
{
    const xlmem__pieces *pieces = &PIECES;
    void *state = pieces->begin();
    int rc = 0;

    FUZZ_CHECK(state);
    while (text.len && !rc) {
        /* A copy of its own, so that reading beyond it is seen. */
        const size_t len = text.len < size ? text.len : size;
        char *piece = malloc(len);

        FUZZ_CHECK(piece);
        memcpy(piece, text.p, len);
        rc = pieces->feed(state, (xlmem__str){piece, len}, where);
        free(piece);
        text.p += len;
        text.len -= len;
    }
    if (!rc)
        rc = pieces->end(state, host, where);
    pieces->dispose(state);
    return rc;
}

static void check_same(const xlmem_host *one, const xlmem_host *other)
{
    size_t i;

    FUZZ_CHECK(one->known == other->known && one->nr_doms == other->nr_doms);
    for (i = 0; i < one->nr_doms; i++) {
        const xlmem_dom *a = &one->doms[i], *b = &other->doms[i];

        FUZZ_CHECK(!a->name == !b->name);
        FUZZ_CHECK(!a->name || !strcmp(a->name, b->name));
        FUZZ_CHECK(a->set_aside == b->set_aside);
        FUZZ_CHECK(a->type == b->type && !strcmp(a->uuid, b->uuid));
        FUZZ_CHECK(!memcmp(a, b, offsetof(xlmem_dom, name)));
    }
}

/* @rc, @where, @host: of the whole. */
static void check_pieces(xlmem__str text, int rc, const xlmem__where *where,
                         const xlmem_host *host)
{
    static const size_t sizes[] = {1, 2, 3, 5, 7, 13, 31, 64, 1021};
    size_t i;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        xlmem__where there = {.line = 0};
        xlmem_host again;

        xlmem_host_init(&again);
        FUZZ_CHECK(parse_pieces(text, sizes[i], &again, &there) == rc);
        FUZZ_CHECK(there.line == where->line);
        FUZZ_CHECK(!strcmp(there.text, where->text));
        if (!rc)
            check_same(host, &again);
        xlmem_host_dispose(&again);
    }
}
#else
static void check_pieces(xlmem__str text, int rc, const xlmem__where *where,
                         const xlmem_host *host)
{
    (void)text;
    (void)rc;
    (void)where;
    (void)host;
}
#endif

#ifdef STALL
#define LEAST_STALL "some total=0\nfull total=0"

/* The sums of the same document (proc/pressure/memory): known only where both
 * lines have one, the same once more, and no other field is touched. */
static void check_stall(const char *text, size_t size)
{
    xlmem__stall one = {.at_ms = 1, .some_bp = 2, .full_bp = 3};
    xlmem__stall other = one;
    const bool known = xlmem__parse_stall(text, size, &one);

    FUZZ_CHECK(xlmem__parse_stall(text, size, &other) == known);
    FUZZ_CHECK(one.some_us == other.some_us && one.full_us == other.full_us);
    FUZZ_CHECK(one.at_ms == 1 && one.some_bp == 2 && one.full_bp == 3);
    FUZZ_CHECK(!known || size >= sizeof(LEAST_STALL) - 1);
}
#else
static void check_stall(const char *text, size_t size)
{
    (void)text;
    (void)size;
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    xlmem__where where = {.line = 0};
    const char *text = (const char *)data;
    xlmem_host host, again;
    int rc;

    xlmem_host_init(&host);
    rc = PARSER(text, size, &host, &where);
    check_pieces((xlmem__str){text, size}, rc, &where, &host);
    check_stall(text, size);
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
