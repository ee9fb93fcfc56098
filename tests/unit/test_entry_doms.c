/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which domains entries have become: against plainer ways
 * to it, which look at everything for each. */
#include "random_host.h"

#include "engine/facts/entries.h"

#define NR_DOMS 12
#define NR_ENTRIES 8

/* ------------------------------------------------------- the plain way --- */

static bool is_taken(const xlmem_host *host, uint64_t domid)
{
    size_t i;

    for (i = 0; i < host->nr_reservations; i++)
        if (XLMEM_KNOWS(&host->reservations[i], domid) &&
            host->reservations[i].domid == domid)
            return true;
    return false;
}

static bool is_anothers(const xlmem__entries *entries, uint64_t domid)
{
    size_t i;

    for (i = 0; i < entries->nr; i++)
        if ((entries->list[i].owned || entries->list[i].counts) &&
            XLMEM_KNOWS(&entries->list[i].entry.res, domid) &&
            entries->list[i].entry.res.domid == domid)
            return true;
    return false;
}

static bool may_be(const xlmem__entries *entries, const xlmem__entry *entry,
                   const xlmem_host *host, const xlmem_dom *dom)
{
    size_t i;

    if (!dom->domid || dom->dying || strcmp(dom->uuid, entry->res.uuid))
        return false;
    if (XLMEM_KNOWS(&entry->res, domid))
        return dom->domid == entry->res.domid;
    for (i = 0; i < entry->nr_before; i++)
        if (entry->before[i] == dom->domid)
            return false;
    return !XLMEM_KNOWS(entry, binds) && !is_taken(host, dom->domid) &&
           !is_anothers(entries, dom->domid);
}

/* Into @host's reservations, for which there is room. */
static void enter_plainly(const xlmem__entries *entries, xlmem_host *host)
{
    size_t i, j;

    host->nr_reservations = 0;
    for (i = 0; i < entries->nr; i++) {
        const xlmem__entry *entry = &entries->list[i].entry;
        xlmem_reservation res = entry->res;
        const xlmem_dom *dom = NULL;

        for (j = 0; j < host->nr_doms && !dom; j++)
            if (may_be(entries, entry, host, &host->doms[j]))
                dom = &host->doms[j];
        if (!entries->list[i].counts ||
            (XLMEM_KNOWS(&entry->res, domid) && !dom))
            continue;
        FORGET(&res, domid);
        if (dom && !is_taken(host, dom->domid))
            XLMEM_SET(&res, domid, dom->domid);
        host->reservations[host->nr_reservations++] = res;
    }
}

/* -------------------------------------------------------- at random --- */

/* Few, so that many are the same; one is not whole. */
static void likely_uuid(char uuid[37], bool whole)
{
    memcpy(uuid, "00000000-0000-4000-8000-000000000000", 37);
    uuid[test_between(0, 1) * 35] = (char)('0' + test_between(0, 2));
    if (!whole && !test_between(0, 7))
        uuid[test_between(0, 35)] = '\0';
}

static void likely_entry(xlmem__listed *listed)
{
    xlmem__entry *entry = &listed->entry;

    memset(listed, 0, sizeof(*listed));
    listed->counts = test_between(0, 5) != 0;
    listed->owned = coin();
    likely_uuid(entry->res.uuid, true);
    XLMEM_SET(&entry->res, need_kb, test_between(1, 100));
    if (!test_between(0, 3))
        XLMEM_SET(&entry->res, domid, test_between(0, 2 * NR_DOMS));
    if (!test_between(0, 3))
        XLMEM_SET(entry, binds, 1);
    while (coin() && entry->nr_before < XLMEM__BEFORE_MAX)
        entry->before[entry->nr_before++] = test_between(0, 2 * NR_DOMS);
}

static void entries_become_what_the_plain_way_finds(void **state)
{
    xlmem_reservation plain[NR_ENTRIES];
    xlmem__listed list[NR_ENTRIES];
    xlmem_dom doms[NR_DOMS];
    int run;

    (void)state;
    test_seed();
    for (run = 0; run < 30000; run++) {
        xlmem__entries entries = {.nr = test_between(0, NR_ENTRIES),
                                  .list = list};
        xlmem_host host = {.nr_doms = test_between(0, NR_DOMS), .doms = doms};
        xlmem_host same = host;
        size_t i;

        memset(doms, 0, sizeof(doms));
        for (i = 0; i < host.nr_doms; i++) {
            XLMEM_SET(&doms[i], domid, 2 * i);
            XLMEM_SET(&doms[i], dying, !test_between(0, 7));
            likely_uuid(doms[i].uuid, false);
        }
        for (i = 0; i < entries.nr; i++)
            likely_entry(&list[i]);
        same.reservations = plain;
        enter_plainly(&entries, &same);
        assert_int_equal(xlmem__entries_enter(&entries, &host), 0);
        assert_int_equal(host.nr_reservations, same.nr_reservations);
        for (i = 0; i < same.nr_reservations; i++) {
            assert_true(host.reservations[i].known == plain[i].known);
            assert_true(host.reservations[i].domid == plain[i].domid);
            assert_true(host.reservations[i].need_kb == plain[i].need_kb);
            assert_string_equal(host.reservations[i].uuid, plain[i].uuid);
        }
        free(host.reservations);
    }
}

TEST_GROUP(entry_doms)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_become_what_the_plain_way_finds),
    };

    return test_run(tests, NULL, NULL);
}
