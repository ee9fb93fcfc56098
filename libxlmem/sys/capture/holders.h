/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Who can keep a dead domain's memory: processes that have /dev/xen/gntdev or
 * /dev/xen/privcmd open.  What they have mapped stands in their memory maps,
 * which are not read; where a descriptor leads is told without any lock that
 * another thread holds for long.
 */
#ifndef XLMEM_HOLDERS_H
#define XLMEM_HOLDERS_H

#include "sys/capture/look.h"

/*
 * @proc: "/proc".  @limits: NULL: those of a doctor's look.
 * How many they are is known only when all processes were looked at; who was
 * found is named anyway.
 * 0, XLMEM_ERROR_NOTFOUND, XLMEM_ERROR_PERM, XLMEM_ERROR_IO.
 */
int xlmem__holders_read(const char *proc, const xlmem__look_limits *limits,
                        xlmem_vitals_procs *procs);

#endif /* XLMEM_HOLDERS_H */
