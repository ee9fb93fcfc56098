/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * dom0_mem=X,max:Y.
 *
 *   X = metadata(Y) + kernel + need + order reserve, up to 64 MiB
 *   Y = X + growth
 *
 * Metadata depends on Y, so X is the least solution: from below, X is raised
 * by what is missing until nothing is.  What is missing never falls as X
 * rises, so that the first X that fits is the least that does, and more need
 * never yields less.
 *
 * The order reserve stays free so that the kernel finds blocks of higher
 * order: without it the page cache fills everything, and drivers that need 16
 * pages in a row fail with gigabytes "available".
 */
#include <stdio.h>
#include <string.h>

#include "model/account.h"
#include "model/checked.h"
#include "model/floor.h"
#include "model/host.h"
#include "model/kernel_layout.h"
#include "model/kernel_table.h"
#include "model/peers.h"
#include "model/predict.h"
#include "model/size_need.h"

#define STEP_KB (64 * XLMEM__MIB_KB)
#define ORDER_SHARE 32
/* Xen keeps the maximum in 32 bits of pages; all ones is no maximum. */
#define MAX_KB (UINT64_C(0xfffffffe) * XLMEM__PAGE_KB)
/* The least that a domU takes with its paging pool. */
#define DOMU_LEAST_KB (64 * XLMEM__MIB_KB)

/* One sizing. */
typedef struct sizing {
    const xlmem_host *host;
    const xlmem__booted *booted;
    xlmem__need need;
    uint64_t growth_kb;
    uint64_t total_kb; /* of the host */
    uint64_t limit_kb; /* what Xen has for dom0 */
    xlmem__boot boot;
    xlmem__kernel_cost cost;
} sizing;

static uint64_t order_kb(uint64_t x_kb)
{
    return xlmem__max(XLMEM__ORDER_LEAST_KB, x_kb / ORDER_SHARE);
}

static int cost_at(sizing *s, uint64_t x_kb, uint64_t y_kb)
{
    s->boot.nr_pages = x_kb / XLMEM__PAGE_KB;
    s->boot.max_pages = y_kb / XLMEM__PAGE_KB;
    return xlmem__kernel_cost_of(s->host, s->booted, &s->boot, &s->cost);
}

/*
 * MemTotal at least: with hash tables as for all of X, though a kernel that
 * lays out much more than X has less free when it sizes them.
 */
static uint64_t memtotal_kb(const sizing *s, uint64_t x_kb)
{
    uint64_t hash_kb = xlmem__hash_kb(x_kb / XLMEM__PAGE_KB);

    return xlmem__sub0(s->cost.memtotal_kb,
                       xlmem__sub0(hash_kb, s->cost.hash_kb));
}

/*
 * The least X that fits; XLMEM_ERROR_INFEASIBLE when the host has not that
 * much, with the X that was tried last.  Raised by half of what is missing:
 * metadata goes by whole sections, so that a larger X may need a little less.
 */
static int solve(sizing *s, uint64_t *x_kb_r)
{
    uint64_t x = xlmem__max(s->need.sum.kb, xlmem__extra_needs(s->growth_kb));
    uint64_t y, want, missing;

    for (x = xlmem__round_up(x, STEP_KB);;
         x += xlmem__max(STEP_KB, missing / 2 / STEP_KB * STEP_KB)) {
        *x_kb_r = x;
        if (x > s->limit_kb || !xlmem__add(x, s->growth_kb, &y) || y > MAX_KB)
            break;
        missing = STEP_KB;
        if (cost_at(s, x, y))
            continue;
        want = xlmem__add_sat(s->need.sum.kb, order_kb(x));
        missing = xlmem__sub0(want, memtotal_kb(s, x));
        if (!missing)
            return 0;
    }
    /* For the refusal's terms: what the kernel would take at the least. */
    if (!s->cost.fixed_kb && cost_at(s, s->limit_kb, s->limit_kb))
        memset(&s->cost, 0, sizeof(s->cost));
    return XLMEM_ERROR_INFEASIBLE;
}

static void add_term(xlmem_sizes *to, const char *name, uint64_t kb,
                     const char *source)
{
    if (kb && to->nr_terms < XLMEM_TERMS_MAX)
        to->terms[to->nr_terms++] = (xlmem_term){name, kb, source};
}

/* The version that was measured, which need not be dom0's own. */
static const char *kernel_source(const sizing *s)
{
    switch (s->cost.basis) {
    case XLMEM_BASIS_CALIBRATED:
        return "measured: what this kernel kept at its last boot";
    case XLMEM_BASIS_KERNEL:
        return xlmem__kernel_row_of(&s->boot)->source;
    case XLMEM_BASIS_GENERIC:
        break;
    }
    return "measured with Linux 6.12: this kernel's version is not known";
}

