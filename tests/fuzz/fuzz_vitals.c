/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The parsers of a machine's vitals take anything.  What each gives is sound:
 * a quantity that is known was read somewhere, and one that is not is 0.  One
 * document does not touch what another has said.
 */
#include "fuzz.h"

#include "codec/vitals/parse.h"

static void check_group(const uint64_t *words, const xlmem_source *source,
                        size_t nr)
{
    size_t i;

    FUZZ_CHECK(nr == 64 || !(words[0] >> nr));
    for (i = 0; i < nr; i++) {
        const bool known = words[0] >> i & 1;

        FUZZ_CHECK(known || !words[i + 1]);
        FUZZ_CHECK(known == (source[i].file != NULL));
    }
}

#define CHECK_GROUP(g, nr) check_group(&(g)->known, (g)->source, nr)

static void check_zones(const xlmem_vitals *vitals)
{
    size_t i;

    FUZZ_CHECK(vitals->nr_zones <= XLMEM__VITALS_ZONES_MAX);
    for (i = 0; i < vitals->nr_zones; i++) {
        const xlmem_vitals_zone *zone = &vitals->zones[i];
        const char *c;

        FUZZ_CHECK(zone->name[0] && !zone->name[15]);
        for (c = zone->name; *c; c++)
            FUZZ_CHECK(*c >= 0x20 && *c < 0x7f);
        FUZZ_CHECK(zone->nr_orders <= XLMEM_NR_ORDERS);
        FUZZ_CHECK(zone->nr_protection <= XLMEM_PROTECTION_MAX);
        FUZZ_CHECK(zone->unmovable_blocks <= zone->all_blocks);
        FUZZ_CHECK(!i || zone[-1].node <= zone->node);
    }
}

static void check_vitals(const xlmem_vitals *vitals)
{
    CHECK_GROUP(&vitals->mem, XLMEM_NR_MEM_FACTS);
    CHECK_GROUP(&vitals->counts, XLMEM_NR_COUNT_FACTS);
    CHECK_GROUP(&vitals->load, XLMEM_NR_LOAD_FACTS);
    CHECK_GROUP(&vitals->state, XLMEM_NR_STATE_FACTS);
    check_zones(vitals);
}

/* What one has said stays, whatever the next one is given. */
static void check_kept(const xlmem_vitals *was, const xlmem_vitals *now)
{
    FUZZ_CHECK(!(was->load.known & ~now->load.known));
    FUZZ_CHECK(!(was->state.known & ~now->state.known));
    FUZZ_CHECK(was->nr_zones <= now->nr_zones);
}

static void feed_one(xlmem__vitals_parser *parser, xlmem__str text,
                     xlmem_vitals *vitals)
{
    const xlmem_vitals was = *vitals;
    xlmem__where where = {.line = 0};
    const char *c;
    const int rc = parser(text, vitals, &where);

    FUZZ_CHECK(!rc || rc == XLMEM_ERROR_PARSE);
    FUZZ_CHECK(!rc || where.text[0]);
    for (c = where.text; *c; c++)
        FUZZ_CHECK(*c >= 0x20 && *c < 0x7f);
    check_vitals(vitals);
    check_kept(&was, vitals);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static xlmem__vitals_parser *const others[] = {xlmem__vitals_blocks,
                                                   xlmem__vitals_block_bytes,
                                                   xlmem__vitals_auto_online};
    const xlmem__str text = {(const char *)data, size};
    xlmem_vitals vitals;
    unsigned doc;
    size_t i;

    xlmem_vitals_init(&vitals);
    for (doc = 0; doc < XLMEM_NR_DOCS; doc++)
        if (xlmem__vitals_parser_of(doc))
            feed_one(xlmem__vitals_parser_of(doc), text, &vitals);
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        feed_one(others[i], text, &vitals);
    xlmem_vitals_dispose(&vitals);
    return 0;
}
