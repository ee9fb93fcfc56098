/* SPDX-License-Identifier: LGPL-2.1-only */
/* Traces: their values, the size of their host, their text. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/checked.h"
#include "trace.h"

void trace_init(trace *t, const char *name)
{
    *t = (trace){.step_ms = 1000, .grid = 1};
    snprintf(t->name, sizeof(t->name), "%s", name);
}

void trace_dispose(trace *t)
{
    free(t->need);
    t->need = NULL;
}

trace_need *trace_add_step(trace *t)
{
    trace_need *row;

    if (t->nr_steps == t->room) {
        t->room = t->room ? 2 * t->room : 1024;
        t->need =
            realloc(t->need, t->room * TRACE_DOMS_MAX * sizeof(*t->need));
        if (!t->need)
            abort();
    }
    row = &t->need[t->nr_steps++ * TRACE_DOMS_MAX];
    memset(row, 0, TRACE_DOMS_MAX * sizeof(*row));
    return row;
}

uint64_t trace_need_kb(const trace *t, size_t step, size_t dom)
{
    const trace_need *need = &t->need[step * TRACE_DOMS_MAX + dom];

    return xlmem__min(t->dom[dom].own_kb + need->used_kb + need->hot_kb,
                      t->dom[dom].ceiling_kb);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static uint64_t mean_kb(const trace *t, size_t dom)
{
    uint64_t sum = 0;
    size_t step;

    for (step = 0; step < t->nr_steps; step++)
        sum += trace_need_kb(t, step, dom);
    return sum / t->nr_steps;
}

/* What the domain has when each has this much of a hundredth of its mean. */
static uint64_t share_kb(const trace_dom *dom, uint64_t mean, uint64_t part)
{
    return xlmem__max(dom->floor_kb,
                      xlmem__min(dom->ceiling_kb, mean * part / 10000));
}

static void split(trace *t)
{
    uint64_t mean[TRACE_DOMS_MAX], low = 0, high = 10000000, sum, part;
    size_t i;

    for (i = 0; i < t->nr_doms; i++)
        mean[i] = mean_kb(t, i);
    while (low < high) {
        part = (low + high + 1) / 2;
        for (i = 0, sum = 0; i < t->nr_doms; i++)
            sum += share_kb(&t->dom[i], mean[i], part);
        if (sum <= t->pool_kb)
            low = part;
        else
            high = part - 1;
    }
    for (i = 0; i < t->nr_doms; i++)
        t->dom[i].start_kb = share_kb(&t->dom[i], mean[i], low);
}

void trace_size_host(trace *t, unsigned percent)
{
    uint64_t *sums = calloc(t->nr_steps, sizeof(*sums));
    size_t step, i;

    if (!sums)
        abort();
    for (step = 0; step < t->nr_steps; step++)
        for (i = 0; i < t->nr_doms; i++)
            sums[step] +=
                xlmem__max(trace_need_kb(t, step, i), t->dom[i].floor_kb);
    qsort(sums, t->nr_steps, sizeof(*sums), by_size);
    t->pool_kb = sums[(t->nr_steps - 1) * percent / 100];
    free(sums);
    split(t);
}

static bool read_dom(trace *t, const char *line)
{
    trace_dom *dom = &t->dom[t->nr_doms];
    char first[8] = "";
    int nr;

    if (t->nr_doms == TRACE_DOMS_MAX || t->nr_steps)
        return false;
    *dom = (trace_dom){0};
    nr = sscanf(line,
                "dom %23s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                " %" SCNu32 " %" SCNu64 " %7s",
                dom->name, &dom->floor_kb, &dom->ceiling_kb, &dom->start_kb,
                &dom->own_kb, &dom->weight, &dom->speed_kb_s, first);
    if (nr < 7 || (nr == 8 && strcmp(first, "first")) || !dom->weight ||
        !dom->speed_kb_s || dom->floor_kb > dom->start_kb ||
        dom->start_kb > dom->ceiling_kb || dom->ceiling_kb > 1024 * GIB_KB)
        return false;
    dom->first = nr == 8;
    t->nr_doms++;
    return true;
}

static bool read_step(trace *t, const char *line)
{
    trace_need *row = trace_add_step(t);
    int used;
    size_t i;

    line += strlen("at");
    for (i = 0; i < t->nr_doms; i++, line += used)
        if (sscanf(line, " %" SCNu64 ",%" SCNu64 "%n", &row[i].used_kb,
                   &row[i].hot_kb, &used) != 2 ||
            row[i].used_kb > 1024 * GIB_KB || row[i].hot_kb > 1024 * GIB_KB)
            return false;
    return line[strspn(line, " \n")] == '\0';
}

static bool read_line(trace *t, const char *line)
{
    if (line[0] == '#' || line[0] == '\n')
        return true;
    if (!strncmp(line, "dom ", 4))
        return read_dom(t, line);
    if (!strncmp(line, "at ", 3))
        return read_step(t, line);
    return sscanf(line, "xlmem-trace 1 %23s", t->name) == 1 ||
           (sscanf(line, "step_ms %" SCNu32, &t->step_ms) == 1 &&
            t->step_ms >= 100 && t->step_ms % 100 == 0) ||
           sscanf(line, "pool_kb %" SCNu64, &t->pool_kb) == 1;
}

bool trace_read(trace *t, FILE *file, const char *name)
{
    unsigned number = 0;
    char line[1024];

    trace_init(t, name);
    while (fgets(line, sizeof(line), file)) {
        number++;
        if (!read_line(t, line)) {
            fprintf(stderr, "%s:%u: no line of a trace\n", name, number);
            return false;
        }
    }
    if (t->nr_steps && t->nr_doms && !t->pool_kb)
        trace_size_host(t, 90);
    if (!t->nr_steps || !t->nr_doms) {
        fprintf(stderr, "%s: no trace\n", name);
        return false;
    }
    return true;
}

void trace_write(const trace *t, FILE *file)
{
    const trace_dom *dom;
    size_t step, i;

    fprintf(file,
            "xlmem-trace 1 %s\nstep_ms %" PRIu32 "\npool_kb %" PRIu64 "\n",
            t->name, t->step_ms, t->pool_kb);
    for (dom = t->dom; dom < t->dom + t->nr_doms; dom++)
        fprintf(file,
                "dom %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                " %" PRIu32 " %" PRIu64 "%s\n",
                dom->name, dom->floor_kb, dom->ceiling_kb, dom->start_kb,
                dom->own_kb, dom->weight, dom->speed_kb_s,
                dom->first ? " first" : "");
    for (step = 0; step < t->nr_steps; step++) {
        fputs("at", file);
        for (i = 0; i < t->nr_doms; i++)
            fprintf(file, " %" PRIu64 ",%" PRIu64,
                    t->need[step * TRACE_DOMS_MAX + i].used_kb,
                    t->need[step * TRACE_DOMS_MAX + i].hot_kb);
        fputs("\n", file);
    }
}
