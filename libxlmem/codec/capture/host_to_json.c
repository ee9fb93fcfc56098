/* SPDX-License-Identifier: LGPL-2.1-only */
/* xlmem_host_to_json: the tables of host_tables.h, walked for writing. */
#include "codec/json.h"
#include "codec/capture/host_tables.h"

static void put_struct(xlmem__json_out *out, const void *facts,
                       const xlmem__schema *schema)
{
    const uint64_t *words = facts;
    const char *bytes = facts;
    size_t i;

    for (i = 0; i < schema->nr_facts; i++) {
        const size_t word = schema->facts[i].offset / sizeof(*words);

        if (words[0] >> (word - 1) & 1)
            xlmem__json_put_u64(out, schema->facts[i].name, words[word]);
    }
    for (i = 0; i < schema->nr_texts; i++) {
        const char *const *text =
            (const void *)(bytes + schema->texts[i].offset);

        if (*text)
            xlmem__json_put_string(out, schema->texts[i].name, *text);
    }
}

static void put_json_name(xlmem__json_out *out, const char *key,
                          const xlmem__names *names, uint32_t value)
{
    const char *name = xlmem__name_of(names, value);

    if (name)
        xlmem__json_put_string(out, key, name);
}

static void put_range(xlmem__json_out *out, const xlmem_range *range)
{
    xlmem__json_put_object(out, NULL);
    xlmem__json_put_u64(out, "start", range->start);
    xlmem__json_put_u64(out, "end", range->end);
    if (xlmem__name_of(&xlmem__range_types, range->type))
        put_json_name(out, "type", &xlmem__range_types, range->type);
    else
        xlmem__json_put_u64(out, "type", range->type);
    xlmem__json_end_object(out);
}

static void put_json_map(xlmem__json_out *out, const xlmem_map *map)
{
    size_t i;

    if (!map->nr)
        return;
    xlmem__json_put_object(out, "map");
    put_json_name(out, "source", &xlmem__map_sources, map->source);
    xlmem__json_put_u64(out, "partial", map->partial);
    xlmem__json_put_array(out, "ranges");
    for (i = 0; i < map->nr; i++)
        put_range(out, &map->ranges[i]);
    xlmem__json_end_array(out);
    xlmem__json_end_object(out);
}

static void put_dom(xlmem__json_out *out, const xlmem_dom *dom)
{
    xlmem__json_put_object(out, NULL);
    put_struct(out, dom, &xlmem__dom_schema);
    put_json_name(out, "type", &xlmem__dom_types, dom->type);
    if (dom->uuid[0])
        xlmem__json_put_string(out, "uuid", dom->uuid);
    xlmem__json_end_object(out);
}

static void put_zone(xlmem__json_out *out, const xlmem_zone *zone)
{
    size_t i;

    xlmem__json_put_object(out, NULL);
    xlmem__json_put_string(out, "name", zone->name);
    put_struct(out, zone, &xlmem__zone_schema);
    if (XLMEM_KNOWS(zone, nr_orders)) {
        xlmem__json_put_array(out, "free_blocks");
        for (i = 0; i < zone->nr_orders && i < XLMEM_NR_ORDERS; i++)
            xlmem__json_put_u64(out, NULL, zone->free_blocks[i]);
        xlmem__json_end_array(out);
    }
    xlmem__json_end_object(out);
}

static void put_json_dom0(xlmem__json_out *out, const xlmem_dom0 *dom0)
{
    size_t i;

    xlmem__json_put_object(out, "dom0");
    put_struct(out, dom0, &xlmem__dom0_schema);
    put_json_name(out, "type", &xlmem__dom_types, dom0->type);
    if (dom0->nr_zones) {
        xlmem__json_put_array(out, "zones");
        for (i = 0; i < dom0->nr_zones; i++)
            put_zone(out, &dom0->zones[i]);
        xlmem__json_end_array(out);
    }
    xlmem__json_end_object(out);
}

static void put_reservations(xlmem__json_out *out, const xlmem_host *host)
{
    size_t i;

    if (!host->nr_reservations)
        return;
    xlmem__json_put_array(out, "reservations");
    for (i = 0; i < host->nr_reservations; i++) {
        const xlmem_reservation *r = &host->reservations[i];

        xlmem__json_put_object(out, NULL);
        put_struct(out, r, &xlmem__reservation_schema);
        if (r->uuid[0])
            xlmem__json_put_string(out, "uuid", r->uuid);
        if (r->id[0])
            xlmem__json_put_string(out, "id", r->id);
        xlmem__json_end_object(out);
    }
    xlmem__json_end_array(out);
}

int xlmem_host_to_json(const xlmem_host *host, char **json_r)
{
    xlmem__json_out *out = xlmem__json_out_alloc();
    size_t i;
    int rc;

    if (!out)
        return XLMEM_ERROR_NOMEM;
    xlmem__json_put_object(out, NULL);
    xlmem__json_put_u64(out, "version", XLMEM__JSON_VERSION);
    put_struct(out, host, &xlmem__host_schema);
    put_json_map(out, &host->map);
    if (host->nr_doms) {
        xlmem__json_put_array(out, "doms");
        for (i = 0; i < host->nr_doms; i++)
            put_dom(out, &host->doms[i]);
        xlmem__json_end_array(out);
    }
    put_json_dom0(out, &host->dom0);
    put_reservations(out, host);
    xlmem__json_end_object(out);
    rc = xlmem__json_out_finish(out, json_r);
    xlmem__json_out_free(out);
    return rc;
}
