/* SPDX-License-Identifier: LGPL-2.1-only */
/* Hosts at random in which every quantity may be unknown, and all that are
 * known could be of one machine. */
#ifndef XLMEM_RANDOM_HOST_H
#define XLMEM_RANDOM_HOST_H

#include "same_host.h"
#include "test.h"

#include "private/all.h"

static inline bool coin(void)
{
    return test_random() & 1;
}

static inline char *random_text(void)
{
    static const char letters[] = "abcXYZ019 =,:.-_/\"\\'{}[]#$";
    const size_t len = test_between(1, 40);
    char *text = malloc(len + 1);
    size_t i;

    assert_non_null(text);
    for (i = 0; i < len; i++)
        text[i] = letters[test_between(0, sizeof(letters) - 2)];
    /* Documents are trimmed. */
    text[0] = text[len - 1] = 'x';
    text[len] = '\0';
    return text;
}

/* Every quantity from @first on, with @nr of them, known by a coin. */
static inline void random_facts(void *facts, size_t nr)
{
    uint64_t *words = facts;
    size_t i;

    for (i = 0; i < nr; i++)
        if (coin()) {
            words[i + 1] = test_magnitude() >> 12;
            words[0] |= UINT64_C(1) << i;
        }
}

#define SOME(s, f, low, high)                                                 \
    do {                                                                      \
        if (coin())                                                           \
            XLMEM_SET(s, f, test_between(low, high));                         \
    } while (0)

#define FORGET(s, f)                                                          \
    do {                                                                      \
        (s)->known &= ~XLMEM_FACT_BIT(s, f);                                  \
        (s)->f = 0;                                                           \
    } while (0)

static inline void random_map(xlmem_map *map)
{
    uint64_t at = test_between(0, 1 << 20) << 12;
    size_t nr = test_between(1, 12);

    map->source =
        (xlmem_map_source)test_between(XLMEM_MAP_XEN, XLMEM_MAP_FIRMWARE);
    map->partial = map->source >= XLMEM_MAP_DMESG;
    while (nr--) {
        uint64_t end = at + (test_between(1, 1 << 20) << 12);
        uint32_t type = (uint32_t)(nr % 2 ? 1 : test_between(2, 7));

        assert_int_equal(xlmem_map_add(map, at, end, type), 0);
        at = end + (test_between(0, 10) << 12);
    }
    assert_int_equal(xlmem_map_add(map, at, at + 4096, 1), 0);
    assert_int_equal(xlmem_map_normalise(map), 0);
}

static inline void random_dom(xlmem_dom *dom, uint64_t domid)
{
    size_t i;

    random_facts(dom, offsetof(xlmem_dom, name) / sizeof(uint64_t) - 1);
    XLMEM_SET(dom, domid, domid);
    SOME(dom, tot_kb, 0, 4000);
    SOME(dom, paused, 0, 1);
    dom->type = (xlmem_dom_type)test_between(0, 3);
    if (coin())
        dom->name = random_text();
    for (i = 0; coin() && i < 36; i++)
        dom->uuid[i] = "0123456789abcdef-"[test_between(0, 16)];
}

static inline void random_zone(xlmem_zone *zone, size_t n)
{
    size_t i;

    random_facts(zone, offsetof(xlmem_zone, nr_orders) / sizeof(uint64_t) - 1);
    XLMEM_SET(zone, node, n);
    if (coin()) {
        XLMEM_SET(zone, nr_orders, test_between(0, XLMEM_NR_ORDERS));
        for (i = 0; i < zone->nr_orders; i++)
            zone->free_blocks[i] = test_magnitude();
    }
    snprintf(zone->name, sizeof(zone->name), "Zone%u", (unsigned)n % 100);
}

static inline void *random_array(size_t *nr_r, size_t size)
{
    void *array;

    *nr_r = test_between(0, 5);
    array = *nr_r ? calloc(*nr_r, size) : NULL;
    assert_true(!*nr_r || array);
    return array;
}

static inline void random_dom0(xlmem_dom0 *dom0)
{
    size_t i;

    random_facts(dom0, offsetof(xlmem_dom0, type) / sizeof(uint64_t) - 1);
    SOME(dom0, mem_total_kb, UINT64_C(1) << 52, UINT64_C(1) << 53);
    SOME(dom0, swap_total_kb, UINT64_C(1) << 52, UINT64_C(1) << 53);
    dom0->type = (xlmem_dom_type)test_between(0, 2);
    if (coin())
        dom0->kernel_release = random_text();
    if (coin())
        dom0->kernel_cmdline = random_text();
    if (coin())
        dom0->boot_id = random_text();
    dom0->zones = random_array(&dom0->nr_zones, sizeof(*dom0->zones));
    for (i = 0; i < dom0->nr_zones; i++)
        random_zone(&dom0->zones[i], i);
}

static inline void random_host(xlmem_host *host)
{
    size_t i;

    xlmem_host_init(host);
    random_facts(host,
                 offsetof(xlmem_host, xen_version) / sizeof(uint64_t) - 1);
    /* Above all that a domain may hold, dom0's MemTotal included. */
    SOME(host, total_kb, UINT64_C(1) << 53, UINT64_C(1) << 54);
    if (XLMEM_KNOWS(host, total_kb) && host->total_kb < UINT64_C(1) << 53)
        FORGET(host, total_kb);
    if (coin())
        host->xen_version = random_text();
    if (coin())
        host->xen_cmdline = random_text();
    if (coin())
        host->xen_config_line = random_text();
    if (test_between(0, 1))
        host->xen_config_file = random_text();
    if (test_between(0, 1))
        host->xen_other_line = random_text();
    if (test_between(0, 1))
        host->xen_other_file = random_text();
    if (coin())
        random_map(&host->map);
    host->doms = random_array(&host->nr_doms, sizeof(*host->doms));
    for (i = 0; i < host->nr_doms; i++)
        random_dom(&host->doms[i], i * 3);
    random_dom0(&host->dom0);
    if (XLMEM_KNOWS(&host->dom0, mem_total_kb) &&
        host->dom0.mem_total_kb < UINT64_C(1) << 52)
        FORGET(&host->dom0, mem_total_kb);
    if (XLMEM_KNOWS(&host->dom0, swap_total_kb) &&
        host->dom0.swap_total_kb < UINT64_C(1) << 52)
        FORGET(&host->dom0, swap_total_kb);
    host->reservations =
        random_array(&host->nr_reservations, sizeof(*host->reservations));
    for (i = 0; i < host->nr_reservations; i++) {
        random_facts(&host->reservations[i],
                     offsetof(xlmem_reservation, uuid) / sizeof(uint64_t) - 1);
        if (coin())
            snprintf(host->reservations[i].id, XLMEM_ID_MAX, "4711-%zu", i);
    }
}

#endif /* XLMEM_RANDOM_HOST_H */
