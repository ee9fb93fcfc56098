/* SPDX-License-Identifier: LGPL-2.1-only */
#include "output/account.h"

/* False when the sum does not fit. */
static bool add(uint64_t *sum, uint64_t value)
{
    return !__builtin_add_overflow(*sum, value, sum);
}

static void count_domains(const xlmem_host *host, account *a)
{
    uint64_t sum = 0, nr = 0;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        if (!XLMEM_KNOWS(dom, tot_kb))
            return;
        if (!dom->domid) {
            XLMEM_SET(a, dom0_kb, dom->tot_kb);
        } else {
            nr++;
            if (!add(&sum, dom->tot_kb))
                return;
        }
    }
    if (!XLMEM_KNOWS(host, domains_listed))
        return;
    XLMEM_SET(a, domus_kb, sum);
    XLMEM_SET(a, nr_domus, nr);
}

void account_make(const xlmem_host *host, account *account_r)
{
    account a = {.known = 0};
    uint64_t others = 0;

    if (XLMEM_KNOWS(host, total_kb))
        XLMEM_SET(&a, total_kb, host->total_kb);
    if (XLMEM_KNOWS(host, free_kb))
        XLMEM_SET(&a, free_kb, host->free_kb);
    count_domains(host, &a);
    if (!XLMEM_KNOWS(&a, dom0_kb) &&
        XLMEM_KNOWS(&host->dom0, balloon_current_kb))
        XLMEM_SET(&a, dom0_kb, host->dom0.balloon_current_kb);
    if (XLMEM_KNOWS(&a, total_kb) && XLMEM_KNOWS(&a, free_kb) &&
        XLMEM_KNOWS(&a, dom0_kb) && XLMEM_KNOWS(&a, domus_kb) &&
        add(&others, a.free_kb) && add(&others, a.dom0_kb) &&
        add(&others, a.domus_kb) && others <= a.total_kb)
        XLMEM_SET(&a, xen_kb, a.total_kb - others);
    else if (XLMEM_KNOWS(host, xen_kb))
        XLMEM_SET(&a, xen_kb, host->xen_kb);
    *account_r = a;
}

void account_draw(out *o, const account *a)
{
    const out_segment segments[] = {
        {2, a->xen_kb},
        {0, a->dom0_kb},
        {3, a->domus_kb},
        {1, a->free_kb},
    };
    const out_bar bar = {
        .title = "Where the memory goes",
        .start = "",
        .end = "",
        .classes = {"dom0", "free", "Xen", "domUs"},
        .nr = sizeof(segments) / sizeof(segments[0]),
        .segments = segments,
        .in_kb = true,
    };

    if (XLMEM_KNOWS(a, xen_kb) && XLMEM_KNOWS(a, dom0_kb) &&
        XLMEM_KNOWS(a, domus_kb) && XLMEM_KNOWS(a, free_kb))
        out_draw(o, &bar);
}
