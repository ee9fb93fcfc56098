/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * `xl list`, also with -v:
 *
 *     Name                          ID   Mem VCPUs  State   Time(s)
 *     Domain-0                       0  1024     2  r-----     14.2
 *
 * and `xm list` of Xen 3, whose heading may say "Mem(MiB)" and which lists
 * domains that do not run as well, without id and state:
 *
 *     web1                               512     1             33.4
 *
 * A name may hold blanks and anything else, so a line is read from its state:
 * the last word of that shape with three numbers before and a time behind.
 */
#include "codec/doms.h"

#include <stdlib.h>
#include <string.h>

#include "codec/capture/pieces.h"
#include "codec/capture/texts.h"
#include "model/checked.h"

struct row {
    xlmem__str name, number[3], state, time;
};

/* "r-----" to "---s-d" (tools/xl/xl_list.c, 4.8 to 4.20). */
static bool is_state(xlmem__str word)
{
    static const char letters[] = "rbpscd";
    size_t i;

    if (word.len != 6)
        return false;
    for (i = 0; i < 6; i++)
        if (word.p[i] != '-' && word.p[i] != letters[i])
            return false;
    return true;
}

/* Five words in a row, the oldest first; see above. */
static bool is_row(const xlmem__str words[5])
{
    uint64_t value;
    size_t i;

    if (!is_state(words[3]) || xlmem__decimal(words[4], 3, &value))
        return false;
    for (i = 0; i < 3; i++)
        if (xlmem__number_all(words[i], 10, &value) == XLMEM_ERROR_PARSE)
            return false;
    return true;
}

/* A domain that xend knows and that does not run: name, MiB, vCPUs, time. */
static bool is_idle(xlmem__str line)
{
    xlmem__str word, last[3] = {{"", 0}};
    uint64_t value;
    size_t n = 0;

    while ((word = xlmem__word(&line)).len) {
        memmove(&last[0], &last[1], 2 * sizeof(last[0]));
        last[2] = word;
        n++;
    }
    return n > 3 && !xlmem__number_all(last[0], 10, &value) &&
           !xlmem__number_all(last[1], 10, &value) &&
           memchr(last[2].p, '.', last[2].len) &&
           !xlmem__decimal(last[2], 3, &value);
}

static bool find_row(xlmem__str line, struct row *row_r)
{
    xlmem__str rest = line, words[5] = {{"", 0}};
    bool found = false;

    while (rest.len) {
        memmove(&words[0], &words[1], 4 * sizeof(words[0]));
        words[4] = xlmem__word(&rest);
        if (!words[0].p || !is_row(words))
            continue;
        found = true;
        row_r->name = (xlmem__str){line.p, (size_t)(words[0].p - line.p)};
        memcpy(row_r->number, words, sizeof(row_r->number));
        row_r->state = words[3];
        row_r->time = words[4];
    }
    return found;
}

static int fill_listed_dom(const struct row *row, xlmem_dom *dom)
{
    uint64_t mib, vcpus, kb, time_ms;
    int rc = xlmem__number_all(row->number[1], 10, &mib);

    if (!rc)
        rc = xlmem__number_all(row->number[2], 10, &vcpus);
    if (!rc)
        rc = xlmem__decimal(row->time, 3, &time_ms);
    if (rc)
        return rc;
    if (!xlmem__mul(mib, XLMEM__MIB_KB, &kb))
        return XLMEM_ERROR_RANGE;
    XLMEM_SET(dom, tot_kb, kb);
    XLMEM_SET(dom, vcpus, vcpus);
    XLMEM_SET(dom, cpu_time_ms, time_ms);
    XLMEM_SET(dom, paused, row->state.p[2] == 'p');
    XLMEM_SET(dom, shutdown, row->state.p[3] == 's' || row->state.p[4] == 'c');
    XLMEM_SET(dom, dying, row->state.p[5] == 'd');
    return xlmem__keep_name(&dom->name, row->name);
}

