/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The emptying of a host as commands for Pacemaker: what each has and needs as
 * utilization, which domUs prefer which node, and the host put into standby.
 * A resource is taken to be called what its domU is called, a node what its
 * capture is.
 *
 * Pacemaker places one resource after another, each where most is free
 * (2.1, lib/pacemaker/pcmk_sched_utilization.c), and does not look back.
 * Where that leaves one without a place, each is told the place that was found.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands/fleet.h"

/* An id of a CIB is an XML name, and both become words for the shell. */
static bool can_name(const fleet_case *c, size_t d)
{
    return c->domus[d]->name && fleet_is_plain(c->domus[d]->name);
}

static void put_usage(const char *name, const fleet_need *need)
{
    if (!fleet_is_plain(name)) {
        puts("# a domU is left out: its name is no word");
        return;
    }
    printf("crm_resource -r %s -z -p hv_memory -v %" PRIu64 "\n", name,
           need->xen_mib);
    printf("crm_resource -r %s -z -p dom0_memory -v %" PRIu64 "\n", name,
           need->dom0_mib);
}

static int put_stayer(const fleet_host *h, const xlmem_dom *dom)
{
    fleet_need need;
    char buf[32];

    if (!fleet_need_of(h, dom, &need))
        return EXIT_UNKNOWN;
    put_usage(fleet_domu_name(dom, buf), &need);
    return EXIT_DONE;
}

static int put_node(const fleet_host *h)
{
    const xlmem_host *host = &h->view.books.host;
    int status = EXIT_DONE;
    size_t i;

    if (!fleet_is_plain(h->name)) {
        puts("# a host is left out: its name is no word");
        return EXIT_DONE;
    }
    printf("crm_attribute -t nodes -N %s -z -n hv_memory -v %" PRIu64 "\n",
           h->name, h->sum.capacity_mib);
    if (XLMEM_KNOWS(&h->sum, dom0_mib))
        printf("crm_attribute -t nodes -N %s -z -n dom0_memory -v %" PRIu64
               "\n",
               h->name, h->sum.dom0_mib);
    for (i = 0; i < host->nr_doms && !status; i++)
        if (xlmem_fleet_counts(&host->doms[i]))
            status = put_stayer(h, &host->doms[i]);
    return status;
}

/* The most that it takes on any host, with what building it takes. */
static fleet_need need_anywhere(const fleet_case *c, size_t d)
{
    fleet_need need = {0, 0};
    size_t g;

    for (g = 0; g < c->pack.nr_gaps; g++) {
        const xlmem_fleet_price *price = &c->prices[d * c->pack.nr_gaps + g];
        const uint64_t xen = xlmem_fleet_mib(price, XLMEM_FLEET_XEN);
        const uint64_t dom0 = xlmem_fleet_mib(price, XLMEM_FLEET_DOM0);

        need.xen_mib = xen > need.xen_mib ? xen : need.xen_mib;
        need.dom0_mib = dom0 > need.dom0_mib ? dom0 : need.dom0_mib;
    }
    return need;
}

/* What is left of a node beside what runs there, in Pacemaker's sums. */
static fleet_need free_of(const fleet_host *h)
{
    const xlmem_fleet_sum *sum = &h->sum;

    return (fleet_need){
        .xen_mib = sum->usable_mib,
        .dom0_mib = XLMEM_KNOWS(sum, dom0_kb) ? sum->dom0_kb / 1024 : 0,
    };
}

/* Where most is free of the nodes that take it; SIZE_MAX: none does. */
static size_t greedy_place(const fleet_need *room, size_t nr,
                           const fleet_need *need)
{
    size_t g, best = SIZE_MAX;

    for (g = 0; g < nr; g++)
        if (room[g].xen_mib >= need->xen_mib &&
            room[g].dom0_mib >= need->dom0_mib &&
            (best == SIZE_MAX || room[g].xen_mib > room[best].xen_mib))
            best = g;
    return best;
}

/* Whether one that has a place is left without by greedy placement. */
static bool greedy_misses(const fleet_case *c, fleet_need *room)
{
    bool missed = false;
    size_t d, g;

    for (g = 0; g < c->pack.nr_gaps; g++)
        room[g] = free_of(c->f->hosts[c->gap_hosts[g]]);
    for (d = 0; d < c->pack.nr_domus && !missed; d++) {
        const fleet_need need = need_anywhere(c, d);

        if (c->answer.where[d] == XLMEM_PACK_NOWHERE)
            continue;
        g = greedy_place(room, c->pack.nr_gaps, &need);
        missed = g == SIZE_MAX;
        if (missed)
            break;
        room[g].xen_mib -= need.xen_mib;
        room[g].dom0_mib -= need.dom0_mib;
    }
    return missed;
}

static void put_preference(const fleet_case *c, size_t d)
{
    const size_t to = c->answer.where[d];
    const char *node;

    if (to == XLMEM_PACK_NOWHERE || !can_name(c, d))
        return;
    node = c->f->hosts[c->gap_hosts[to]]->name;
    if (fleet_is_plain(node))
        printf("cibadmin -C -o constraints -X '<rsc_location "
               "id=\"xlmem-%s\" rsc=\"%s\" node=\"%s\" score=\"100\"/>'\n",
               c->domus[d]->name, c->domus[d]->name, node);
}

int fleet_print_pacemaker(const fleet_case *c, size_t emptied)
{
    fleet_need *room = calloc(c->pack.nr_gaps + 1, sizeof(*room));
    int status = EXIT_DONE;
    size_t i;

    if (!room) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    for (i = 0; i < c->f->nr && !status; i++)
        if (i != emptied)
            status = put_node(c->f->hosts[i]);
    for (i = 0; i < c->pack.nr_domus && !status; i++) {
        const fleet_need need = need_anywhere(c, i);

        put_usage(can_name(c, i) ? c->domus[i]->name : "", &need);
    }
    if (!status && greedy_misses(c, room))
        for (i = 0; i < c->pack.nr_domus; i++)
            put_preference(c, i);
    free(room);
    return status;
}
