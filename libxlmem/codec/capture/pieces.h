/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Documents that grow with the number of domUs are parsed piece by piece, so
 * that no more of one is in memory than a piece and what is made of it.  What
 * a parser gives does not depend on where the pieces end.
 */
#ifndef XLMEM_PIECES_H
#define XLMEM_PIECES_H

#include "codec/text.h"

/*
 * No line and no value of a document that comes in pieces is longer.  Of xl's
 * and xenstore's the longest is a node: 3072 bytes of path
 * (XENSTORE_ABS_PATH_MAX, xen/include/public/io/xs_wire.h) and 4096 of value
 * (XENSTORE_PAYLOAD_MAX), each of them up to four characters ("\x00").
 */
#define XLMEM__PIECE_TEXT_MAX (UINT32_C(64) << 10)

/*
 * begin  NULL without memory
 * feed   the next piece; 0 or what a parser returns, then only dispose follows
 * end    the document is complete: its facts become the host's.  Returns as a
 *        parser does, with @host as before on failure
 */
typedef struct xlmem__pieces {
    void *(*begin)(void);
    int (*feed)(void *state, xlmem__str piece, xlmem__where *where);
    int (*end)(void *state, xlmem_host *host, xlmem__where *where);
    void (*dispose)(void *state); /* NULL is fine */
} xlmem__pieces;

extern const xlmem__pieces xlmem__dmesg_pieces; /* it grows with its age */
extern const xlmem__pieces xlmem__xl_list_pieces;
extern const xlmem__pieces xlmem__xl_list_long_pieces;
extern const xlmem__pieces xlmem__xenstore_ls_pieces;

/* A whole document in one piece: as a parser of text.h. */
int xlmem__parse_pieces(const xlmem__pieces *pieces, xlmem__str whole,
                        xlmem_host *host, xlmem__where *where);

/* ------------------------------------------------------------- lines --- */

/* Lines out of pieces, as xlmem__next_line gives them; begin with zeros. */
typedef struct xlmem__line_feed {
    char *kept; /* owned: the beginning of a line whose end has not come */
    size_t len;
    size_t nr; /* of the line last given; 1 = first */
} xlmem__line_feed;

typedef int xlmem__line_fn(void *arg, xlmem__str line, size_t nr,
                           xlmem__where *where);

/* Call @fn with each line that is complete.  Returns 0, what @fn returned if
 * that is not 0, XLMEM_ERROR_RANGE (a line too long), XLMEM_ERROR_NOMEM. */
int xlmem__feed_lines(xlmem__line_feed *feed, xlmem__str piece,
                      xlmem__line_fn *fn, void *arg, xlmem__where *where);
/* The last line, if it has no newline. */
int xlmem__feed_end(xlmem__line_feed *feed, xlmem__line_fn *fn, void *arg,
                    xlmem__where *where);
void xlmem__feed_dispose(xlmem__line_feed *feed);

#endif /* XLMEM_PIECES_H */
