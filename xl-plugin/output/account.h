/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Who has the host's memory:  total = Xen + dom0 + domUs + free, where Xen's
 * part is what nobody else has (paging pools of domains included).
 */
#ifndef XL_MEMGUARD_ACCOUNT_H
#define XL_MEMGUARD_ACCOUNT_H

#include "output/out.h"
#include "private/all.h"

typedef struct account {
    uint64_t known;
    uint64_t total_kb, xen_kb, dom0_kb, domus_kb, free_kb;
    uint64_t nr_domus;
} account;

void account_make(const xlmem_host *host, account *account_r);

/* A bar of it; nothing when a part is not known. */
void account_draw(out *o, const account *a);

#endif /* XL_MEMGUARD_ACCOUNT_H */
