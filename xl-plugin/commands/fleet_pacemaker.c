/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The emptying of a host as commands for Pacemaker: what each has and needs as
 * utilization, which domUs prefer which node, and the host put into standby.
 * A resource is taken to be called what its domU is called, a node what its
 * capture is.
 *
 * Pacemaker places one resource after another, each where most is free
 * (2.1, lib/pacemaker/pcmk_sched_utilization.c), and does not look back.  In
 * which order, is not to be seen in recordings of hosts.  So each is told the
 * place that was found, unless no order can leave one without: some host has
 * room for all of them.
 */
#include <inttypes.h>
#include <stdio.h>

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
        if (xlmem_fleet_counts(host, &host->doms[i]))
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

/* Whichever come first leave room there for the others. */
static bool takes_all(const fleet_host *h, const fleet_need *all)
{
    return all->xen_mib <= h->sum.usable_mib &&
           XLMEM_KNOWS(&h->sum, dom0_kb) &&
           all->dom0_mib <= h->sum.dom0_kb / 1024;
}

static bool order_matters(const fleet_case *c)
{
    fleet_need all = {0, 0};
    size_t d, g;

    for (d = 0; d < c->pack.nr_domus; d++) {
        const fleet_need need = need_anywhere(c, d);

        all.xen_mib += need.xen_mib;
        all.dom0_mib += need.dom0_mib;
    }
    for (g = 0; g < c->pack.nr_gaps; g++)
        if (takes_all(c->f->hosts[c->gap_hosts[g]], &all))
            return false;
    return true;
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
    int status = EXIT_DONE;
    size_t i;

    for (i = 0; i < c->f->nr && !status; i++)
        if (i != emptied)
            status = put_node(c->f->hosts[i]);
    for (i = 0; i < c->pack.nr_domus && !status; i++) {
        const fleet_need need = need_anywhere(c, i);

        put_usage(can_name(c, i) ? c->domus[i]->name : "", &need);
    }
    if (!status && order_matters(c))
        for (i = 0; i < c->pack.nr_domus; i++)
            put_preference(c, i);
    return status;
}
