/* SPDX-License-Identifier: LGPL-2.1-only */
/* What part each domain takes in balancing, as the monitor's last pass has it:
 * read by those who act on changes of it. */
#ifndef XL_MEMGUARD_PARTS_H
#define XL_MEMGUARD_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "xlmem/monitor.h"

/* Whether there was a pass since @passes was set by this; 0 before. */
bool parts_are_new(const xlmem_monitor *monitor, uint64_t *passes);

/* The next domain that the monitor knows; *n: 0 before the first one. */
bool parts_next(const xlmem_monitor *monitor, size_t *n, uint64_t *domid_r,
                xlmem_part *part_r);

/* Whether the monitor knows it at all. */
bool parts_find(const xlmem_monitor *monitor, uint64_t domid,
                xlmem_part *part_r);

#endif /* XL_MEMGUARD_PARTS_H */
