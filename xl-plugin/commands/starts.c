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

static starts_state row_state_of(const xlmem_startup *answer)
{
    switch (answer->state) {
    case XLMEM_STARTUP_UP:
    case XLMEM_STARTUP_DOWN:
        return STARTS_JUDGED;
    case XLMEM_STARTUP_UNKNOWN:
        return STARTS_BROKEN;
    case XLMEM_STARTUP_RUNS:
    case XLMEM_STARTUP_RESTORED:
    case XLMEM_STARTUP_NOT_RESTORED:
        break;
    }
    return STARTS_SKIPPED;
}

/* What was broken before says why itself. */
static void take_answer(starts_row *row, const xlmem_startup *answer)
{
    char why[sizeof(row->why)];

    row->start = answer->start;
    xlmem_startup_why(answer, why, sizeof(why));
    if (why[0] &&
        (row->state != STARTS_BROKEN || row_state_of(answer) != STARTS_BROKEN))
        memcpy(row->why, why, sizeof(why));
    row->state = row_state_of(answer);
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

void starts_say_down(out *o, const starts *s, const char *one,
                     const char *many)
{
    const char *first = row_name(first_down(s));

    if (!first)
        first = "one without a name";
    if (s->sum.nr_down == 1)
        out_say(o, "1 of %zu %s: %s.", s->nr, one, first);
    else
        out_say(o, "%zu of %zu %s, %s first.", s->sum.nr_down, s->nr, many,
                first);
    if (s->sum.nr_dom0_short)
        out_say(o,
                "%zu of them for lack of memory in dom0, not in Xen: 'xl "
                "memguard size' tells how large that dom0 should be.",
                s->sum.nr_dom0_short);
}

static void put_sums(out *o, const starts *s)
{
    const xlmem_startup_sum *sum = &s->sum;

    out_text(o, "verdict", NULL,
             xlmem_verdict_name(xlmem_startups_verdict(sum)));
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
