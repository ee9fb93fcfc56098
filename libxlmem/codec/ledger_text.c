/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/ledger_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Xen's domain ids end below this (DOMID_FIRST_RESERVED, public/xen.h). */
#define DOMID_MAX 0x7fef

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

bool xlmem__is_uuid(xlmem__str text)
{
    size_t i;

    if (text.len != 36)
        return false;
    for (i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text.p[i] != '-' : !is_hex(text.p[i]))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------ reading --- */

static bool number_below(xlmem__str text, uint64_t limit, uint64_t *value_r)
{
    uint64_t value;

    if (xlmem__number_all(text, 10, &value) || value > limit)
        return false;
    *value_r = value;
    return true;
}

static bool kb_of(xlmem__str text, uint64_t *kb_r)
{
    return number_below(text, XLMEM__ENTRY_KB_MAX, kb_r);
}

typedef bool reader(xlmem__str value, xlmem__entry *entry);

static bool read_uuid(xlmem__str value, xlmem__entry *entry)
{
    if (!xlmem__is_uuid(value))
        return false;
    memcpy(entry->res.uuid, value.p, 36);
    entry->res.uuid[36] = '\0';
    return true;
}

/* A number of at most @limit into a fact of @s. */
#define READ_FACT(name, s, field, limit)                                      \
    static bool name(xlmem__str value, xlmem__entry *entry)                   \
    {                                                                         \
        uint64_t n;                                                           \
                                                                              \
        if (!number_below(value, limit, &n))                                  \
            return false;                                                     \
        XLMEM_SET(s, field, n);                                               \
        return true;                                                          \
    }

READ_FACT(read_need, &entry->res, need_kb, XLMEM__ENTRY_KB_MAX)
READ_FACT(read_dom0_need, &entry->res, dom0_need_kb, XLMEM__ENTRY_KB_MAX)
READ_FACT(read_dom0_build, &entry->res, dom0_build_kb, XLMEM__ENTRY_KB_MAX)
READ_FACT(read_domid, &entry->res, domid, DOMID_MAX)
READ_FACT(read_order, entry, order, UINT64_MAX)
READ_FACT(read_granted, entry, granted, 1)
READ_FACT(read_binds, entry, binds, 1)
READ_FACT(read_held, entry, held_kb, XLMEM__ENTRY_KB_MAX)
READ_FACT(read_until, entry, until_ms, INT64_MAX)

static bool read_before(xlmem__str value, xlmem__entry *entry)
{
    uint64_t domid;

    if (entry->nr_before == XLMEM__BEFORE_MAX ||
        !number_below(value, DOMID_MAX, &domid))
        return false;
    entry->before[entry->nr_before++] = domid;
    return true;
}

static bool read_step(xlmem__str value, xlmem__entry *entry)
{
    xlmem__str domid = xlmem__cut(&value, ' ');
    xlmem__str from = xlmem__cut(&value, ' ');
    xlmem_step step;

    if (entry->nr_steps == XLMEM_STEPS_MAX ||
        !number_below(domid, DOMID_MAX, &step.domid) ||
        !kb_of(from, &step.from_kb) || !kb_of(value, &step.to_kb) ||
        step.to_kb >= step.from_kb)
        return false;
    entry->steps[entry->nr_steps++] = step;
    return true;
}

static bool read_maximum(xlmem__str value, xlmem__entry *entry)
{
    xlmem__str domid = xlmem__cut(&value, ' ');
    xlmem__maximum maximum;

    if (entry->nr_maxima == XLMEM__MAXIMA_MAX ||
        !number_below(domid, DOMID_MAX, &maximum.domid) ||
        !kb_of(value, &maximum.kb))
        return false;
    entry->maxima[entry->nr_maxima++] = maximum;
    return true;
}

static const struct key {
    const char *name;
    reader *read;
    bool repeats;
} keys[] = {
    {"uuid", read_uuid, false},
    {"need_kb", read_need, false},
    {"dom0_need_kb", read_dom0_need, false},
    {"dom0_build_kb", read_dom0_build, false},
    {"domid", read_domid, false},
    {"order", read_order, false},
    {"granted", read_granted, false},
    {"binds", read_binds, false},
    {"held_kb", read_held, false},
    {"until_ms", read_until, false},
    {"before", read_before, true},
    {"step", read_step, true},
    {"maximum", read_maximum, true},
};
#define NR_KEYS (sizeof(keys) / sizeof(keys[0]))

static int read_line(xlmem__str line, xlmem__entry *entry, uint32_t *given)
{
    xlmem__str value = line, name = xlmem__cut(&value, ' ');
    size_t i;

    for (i = 0; i < NR_KEYS; i++) {
        if (!xlmem__equals(name, keys[i].name))
            continue;
        if (!keys[i].repeats && *given & UINT32_C(1) << i)
            return XLMEM_ERROR_PARSE;
        *given |= UINT32_C(1) << i;
        return keys[i].read(value, entry) ? 0 : XLMEM_ERROR_PARSE;
    }
    return entry->version > XLMEM__ENTRY_VERSION ? 0 : XLMEM_ERROR_PARSE;
}

static int read_head(xlmem__lines *lines, xlmem__entry *entry)
{
    xlmem__str line;

    if (!xlmem__next_line(lines, &line))
        return XLMEM_ERROR_PARSE;
    if (!xlmem__equals(xlmem__cut(&line, ' '), "xlmem-reservation") ||
        !number_below(line, UINT32_MAX, &entry->version) || !entry->version)
        return XLMEM_ERROR_PARSE;
    return 0;
}

/* What no reservation can be without. */
static bool is_whole(const xlmem__entry *entry, bool ended)
{
    return ended && XLMEM_KNOWS(&entry->res, need_kb) && entry->res.uuid[0];
}

int xlmem__parse_entry(const char *buf, size_t len, xlmem__entry *entry_r,
                       xlmem__where *where)
{
    static const xlmem__str nothing = {"", 0};
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem__entry entry;
    xlmem__str line;
    uint32_t given = 0;
    bool ended = false;

    memset(&entry, 0, sizeof(entry));
    if (read_head(&lines, &entry))
        return xlmem__complain(where, 1, XLMEM_ERROR_PARSE, "no reservation",
                               nothing);
    while (!ended && xlmem__next_line(&lines, &line)) {
        ended = xlmem__equals(line, "end");
        if (!ended && read_line(line, &entry, &given))
            return xlmem__complain(where, lines.nr, XLMEM_ERROR_PARSE,
                                   "not understood", line);
    }
    if (!is_whole(&entry, ended) || xlmem__next_line(&lines, &line))
        return xlmem__complain(where, lines.nr, XLMEM_ERROR_PARSE, "not whole",
                               nothing);
    *entry_r = entry;
    return 0;
}

/* ------------------------------------------------------------ writing --- */

typedef struct page {
    char *text;
    size_t used;
    bool overflow;
} page;

__attribute__((format(printf, 2, 3))) static void put(page *p, const char *fmt,
                                                      ...)
{
    const size_t left = XLMEM__ENTRY_TEXT_MAX - p->used;
    va_list ap;
    int len;

    va_start(ap, fmt);
    len = vsnprintf(p->text + p->used, left, fmt, ap);
    va_end(ap);
    if (len < 0 || (size_t)len >= left)
        p->overflow = true;
    else
        p->used += (size_t)len;
}

static void put_fact(page *p, const char *name, uint64_t value, bool known)
{
    if (known)
        put(p, "%s %" PRIu64 "\n", name, value);
}

#define PUT_FACT(p, name, s, f) put_fact(p, name, (s)->f, XLMEM_KNOWS(s, f))

int xlmem__render_entry(const xlmem__entry *entry,
                        char text_r[XLMEM__ENTRY_TEXT_MAX])
{
    const xlmem_reservation *res = &entry->res;
    page p = {text_r, 0, false};
    size_t i;

    put(&p, "xlmem-reservation %d\nuuid %s\n", XLMEM__ENTRY_VERSION,
        res->uuid);
    PUT_FACT(&p, "need_kb", res, need_kb);
    PUT_FACT(&p, "dom0_need_kb", res, dom0_need_kb);
    PUT_FACT(&p, "dom0_build_kb", res, dom0_build_kb);
    PUT_FACT(&p, "domid", res, domid);
    PUT_FACT(&p, "order", entry, order);
    PUT_FACT(&p, "granted", entry, granted);
    PUT_FACT(&p, "binds", entry, binds);
    PUT_FACT(&p, "held_kb", entry, held_kb);
    PUT_FACT(&p, "until_ms", entry, until_ms);
    for (i = 0; i < entry->nr_before; i++)
        put(&p, "before %" PRIu64 "\n", entry->before[i]);
    for (i = 0; i < entry->nr_steps; i++)
        put(&p, "step %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
            entry->steps[i].domid, entry->steps[i].from_kb,
            entry->steps[i].to_kb);
    for (i = 0; i < entry->nr_maxima; i++)
        put(&p, "maximum %" PRIu64 " %" PRIu64 "\n", entry->maxima[i].domid,
            entry->maxima[i].kb);
    put(&p, "end\n");
    return p.overflow ? XLMEM_ERROR_RANGE : 0;
}

void xlmem__entry_add_maximum(xlmem__entry *entry, uint64_t domid, uint64_t kb)
{
    size_t i;

    for (i = 0; i < entry->nr_maxima; i++)
        if (entry->maxima[i].domid == domid) {
            if (entry->maxima[i].kb < kb)
                entry->maxima[i].kb = kb;
            return;
        }
    if (entry->nr_maxima < XLMEM__MAXIMA_MAX)
        entry->maxima[entry->nr_maxima++] = (xlmem__maximum){domid, kb};
}
