/* SPDX-License-Identifier: LGPL-2.1-only */
#include "commands/starts.h"
#include "private/advice.h"

#include <stdlib.h>
#include <string.h>

#include "output/books.h"
#include "input/session.h"

void starts_init(starts *s)
{
    memset(s, 0, sizeof(*s));
    xlmem_host_init(&s->host);
    xlmem_policy_init(&s->policy);
}

void starts_dispose(starts *s)
{
    size_t i;

    for (i = 0; i < s->nr; i++)
        free(s->rows[i].file);
    free(s->rows);
    xlmem_host_dispose(&s->host);
    starts_init(s);
}

static bool make_row_room(starts *s)
{
    const size_t room = s->room ? s->room * 2 : 16;
    starts_row *grown;

    if (s->nr < s->room)
        return true;
    grown = realloc(s->rows, room * sizeof(*grown));
    if (!grown)
        return false;
    s->rows = grown;
    s->room = room;
    return true;
}

starts_row *starts_add(starts *s)
{
    starts_row *row;

    if (!make_row_room(s)) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return NULL;
    }
    row = &s->rows[s->nr++];
    memset(row, 0, sizeof(*row));
    return row;
}

/* ------------------------------------------------------------- judging --- */

static void say_short(starts_row *row)
{
    const xlmem_start *a = &row->start;
    char spare[32];

    if (XLMEM_KNOWS(a, dom0_spare_kb) && a->dom0_need_kb > a->dom0_spare_kb)
        snprintf(row->why, sizeof(row->why), "dom0 can spare %s",
                 xlmem_format_mib(spare, sizeof(spare), a->dom0_spare_kb));
    else
        snprintf(row->why, sizeof(row->why), "Xen has too little");
}

static void skip_row(starts_row *row, const char *why)
{
    row->state = STARTS_SKIPPED;
    snprintf(row->why, sizeof(row->why), "%s", why);
}

static void take_answer(starts_row *row, const xlmem_startup *answer)
{
    row->start = answer->start;
    switch (answer->state) {
    case XLMEM_STARTUP_UP:
        break;
    case XLMEM_STARTUP_DOWN:
        say_short(row);
        break;
    case XLMEM_STARTUP_UNKNOWN:
        if (row->state == STARTS_JUDGED)
            snprintf(row->why, sizeof(row->why),
                     "what it needs is not known: %s",
                     xlmem_strerror(answer->rc));
        row->state = STARTS_BROKEN;
        break;
    case XLMEM_STARTUP_RUNS:
        skip_row(row, "it runs already");
        break;
    case XLMEM_STARTUP_RESTORED:
        skip_row(row, "it has been restored");
        break;
    case XLMEM_STARTUP_NOT_RESTORED:
        skip_row(row, "its image is not restored");
        break;
    }
}

static xlmem_startup question_of(const starts_row *row)
{
    return (xlmem_startup){
        .name = row->domu.name,
        .saved = row->saved,
        .rc = row->state == STARTS_BROKEN ? XLMEM_ERROR_PARSE : 0,
        .start = row->start,
    };
}

static int judge_rows(starts *s, xlmem_startup *list)
{
    size_t i;
    int rc;

    for (i = 0; i < s->nr; i++)
        list[i] = question_of(&s->rows[i]);
    rc = xlmem_start_all(&s->host, &s->policy, list, s->nr, &s->sum);
    for (i = 0; i < s->nr && !rc; i++)
        take_answer(&s->rows[i], &list[i]);
    return rc;
}

int starts_judge(starts *s)
{
    xlmem_startup *list = calloc(s->nr + 1, sizeof(*list));
    int rc = list ? judge_rows(s, list) : XLMEM_ERROR_NOMEM;

    free(list);
    if (rc)
        cmd_message("%s", rc == XLMEM_ERROR_UNKNOWN
                              ? "the host's free memory and domains are not "
                                "known"
                              : xlmem_strerror(rc));
    return rc;
}

/* ------------------------------------------------------------- report --- */

static const char *verdict_of(const starts_row *row)
{
    switch (row->state) {
    case STARTS_JUDGED:
        break;
    case STARTS_SKIPPED:
        return "skip";
    case STARTS_BROKEN:
        return "error";
    }
    return xlmem_verdict_name(row->start.kind);
}

static const char *base_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;

    return slash ? slash + 1 : path;
}

