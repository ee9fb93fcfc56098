/* SPDX-License-Identifier: LGPL-2.1-only */
/* xlmem_host_from_json: the tables of host_tables.h, walked for reading. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "codec/capture/host_tables.h"
#include "private/xen.h"

/* As many zones as a dom0 may have, and domains as Xen has ids. */
#define ZONES_MAX 1024
#define DOMS_MAX XLMEM_DOMID_END

/* What went wrong, for the caller. */
struct report {
    char *text;
    size_t len;
};

static int refuse_json(struct report *report, const xlmem__json *node, int rc,
                       const char *what)
{
    char path[96];

    if (report->len)
        snprintf(report->text, report->len, "line %zu: %s: %s", node->line,
                 xlmem__json_path(node, path, sizeof(path)), what);
    return rc;
}

static int get_u64(struct report *report, const xlmem__json *node,
                   uint64_t *value_r)
{
    int rc = xlmem__json_u64(node, value_r);

    return rc ? refuse_json(report, node, rc, "not a number of 64 bits") : 0;
}

static int get_text(struct report *report, const xlmem__json *node,
                    bool is_name, char **text_r)
{
    char *text;

    if (node->type != XLMEM__JSON_STRING)
        return refuse_json(report, node, XLMEM_ERROR_PARSE, "not a text");
    text = is_name ? xlmem__strdup_name(node->text)
                   : xlmem__strdup_safe(node->text);
    if (!text)
        return refuse_json(report, node, XLMEM_ERROR_NOMEM, "out of memory");
    free(*text_r);
    *text_r = text;
    return 0;
}

/* A text that has its place in the struct. */
static int get_short(struct report *report, const xlmem__json *node, char *buf,
                     size_t room)
{
    size_t i;

    if (!node)
        return 0;
    if (node->type != XLMEM__JSON_STRING || node->text.len >= room)
        return refuse_json(report, node, XLMEM_ERROR_PARSE,
                           "not a text, or too long");
    for (i = 0; i < node->text.len; i++)
        if (node->text.p[i] <= 0x20 || node->text.p[i] >= 0x7f)
            return refuse_json(report, node, XLMEM_ERROR_PARSE, "not a word");
    memcpy(buf, node->text.p, node->text.len + 1);
    return 0;
}

static int get_name(struct report *report, const xlmem__json *node,
                    const xlmem__names *names, uint32_t *value_r)
{
    if (!node)
        return 0;
    if (node->type != XLMEM__JSON_STRING ||
        !xlmem__value_of(names, node->text, value_r))
        return refuse_json(report, node, XLMEM_ERROR_PARSE, "unknown name");
    return 0;
}

static int get_dom_type(struct report *report, const xlmem__json *object,
                        xlmem_dom_type *type_r)
{
    uint32_t type = XLMEM_DOM_UNKNOWN;
    int rc = get_name(report, xlmem__json_get(object, "type"),
                      &xlmem__dom_types, &type);

    if (!rc)
        *type_r = (xlmem_dom_type)type;
    return rc;
}

static int get_struct(struct report *report, const xlmem__json *object,
                      void *facts, const xlmem__schema *schema)
{
    const xlmem__json *node;
    uint64_t value;
    size_t i;
    int rc;

    if (object->type != XLMEM__JSON_OBJECT)
        return refuse_json(report, object, XLMEM_ERROR_PARSE, "not an object");
    for (i = 0; i < schema->nr_facts; i++) {
        node = xlmem__json_get(object, schema->facts[i].name);
        if (!node)
            continue;
        rc = get_u64(report, node, &value);
        if (rc)
            return rc;
        xlmem__set_fact(facts, schema->facts[i].offset, value);
    }
    for (i = 0; i < schema->nr_texts; i++) {
        node = xlmem__json_get(object, schema->texts[i].name);
        if (!node)
            continue;
        rc = get_text(
            report, node, schema == &xlmem__dom_schema,
            (char **)(void *)((char *)facts + schema->texts[i].offset));
        if (rc)
            return rc;
    }
    return 0;
}

/*
 * Room for the elements of an array; NULL where the array is not there or
 * empty, or *rc_r is not 0.
 */
