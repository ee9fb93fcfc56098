/* SPDX-License-Identifier: LGPL-2.1-only */
#include "model/kernel_table.h"

/*
 * fixed_kb: what is missing from MemTotal beside struct pages, page tables,
 * P2M and the early hash tables.  64 MiB of it are the swiotlb; the rest is
 * the kernel image, per-CPU areas and what the boot allocator gave out for
 * good.  Measured: Debian's kernels, two vCPUs; PV rows from truth/grid.tsv
 * (the same to 60 kB over all its rows of a kernel), PVH rows from one boot of
 * 1 GiB on a host of 4 GiB (6.1 with acpi=off, without which it does not boot,
 * and which needs no swiotlb).
 * early_kb: fixed_kb without the swiotlb, which Linux allocates last.
 */
static const xlmem__kernel_row rows[] = {
    {5, 10, false, 108611, 0, 43075}, {6, 1, false, 112351, 0, 46815},
    {6, 12, false, 105539, 0, 40003}, {6, 1, true, 46372, 0, 46372},
    {6, 12, true, 153224, 0, 87688},
};

bool xlmem__kernel_at_least(const xlmem__boot *boot, uint64_t major,
                            uint64_t minor)
{
    if (!boot->linux_major)
        return true;
    return boot->linux_major > major ||
           (boot->linux_major == major && boot->linux_minor >= minor);
}

const xlmem__kernel_row *xlmem__kernel_row_of(const xlmem__boot *boot)
{
    const xlmem__kernel_row *best = NULL;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].pvh != boot->pvh)
            continue;
        if (!best ||
            xlmem__kernel_at_least(boot, rows[i].major, rows[i].minor))
            best = &rows[i];
    }
    return best;
}
