/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a domain is to have, in its configuration file or in one beside the
 * host's configuration, /etc/xen/memguard.d/NAME.conf (memguard.conf(5)):
 *
 *     memguard = [ "dynamic_min=512M", "weight=2" ]
 *
 *     dynamic_min = "512M"
 *     weight = 2
 *
 * Strict, because the likely unknown key is a misspelt one.  Either
 * counts as a whole or not at all.
 */
#include "codec/opt_in.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "codec/conf.h"
#include "codec/xl_cfg.h"
#include "model/share.h"

static int read_opt_in_size(xlmem__str value, uint64_t *kb_r)
{
    uint64_t kb;
    int rc = xlmem__size_kb(value, &kb);

    if (rc)
        return rc;
    if (kb < XLMEM__MIB_KB || kb >> 54)
        return XLMEM_ERROR_RANGE;
    *kb_r = kb;
    return 0;
}

static int read_weight(xlmem__str value, uint64_t *weight_r)
{
    uint64_t n;
    int rc = xlmem__number_all(value, 10, &n);

    if (rc)
        return rc;
    if (!n || n > XLMEM__WEIGHT_MAX)
        return XLMEM_ERROR_RANGE;
    *weight_r = n;
    return 0;
}

static const struct key {
    const char *name, *wants;
    int (*read)(xlmem__str value, uint64_t *value_r);
    size_t offset; /* of what it sets */
} keys[] = {
    {"dynamic_min", "dynamic_min is a size of 1M or more", read_opt_in_size,
     offsetof(xlmem_opt_in, dynamic_min_kb)},
    {"dynamic_max", "dynamic_max is a size of 1M or more", read_opt_in_size,
     offsetof(xlmem_opt_in, dynamic_max_kb)},
    {"weight", "weight is a number, 1 to 65535", read_weight,
     offsetof(xlmem_opt_in, weight)},
};

const xlmem__opt_in_node xlmem__opt_in_nodes[XLMEM__OPT_IN_NODES] = {
    {"memory/dynamic-min", offsetof(xlmem_opt_in, dynamic_min_kb)},
    {"memory/dynamic-max", offsetof(xlmem_opt_in, dynamic_max_kb)},
    {"memory/weight", offsetof(xlmem_opt_in, weight)},
};

#define NR_KEYS (sizeof(keys) / sizeof(keys[0]))

/* On a command line the short names do. */
static xlmem__str long_name(xlmem__str name)
{
    static const char *const names[][2] = {
        {"min", "dynamic_min"},
        {"max", "dynamic_max"},
    };
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (xlmem__str_is(name, names[i][0]))
            return (xlmem__str){names[i][1], strlen(names[i][1])};
    return name;
}

static const struct key *find_range_key(xlmem__str name)
{
    const struct key *key = keys;

    while (key < keys + NR_KEYS && !xlmem__str_is(name, key->name))
        key++;
    return key < keys + NR_KEYS ? key : NULL;
}

/* What a message calls a key, as it was typed. */
static const char *short_wants(const struct key *key, xlmem__str name)
{
    return key->wants + (strlen(key->name) - name.len);
}

int xlmem_range_read(xlmem_opt_in *range, const char *word, char *err,
                     size_t err_len)
{
    xlmem__str value = {word, strlen(word)};
    const xlmem__str name = xlmem__trim(xlmem__cut(&value, '='));
    const struct key *key = find_range_key(long_name(name));
    xlmem__where where = {.line = 0};
    int rc;

    value = xlmem__trim(value);
    if (!strchr(word, '=') || !key)
        rc = xlmem__complain(&where, 0, XLMEM_ERROR_CONFIG,
                             "expected min=SIZE, max=SIZE or weight=N",
                             (xlmem__str){word, 0});
    else if (range->known & XLMEM_FACT_BIT_AT(key->offset))
        rc = xlmem__complain(&where, 0, XLMEM_ERROR_CONFIG, "given twice",
                             name);
    else
        rc = key->read(value, xlmem__opt_in_at(range, key->offset));
    if (!rc)
        range->known |= XLMEM_FACT_BIT_AT(key->offset);
    else if (!where.text[0])
        rc = xlmem__complain(&where, 0, rc, short_wants(key, name), value);
    if (rc && err_len)
        snprintf(err, err_len, "%s", where.text);
    return rc;
}

static int take_key(xlmem_opt_in *list, xlmem__str name, xlmem__str value,
                    size_t line, xlmem__where *where)
{
    const struct key *key = find_range_key(name);
    int rc;

    if (!key)
        return xlmem__complain(where, line, XLMEM_ERROR_CONFIG,
                               "memguard: no such key", name);
    if (list->known & XLMEM_FACT_BIT_AT(key->offset))
        return xlmem__complain(where, line, XLMEM_ERROR_CONFIG,
                               "memguard: given twice", name);
    rc = key->read(value, xlmem__opt_in_at(list, key->offset));
    if (rc)
        return xlmem__complain(where, line, rc, key->wants, value);
    list->known |= XLMEM_FACT_BIT_AT(key->offset);
    return 0;
}