static int parse_row(xlmem__doms *doms, xlmem__str line)
{
    size_t before = doms->nr;
    struct row row = {.time = {"", 0}};
    xlmem_dom *dom;
    uint64_t domid;
    int rc;

    if (!find_row(line, &row))
        return is_idle(line) ? 0 : XLMEM_ERROR_PARSE;
    rc = xlmem__number_all(row.number[0], 10, &domid);
    if (rc)
        return rc;
    dom = xlmem__doms_get(doms, domid, &rc);
    if (!dom)
        return rc;
    return doms->nr == before ? XLMEM_ERROR_PARSE : fill_listed_dom(&row, dom);
}

static bool is_heading(xlmem__str line)
{
    xlmem__str memory;

    if (!xlmem__str_is(xlmem__word(&line), "Name") ||
        !xlmem__str_is(xlmem__word(&line), "ID"))
        return false;
    memory = xlmem__word(&line);
    return xlmem__str_is(memory, "Mem") || xlmem__str_is(memory, "Mem(MiB)");
}

/* ------------------------------------------------------------ pieces --- */

/* As much of a line as a message shows, and a byte by which it is cut. */
#define SHOWN 64

typedef struct list {
    xlmem__doms *doms; /* owned */
    xlmem__line_feed feed;
    bool headed;
    char first[SHOWN]; /* of the first line with something in it */
    size_t first_len;
    size_t first_nr; /* 0: none */
} list;

static void list_dispose(void *state)
{
    list *l = state;

    if (!l)
        return;
    xlmem__doms_free(l->doms);
    xlmem__feed_dispose(&l->feed);
    free(l);
}

static void *list_begin(void)
{
    list *l = calloc(1, sizeof(*l));

    if (l)
        l->doms = xlmem__doms_alloc();
    if (l && l->doms)
        return l;
    list_dispose(l);
    return NULL;
}

/* Warnings of the toolstack may come before the heading. */
static void look_for_heading(list *l, xlmem__str line, size_t nr)
{
    l->headed = is_heading(line);
    if (l->first_nr || !line.len)
        return;
    l->first_nr = nr;
    l->first_len = line.len < SHOWN ? line.len : SHOWN;
    memcpy(l->first, line.p, l->first_len);
}

static int take_row(void *arg, xlmem__str line, size_t nr, xlmem__where *where)
{
    list *l = arg;
    int rc;

    if (!l->headed) {
        look_for_heading(l, line, nr);
        return 0;
    }
    if (!xlmem__trim(line).len)
        return 0;
    rc = parse_row(l->doms, line);
    if (rc)
        return xlmem__complain(where, nr, rc,
                               "expected a domain (name, id, MiB, vCPUs, "
                               "state, time), each once",
                               line);
    return 0;
}

static int list_feed(void *state, xlmem__str piece, xlmem__where *where)
{
    list *l = state;

    return xlmem__feed_lines(&l->feed, piece, take_row, l, where);
}

static int end_of_rows(void *state, xlmem_host *host, xlmem__where *where)
{
    list *l = state;
    int rc = xlmem__feed_end(&l->feed, take_row, l, where);

    if (rc)
        return rc;
    if (!l->headed)
        return xlmem__complain(where, l->first_nr, XLMEM_ERROR_PARSE,
                               "expected the heading of xl list, \"Name ID "
                               "Mem VCPUs State Time(s)\"",
                               (xlmem__str){l->first, l->first_len});
    rc = xlmem__doms_merge(l->doms, host);
    if (!rc)
        XLMEM_SET(host, domains_listed, 1);
    return rc;
}

const xlmem__pieces xlmem__xl_list_pieces = {list_begin, list_feed,
                                             end_of_rows, list_dispose};

int xlmem__parse_xl_list(const char *buf, size_t len, xlmem_host *host,
                         xlmem__where *where)
{
    return xlmem__parse_pieces(&xlmem__xl_list_pieces, (xlmem__str){buf, len},
                               host, where);
}
