/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/ledger_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model/plan.h"
#include "private/xen.h"

#define DOMID_MAX (XLMEM_DOMID_END - 1)

#define NR_WHYS (XLMEM_WHY_DEMAND + 1)

/* ------------------------------------------------------------ reading --- */

static bool number_below(xlmem__str text, uint64_t limit, uint64_t *value_r)
{
    uint64_t value;

    if (xlmem__number_all(text, 10, &value) || value > limit)
        return false;
    *value_r = value;
    return true;
}

static bool read_kb(xlmem__str text, uint64_t *kb_r)
{
    return number_below(text, XLMEM__ENTRY_KB_MAX, kb_r);
}

/* What has been read, and whose steps the next lines are. */
typedef struct reading {
    xlmem__entry entry;
    uint32_t given; /* the keys, by their place in the table */
    xlmem_author author;
    xlmem_step_why why;
    bool foreign; /* a newer version's, which is not known here */
} reading;

typedef bool reader(xlmem__str value, reading *r);

static bool read_uuid(xlmem__str value, reading *r)
{
    if (!xlmem__is_uuid(value))
        return false;
    xlmem__copy_uuid(r->entry.res.uuid, value.p);
    return true;
}

/* A number of at most @limit into a fact of @s. */
#define READ_FACT(name, s, field, limit)                                      \
    static bool name(xlmem__str value, reading *r)                            \
    {                                                                         \
        uint64_t n;                                                           \
                                                                              \
        if (!number_below(value, limit, &n))                                  \
            return false;                                                     \
        XLMEM_SET(s, field, n);                                               \
        return true;                                                          \
    }

READ_FACT(read_need, &r->entry.res, need_kb, XLMEM__ENTRY_KB_MAX)
READ_FACT(read_dom0_need, &r->entry.res, dom0_need_kb, XLMEM__ENTRY_KB_MAX)
READ_FACT(read_dom0_build, &r->entry.res, dom0_build_kb, XLMEM__ENTRY_KB_MAX)
READ_FACT(read_domid, &r->entry.res, domid, DOMID_MAX)
READ_FACT(read_order, &r->entry, order, UINT64_MAX)
READ_FACT(read_granted, &r->entry, granted, 1)
READ_FACT(read_binds, &r->entry, binds, 1)
READ_FACT(read_held, &r->entry, held_kb, XLMEM__ENTRY_KB_MAX)
READ_FACT(read_until, &r->entry, until_ms, INT64_MAX)

static bool read_before(xlmem__str value, reading *r)
{
    xlmem__entry *entry = &r->entry;
    uint64_t domid;

    if (entry->nr_before == XLMEM__BEFORE_MAX ||
        !number_below(value, DOMID_MAX, &domid))
        return false;
    entry->before[entry->nr_before++] = domid;
    return true;
}

static bool read_by(xlmem__str value, reading *r)
{
    const xlmem__str author = xlmem__cut(&value, ' ');
    unsigned a = 0, w = 0;

    while (a < XLMEM_NR_AUTHORS &&
           !xlmem__str_is(author, xlmem_author_name((xlmem_author)a)))
        a++;
    while (w < NR_WHYS &&
           !xlmem__str_is(value, xlmem_step_why_name((xlmem_step_why)w)))
        w++;
    r->foreign = a == XLMEM_NR_AUTHORS || w == NR_WHYS;
    r->author = r->foreign ? XLMEM_AUTHOR_GUARD : (xlmem_author)a;
    r->why = r->foreign ? XLMEM_WHY_ROOM : (xlmem_step_why)w;
    return !r->foreign || r->entry.version > XLMEM__ENTRY_VERSION;
}

/* A target: "DOMID FROM TO". */
static bool read_target_step(xlmem__str value, const reading *r,
                             xlmem_step *step_r)
{
    const xlmem__str id = xlmem__cut(&value, ' ');
    const xlmem__str from = xlmem__cut(&value, ' ');
    uint64_t domid;

    *step_r = (xlmem_step){
        .action = XLMEM_STEP_TARGET, .author = r->author, .why = r->why};
    if (!number_below(id, DOMID_MAX, &domid) ||
        !read_kb(from, &step_r->from_kb) || !read_kb(value, &step_r->to_kb))
        return false;
    step_r->domid = (uint32_t)domid;
    return true;
}

/* The guards before version 3 take each "step" for what is owed. */
static bool read_step(xlmem__str value, reading *r)
{
    xlmem_step step;

    return read_target_step(value, r, &step) && xlmem__step_is_owed(&step) &&
           xlmem__plan_add(&r->entry.plan, &step);
}

static bool read_move(xlmem__str value, reading *r)
{
    xlmem_step step;

    if (r->foreign)
        return true;
    return read_target_step(value, r, &step) && !xlmem__step_is_owed(&step) &&
           xlmem__plan_add(&r->entry.plan, &step);
}