int xlmem__opt_in_take(xlmem_opt_in *list, xlmem__str entry, size_t line,
                       xlmem__where *where)
{
    xlmem__str value = entry;
    const xlmem__str name = xlmem__trim(xlmem__cut(&value, '='));

    return take_key(list, name, xlmem__trim(value), line, where);
}

/* In either case, as the host's configuration takes them. */
static xlmem__str lower_key(xlmem__str name, char buf[16])
{
    size_t i;

    if (name.len > 15)
        return name;
    for (i = 0; i < name.len; i++)
        buf[i] = xlmem__lower(name.p[i]);
    return (xlmem__str){buf, name.len};
}

static int take_conf_line(xlmem_opt_in *list, const xlmem__cfg_raw *raw,
                          xlmem__where *where)
{
    xlmem__str value = raw->value;
    char buf[16];

    if (!value.p)
        return xlmem__complain(where, raw->line, XLMEM_ERROR_PARSE,
                               "expected key = value", raw->text);
    if (!xlmem__conf_unquote(&value))
        return xlmem__complain(where, raw->line, XLMEM_ERROR_PARSE,
                               xlmem__conf_malformed(raw->value), raw->text);
    return take_key(list, lower_key(raw->key, buf), value, raw->line, where);
}

int xlmem__opt_in_conf(const char *buf, size_t len, xlmem_opt_in *list_r,
                       xlmem__where *where)
{
    const char *why = xlmem__conf_not_text(buf, len);
    xlmem__cfg cfg = xlmem__cfg_of(buf, len);
    xlmem_opt_in list = {.known = 0};
    xlmem__cfg_raw raw;
    int rc = 0;

    if (why) {
        *where = (xlmem__where){.line = 0};
        snprintf(where->text, sizeof(where->text), "%s", why);
        return XLMEM_ERROR_PARSE;
    }
    while (!rc && xlmem__cfg_next_raw(&cfg, &raw))
        rc = take_conf_line(&list, &raw, where);
    if (!rc)
        *list_r = list;
    return rc;
}

static int complain_of_order(xlmem__where *where, const char *what,
                             uint64_t kb, const char *limit, uint64_t limit_kb)
{
    where->line = 0;
    snprintf(where->text, sizeof(where->text),
             "memguard: %s, %llu kB, is more than %s, %llu kB", what,
             (unsigned long long)kb, limit, (unsigned long long)limit_kb);
    return XLMEM_ERROR_CONFIG;
}

int xlmem__opt_in_finish(const xlmem_opt_in *list,
                         const xlmem_need_request *request,
                         xlmem_opt_in *opt_in_r, xlmem__where *where)
{
    const bool has_min = XLMEM_KNOWS(list, dynamic_min_kb);
    const bool has_max = XLMEM_KNOWS(list, dynamic_max_kb);
    uint64_t most = request->memory_kb;

    if (XLMEM_KNOWS(request, maxmem_kb) && request->maxmem_kb > most)
        most = request->maxmem_kb;
    if (has_min && XLMEM_KNOWS(request, memory_kb) &&
        list->dynamic_min_kb > request->memory_kb)
        return complain_of_order(where, "dynamic_min", list->dynamic_min_kb,
                                 "the domain's memory", request->memory_kb);
    if (has_max && XLMEM_KNOWS(request, memory_kb) &&
        list->dynamic_max_kb > most)
        return complain_of_order(where, "dynamic_max", list->dynamic_max_kb,
                                 "its maximum", most);
    if (has_min && has_max && list->dynamic_min_kb > list->dynamic_max_kb)
        return complain_of_order(where, "dynamic_min", list->dynamic_min_kb,
                                 "dynamic_max", list->dynamic_max_kb);
    *opt_in_r = *list;
    return 0;
}

int xlmem_domu_opt_in(xlmem_domu *domu, const char *const *list, size_t nr,
                      char *err, size_t err_len)
{
    xlmem_opt_in read = {.known = 0};
    xlmem__where where = {.line = 0};
    size_t i;
    int rc = 0;

    for (i = 0; i < nr && !rc; i++)
        rc = xlmem__opt_in_take(&read, (xlmem__str){list[i], strlen(list[i])},
                                0, &where);
    if (!rc)
        rc =
            xlmem__opt_in_finish(&read, &domu->request, &domu->opt_in, &where);
    if (rc && err_len)
        snprintf(err, err_len, "%s", where.text);
    return rc;
}
