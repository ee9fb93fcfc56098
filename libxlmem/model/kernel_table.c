/* SPDX-License-Identifier: LGPL-2.1-only */
#include "model/kernel_table.h"

/*
 * What is missing from MemTotal beside struct pages, page tables, P2M, the
 * early hash tables and the swiotlb: the kernel image, per-CPU areas and what
 * else the boot allocator gave out for good.  Measured with Debian's kernels
 * and two vCPUs (tests/fixtures/truth):
 *
 *   5.10   bullseye   PV: the same to 16 kB in 12 boots.  PVH: not measured,
 *                     taken as PV, from which the others differ by 1 %.
 *   6.1    bookworm   PV: 14 boots.  PVH: one (with acpi=off, one vCPU).
 *   6.12   trixie     PV: 12 boots.  PVH: one.
 *
 * per_cpu_kb is "percpu: Embedded N pages/cpu" of the kernel's log: 63, 62,
 * 66; two vCPUs more cost twice that to the kB.
 */
static const xlmem__kernel_row rows[] = {
    {{5, 10}, 43072, 43072, 252, "measured at boots of Linux 5.10"},
    {{6, 1}, 46812, 46624, 248, "measured at boots of Linux 6.1"},
    {{6, 12}, 40000, 40580, 264, "measured at boots of Linux 6.12"},
};

const xlmem__kernel_row *xlmem__kernel_row_of(const xlmem__boot *boot)
{
    size_t i = sizeof(rows) / sizeof(rows[0]) - 1;

    while (i && !xlmem__kernel_reaches(boot, rows[i].since))
        i--;
    return &rows[i];
}

uint64_t xlmem__kernel_fixed_kb(const xlmem__boot *boot)
{
    const xlmem__kernel_row *row = xlmem__kernel_row_of(boot);

    return boot->pvh ? row->pvh_kb : row->pv_kb;
}
