/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/grid.h"

#include <stdlib.h>
#include <string.h>

#include "output/term.h"
#include "private/printable.h"

/* Blanks between columns. */
#define GAP 2
/* A last column of text that has less than this is not read any more. */
#define WRAP_MIN 24
/* What stands below its row's first cell is set in so much. */
#define BELOW 2
/* From here on rows stay rows: columns to compare are worth a last one that
 * runs over the edge. */
#define WIDE 60

void grid_set_title(grid *g, const char *title)
{
    g->title = title;
}

void grid_head(grid *g, const char *label, bool right)
{
    if (g->nr_heads == GRID_COLUMNS_MAX)
        return;
    g->heads[g->nr_heads] = label;
    g->head_right[g->nr_heads++] = right;
}

void grid_row(grid *g)
{
    g->rows++;
    g->column = 0;
}

void grid_total(grid *g)
{
    grid_row(g);
    g->has_total = true;
}

bool grid_add(grid *g, char *text, bool right)
{
    if (!g->rows || g->column == GRID_COLUMNS_MAX)
        return false;
    if (g->nr == g->alloc) {
        size_t alloc = g->alloc ? g->alloc * 2 : 32;
        grid_cell *cells = realloc(g->cells, alloc * sizeof(*cells));

        if (!cells)
            return false;
        g->cells = cells;
        g->alloc = alloc;
    }
    g->cells[g->nr++] = (grid_cell){text, g->rows - 1, g->column++, right};
    return true;
}

void grid_clear(grid *g)
{
    size_t i;

    for (i = 0; i < g->nr; i++)
        free(g->cells[i].text);
    free(g->cells);
    memset(g, 0, sizeof(*g));
}

static void pad(FILE *file, size_t columns)
{
    while (columns--)
        putc(' ', file);
}

/* How much of @text fits into @columns, cut at a blank where there is one. */
static size_t fitting(const char *text, size_t columns)
{
    size_t len = 0, cut = 0, used = 0;

    while (text[len]) {
        unsigned code;
        size_t n = xlmem_utf8_char(text + len, &code);

        if (text[len] == ' ')
            cut = len;
        if (used == columns)
            return cut ? cut : len;
        used++;
        len += n ? n : 1;
    }
    return len;
}

/* @text from the present column on, its further lines at @left. */
static void put_wrapped(FILE *file, const char *text, size_t left,
                        size_t columns)
{
    for (;;) {
        size_t len = fitting(text, columns), shown = len;

        while (text[len] && shown && text[shown - 1] == ' ')
            shown--;
        fwrite(text, 1, shown, file);
        text += len;
        while (*text == ' ')
            text++;
        putc('\n', file);
        if (!*text)
            return;
        pad(file, left);
    }
}

static size_t room(size_t width, size_t left)
{
    if (width >= WIDE && width < left + WRAP_MIN)
        return (size_t)-1;
    return width > left ? width - left : 1;
}

void grid_wrap_from(FILE *file, const char *text, unsigned left,
                    unsigned width)
{
    put_wrapped(file, text, left, room(width, left));
}

void grid_wrap(FILE *file, const char *text, unsigned indent, unsigned width)
{
    const unsigned left = indent + (unsigned)strspn(text, " ");

    text += left - indent;
    if (*text)
        pad(file, left);
    grid_wrap_from(file, text, left, width);
}

static unsigned measure(const grid *g, size_t width[GRID_COLUMNS_MAX])
{
    unsigned nr = g->nr_heads, i;
    size_t n;

    for (i = 0; i < GRID_COLUMNS_MAX; i++)
        width[i] = i < nr ? term_columns(g->heads[i]) : 0;
    for (n = 0; n < g->nr; n++) {
        size_t columns = term_columns(g->cells[n].text);
        unsigned column = g->cells[n].column;

        if (columns > width[column])
            width[column] = columns;
        if (column >= nr)
            nr = column + 1;
    }
    return nr;
}

/* A cell that is not the last of its line. */
static void put_cell(FILE *file, const char *text, bool right, size_t width)
{
    size_t columns = term_columns(text);

    if (right)
        pad(file, width - columns);
    fputs(text, file);
    if (!right)
        pad(file, width - columns);
    pad(file, GAP);
}

/* The last cell of a line; text wraps, @left is where it started. */
static void put_last(FILE *file, const grid_cell *cell, const size_t *width,
                     size_t left, size_t screen)
{
    if (cell->right) {
        pad(file, width[cell->column] - term_columns(cell->text));
        fprintf(file, "%s\n", cell->text);
    } else {
        put_wrapped(file, cell->text, left, room(screen, left));
    }
}