static void *get_array(struct report *report, const xlmem__json *array,
                       size_t max, size_t size, int *rc_r)
{
    void *elements;

    *rc_r = 0;
    if (!array || (array->type == XLMEM__JSON_ARRAY && !array->nr))
        return NULL;
    if (array->type != XLMEM__JSON_ARRAY) {
        *rc_r = refuse_json(report, array, XLMEM_ERROR_PARSE, "not an array");
        return NULL;
    }
    if (array->nr > max) {
        *rc_r =
            refuse_json(report, array, XLMEM_ERROR_RANGE, "too many elements");
        return NULL;
    }
    elements = calloc(array->nr, size);
    if (!elements)
        *rc_r = refuse_json(report, array, XLMEM_ERROR_NOMEM, "out of memory");
    return elements;
}

/* ------------------------------------------------------------- parts --- */

static int get_range(struct report *report, const xlmem__json *node,
                     xlmem_map *map)
{
    const xlmem__json *type = xlmem__json_get(node, "type");
    uint64_t start, end, number = 0;
    uint32_t value = 0;
    int rc;

    if (xlmem__json_u64(xlmem__json_get(node, "start"), &start) ||
        xlmem__json_u64(xlmem__json_get(node, "end"), &end) || !type)
        return refuse_json(report, node, XLMEM_ERROR_PARSE,
                           "not start, end and type");
    if (type->type == XLMEM__JSON_NUMBER) {
        rc = get_u64(report, type, &number);
        if (!rc && number > UINT32_MAX)
            rc = refuse_json(report, type, XLMEM_ERROR_RANGE, "too large");
        value = (uint32_t)number;
    } else {
        rc = get_name(report, type, &xlmem__range_types, &value);
    }
    if (rc)
        return rc;
    rc = xlmem_map_add(map, start, end, value);
    return rc ? refuse_json(report, node, rc, "not a memory range") : 0;
}

static int get_map(struct report *report, const xlmem__json *node,
                   xlmem_map *map)
{
    const xlmem__json *ranges = xlmem__json_get(node, "ranges"), *range;
    const xlmem__json *partial = xlmem__json_get(node, "partial");
    uint32_t source = XLMEM_MAP_NONE;
    uint64_t cut = 0;
    int rc;

    if (!node)
        return 0;
    if (!ranges || ranges->type != XLMEM__JSON_ARRAY)
        return refuse_json(report, node, XLMEM_ERROR_PARSE,
                           "no array of ranges");
    rc = get_name(report, xlmem__json_get(node, "source"), &xlmem__map_sources,
                  &source);
    if (!rc && source == XLMEM_MAP_NONE)
        rc = refuse_json(report, node, XLMEM_ERROR_PARSE, "no source");
    if (!rc && partial)
        rc = get_u64(report, partial, &cut);
    if (!rc && cut > 1)
        rc = refuse_json(report, partial, XLMEM_ERROR_PARSE, "not 0 or 1");
    for (range = ranges->first; range && !rc; range = range->next)
        rc = get_range(report, range, map);
    map->source = (xlmem_map_source)source;
    map->partial = cut != 0;
    return rc;
}

static int get_dom(struct report *report, const xlmem__json *node,
                   xlmem_dom *dom)
{
    xlmem_dom_type type = XLMEM_DOM_UNKNOWN;
    int rc = get_struct(report, node, dom, &xlmem__dom_schema);

    if (!rc && !XLMEM_KNOWS(dom, domid))
        rc = refuse_json(report, node, XLMEM_ERROR_PARSE, "no domid");
    if (!rc && node->index && dom->domid <= dom[-1].domid)
        rc = refuse_json(report, node, XLMEM_ERROR_PARSE,
                         "domid is not above the one before");
    if (!rc)
        rc = get_dom_type(report, node, &type);
    dom->type = type;
    if (!rc)
        rc = get_short(report, xlmem__json_get(node, "uuid"), dom->uuid,
                       sizeof(dom->uuid));
    return rc;
}

static int get_doms(struct report *report, const xlmem__json *array,
                    xlmem_host *host)
{
    const xlmem__json *node;
    int rc;

    host->doms = get_array(report, array, DOMS_MAX, sizeof(xlmem_dom), &rc);
    if (!host->doms)
        return rc;
    host->nr_doms = array->nr;
    for (node = array->first; node && !rc; node = node->next)
        rc = get_dom(report, node, &host->doms[node->index]);
    return rc;
}

