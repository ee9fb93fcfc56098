/* SPDX-License-Identifier: LGPL-2.1-only */
#include "daemon/left_out.h"

#include <inttypes.h>
#include <stdlib.h>

#include "daemon/parts.h"

/* Its place in the list; nr: it is not there. */
static size_t find_left_out(const left_out *l, uint64_t domid)
{
    size_t i;

    for (i = 0; i < l->nr && l->domids[i] != domid; i++)
        ;
    return i;
}

static bool make_left_out_room(left_out *l)
{
    const size_t room = l->room ? 2 * l->room : 8;
    uint64_t *grown;

    if (l->nr < l->room)
        return true;
    grown = realloc(l->domids, room * sizeof(*grown));
    if (!grown)
        return false;
    l->domids = grown;
    l->room = room;
    return true;
}

/* One that is in between, whose nodes are to be read again or that is asked
 * for something else, is not known to move yet.  Of one that has gone nothing
 * is said. */
static void look_at_balloon(left_out *l, uint64_t domid, xlmem_part part)
{
    const bool is_out = part == XLMEM_PART_STUCK || part == XLMEM_PART_GAVE_UP;
    const size_t at = find_left_out(l, domid);
    const bool was_out = at < l->nr;

    if (is_out && !was_out && make_left_out_room(l)) {
        l->domids[l->nr++] = domid;
        cmd_message("domain %" PRIu64 " is left out: %s", domid,
                    xlmem_part_text(part));
    } else if (was_out && part == XLMEM_PART_TAKEN) {
        l->domids[at] = l->domids[--l->nr];
        cmd_message("domain %" PRIu64 ": its balloon moves again", domid);
    }
}

/* Numbers of domains that have gone, which others may get. */
static void forget_gone(left_out *l, const xlmem_monitor *monitor)
{
    xlmem_part part;
    size_t i;

    for (i = l->nr; i-- > 0;)
        if (!parts_find(monitor, l->domids[i], &part))
            l->domids[i] = l->domids[--l->nr];
}

void left_out_look(left_out *l, const xlmem_monitor *monitor)
{
    xlmem_part part;
    uint64_t domid;
    size_t n = 0;

    forget_gone(l, monitor);
    while (parts_next(monitor, &n, &domid, &part))
        look_at_balloon(l, domid, part);
}

void left_out_dispose(left_out *l)
{
    free(l->domids);
}
