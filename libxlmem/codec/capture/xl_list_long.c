/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * `xl list -l`: an array of {"domid": N, "config": libxl_domain_config}, as
 * libxl of 4.14 to 4.20 writes it (tools/libs/light/libxl_types.idl):
 *
 *     c_info  type, name, uuid
 *     b_info  max_vcpus, avail_vcpus, max_memkb, target_memkb, shadow_memkb
 *     pcidevs an element for each device of the machine
 *
 * What is at its default is left out.  It is read as it comes: what a domain's
 * members say is kept until its end, since they come in any order.
 */
#include "codec/doms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/capture/pieces.h"
#include "codec/capture/texts.h"
#include "codec/json_push.h"

/* Where a value stands: how many arrays and objects are open around it. */
enum {
    AT_DOCUMENT,
    AT_DOMAIN,
    AT_MEMBER, /* domid, config */
    AT_PART,   /* c_info, b_info, pcidevs */
    AT_VALUE,
    AT_ELEMENT, /* of avail_vcpus */
};

/* A member that has to be a number. */
typedef struct number {
    size_t line; /* 0: it is not there */
    uint64_t value;
    int rc;
} number;

enum {
    MAX_KB,
    TARGET_KB,
    SHADOW_KB,
    NR_SIZES,
    MAX_VCPUS = NR_SIZES,
    NR_NUMBERS,
};

static const struct {
    const char *key;
    size_t offset;
} numbers[NR_NUMBERS] = {
    [MAX_KB] = {"max_memkb", offsetof(xlmem_dom, static_max_kb)},
    [TARGET_KB] = {"target_memkb", offsetof(xlmem_dom, target_kb)},
    [SHADOW_KB] = {"shadow_memkb", offsetof(xlmem_dom, paging_kb)},
    [MAX_VCPUS] = {"max_vcpus", offsetof(xlmem_dom, vcpus)},
};

/* One domain, as far as it has come. */
typedef struct entry {
    size_t line;
    number domid;
    xlmem_dom_type type;
    char uuid[sizeof(((xlmem_dom *)0)->uuid)];
    char *name; /* owned */
    number numbers[NR_NUMBERS];
    uint64_t online; /* vCPUs */
    uint64_t pci_devices;
} entry;

typedef enum part { PART_OTHER, PART_CREATE, PART_BUILD, PART_PCI } part;

typedef struct configs {
    xlmem__doms *doms;      /* owned */
    xlmem__json_push *push; /* owned */
    size_t index;           /* of the domain that comes */
    entry entry;
    bool in_config;
    part part;
    bool in_online;
} configs;

/* ------------------------------------------------------------ a domain --- */

static int refuse_config(size_t line, int rc, const char *path,
                         xlmem__where *where)
{
    return xlmem__complain(where, line, rc, "not what xl list -l writes",
                           (xlmem__str){path, strlen(path)});
}

static int refuse_domain(const configs *c, int rc, xlmem__where *where)
{
    char path[32];

    snprintf(path, sizeof(path), "[%zu]", c->index);
    return refuse_config(c->entry.line, rc, path, where);
}

/* 0 or what is wrong with it. */
static int check_number(const configs *c, size_t i, xlmem__where *where)
{
    const number *n = &c->entry.numbers[i];
    char path[96];

    if (!n->line || !n->rc)
        return 0;
    snprintf(path, sizeof(path), "[%zu].config.b_info.%s", c->index,
             numbers[i].key);
    return refuse_config(n->line, n->rc, path, where);
}

static int take_config_sizes(const configs *c, xlmem_dom *dom,
                             xlmem__where *where)
{
    size_t i;
    int rc;

    for (i = 0; i < NR_SIZES; i++) {
        const number *n = &c->entry.numbers[i];

        /* libxl charges PV guests a pool that Xen never gives them. */
        if (!n->line || (i == SHADOW_KB && dom->type == XLMEM_DOM_PV))
            continue;
        rc = check_number(c, i, where);
        if (rc)
            return rc;
        xlmem__set_fact(dom, numbers[i].offset, n->value);
    }
    return 0;
}

/* The vCPUs that are online, else all. */
static int take_config_vcpus(const configs *c, xlmem_dom *dom,
                             xlmem__where *where)
{
    const number *all = &c->entry.numbers[MAX_VCPUS];
    int rc;

    if (c->entry.online) {
        XLMEM_SET(dom, vcpus, c->entry.online);
        return 0;
    }
    rc = check_number(c, MAX_VCPUS, where);
    if (!rc && all->line)
        XLMEM_SET(dom, vcpus, all->value);
    return rc;
}

/* All of a domain has been read. */
static int finish_config(configs *c, xlmem__where *where)
{
    entry *e = &c->entry;
    const size_t before = c->doms->nr;
    xlmem_dom *dom;
    int rc = e->domid.line ? e->domid.rc : XLMEM_ERROR_PARSE;

    if (rc)
        return refuse_domain(c, rc, where);
    dom = xlmem__doms_get(c->doms, e->domid.value, &rc);
    if (!dom)
        return refuse_domain(c, rc, where);
    if (c->doms->nr == before)
        return refuse_domain(c, XLMEM_ERROR_PARSE, where);
    dom->type = e->type;
    memcpy(dom->uuid, e->uuid, sizeof(dom->uuid));
    xlmem__move_text(&dom->name, &e->name);
    if (e->pci_devices)
        XLMEM_SET(dom, pci_devices, e->pci_devices);
    rc = take_config_sizes(c, dom, where);
    return rc ? rc : take_config_vcpus(c, dom, where);
}