/* Linux since 6.6: kernel_layout.c. */
static const char *page_source(const sizing *s)
{
    if (!s->boot.pvh)
        return "64 B for each page up to max:, by sections of 128 MiB";
    if (!xlmem__kernel_reaches(&s->boot, (xlmem__release){6, 6}))
        return "64 B for each page, by sections of 128 MiB";
    return "64 B for each page of the host's RAM: the kernel of a PVH dom0 "
           "describes all of it, whatever max: says, up to 11 times its own";
}

/* The terms; what they leave of X is its rounding.  Of a refusal they may be
 * more than the X that was tried last: returns an X that holds them. */
static uint64_t fill_terms(const sizing *s, uint64_t x_kb, xlmem_sizes *to)
{
    uint64_t sum = 0;
    size_t i;

    add_term(to, "struct pages", s->cost.struct_page_kb, page_source(s));
    add_term(to, "P2M", s->cost.p2m_kb, "8 B for each page up to max:");
    add_term(to, "page tables", s->cost.page_table_kb,
             "8 B for each page up to max:, mapped in 4 KiB");
    add_term(to, "hash tables", s->cost.hash_kb,
             "dentries and inodes, as this kernel sizes them");
    add_term(to, "kernel", s->cost.fixed_kb, kernel_source(s));
    for (i = 0; i < s->need.sum.nr; i++)
        add_term(to, s->need.sum.terms[i].name, s->need.sum.terms[i].kb,
                 s->need.sum.terms[i].source);
    add_term(to, "order reserve", order_kb(x_kb),
             "1/32, at least 64 MiB, so that high orders are found");
    for (i = 0; i < to->nr_terms; i++)
        sum = xlmem__add_sat(sum, to->terms[i].kb);
    x_kb = xlmem__max(x_kb, xlmem__round_up(sum, STEP_KB));
    if (x_kb - STEP_KB >= xlmem__extra_needs(s->growth_kb))
        add_term(to, "rounding", xlmem__sub0(x_kb, sum), "up to 64 MiB");
    else
        add_term(to, "growth", xlmem__sub0(x_kb, sum),
                 "a tenth of the room asked for: Linux describes no more than "
                 "11 times its memory at boot");
    return x_kb;
}

/* MemTotal that a boot would lose to metadata beyond what X itself needs. */
static bool extra_metadata(sizing *s, uint64_t x_kb, uint64_t y_kb,
                           uint64_t *kb_r)
{
    uint64_t low;

    if (cost_at(s, x_kb, x_kb))
        return false;
    low = xlmem__metadata_kb(&s->cost);
    if (cost_at(s, x_kb, y_kb))
        return false;
    *kb_r = xlmem__sub0(xlmem__metadata_kb(&s->cost), low);
    return true;
}

static void fill_current(sizing *s, xlmem_sizes *to)
{
    const xlmem_host *host = s->host;
    xlmem__boot then = s->boot;
    uint64_t kb;

    if (xlmem__dom0_size_of(host, &kb))
        XLMEM_SET(to, current_kb, kb);
    if (!s->booted->known)
        return;
    then.nr_pages = s->booted->nr_pages;
    then.max_pages = s->booted->max_pages;
    then.nr_cpus = host->dom0.nr_cpus;
    if (!XLMEM_KNOWS(to, current_kb))
        XLMEM_SET(to, current_kb, then.nr_pages * XLMEM__PAGE_KB);
    if (then.max_pages != UINT64_MAX)
        XLMEM_SET(to, current_max_kb,
                  xlmem__mul_sat(then.max_pages, XLMEM__PAGE_KB));
    if (xlmem__kernel_cost_of(host, s->booted, &then, &s->cost))
        return;
    kb = xlmem__metadata_kb(&s->cost);
    if (!cost_at(s, to->current_kb, to->current_kb))
        XLMEM_SET(to, wasted_kb,
                  xlmem__sub0(kb, xlmem__metadata_kb(&s->cost)));
}

static void fill_bounds(sizing *s, uint64_t x_kb, uint64_t y_kb,
                        xlmem_sizes *to)
{
    uint64_t kernel = xlmem__metadata_kb(&s->cost) + s->cost.fixed_kb, kb;

    XLMEM_SET(to, floor_kb,
              xlmem__min(xlmem__floor_kb(kernel, s->need.least_kb), x_kb));
    XLMEM_SET(
        to, hotplug_top_kb,
        xlmem__max(x_kb, xlmem__sub0(s->limit_kb, XLMEM__HEADROOM_LEAST_KB)));
    if (extra_metadata(s, x_kb, y_kb > x_kb ? y_kb : 2 * x_kb, &kb))
        XLMEM_SET(to, growth_cost_kb, kb);
}

