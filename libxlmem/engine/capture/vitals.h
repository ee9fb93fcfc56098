/* SPDX-License-Identifier: LGPL-2.1-only */
#ifndef XLMEM_ENGINE_VITALS_H
#define XLMEM_ENGINE_VITALS_H

#include "engine/ctx.h"

/*
 * A file for each memory block.  A block has 128 MiB, and 2 GiB where a
 * machine without a hypervisor has 64 GiB or more (arch/x86/mm/init_64.c,
 * probe_memory_block_size, Linux 4.20 to 6.12): so many are half a TiB of a
 * dom0's.  Of more the states are not known.
 */
#define XLMEM__BLOCKS_DIR "sys/devices/system/memory"
#define XLMEM__BLOCKS_MAX 4096
bool xlmem__is_block(const char *name);

/* One for each domain that there ever was, until somebody removes them. */
#define XLMEM__XEN_LOGS_DIR "var/log/xen"
#define XLMEM__XEN_LOGS_MAX 256
bool xlmem__is_xen_log(const char *name);

/*
 * As xlmem__vitals_whole; of a machine that runs pagetypeinfo is read only
 * where @needs_types says so, by the numbers that come before it.
 */
typedef bool xlmem__needs_types_fn(const xlmem_vitals *numbers);
int xlmem__vitals_needed(xlmem_ctx *ctx, uint32_t docs,
                         xlmem__needs_types_fn *needs_types,
                         xlmem_vitals *vitals_r);

#endif /* XLMEM_ENGINE_VITALS_H */
