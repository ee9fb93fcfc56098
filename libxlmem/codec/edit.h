/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A text file that is being edited: its bytes are kept, but for the spans that
 * something is put in place of.  A span is what a reader of the file found and
 * points into it (xl_cfg.h, capture/texts.h): what a file means is the
 * reader's matter, and how its comments, blanks, order and line endings stay
 * is this one's.  Nothing is copied until it is rendered.
 */
#ifndef XLMEM_EDIT_H
#define XLMEM_EDIT_H

#include "model/units.h"

#define XLMEM__EDITS_MAX 8

typedef struct xlmem__edit {
    xlmem__str text; /* the file; borrowed, as what is put in */
    size_t nr;
    struct xlmem__edit_part {
        xlmem__str old; /* in text; without length: something comes in */
        xlmem__str put;
        bool line;             /* put is a line of its own */
    } parts[XLMEM__EDITS_MAX]; /* in the order of the text */
} xlmem__edit;

xlmem__edit xlmem__edit_of(xlmem__str text);

/*
 * Put @put in place of @old.  Returns 0; XLMEM_ERROR_INVAL where @old is not
 * of the text or meets another edit; XLMEM_ERROR_RANGE for one too many.
 */
int xlmem__edit_replace(xlmem__edit *edit, xlmem__str old, xlmem__str put);

/* Put a line behind all others: where the last one has no end it gets one.
 * Lines end as the first one of the file does, with LF or CR LF. */
int xlmem__edit_append(xlmem__edit *edit, xlmem__str line);

/* The file as it is then, malloc'd, and a NUL behind it.  Returns 0,
 * XLMEM_ERROR_NOMEM. */
int xlmem__edit_render(const xlmem__edit *edit, char **buf_r, size_t *len_r);

#endif /* XLMEM_EDIT_H */