static int start_sizing(sizing *s, const xlmem_size_request *request)
{
    static const xlmem_size_request nothing = {.known = 0};
    const xlmem_host *host = s->host;
    xlmem__xen_line line;
    xlmem__xenown own;
    int rc = host->arm ? XLMEM_ERROR_UNSUPPORTED
                       : xlmem__xen_line_with(&s->booted->line, "", &line);

    if (!rc)
        rc = xlmem__xenown_of(host, &s->booted->line, &line, &own);
    if (rc)
        return rc;
    s->total_kb = own.total_pages * XLMEM__PAGE_KB;
    s->limit_kb = own.avail_pages * XLMEM__PAGE_KB;
    s->boot = xlmem__boot_of(host, &own);
    request = request ? request : &nothing;
    s->growth_kb = xlmem__round_up(request->growth_kb, XLMEM__MIB_KB);
    xlmem__size_need(host, request, s->boot.nr_cpus, &s->need);
    return s->need.sum.overflow ? XLMEM_ERROR_RANGE : 0;
}

/* Whether domUs would find anything beside dom0. */
static bool leaves_room(const sizing *s, uint64_t x_kb)
{
    uint64_t rest = xlmem__mul_sat(s->need.domus, DOMU_LEAST_KB);

    return xlmem__add_sat(x_kb,
                          xlmem__add_sat(rest, XLMEM__HEADROOM_LEAST_KB)) <=
           s->limit_kb;
}

static int choose_size(sizing *s, const xlmem_size_request *request,
                       xlmem_sizes *to)
{
    uint64_t x_kb, y_kb;
    int rc = start_sizing(s, request);

    if (rc)
        return rc;
    memset(to, 0, sizeof(*to));
    fill_current(s, to);
    memset(&s->cost, 0, sizeof(s->cost));
    rc = solve(s, &x_kb);
    x_kb = fill_terms(s, x_kb, to);
    y_kb = xlmem__add_sat(x_kb, s->growth_kb);
    XLMEM_SET(to, dom0_mem_kb, x_kb);
    XLMEM_SET(to, max_kb, y_kb);
    if (rc) {
        /* Booted with nothing else: what it lives on now. */
        XLMEM_SET(to, floor_kb, xlmem__dom0_floor_kb(s->host));
        return rc;
    }
    fill_bounds(s, x_kb, y_kb, to);
    snprintf(to->xen_arg, sizeof(to->xen_arg), "dom0_mem=%lluM,max:%lluM",
             (unsigned long long)(x_kb / XLMEM__MIB_KB),
             (unsigned long long)(y_kb / XLMEM__MIB_KB));
    return 0;
}

/* @rc: of the prediction. */
static int judge_size(const sizing *s, const xlmem_sizes *sizes, int rc)
{
    return !rc && !leaves_room(s, sizes->dom0_mem_kb) ? XLMEM_ERROR_INFEASIBLE
                                                      : rc;
}

int xlmem__sizes_of(const xlmem_host *host, const xlmem__booted *booted,
                    xlmem_sizes *sizes_r)
{
    sizing s = {.host = host, .booted = booted};
    xlmem_forecast forecast;
    int rc = choose_size(&s, NULL, sizes_r);

    if (rc)
        return rc;
    rc = xlmem__forecast_with(host, booted, sizes_r->xen_arg, &forecast);
    return judge_size(&s, sizes_r, rc);
}

static int predict_size(const sizing *s, xlmem_recommendation *rec)
{
    xlmem__xen_line line;
    int rc = xlmem__xen_line_with(&s->booted->line, rec->xen_arg, &line);

    if (!rc)
        rc = xlmem__predict(s->host, s->booted, &line, &rec->predicted);
    return judge_size(s, &rec->sizes, rc);
}

int xlmem_size(const xlmem_host *host, const xlmem_size_request *request,
               xlmem_recommendation *recommendation_r)
{
    xlmem_recommendation *rec = recommendation_r;
    xlmem__booted booted;
    sizing s = {.host = host, .booted = &booted};
    int rc;

    xlmem__booted_of(host, &booted);
    memset(rec, 0, sizeof(*rec));
    rc = choose_size(&s, request, &rec->sizes);
    if (!rc)
        rc = predict_size(&s, rec);
    if (!rc || rc == XLMEM_ERROR_INFEASIBLE)
        rec->nr_peers = xlmem__peers(s.total_kb, s.limit_kb, rec->peers);
    return rc;
}