/* -------------------------------------------------------------- values --- */

static void take_json_number(const xlmem__json_event *event, number *n)
{
    n->line = event->line;
    n->rc = XLMEM_ERROR_PARSE;
    if (event->type == XLMEM__JSON_NUMBER)
        n->rc = xlmem__number_all(event->text, 10, &n->value);
}

static int take_create(entry *e, const xlmem__json_event *event)
{
    const xlmem__str text = event->text;

    if (event->type != XLMEM__JSON_STRING)
        return 0;
    if (xlmem__str_is(event->key, "type"))
        e->type = xlmem__dom_type(text);
    else if (xlmem__str_is(event->key, "uuid") && xlmem__is_uuid(text))
        xlmem__copy_uuid(e->uuid, text.p);
    else if (xlmem__str_is(event->key, "name"))
        return xlmem__keep_name(&e->name, text);
    return 0;
}

static void take_build(configs *c, const xlmem__json_event *event)
{
    size_t i;

    c->in_online = event->type == XLMEM__JSON_ARRAY &&
                   xlmem__str_is(event->key, "avail_vcpus");
    for (i = 0; i < NR_NUMBERS; i++)
        if (xlmem__str_is(event->key, numbers[i].key))
            take_json_number(event, &c->entry.numbers[i]);
}

static void begin_config(configs *c, const xlmem__json_event *event)
{
    c->entry = (entry){.line = event->line};
    c->in_config = false;
}

/* Of an array or object: where it ends. */
static int take_json_end(configs *c, const xlmem__json_event *event,
                         xlmem__where *where)
{
    int rc = 0;

    if (event->depth == AT_DOMAIN) {
        rc = finish_config(c, where);
        free(c->entry.name);
        c->entry.name = NULL;
        c->index++;
    } else if (event->depth == AT_MEMBER) {
        c->in_config = false;
    } else if (event->depth == AT_PART) {
        c->part = PART_OTHER;
    } else if (event->depth == AT_VALUE) {
        c->in_online = false;
    }
    return rc;
}

static void take_member(configs *c, const xlmem__json_event *event)
{
    c->part = PART_OTHER;
    c->in_config = event->type == XLMEM__JSON_OBJECT &&
                   xlmem__str_is(event->key, "config");
    if (xlmem__str_is(event->key, "domid"))
        take_json_number(event, &c->entry.domid);
}

static part part_of(const configs *c, const xlmem__json_event *event)
{
    if (!c->in_config)
        return PART_OTHER;
    if (event->type == XLMEM__JSON_ARRAY)
        return xlmem__str_is(event->key, "pcidevs") ? PART_PCI : PART_OTHER;
    if (event->type != XLMEM__JSON_OBJECT)
        return PART_OTHER;
    if (xlmem__str_is(event->key, "c_info"))
        return PART_CREATE;
    return xlmem__str_is(event->key, "b_info") ? PART_BUILD : PART_OTHER;
}

static int take_json_event(void *arg, const xlmem__json_event *event,
                           xlmem__where *where)
{
    configs *c = arg;
    const bool open =
        event->type == XLMEM__JSON_ARRAY || event->type == XLMEM__JSON_OBJECT;

    if (event->end)
        return take_json_end(c, event, where);
    switch (event->depth) {
    case AT_DOCUMENT:
        return event->type == XLMEM__JSON_ARRAY
                   ? 0
                   : refuse_config(event->line, XLMEM_ERROR_PARSE,
                                   "the document", where);
    case AT_DOMAIN:
        begin_config(c, event);
        return open ? 0 : refuse_domain(c, XLMEM_ERROR_PARSE, where);
    case AT_MEMBER:
        take_member(c, event);
        return 0;
    case AT_PART:
        c->part = part_of(c, event);
        return 0;
    case AT_VALUE:
        if (c->part == PART_BUILD)
            take_build(c, event);
        c->entry.pci_devices += c->part == PART_PCI;
        return c->part == PART_CREATE ? take_create(&c->entry, event) : 0;
    case AT_ELEMENT:
        c->entry.online += c->in_online;
        return 0;
    default:
        return 0;
    }
}

/* -------------------------------------------------------------- pieces --- */

static void configs_dispose(void *state)
{
    configs *c = state;

    if (!c)
        return;
    free(c->entry.name);
    xlmem__doms_free(c->doms);
    xlmem__json_push_free(c->push);
    free(c);
}

static void *configs_begin(void)
{
    configs *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->doms = xlmem__doms_alloc();
    c->push =
        xlmem__json_push_alloc(XLMEM__PIECE_TEXT_MAX, take_json_event, c);
    if (c->doms && c->push)
        return c;
    configs_dispose(c);
    return NULL;
}

static int configs_feed(void *state, xlmem__str piece, xlmem__where *where)
{
    configs *c = state;

    return xlmem__json_push_feed(c->push, piece, where);
}

static int configs_end(void *state, xlmem_host *host, xlmem__where *where)
{
    configs *c = state;
    int rc = xlmem__json_push_end(c->push, where);

    return rc ? rc : xlmem__doms_merge(c->doms, host);
}

const xlmem__pieces xlmem__xl_list_long_pieces = {
    configs_begin, configs_feed, configs_end, configs_dispose};

int xlmem__parse_xl_list_long(const char *buf, size_t len, xlmem_host *host,
                              xlmem__where *where)
{
    return xlmem__parse_pieces(&xlmem__xl_list_long_pieces,
                               (xlmem__str){buf, len}, host, where);
}
