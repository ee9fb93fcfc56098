/* SPDX-License-Identifier: LGPL-2.1-only */
#include <stdlib.h>

#include "private/all.h"

/* That each quantity of a group has its place in `source`. */
#define COMPLETE(type, nr)                                                    \
    _Static_assert(offsetof(type, source) / sizeof(uint64_t) - 1 == (nr) &&   \
                       (nr) <= 64,                                            \
                   "every quantity has a source and a bit")
COMPLETE(xlmem_vitals_mem, XLMEM_NR_MEM_FACTS);
COMPLETE(xlmem_vitals_counts, XLMEM_NR_COUNT_FACTS);
COMPLETE(xlmem_vitals_load, XLMEM_NR_LOAD_FACTS);
COMPLETE(xlmem_vitals_state, XLMEM_NR_STATE_FACTS);
COMPLETE(xlmem_log_dump, XLMEM_NR_DUMP_FACTS);
COMPLETE(xlmem_vitals_procs, XLMEM_NR_PROC_FACTS);

static const char *const files[XLMEM_NR_DOCS] = {
    [XLMEM_DOC_MEMINFO] = "proc/meminfo",
    [XLMEM_DOC_BUDDYINFO] = "proc/buddyinfo",
    [XLMEM_DOC_ZONEINFO] = "proc/zoneinfo",
    [XLMEM_DOC_PAGETYPEINFO] = "proc/pagetypeinfo",
    [XLMEM_DOC_VMSTAT] = "proc/vmstat",
    [XLMEM_DOC_LOADAVG] = "proc/loadavg",
    [XLMEM_DOC_STAT] = "proc/stat",
    [XLMEM_DOC_UPTIME] = "proc/uptime",
    [XLMEM_DOC_PSI_MEMORY] = "proc/pressure/memory",
    [XLMEM_DOC_PSI_IO] = "proc/pressure/io",
    [XLMEM_DOC_PSI_CPU] = "proc/pressure/cpu",
    [XLMEM_DOC_OVERCOMMIT] = "proc/sys/vm/overcommit_memory",
    [XLMEM_DOC_ARCSTATS] = "proc/spl/kstat/zfs/arcstats",
    [XLMEM_DOC_SWAPS] = "proc/swaps",
    [XLMEM_DOC_BLOCKS] = "sys/devices/system/memory",
    [XLMEM_DOC_DMESG] = "dmesg",
    [XLMEM_DOC_PREVIOUS] = "dmesg-previous",
    [XLMEM_DOC_RING] = "xl/dmesg",
    [XLMEM_DOC_XEN_LOGS] = "var/log/xen",
    [XLMEM_DOC_PROCESSES] = "proc",
};

const char *xlmem_vitals_file(xlmem_vitals_doc doc)
{
    return files[doc];
}

void xlmem_vitals_init(xlmem_vitals *vitals)
{
    *vitals = (xlmem_vitals){0};
}

void xlmem_vitals_dispose(xlmem_vitals *vitals)
{
    free(vitals->zones);
    free(vitals->events);
    free(vitals->dump);
    xlmem_vitals_init(vitals);
}

bool xlmem_vitals_has(const xlmem_vitals *vitals, xlmem_vitals_doc doc)
{
    return vitals->docs >> doc & 1;
}