static bool read_maximum(xlmem__str value, reading *r)
{
    xlmem__entry *entry = &r->entry;
    xlmem__str domid = xlmem__cut(&value, ' ');
    xlmem__maximum maximum;

    if (entry->nr_maxima == XLMEM__MAXIMA_MAX ||
        !number_below(domid, DOMID_MAX, &maximum.domid) ||
        !read_kb(value, &maximum.kb))
        return false;
    entry->maxima[entry->nr_maxima++] = maximum;
    return true;
}

static const struct key {
    const char *name;
    reader *read;
    bool repeats;
    unsigned since; /* the version that wrote it first */
} keys[] = {
    {"uuid", read_uuid, false, 1},
    {"need_kb", read_need, false, 1},
    {"dom0_need_kb", read_dom0_need, false, 1},
    {"dom0_build_kb", read_dom0_build, false, 1},
    {"domid", read_domid, false, 1},
    {"order", read_order, false, 1},
    {"granted", read_granted, false, 1},
    {"binds", read_binds, false, 1},
    {"held_kb", read_held, false, 1},
    {"until_ms", read_until, false, 1},
    {"before", read_before, true, 1},
    {"by", read_by, true, 3},
    {"step", read_step, true, 1},
    {"move", read_move, true, 3},
    {"maximum", read_maximum, true, 1},
};
#define NR_KEYS (sizeof(keys) / sizeof(keys[0]))

static int read_entry_line(xlmem__str line, reading *r)
{
    xlmem__str value = line, name = xlmem__cut(&value, ' ');
    size_t i;

    for (i = 0; i < NR_KEYS; i++) {
        if (!xlmem__str_is(name, keys[i].name) ||
            keys[i].since > r->entry.version)
            continue;
        if (!keys[i].repeats && r->given & UINT32_C(1) << i)
            return XLMEM_ERROR_PARSE;
        r->given |= UINT32_C(1) << i;
        return keys[i].read(value, r) ? 0 : XLMEM_ERROR_PARSE;
    }
    return r->entry.version > XLMEM__ENTRY_VERSION ? 0 : XLMEM_ERROR_PARSE;
}

static int read_head(xlmem__lines *lines, xlmem__entry *entry)
{
    xlmem__str line;

    if (!xlmem__next_line(lines, &line))
        return XLMEM_ERROR_PARSE;
    if (!xlmem__str_is(xlmem__cut(&line, ' '), "xlmem-reservation") ||
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
    reading r;
    xlmem__str line;
    bool ended = false;

    memset(&r, 0, sizeof(r));
    if (read_head(&lines, &r.entry))
        return xlmem__complain(where, 1, XLMEM_ERROR_PARSE, "no reservation",
                               nothing);
    while (!ended && xlmem__next_line(&lines, &line)) {
        ended = xlmem__str_is(line, "end");
        if (!ended && read_entry_line(line, &r))
            return xlmem__complain(where, lines.nr, XLMEM_ERROR_PARSE,
                                   "not understood", line);
    }
    if (!is_whole(&r.entry, ended) || xlmem__next_line(&lines, &line))
        return xlmem__complain(where, lines.nr, XLMEM_ERROR_PARSE, "not whole",
                               nothing);
    *entry_r = r.entry;
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

/* The targets that one author sets for one reason, in their order. */
static void put_steps(page *p, const xlmem_plan *plan, xlmem_author author,
                      xlmem_step_why why)
{
    bool said = author == XLMEM_AUTHOR_GUARD && why == XLMEM_WHY_ROOM;
    size_t i;

    for (i = 0; i < plan->nr_steps; i++) {
        const xlmem_step *step = &plan->steps[i];

        if (step->action != XLMEM_STEP_TARGET || step->author != author ||
            step->why != why)
            continue;
        if (!said)
            put(p, "by %s %s\n", xlmem_author_name(author),
                xlmem_step_why_name(why));
        said = true;
        put(p, "%s %" PRIu32 " %" PRIu64 " %" PRIu64 "\n",
            xlmem__step_is_owed(step) ? "step" : "move", step->domid,
            step->from_kb, step->to_kb);
    }
}

/* One "by" for many: with one each they would not fit a page. */
static void put_plan_lines(page *p, const xlmem_plan *plan)
{
    unsigned a, w;

    for (a = 0; a < XLMEM_NR_AUTHORS; a++)
        for (w = 0; w < NR_WHYS; w++)
            put_steps(p, plan, (xlmem_author)a, (xlmem_step_why)w);
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
    put_plan_lines(&p, &entry->plan);
    for (i = 0; i < entry->nr_maxima; i++)
        put(&p, "maximum %" PRIu64 " %" PRIu64 "\n", entry->maxima[i].domid,
            entry->maxima[i].kb);
    put(&p, "end\n");
    return p.overflow ? XLMEM_ERROR_RANGE : 0;
}

void xlmem__entry_of_nobody(xlmem__entry *entry)
{
    memset(entry, 0, sizeof(*entry));
    entry->version = XLMEM__ENTRY_VERSION;
    strcpy(entry->res.uuid, "00000000-0000-0000-0000-000000000000");
    XLMEM_SET(&entry->res, need_kb, 0);
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
