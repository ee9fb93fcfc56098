/* SPDX-License-Identifier: LGPL-2.1-only */
#include "codec/doms.h"

#include <stdlib.h>
#include <string.h>

xlmem__doms *xlmem__doms_alloc(void)
{
    return calloc(1, sizeof(xlmem__doms));
}

void xlmem__doms_free(xlmem__doms *doms)
{
    size_t i;

    if (!doms)
        return;
    for (i = 0; i < doms->nr; i++)
        free(doms->doms[i].name);
    free(doms->doms);
    free(doms);
}

static int make_dom_room(xlmem__doms *doms)
{
    size_t room = doms->room ? doms->room * 2 : 16;
    xlmem_dom *grown;

    if (doms->nr < doms->room)
        return 0;
    grown = realloc(doms->doms, room * sizeof(*grown));
    if (!grown)
        return XLMEM_ERROR_NOMEM;
    doms->doms = grown;
    doms->room = room;
    return 0;
}

xlmem_dom *xlmem__doms_get(xlmem__doms *doms, uint64_t domid, int *rc_r)
{
    xlmem_dom *dom;

    *rc_r = XLMEM_ERROR_RANGE;
    if (domid >= XLMEM_DOMID_END)
        return NULL;
    if (doms->place[domid])
        return &doms->doms[doms->place[domid] - 1];
    *rc_r = make_dom_room(doms);
    if (*rc_r)
        return NULL;
    dom = &doms->doms[doms->nr++];
    memset(dom, 0, sizeof(*dom));
    XLMEM_SET(dom, domid, domid);
    doms->place[domid] = (uint16_t)doms->nr;
    return dom;
}

static void merge_dom(xlmem_dom *to, xlmem_dom *from)
{
    xlmem__merge_facts(to, from);
    xlmem__move_text(&to->name, &from->name);
    if (from->type != XLMEM_DOM_UNKNOWN)
        to->type = from->type;
    if (from->uuid[0])
        memcpy(to->uuid, from->uuid, sizeof(to->uuid));
}

/* Both lists in one, which is ascending because the ids are counted up. */
static size_t merge_lists(xlmem__doms *doms, const xlmem_host *host,
                          xlmem_dom *list)
{
    size_t nr = 0, h = 0, id;

    for (id = 0; id < XLMEM_DOMID_END; id++) {
        xlmem_dom *found =
            doms->place[id] ? &doms->doms[doms->place[id] - 1] : NULL;
        bool ours = h < host->nr_doms && host->doms[h].domid == id;

        if (!ours && !found)
            continue;
        if (ours)
            list[nr] = host->doms[h++];
        else
            memset(&list[nr], 0, sizeof(list[nr]));
        if (found)
            merge_dom(&list[nr], found);
        nr++;
    }
    return nr;
}

/* Of a complete list each where it is: no second list is made. */
static void merge_into(xlmem__doms *doms, xlmem_host *host)
{
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const uint64_t id = host->doms[i].domid;
        const size_t place = id < XLMEM_DOMID_END ? doms->place[id] : 0;

        if (place)
            merge_dom(&host->doms[i], &doms->doms[place - 1]);
    }
}

/* In the order of their ids, where they are. */
static void sort_doms(xlmem__doms *doms)
{
    size_t id, at = 0;

    for (id = 0; id < XLMEM_DOMID_END; id++) {
        const size_t from = doms->place[id];
        xlmem_dom other;

        if (!from)
            continue;
        other = doms->doms[at];
        doms->doms[at] = doms->doms[from - 1];
        doms->doms[from - 1] = other;
        doms->place[other.domid] = (uint16_t)from;
        doms->place[id] = (uint16_t)++at;
    }
}

/* The first list becomes the host's: it is the largest thing that a command
 * keeps, and is not made twice. */
static void give_list(xlmem__doms *doms, xlmem_host *host)
{
    xlmem_dom *cut;

    sort_doms(doms);
    cut = realloc(doms->doms, doms->nr * sizeof(*cut));
    if (!cut)
        cut = doms->doms;
    free(host->doms);
    host->doms = cut;
    host->nr_doms = doms->nr;
    doms->doms = NULL;
    doms->nr = doms->room = 0;
    memset(doms->place, 0, sizeof(doms->place));
}

int xlmem__doms_merge(xlmem__doms *doms, xlmem_host *host)
{
    size_t most = doms->nr + host->nr_doms;
    xlmem_dom *list;

    if (!doms->nr)
        return 0;
    if (XLMEM_KNOWS(host, domains_listed) && host->domains_listed) {
        merge_into(doms, host);
        return 0;
    }
    if (!host->nr_doms) {
        give_list(doms, host);
        return 0;
    }
    list = calloc(most, sizeof(*list));
    if (!list)
        return XLMEM_ERROR_NOMEM;
    host->nr_doms = merge_lists(doms, host, list);
    free(host->doms);
    host->doms = list;
    return 0;
}

xlmem_dom_type xlmem__dom_type(xlmem__str name)
{
    if (xlmem__str_is(name, "pv"))
        return XLMEM_DOM_PV;
    if (xlmem__str_is(name, "pvh"))
        return XLMEM_DOM_PVH;
    if (xlmem__str_is(name, "hvm"))
        return XLMEM_DOM_HVM;
    return XLMEM_DOM_UNKNOWN;
}
