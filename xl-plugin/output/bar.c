/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A bar in proportion:
 *
 *     0                                        5 GiB
 *     [##################.......############]
 *      # RAM 4095.5 MiB   . hole 1024 MiB
 *
 * Cell i of n stands for the amounts between i/n and (i+1)/n of the total.
 */
#include "output/bar.h"

#include <string.h>

#include "output/term.h"

#define MARGIN 2
#define CELLS_MAX 160

static const char *const signs_ascii[OUT_CLASSES_MAX] = {
    "#", ".", "r", "a", "x", "=", "+", "o",
};
static const char *const signs_utf8[OUT_CLASSES_MAX] = {
    "█", "·", "▒", "▓", "×", "▚", "░", "▬",
};

static uint64_t bar_total(const out_bar *bar)
{
    uint64_t total = 0;
    size_t i;

    for (i = 0; i < bar->nr; i++)
        total += bar->segments[i].amount;
    return total;
}

/* @total * @i / @n without overflow: total < 2^64, i <= n <= CELLS_MAX. */
static uint64_t share_of_cells(uint64_t total, unsigned i, unsigned n)
{
    return total / n * i + total % n * i / n;
}

/* The class that has most of [@from, @to). */
static unsigned class_at(const out_bar *bar, uint64_t from, uint64_t to)
{
    uint64_t sum[OUT_CLASSES_MAX] = {0}, start = 0;
    unsigned best = 0, c;
    size_t i;

    for (i = 0; i < bar->nr; i++) {
        uint64_t end = start + bar->segments[i].amount;
        uint64_t lo = start > from ? start : from;
        uint64_t hi = end < to ? end : to;

        if (lo < hi)
            sum[bar->segments[i].class] += hi - lo;
        start = end;
    }
    for (c = 1; c < OUT_CLASSES_MAX; c++)
        if (sum[c] > sum[best])
            best = c;
    return best;
}

static void put_ends(const out_bar *bar, FILE *file, unsigned cells)
{
    size_t used = term_columns(bar->start) + term_columns(bar->end);

    if (!*bar->start && !*bar->end)
        return;
    fprintf(file, "%*s%s%*s%s\n", MARGIN + 1, "", bar->start,
            used < cells ? (int)(cells - used) : 1, "", bar->end);
}

static uint64_t class_sum(const out_bar *bar, unsigned class)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < bar->nr; i++)
        if (bar->segments[i].class == class)
            sum += bar->segments[i].amount;
    return sum;
}

static void put_legend(const out_bar *bar, const out *o,
                       const char *const *signs)
{
    FILE *file = o->file;
    size_t used = MARGIN;
    unsigned c;

    fprintf(file, "%*s", MARGIN, "");
    for (c = 0; c < OUT_CLASSES_MAX; c++) {
        uint64_t sum = class_sum(bar, c);
        char amount[OUT_SIZE_MAX];
        size_t columns;

        if (!sum || !bar->classes[c])
            continue;
        out_size(o, amount, sizeof(amount), bar->in_kb ? sum : sum / 1024);
        columns = 6 + strlen(bar->classes[c]) + strlen(amount);
        if (used > MARGIN && used + columns > o->width) {
            fprintf(file, "\n%*s", MARGIN, "");
            used = MARGIN;
        }
        fprintf(file, "%s%s %s %s", used > MARGIN ? "   " : " ", signs[c],
                bar->classes[c], amount);
        used += columns;
    }
    putc('\n', file);
}

void bar_print(const out_bar *bar, const out *o)
{
    const char *const *signs = o->utf8 ? signs_utf8 : signs_ascii;
    unsigned cells = o->width - 2 * MARGIN - 2, i;
    FILE *file = o->file;
    uint64_t total = bar_total(bar);

    if (!total)
        return;
    if (cells > CELLS_MAX)
        cells = CELLS_MAX;
    put_ends(bar, file, cells);
    fprintf(file, "%*s[", MARGIN, "");
    for (i = 0; i < cells; i++)
        fputs(signs[class_at(bar, share_of_cells(total, i, cells),
                             share_of_cells(total, i + 1, cells))],
              file);
    fputs("]\n", file);
    put_legend(bar, o, signs);
}