static void put_heads(const grid *g, FILE *file, unsigned indent,
                      const size_t *width)
{
    unsigned i;

    pad(file, indent);
    for (i = 0; i < g->nr_heads; i++) {
        if (i + 1 < g->nr_heads)
            put_cell(file, g->heads[i], g->head_right[i], width[i]);
        else if (g->head_right[i])
            fprintf(file, "%*s\n", (int)width[i], g->heads[i]);
        else
            fprintf(file, "%s\n", g->heads[i]);
    }
}

static void put_rule(FILE *file, unsigned indent, const size_t *width)
{
    size_t columns = width[0] + GAP + width[1];

    pad(file, indent);
    while (columns--)
        putc('-', file);
    putc('\n', file);
}

/* Whether a row's last cell is text, which wraps. */
static bool ends_in_text(const grid *g, size_t n, unsigned nr)
{
    return g->cells[n].column + 1 == nr && !g->cells[n].right;
}

/* What the columns need beside each other. */
static size_t least_width(const grid *g, const size_t *width, unsigned nr)
{
    size_t columns = 0, last = 0, n;
    unsigned i;

    for (i = 0; i + 1 < nr; i++)
        columns += width[i] + GAP;
    if (nr && g->nr_heads == nr)
        last = term_columns(g->heads[nr - 1]);
    for (n = 0; n < g->nr; n++) {
        size_t own = term_columns(g->cells[n].text);

        if (g->cells[n].column + 1 != nr)
            continue;
        if (ends_in_text(g, n, nr) && own > WRAP_MIN)
            own = WRAP_MIN;
        if (own > last)
            last = own;
    }
    return columns + last;
}

/* "head: text", on lines of its own; a cell without text is left out. */
static void put_below(const grid *g, const grid_cell *cell, FILE *file,
                      unsigned indent, unsigned screen)
{
    const char *head =
        cell->column < g->nr_heads ? g->heads[cell->column] : "";
    unsigned left = indent + (cell->column ? BELOW : 0);
    char *line;

    if (!*cell->text)
        return;
    pad(file, left);
    line = malloc(strlen(head) + strlen(cell->text) + 3);
    if (!line) { /* whole, if not wrapped */
        fprintf(file, "%s%s%s\n", head, *head ? ": " : "", cell->text);
        return;
    }
    sprintf(line, "%s%s%s", head, *head ? ": " : "", cell->text);
    grid_wrap_from(file, line, left + BELOW, screen);
    free(line);
}

/* Two cells without heads, a label and its value, on one line if they fit. */
static bool put_pair(const grid *g, size_t n, FILE *file, unsigned indent,
                     unsigned screen)
{
    const grid_cell *label = &g->cells[n], *value = label + 1;

    if (g->nr_heads || label->column || n + 1 == g->nr ||
        value->row != label->row ||
        indent + term_columns(label->text) + 1 + term_columns(value->text) >
            screen)
        return false;
    pad(file, indent);
    fprintf(file, "%s %s\n", label->text, value->text);
    return true;
}

static void print_below(const grid *g, FILE *file, unsigned indent,
                        unsigned screen)
{
    size_t n;

    for (n = 0; n < g->nr; n++)
        if (put_pair(g, n, file, indent, screen))
            n++;
        else
            put_below(g, &g->cells[n], file, indent, screen);
}

void grid_print(const grid *g, FILE *file, unsigned indent, unsigned screen)
{
    size_t width[GRID_COLUMNS_MAX], left = indent, n;
    unsigned nr = measure(g, width), i;

    if (screen < WIDE && indent + least_width(g, width, nr) > screen) {
        print_below(g, file, indent, screen);
        return;
    }
    for (i = 0; i + 1 < nr; i++)
        left += width[i] + GAP;
    if (g->nr_heads)
        put_heads(g, file, indent, width);
    for (n = 0; n < g->nr; n++) {
        const grid_cell *cell = &g->cells[n];
        bool last = n + 1 == g->nr || g->cells[n + 1].row != cell->row;

        if (!cell->column) {
            if (g->has_total && cell->row + 1 == g->rows)
                put_rule(file, indent, width);
            pad(file, indent);
        }
        if (last)
            put_last(file, cell, width, left, screen);
        else
            put_cell(file, cell->text, cell->right, width[cell->column]);
    }
}
