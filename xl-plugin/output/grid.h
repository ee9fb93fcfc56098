/* SPDX-License-Identifier: LGPL-2.1-only */
/* Cells of text in rows and columns; the last column wraps.  Where the screen
 * is too narrow for them side by side, each cell has lines of its own. */
#ifndef XL_MEMGUARD_GRID_H
#define XL_MEMGUARD_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define GRID_COLUMNS_MAX 12

typedef struct grid_cell {
    char *text; /* owned */
    size_t row;
    unsigned column;
    bool right;
} grid_cell;

typedef struct grid {
    const char *title; /* borrowed */
    size_t nr, alloc;
    grid_cell *cells;
    size_t rows;
    unsigned column;                     /* of the next cell */
    unsigned nr_heads;                   /* labels in heads[] */
    const char *heads[GRID_COLUMNS_MAX]; /* borrowed */
    bool head_right[GRID_COLUMNS_MAX];
    bool has_total; /* the last row is one */
} grid;

void grid_set_title(grid *g, const char *title);

/* Name the next column. */
void grid_head(grid *g, const char *label, bool right);

/* Start a row; start the one that holds the total. */
void grid_row(grid *g);
void grid_total(grid *g);

/* Add a cell; @text becomes the grid's.  False without memory or room. */
bool grid_add(grid *g, char *text, bool right);

void grid_print(const grid *g, FILE *file, unsigned indent, unsigned width);

/* Free the cells and make it empty. */
void grid_clear(grid *g);

/* One paragraph, wrapped at blanks; those that it begins with indent its
 * further lines too. */
void grid_wrap(FILE *file, const char *text, unsigned indent, unsigned width);

/* The same, where the line stands at column @left already. */
void grid_wrap_from(FILE *file, const char *text, unsigned left,
                    unsigned width);

#endif /* XL_MEMGUARD_GRID_H */
