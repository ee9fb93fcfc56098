/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/capture/pieces.h"

#include <stdlib.h>
#include <string.h>

static const xlmem__str nothing = {"", 0};

int xlmem__parse_pieces(const xlmem__pieces *pieces, xlmem__str whole,
                        xlmem_host *host, xlmem__where *where)
{
    void *state = pieces->begin();
    int rc;

    if (!state)
        return xlmem__complain(where, 0, XLMEM_ERROR_NOMEM, "out of memory",
                               nothing);
    rc = pieces->feed(state, whole, where);
    if (!rc)
        rc = pieces->end(state, host, where);
    pieces->dispose(state);
    return rc;
}

/* ------------------------------------------------------------- lines --- */

static int give_line(xlmem__line_feed *feed, xlmem__str line,
                     xlmem__line_fn *fn, void *arg, xlmem__where *where)
{
    feed->nr++;
    return fn(arg, xlmem__line_of(line, feed->nr), feed->nr, where);
}

static int keep_part(xlmem__line_feed *feed, xlmem__str part,
                     xlmem__where *where)
{
    if (part.len > XLMEM__PIECE_TEXT_MAX - feed->len)
        return xlmem__complain(where, feed->nr + 1, XLMEM_ERROR_RANGE,
                               "a line that is too long", part);
    if (!part.len)
        return 0;
    if (!feed->kept)
        feed->kept = malloc(XLMEM__PIECE_TEXT_MAX);
    if (!feed->kept)
        return xlmem__complain(where, 0, XLMEM_ERROR_NOMEM, "out of memory",
                               nothing);
    memcpy(feed->kept + feed->len, part.p, part.len);
    feed->len += part.len;
    return 0;
}

/* A line that began in a piece before. */
static int give_kept(xlmem__line_feed *feed, xlmem__str rest,
                     xlmem__line_fn *fn, void *arg, xlmem__where *where)
{
    int rc = keep_part(feed, rest, where);

    if (rc)
        return rc;
    rc = give_line(feed, (xlmem__str){feed->kept, feed->len}, fn, arg, where);
    feed->len = 0;
    return rc;
}

int xlmem__feed_lines(xlmem__line_feed *feed, xlmem__str piece,
                      xlmem__line_fn *fn, void *arg, xlmem__where *where)
{
    int rc = 0;

    while (piece.len && !rc) {
        const char *nl = memchr(piece.p, '\n', piece.len);
        xlmem__str line = piece;

        if (!nl)
            return keep_part(feed, piece, where);
        line.len = (size_t)(nl - piece.p);
        piece.p += line.len + 1;
        piece.len -= line.len + 1;
        if (feed->len)
            rc = give_kept(feed, line, fn, arg, where);
        else if (line.len > XLMEM__PIECE_TEXT_MAX)
            rc = keep_part(feed, line, where);
        else
            rc = give_line(feed, line, fn, arg, where);
    }
    return rc;
}

int xlmem__feed_end(xlmem__line_feed *feed, xlmem__line_fn *fn, void *arg,
                    xlmem__where *where)
{
    return feed->len ? give_kept(feed, nothing, fn, arg, where) : 0;
}

void xlmem__feed_dispose(xlmem__line_feed *feed)
{
    free(feed->kept);
    *feed = (xlmem__line_feed){0};
}
