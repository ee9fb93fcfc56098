/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A fleet as the text file that Ganeti's htools read (hbal, hspace, hinfo,
 * hcheck -t FILE; ganeti 3.0, htools(1), "text backend"): groups, nodes,
 * instances, tags and policies, an empty line between each.
 *
 * Memory alone is counted, in MiB: a node's is its domUs' needs and what is
 * usable, so that what they compute to be free is what is usable.  dom0 has no
 * part in it, nor has its side of the domUs: there is one kind of memory
 * there.  Disks are shared, and CPUs no limit.
 */
#include <inttypes.h>
#include <stdio.h>

#include "commands/fleet.h"

#define GROUP_UUID "00000000-0000-4000-8000-000000000000"
/* MiB, of each node: so much that no domU of ours fills it. */
#define DISK_MIB 1073741824

/* A field ends at '|', a row at a newline: another name is made of numbers. */
static void put_htools_host(const fleet *f, size_t at)
{
    if (fleet_is_plain(f->hosts[at]->name))
        fputs(f->hosts[at]->name, stdout);
    else
        printf("host-%zu", at + 1);
}

static void put_htools_node(const fleet *f, size_t at, bool emptied)
{
    const xlmem_fleet_sum *sum = &f->hosts[at]->sum;
    const xlmem_host *host = &f->hosts[at]->view.books.host;

    put_htools_host(f, at);
    printf("|%" PRIu64 "|0|%" PRIu64 "|%d|%d|%" PRIu64 "|%c|" GROUP_UUID
           "|1||N|1|0|1.0\n",
           sum->need_mib + sum->usable_mib, sum->usable_mib, DISK_MIB,
           DISK_MIB, XLMEM_KNOWS(host, nr_cpus) ? host->nr_cpus : 1,
           emptied ? 'Y'
           : at    ? 'N'
                   : 'M');
}

static int put_htools_domu(const fleet *f, size_t at, const xlmem_dom *dom)
{
    fleet_need need;

    if (!fleet_need_of(f->hosts[at], dom, &need))
        return EXIT_UNKNOWN;
    if (dom->name && fleet_is_plain(dom->name))
        fputs(dom->name, stdout);
    else
        printf("host-%zu-domain-%llu", at + 1, (unsigned long long)dom->domid);
    printf("|%" PRIu64 "|0|%" PRIu64 "|running|Y|", need.xen_mib,
           XLMEM_KNOWS(dom, vcpus) ? dom->vcpus : 1);
    put_htools_host(f, at);
    puts("||sharedfile||1|-|N");
    return EXIT_DONE;
}

static int put_htools_domus(const fleet *f, size_t at)
{
    const xlmem_host *host = &f->hosts[at]->view.books.host;
    int status = EXIT_DONE;
    size_t i;

    for (i = 0; i < host->nr_doms && !status; i++)
        if (xlmem_fleet_counts(host, &host->doms[i]))
            status = put_htools_domu(f, at, &host->doms[i]);
    return status;
}

int fleet_print_htools(const fleet *f, size_t emptied)
{
    /* memory, CPUs, disk, disks, NICs, spindles: the least and the most. */
    static const char bounds[] =
        "|1,1,1,1,1,1|0,0,0,0,0,0;1073741824,4096,1073741824,64,64,64"
        "|sharedfile|1000000.0|1000000.0\n";
    int status = EXIT_DONE;
    size_t i;

    printf("default|" GROUP_UUID "|preferred||\n\n");
    for (i = 0; i < f->nr; i++)
        put_htools_node(f, i, i == emptied);
    putchar('\n');
    for (i = 0; i < f->nr && !status; i++)
        status = put_htools_domus(f, i);
    /* No tags. */
    printf("\n\n%sdefault%s", bounds, bounds);
    return status;
}
