/* SPDX-License-Identifier: LGPL-2.1-only */
/* How little memory dom0 can live with. */
#ifndef XLMEM_FLOOR_H
#define XLMEM_FLOOR_H

#include "model/units.h"

/* What stays free at the least so that the kernel finds blocks of higher
 * order. */
#define XLMEM__ORDER_LEAST_KB (64 * XLMEM__MIB_KB)

/*
 * The least size of a dom0 whose kernel keeps @kernel_kb for itself and in
 * which @least_kb cannot be reclaimed.
 */
uint64_t xlmem__floor_kb(uint64_t kernel_kb, uint64_t least_kb);

/*
 * The same of dom0 as it runs.  There always is one: what is not known counts
 * as it does on the least of hosts.
 */
uint64_t xlmem__dom0_floor_kb(const xlmem_host *host);

/* Whether that has to guess by the version of the kernel what it keeps. */
bool xlmem__dom0_floor_is_guessed(const xlmem_host *host);

#endif /* XLMEM_FLOOR_H */
