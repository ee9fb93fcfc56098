/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The order in which domUs leave a host.  A live migration takes memory on
 * both sides: at the target what the domU needs there, which the packing has
 * kept for it; at the source the log-dirty memory of a PV domU, out of what is
 * free there.  Each that has gone leaves its memory to the next, so who takes
 * least goes first, and whoever can go at all can also go later.
 */
#include "model/checked.h"
#include "model/fleet/fleet.h"

static bool may_migrate(const xlmem_leave *it)
{
    return it->to != XLMEM_PACK_NOWHERE && !it->fixed && !it->stop;
}

/* Of those not gone: who can go with so much, and takes least. */
static size_t next_to_go(const xlmem_leave *list, size_t nr, const bool *gone,
                         uint64_t free_kb)
{
    size_t i, found = nr;

    for (i = 0; i < nr; i++)
        if (!gone[i] && may_migrate(&list[i]) && list[i].free_kb <= free_kb &&
            (found == nr || list[i].free_kb < list[found].free_kb))
            found = i;
    return found;
}

/* The smallest; of those that are to be stopped anyway where @anyway. */
static size_t next_to_stop(const xlmem_leave *list, size_t nr,
                           const bool *gone, bool anyway)
{
    size_t i, found = nr;

    for (i = 0; i < nr; i++)
        if (!gone[i] && anyway == !may_migrate(&list[i]) &&
            (found == nr || list[i].back_kb < list[found].back_kb))
            found = i;
    return found;
}

static bool waits_for_room(const xlmem_leave *list, size_t nr,
                           const bool *gone)
{
    size_t i;

    for (i = 0; i < nr; i++)
        if (!gone[i] && may_migrate(&list[i]))
            return true;
    return false;
}

void xlmem_leave_order(xlmem_leave *list, size_t nr, uint64_t free_kb,
                       size_t *order_r)
{
    bool gone[XLMEM_FLEET_DOMUS_MAX] = {false};
    size_t n;

    for (n = 0; n < nr; n++) {
        size_t at = next_to_go(list, nr, gone, free_kb);

        if (at == nr) {
            const bool waits = waits_for_room(list, nr, gone);

            at = next_to_stop(list, nr, gone, true);
            if (at == nr)
                at = next_to_stop(list, nr, gone, false);
            list[at].stop = true;
            list[at].for_room = waits;
        }
        gone[at] = true;
        order_r[n] = at;
        free_kb = xlmem__add_sat(free_kb, list[at].back_kb);
    }
}
