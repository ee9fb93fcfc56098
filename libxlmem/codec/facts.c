/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/facts.h"

#include <stdlib.h>
#include <string.h>

#include "model/checked.h"

/* No machine that Linux supports on x86 comes near (8 nodes of 5 zones are
 * large); the limit keeps the search for one in bounds. */
#define ZONES_MAX 1024

const xlmem__key *xlmem__find_key(const xlmem__key *keys, size_t nr,
                                  xlmem__str name)
{
    size_t i;

    for (i = 0; i < nr; i++)
        if (xlmem__str_is(name, keys[i].name))
            return &keys[i];
    return NULL;
}

bool xlmem__set_fact(void *facts, size_t offset, uint64_t value)
{
    uint64_t *known = facts;
    uint64_t *fact = known + offset / sizeof(*fact);

    if ((*known & XLMEM_FACT_BIT_AT(offset)) && *fact != value)
        return false;
    *fact = value;
    *known |= XLMEM_FACT_BIT_AT(offset);
    return true;
}

void xlmem__merge_facts(void *to, const void *from)
{
    const uint64_t *source = from;
    uint64_t *target = to;
    size_t i;

    for (i = 0; i < 64; i++)
        if (source[0] >> i & 1)
            target[i + 1] = source[i + 1];
    target[0] |= source[0];
}

void xlmem__move_text(char **to, char **from)
{
    if (!*from)
        return;
    free(*to);
    *to = *from;
    *from = NULL;
}

static int replace_text(char **text_r, char *text)
{
    if (!text)
        return XLMEM_ERROR_NOMEM;
    free(*text_r);
    *text_r = text;
    return 0;
}

int xlmem__keep_text(char **text_r, xlmem__str s)
{
    return replace_text(text_r, xlmem__strdup_safe(xlmem__trim(s)));
}

int xlmem__keep_name(char **name_r, xlmem__str s)
{
    return replace_text(name_r, xlmem__strdup_name(xlmem__trim(s)));
}

xlmem__str xlmem__word(xlmem__str *s)
{
    xlmem__str word;

    *s = xlmem__trim(*s);
    word = *s;
    word.len = 0;
    while (word.len < s->len && s->p[word.len] != ' ' &&
           s->p[word.len] != '\t')
        word.len++;
    s->p += word.len;
    s->len -= word.len;
    return word;
}

bool xlmem__skip(xlmem__str *s, const char *prefix)
{
    size_t len;

    if (!xlmem__str_starts(*s, prefix))
        return false;
    len = strlen(prefix);
    s->p += len;
    s->len -= len;
    return true;
}

int xlmem__take_number(xlmem__str *s, unsigned base, uint64_t *value_r)
{
    size_t used;
    int rc = xlmem__number(*s, base, value_r, &used);

    if (rc)
        return rc;
    s->p += used;
    s->len -= used;
    return 0;
}

int xlmem__meminfo_kb(xlmem__str s, uint64_t *kb_r)
{
    uint64_t kb;
    int rc = xlmem__number_all(xlmem__word(&s), 10, &kb);

    if (rc)
        return rc;
    if (!xlmem__str_is(xlmem__trim(s), "kB"))
        return XLMEM_ERROR_PARSE;
    *kb_r = kb;
    return 0;
}

bool xlmem__is_below_zero(uint64_t kb)
{
    return kb > INT64_MAX;
}

bool xlmem__take_release(xlmem__str *s, xlmem__release *release_r)
{
    return !xlmem__take_number(s, 10, &release_r->major) &&
           xlmem__skip(s, ".") &&
           !xlmem__take_number(s, 10, &release_r->minor);
}

int xlmem__decimal(xlmem__str s, unsigned places, uint64_t *value_r)
{
    xlmem__str whole = xlmem__cut(&s, '.');
    uint64_t value, fraction = 0;
    int rc = xlmem__number_all(whole, 10, &value);

    if (rc)
        return rc;
    if (s.len > places || (s.len && xlmem__number_all(s, 10, &fraction)))
        return XLMEM_ERROR_PARSE;
    for (; s.len < places; s.len++)
        fraction *= 10;
    for (; places; places--)
        if (!xlmem__mul(value, 10, &value))
            return XLMEM_ERROR_RANGE;
    if (!xlmem__add(value, fraction, value_r))
        return XLMEM_ERROR_RANGE;
    return 0;
}

int xlmem__set_release(xlmem_dom0 *dom0, xlmem__str release)
{
    xlmem__release version;
    int rc = xlmem__keep_text(&dom0->kernel_release, release);

    if (rc)
        return rc;
    release = xlmem__trim(release);
    if (!xlmem__take_release(&release, &version))
        return 0;
    XLMEM_SET(dom0, linux_major, version.major);
    XLMEM_SET(dom0, linux_minor, version.minor);
    return 0;
}

void xlmem__merge_dom0(xlmem_dom0 *to, xlmem_dom0 *from)
{
    xlmem__merge_facts(to, from);
    if (from->type != XLMEM_DOM_UNKNOWN)
        to->type = from->type;
    xlmem__move_text(&to->kernel_release, &from->kernel_release);
    xlmem__move_text(&to->kernel_cmdline, &from->kernel_cmdline);
    xlmem__move_text(&to->boot_id, &from->boot_id);
}

static bool is_zone(const xlmem_zone *zone, uint64_t node, xlmem__str name)
{
    return zone->node == node && xlmem__str_is(name, zone->name);
}

xlmem_zone *xlmem__zone(xlmem_dom0 *dom0, uint64_t node, xlmem__str name,
                        int *rc_r)
{
    xlmem_zone *zones, *zone;
    size_t i;

    for (i = 0; i < dom0->nr_zones; i++)
        if (is_zone(&dom0->zones[i], node, name))
            return &dom0->zones[i];
    *rc_r = XLMEM_ERROR_RANGE;
    if (dom0->nr_zones >= ZONES_MAX || name.len >= sizeof(zone->name))
        return NULL;
    *rc_r = XLMEM_ERROR_NOMEM;
    zones = realloc(dom0->zones, (dom0->nr_zones + 1) * sizeof(*zones));
    if (!zones)
        return NULL;
    dom0->zones = zones;
    zone = &zones[dom0->nr_zones++];
    memset(zone, 0, sizeof(*zone));
    memcpy(zone->name, name.p, name.len);
    XLMEM_SET(zone, node, node);
    return zone;
}

bool xlmem__zone_head(xlmem__str *s, uint64_t *node_r, xlmem__str *name_r)
{
    xlmem__str rest = *s, name;
    uint64_t node;

    if (!xlmem__skip(&rest, "Node ") || xlmem__take_number(&rest, 10, &node) ||
        !xlmem__skip(&rest, ", zone"))
        return false;
    name = xlmem__word(&rest);
    if (!name.len)
        return false;
    *node_r = node;
    *name_r = name;
    *s = rest;
    return true;
}
