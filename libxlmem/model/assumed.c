/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A machine that nobody has yet: a PC with so much RAM, its map the one that
 * is assumed of any host without one (kernel_layout.c).  Nobody runs on it,
 * and of what its dom0 will use nothing is known.
 */
#include <string.h>

#include "model/checked.h"
#include "model/kernel_layout.h"
#include "model/kernel_table.h"
#include "model/xenown.h"

/* An estimate: a server of two sockets has 64 threads beside 256 GiB.  More
 * CPUs cost dom0 more, so rather too many. */
#define KB_PER_CPU (4 * XLMEM__GIB_KB)
#define CPUS_LEAST 2
#define CPUS_MOST 128

static uint64_t cpus_of(const xlmem_machine *machine)
{
    if (XLMEM_KNOWS(machine, nr_cpus))
        return machine->nr_cpus;
    return xlmem__min(xlmem__max(machine->ram_kb / KB_PER_CPU, CPUS_LEAST),
                      CPUS_MOST);
}

static int assume_map(xlmem_host *host)
{
    xlmem_range pc[XLMEM__PC_RANGES];
    const xlmem__ranges ranges = xlmem__host_ranges(host, pc);
    size_t i;
    int rc = 0;

    for (i = 0; i < ranges.nr && !rc; i++)
        rc = xlmem_map_add(&host->map, pc[i].start, pc[i].end, pc[i].type);
    if (!rc)
        rc = xlmem_map_normalise(&host->map);
    host->map.source = XLMEM_MAP_ASSUMED;
    return rc;
}

static void assume_releases(const xlmem_machine *machine, xlmem_host *host)
{
    if (XLMEM_KNOWS(machine, xen_major)) {
        XLMEM_SET(host, xen_major, machine->xen_major);
        XLMEM_SET(host, xen_minor, machine->xen_minor);
    }
    if (XLMEM_KNOWS(machine, linux_major)) {
        XLMEM_SET(&host->dom0, linux_major, machine->linux_major);
        XLMEM_SET(&host->dom0, linux_minor, machine->linux_minor);
    }
}

int xlmem_host_assume(const xlmem_machine *machine, xlmem_host *host_r)
{
    xlmem_host host;
    int rc;

    if (!machine->ram_kb)
        return XLMEM_ERROR_INVAL;
    xlmem_host_init(&host);
    XLMEM_SET(&host, total_kb, machine->ram_kb);
    XLMEM_SET(&host, nr_cpus, cpus_of(machine));
    assume_releases(machine, &host);
    rc = assume_map(&host);
    if (rc) {
        xlmem_host_dispose(&host);
        return rc;
    }
    xlmem_host_dispose(host_r);
    *host_r = host;
    return 0;
}

void xlmem_host_beyond(const xlmem_host *host, xlmem_machine *newest_r)
{
    const xlmem_dom0 *dom0 = &host->dom0;
    const xlmem__boot newest = {.linux_major = 0};
    const xlmem__release xen = xlmem__xenown_newest(),
                         kernel = xlmem__kernel_row_of(&newest)->since;

    memset(newest_r, 0, sizeof(*newest_r));
    if (xlmem__knows_xen(host) &&
        !xlmem__release_reaches(
            xen, (xlmem__release){host->xen_major, host->xen_minor})) {
        XLMEM_SET(newest_r, xen_major, xen.major);
        XLMEM_SET(newest_r, xen_minor, xen.minor);
    }
    if (XLMEM_KNOWS(dom0, linux_major) &&
        !xlmem__release_reaches(
            kernel, (xlmem__release){dom0->linux_major, dom0->linux_minor})) {
        XLMEM_SET(newest_r, linux_major, kernel.major);
        XLMEM_SET(newest_r, linux_minor, kernel.minor);
    }
}
