/* SPDX-License-Identifier: LGPL-2.1-only */
#include "sys/moves.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "model/checked.h"
#include "model/units.h"
#include "private/pace.h"
#include "sys/root.h"

#define MOVES_PATH "run/xlmem/moves"
#define NEW_PATH MOVES_PATH ".new"

/* "NUMBER:KB " of each, 42 characters at most. */
#define NR_MOVED (XLMEM_NR_AUTHORS * XLMEM_NR_MOVE_WAYS)
#define TEXT_ROOM (NR_MOVED * 42 + 1)

const char *xlmem_move_way_name(xlmem_move_way way)
{
    return way == XLMEM_MOVE_GROW ? "grow" : "shrink";
}

/* "NUMBER" and @end, which is left behind. */
static bool take_count(xlmem__str *text, char end, uint64_t *number_r)
{
    const char *at = memchr(text->p, end, text->len);
    const size_t len = at ? (size_t)(at - text->p) : 0;

    if (!at || xlmem__number_all((xlmem__str){text->p, len}, 10, number_r))
        return false;
    text->p += len + 1;
    text->len -= len + 1;
    return true;
}

/* Of another release, or nobody's: they begin anew. */
static void parse_moves(xlmem__str text, xlmem_moves *moves_r)
{
    xlmem_moved *each = &moves_r->of[0][0];
    bool ok = true;
    size_t i;

    for (i = 0; i < NR_MOVED && ok; i++)
        ok = take_count(&text, ':', &each[i].nr) &&
             take_count(&text, ' ', &each[i].kb);
    if (!ok || text.len)
        *moves_r = (xlmem_moves){.of = {{{0}}}};
}

static int read_moves(int root, xlmem_moves *moves_r)
{
    char text[TEXT_ROOM];
    const ssize_t len = readlinkat(root, MOVES_PATH, text, sizeof(text));

    *moves_r = (xlmem_moves){.of = {{{0}}}};
    /* EINVAL: something that is no link. */
    if (len < 0)
        return errno == ENOENT || errno == EINVAL ? 0
                                                  : xlmem__rc_of_errno(errno);
    parse_moves((xlmem__str){text, (size_t)len}, moves_r);
    return 0;
}

int xlmem_moves_read(const char *root, xlmem_moves *moves_r)
{
    int fd;
    int rc = xlmem__root_open(root ? root : "/", &fd);

    if (rc)
        return rc;
    rc = read_moves(fd, moves_r);
    close(fd);
    return rc;
}

static void write_moves(int root, const xlmem_moves *moves)
{
    const xlmem_moved *each = &moves->of[0][0];
    char text[TEXT_ROOM];
    size_t i, len = 0;

    for (i = 0; i < NR_MOVED; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len,
                                "%" PRIu64 ":%" PRIu64 " ", each[i].nr,
                                each[i].kb);
    /* Of who was killed between these two. */
    unlinkat(root, NEW_PATH, 0);
    if (!symlinkat(text, root, NEW_PATH))
        (void)!renameat(root, NEW_PATH, root, MOVES_PATH);
}

void xlmem__moves_count(int root, const xlmem_step *step)
{
    const xlmem_move_way way =
        step->to_kb > step->from_kb ? XLMEM_MOVE_GROW : XLMEM_MOVE_SHRINK;
    xlmem_moves moves;
    xlmem_moved *moved;

    if (step->to_kb == step->from_kb || read_moves(root, &moves))
        return;
    moved = &moves.of[step->author][way];
    moved->nr++;
    moved->kb =
        xlmem__add_sat(moved->kb, xlmem_apart_kb(step->from_kb, step->to_kb));
    write_moves(root, &moves);
}
