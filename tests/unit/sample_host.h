/* SPDX-License-Identifier: LGPL-2.1-only */
/* Hosts for what decides on the books: one to start from, and any. */
#ifndef XLMEM_SAMPLE_HOST_H
#define XLMEM_SAMPLE_HOST_H

#include "test.h"

#include "private/all.h"

#define MIB UINT64_C(1024)
#define GIB (1024 * MIB)
#define NR_DOMS 40

/* A host that owns nothing: its arrays are the test's. */
typedef struct sample {
    xlmem_host host;
    xlmem_policy policy;
    xlmem_dom doms[NR_DOMS];
    xlmem_reservation reservations[8];
} sample;

static inline xlmem_dom *add_dom(sample *s, uint64_t domid, uint64_t kb)
{
    xlmem_dom *dom = &s->doms[s->host.nr_doms++];

    *dom = (xlmem_dom){.known = 0, .type = XLMEM_DOM_PVH};
    XLMEM_SET(dom, domid, domid);
    XLMEM_SET(dom, vcpus, 1);
    XLMEM_SET(dom, tot_kb, kb);
    XLMEM_SET(dom, target_kb, kb);
    XLMEM_SET(dom, maxmem_kb, kb + MIB);
    XLMEM_SET(dom, outstanding_kb, 0);
    XLMEM_SET(dom, paging_kb, 0);
    return dom;
}

/* 2 GiB of dom0, of which 1 GiB is available; floor 768 MiB. */
static inline void sample_init(sample *s, uint64_t free_kb)
{
    memset(s, 0, sizeof(*s));
    xlmem_policy_init(&s->policy);
    s->policy.dom0_floor_kb = 768 * MIB;
    s->host.doms = s->doms;
    s->host.reservations = s->reservations;
    XLMEM_SET(&s->host, total_kb, 64 * GIB);
    XLMEM_SET(&s->host, free_kb, free_kb);
    XLMEM_SET(&s->host, outstanding_kb, 0);
    XLMEM_SET(&s->host, domains_listed, 1);
    XLMEM_SET(&s->host.dom0, mem_available_kb, GIB);
    XLMEM_SET(&s->host.dom0, balloon_target_kb, 2 * GIB);
    add_dom(s, 0, 2 * GIB);
}

static inline xlmem_reservation *add_reservation(sample *s, uint64_t need_kb)
{
    xlmem_reservation *res = &s->reservations[s->host.nr_reservations++];

    *res = (xlmem_reservation){.known = 0};
    XLMEM_SET(res, need_kb, need_kb);
    XLMEM_SET(res, dom0_need_kb, 0);
    return res;
}

static inline void random_sample(sample *s)
{
    uint64_t i, n = test_between(0, NR_DOMS - 2);

    sample_init(s, test_between(0, 8 * GIB));
    XLMEM_SET(&s->host.dom0, mem_available_kb, test_between(0, 3 * GIB));
    XLMEM_SET(&s->host.dom0, balloon_target_kb, test_between(0, 4 * GIB));
    for (i = 1; i <= n; i++) {
        xlmem_dom *dom = add_dom(s, i, test_between(0, 4 * GIB));

        if (test_between(0, 1))
            XLMEM_SET(dom, dynamic_min_kb, test_between(0, 4 * GIB));
        if (!test_between(0, 9))
            XLMEM_SET(dom, dying, 1);
        if (!test_between(0, 4))
            XLMEM_SET(dom, tot_kb, test_magnitude());
    }
    for (i = test_between(0, 3); i; i--)
        add_reservation(s, test_magnitude());
}

static inline int sample_ask(const sample *s, uint64_t need_kb,
                             uint64_t dom0_need_kb, xlmem_verdict *verdict)
{
    return xlmem_admit(&s->host, &s->policy, need_kb, dom0_need_kb, verdict);
}

static inline bool has_reason(const xlmem_verdict *verdict, const char *code)
{
    size_t i;

    for (i = 0; i < verdict->nr_reasons; i++)
        if (!strcmp(verdict->reasons[i].id, code))
            return true;
    return false;
}

#endif /* XLMEM_SAMPLE_HOST_H */