static int get_blocks(struct report *report, const xlmem__json *array,
                      xlmem_zone *zone)
{
    const xlmem__json *node;
    int rc = 0;

    if (!array)
        return 0;
    if (array->type != XLMEM__JSON_ARRAY || array->nr > XLMEM_NR_ORDERS)
        return refuse_json(report, array, XLMEM_ERROR_PARSE,
                           "not an array, or of too many orders");
    for (node = array->first; node && !rc; node = node->next)
        rc = get_u64(report, node, &zone->free_blocks[node->index]);
    XLMEM_SET(zone, nr_orders, array->nr);
    return rc;
}

static int get_zones(struct report *report, const xlmem__json *array,
                     xlmem_dom0 *dom0)
{
    const xlmem__json *node;
    int rc;

    dom0->zones = get_array(report, array, ZONES_MAX, sizeof(xlmem_zone), &rc);
    if (!dom0->zones)
        return rc;
    dom0->nr_zones = array->nr;
    for (node = array->first; node && !rc; node = node->next) {
        xlmem_zone *zone = &dom0->zones[node->index];

        rc = get_struct(report, node, zone, &xlmem__zone_schema);
        if (!rc)
            rc = get_short(report, xlmem__json_get(node, "name"), zone->name,
                           sizeof(zone->name));
        if (!rc)
            rc =
                get_blocks(report, xlmem__json_get(node, "free_blocks"), zone);
    }
    return rc;
}

static int get_dom0(struct report *report, const xlmem__json *node,
                    xlmem_dom0 *dom0)
{
    int rc;

    if (!node)
        return 0;
    rc = get_struct(report, node, dom0, &xlmem__dom0_schema);
    if (!rc)
        rc = get_dom_type(report, node, &dom0->type);
    if (!rc)
        rc = get_zones(report, xlmem__json_get(node, "zones"), dom0);
    return rc;
}

static int get_reservations(struct report *report, const xlmem__json *array,
                            xlmem_host *host)
{
    const xlmem__json *node;
    int rc;

    host->reservations =
        get_array(report, array, DOMS_MAX, sizeof(xlmem_reservation), &rc);
    if (!host->reservations)
        return rc;
    host->nr_reservations = array->nr;
    for (node = array->first; node && !rc; node = node->next) {
        xlmem_reservation *r = &host->reservations[node->index];

        rc = get_struct(report, node, r, &xlmem__reservation_schema);
        if (!rc)
            rc = get_short(report, xlmem__json_get(node, "uuid"), r->uuid,
                           sizeof(r->uuid));
        if (!rc)
            rc = get_short(report, xlmem__json_get(node, "id"), r->id,
                           sizeof(r->id));
    }
    return rc;
}

static int get_host(struct report *report, const xlmem__json *root,
                    xlmem_host *host)
{
    uint64_t version;
    int rc = get_struct(report, root, host, &xlmem__host_schema);

    if (rc)
        return rc;
    if (xlmem__json_u64(xlmem__json_get(root, "version"), &version) ||
        version != XLMEM__JSON_VERSION)
        return refuse_json(report, root, XLMEM_ERROR_PARSE,
                           "not a snapshot of \"version\": 1");
    rc = get_map(report, xlmem__json_get(root, "map"), &host->map);
    if (!rc)
        rc = get_doms(report, xlmem__json_get(root, "doms"), host);
    if (!rc)
        rc = get_dom0(report, xlmem__json_get(root, "dom0"), &host->dom0);
    if (!rc)
        rc = get_reservations(report, xlmem__json_get(root, "reservations"),
                              host);
    return rc;
}

int xlmem_host_from_json(const char *json, size_t len, xlmem_host *host_r,
                         char *err, size_t err_len)
{
    struct report report = {err, err ? err_len : 0};
    xlmem__where where = {.line = 0};
    xlmem__json_doc doc;
    xlmem_host host;
    int rc = xlmem__json_parse(json, len, &doc, &where);

    if (rc) {
        xlmem__where_line(&where, report.text, report.len);
        return rc;
    }
    xlmem_host_init(&host);
    rc = get_host(&report, doc.root, &host);
    xlmem__json_dispose(&doc);
    if (rc) {
        xlmem_host_dispose(&host);
        return rc;
    }
    xlmem_host_dispose(host_r);
    *host_r = host;
    return 0;
}