static void put_row(out *o, const starts_row *row)
{
    const xlmem_start *a = &row->start;
    const bool judged = row->state == STARTS_JUDGED;
    const out_field why = {.key = "why",
                           .label = "",
                           .kind = OUT_TEXT,
                           .known = row->why[0] != '\0',
                           .text = row->why,
                           .absent = ""};

    out_row(o);
    if (row->file)
        out_text(o, "file", "file", base_name(row->file));
    else
        OUT_FACT(o, "domid", "id", OUT_COUNT, a, domid);
    out_bool(o, "saved", NULL, row->saved);
    out_text(o, "name", "name", row->domu.name[0] ? row->domu.name : NULL);
    out_text(o, "type", NULL, books_type_name(a->request.type));
    out_text(o, "verdict", "verdict", verdict_of(row));
    OUT_IF(o, "need_kb", "takes", OUT_KB, a->need_kb, judged);
    OUT_IF(o, "growth_kb", NULL, OUT_KB, a->growth_kb, judged);
    OUT_IF(o, "usable_kb", NULL, OUT_KB, a->usable_kb, judged);
    OUT_IF(o, "short_kb", "missing", OUT_KB, a->short_kb, judged);
    OUT_IF(o, "dom0_need_kb", "in dom0", OUT_KB, a->dom0_need_kb, judged);
    OUT_FACT(o, "dom0_spare_kb", NULL, OUT_KB, a, dom0_spare_kb);
    out_num(o, &why);
    out_row_end(o);
}

static const starts_row *first_down(const starts *s)
{
    return s->sum.nr_down ? &s->rows[s->sum.first_down] : NULL;
}

/* Its name, or what else it is known by. */
static const char *row_name(const starts_row *row)
{
    if (!row)
        return NULL;
    return row->domu.name[0] ? row->domu.name : base_name(row->file);
}

/* Xen has the memory, and dom0 not what it takes beside. */
static bool is_dom0_short(const starts_row *row)
{
    const xlmem_start *a = &row->start;

    return row->state == STARTS_JUDGED && a->kind == XLMEM_REFUSE &&
           !a->short_kb && XLMEM_KNOWS(a, dom0_spare_kb) &&
           a->dom0_need_kb > a->dom0_spare_kb;
}

void starts_say_down(out *o, const starts *s, const char *one,
                     const char *many)
{
    const char *first = row_name(first_down(s));
    size_t i, nr_dom0 = 0;

    if (!first)
        first = "one without a name";
    for (i = 0; i < s->nr; i++)
        nr_dom0 += is_dom0_short(&s->rows[i]);
    if (s->sum.nr_down == 1)
        out_say(o, "1 of %zu %s: %s.", s->nr, one, first);
    else
        out_say(o, "%zu of %zu %s, %s first.", s->sum.nr_down, s->nr, many,
                first);
    if (nr_dom0)
        out_say(o,
                "%zu of them for lack of memory in dom0, not in Xen: 'xl "
                "memguard size' tells how large that dom0 should be.",
                nr_dom0);
}

static void put_sums(out *o, const starts *s)
{
    const xlmem_startup_sum *sum = &s->sum;
    const char *verdict = sum->nr_plans ? "plan" : "admit";

    out_text(o, "verdict", NULL, sum->nr_down ? "refuse" : verdict);
    OUT_NUM(o, "nr_up", NULL, OUT_COUNT, sum->nr_up);
    OUT_NUM(o, "nr_down", NULL, OUT_COUNT, sum->nr_down);
    out_text(o, "first_down", NULL, row_name(first_down(s)));
    OUT_NUM(o, "usable_kb", "usable in Xen before the first", OUT_KB,
            sum->before.usable_kb);
    OUT_FACT(o, "left_kb", "after the last", OUT_KB, &sum->left, usable_kb);
    OUT_FACT(o, "dom0_left_kb", "dom0 can spare then", OUT_KB, &sum->left,
             dom0_absorb_kb);
}

int starts_report(out *o, const starts *s)
{
    size_t i;

    put_sums(o, s);
    out_list(o, "domains", s->nr ? "In this order (kB)" : NULL);
    for (i = 0; i < s->nr; i++)
        put_row(o, &s->rows[i]);
    out_end(o);
    if (s->sum.nr_plans && s->policy.mode != XLMEM_MODE_ENFORCE) {
        out_say(o, "%s", "");
        out_say(o, "Others have to give memory first, and only a guard in "
                   "mode enforce makes them.");
    }
    return session_close_out(o, s->sum.nr_down ? EXIT_FINDINGS : EXIT_DONE);
}
