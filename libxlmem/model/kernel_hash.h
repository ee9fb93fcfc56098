/* SPDX-License-Identifier: LGPL-2.1-only */
/* Linux's large hash tables of the early boot: dentries and inodes. */
#ifndef XLMEM_KERNEL_HASH_H
#define XLMEM_KERNEL_HASH_H

#include <stdint.h>

/* @pages: what the kernel sizes them by (nr_kernel_pages). */
uint64_t xlmem__hash_kb(uint64_t pages);

#endif /* XLMEM_KERNEL_HASH_H */
