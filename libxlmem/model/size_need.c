/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * need = services + cost of the domUs to come + page cache + operations
 *        + extra (+ room, where dom0 is under pressure as it is)
 *
 * Where the host is running, its dom0 shows what services and running domUs
 * need, device models and backends included; only domUs beyond those are
 * counted by the table of costs.
 */
#include "model/size_need.h"

#include "model/checked.h"
#include "model/costs.h"

/* Where nothing says how many domUs there will be: one for so much RAM. */
#define DOMU_PER_KB (4 * XLMEM__GIB_KB)
/* Queues a vif and rings a vbd: Linux frontends ask for one a vCPU, and for
 * at most 4 rings (xen_blkfront.max_queues). */
#define QUEUES_DEFAULT 2
#define QUEUES_MAX 4
/* No more are built at once, however many there are. */
#define BUILT_AT_ONCE 8
/* A load of two a CPU, or a tenth of the time waiting for memory. */
#define PRESSURE_LOAD_BP 20000
#define PRESSURE_PSI_BP 1000

/* The domUs, now and asked for. */
typedef struct domus {
    uint64_t running, running_hvm; /* what the working set has in it */
    uint64_t total, hvm, vifs, vbds, queues;
    bool guessed;
} domus;

void xlmem__sum_add(xlmem__sum *sum, const char *name, uint64_t kb,
                    const char *source)
{
    if (!kb)
        return;
    if (sum->nr == XLMEM_TERMS_MAX || !xlmem__add(sum->kb, kb, &sum->kb)) {
        sum->overflow = true;
        return;
    }
    sum->terms[sum->nr++] = (xlmem_term){name, kb, source};
}

static void add_cost(xlmem__sum *sum, const char *name, uint64_t n,
                     xlmem__cost_item what)
{
    const xlmem__cost *cost = &xlmem__costs[what];
    uint64_t kb;

    if (!xlmem__mul(n, cost->kb, &kb))
        sum->overflow = true;
    else
        xlmem__sum_add(sum, name, kb, cost->source);
}

static void count_running(const xlmem_host *host, domus *d)
{
    uint64_t vcpus = 0;
    size_t i;

    for (i = 0; i < host->nr_doms; i++) {
        const xlmem_dom *dom = &host->doms[i];

        if (!dom->domid)
            continue;
        d->running++;
        d->running_hvm += dom->type == XLMEM_DOM_HVM;
        vcpus += xlmem__min(dom->vcpus, QUEUES_MAX);
    }
    if (d->running && vcpus)
        d->queues = xlmem__div_up(vcpus, d->running);
}

static void count_domus(const xlmem_host *host,
                        const xlmem_size_request *request, domus *d)
{
    *d = (domus){.vifs = 1, .vbds = 1, .queues = QUEUES_DEFAULT};
    count_running(host, d);
    d->total = d->running;
    d->hvm = d->running_hvm;
    if (!host->domains_listed) {
        d->total = xlmem__max(d->total, host->total_kb / DOMU_PER_KB);
        d->guessed = true;
    }
    if (XLMEM_KNOWS(request, domus)) {
        d->total = request->domus;
        d->guessed = false;
    }
    if (XLMEM_KNOWS(request, hvm))
        d->hvm = request->hvm;
    if (XLMEM_KNOWS(request, vifs))
        d->vifs = request->vifs;
    if (XLMEM_KNOWS(request, vbds))
        d->vbds = request->vbds;
    d->total = xlmem__max(d->total, d->hvm);
}

/* What the page cache can give back at once. */
static uint64_t reclaimable_kb(const xlmem_dom0 *dom0)
{
    uint64_t cache = xlmem__add_sat(dom0->cached_kb, dom0->buffers_kb);

    return xlmem__add_sat(xlmem__sub0(cache, dom0->shmem_kb),
                          dom0->sreclaimable_kb);
}

/* Anonymous memory, also swapped out, and a quarter more of it where that was
 * promised: Committed_AS beyond is what processes reserve and never touch. */
static uint64_t anonymous_kb(const xlmem_dom0 *dom0)
{
    uint64_t anon = dom0->anon_pages_kb;
    uint64_t promised = xlmem__min(dom0->committed_as_kb, anon + anon / 4);

    anon = xlmem__max(anon, promised);
    return xlmem__add_sat(
        anon, xlmem__sub0(dom0->swap_total_kb, dom0->swap_free_kb));
}

/* What nothing can reclaim; parts that are not known count as nothing. */
static uint64_t pinned_kb(const xlmem_dom0 *dom0)
{
    const uint64_t parts[] = {
        dom0->shmem_kb,
        XLMEM_KNOWS(dom0, sunreclaim_kb)
            ? dom0->sunreclaim_kb
            : xlmem__sub0(dom0->slab_kb, dom0->sreclaimable_kb),
        dom0->kernel_stack_kb,
        dom0->page_tables_kb,
        dom0->percpu_kb,
    };
    uint64_t sum = anonymous_kb(dom0);
    size_t i;

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        sum = xlmem__add_sat(sum, parts[i]);
    return sum;
}

/* What dom0 uses now and needs to go on; false: it does not say. */
static bool working_set(const xlmem_dom0 *dom0, uint64_t *kb_r,
                        uint64_t *least_kb_r)
{
    uint64_t pinned = pinned_kb(dom0), used;

    if (!XLMEM_KNOWS(dom0, mem_total_kb) || !XLMEM_KNOWS(dom0, mem_free_kb) ||
        !XLMEM_KNOWS(dom0, cached_kb))
        return false;
    used =
        xlmem__sub0(dom0->mem_total_kb,
                    xlmem__add_sat(dom0->mem_free_kb, reclaimable_kb(dom0)));
    if (XLMEM_KNOWS(dom0, mem_available_kb))
        used = xlmem__max(
            used, xlmem__sub0(dom0->mem_total_kb, dom0->mem_available_kb));
    *least_kb_r = xlmem__max(pinned, used);
    *kb_r = xlmem__max(xlmem__add_sat(pinned, dom0->mapped_kb), used);
    return true;
}

uint64_t xlmem__size_least_kb(const xlmem_dom0 *dom0)
{
    uint64_t kb, least_kb = 0;

    if (!working_set(dom0, &kb, &least_kb))
        least_kb = 0;
    return xlmem__max(least_kb, xlmem__costs[XLMEM__COST_SERVICES_LEAST].kb);
}

static bool under_pressure(const xlmem_host *host)
{
    const xlmem_dom0 *dom0 = &host->dom0;
    uint64_t cpus = dom0->nr_cpus ? dom0->nr_cpus : host->nr_cpus;

    return dom0->psi_some10_bp >= PRESSURE_PSI_BP ||
           (cpus && dom0->load1_bp >= xlmem__mul_sat(cpus, PRESSURE_LOAD_BP));
}

static void add_services(const xlmem_host *host, xlmem__need *need,
                         uint64_t vcpus, domus *d)
{
    const xlmem__cost *least = &xlmem__costs[XLMEM__COST_SERVICES_LEAST];
    uint64_t kb, least_kb;

    if (!working_set(&host->dom0, &kb, &least_kb)) {
        add_cost(&need->sum, "services", 1, XLMEM__COST_SERVICES);
        add_cost(&need->sum, "per CPU", vcpus, XLMEM__COST_CPU);
        d->running = d->running_hvm = 0;
    } else if (xlmem__add_sat(kb, kb / 4) < least->kb) {
        xlmem__sum_add(&need->sum, "services", least->kb, least->source);
    } else {
        xlmem__sum_add(&need->sum, "working set", xlmem__add_sat(kb, kb / 4),
                       "measured: what the running dom0 uses, domUs' share "
                       "included, and a quarter for its peaks");
    }
    need->least_kb = xlmem__size_least_kb(&host->dom0);
}

static void add_domus(xlmem__sum *sum, const domus *d)
{
    uint64_t more = xlmem__sub0(d->total, d->running);
    uint64_t queues, rings;

    if (!xlmem__mul(more, xlmem__mul_sat(d->vifs, d->queues), &queues) ||
        !xlmem__mul(more, xlmem__mul_sat(d->vbds, d->queues), &rings)) {
        sum->overflow = true;
        return;
    }
    add_cost(sum, d->guessed ? "domUs (one for 4 GiB of host)" : "domUs", more,
             XLMEM__COST_DOMU);
    add_cost(sum, "xl monitors", more, XLMEM__COST_MONITOR);
    add_cost(sum, "device models", xlmem__sub0(d->hvm, d->running_hvm),
             XLMEM__COST_QEMU);
    add_cost(sum, "vif queues", queues, XLMEM__COST_VIF_QUEUE);
    add_cost(sum, "vbd rings", rings, XLMEM__COST_VBD_RING);
}

/* Running domUs need no more of the page cache than is there; under pressure,
 * all that is there, and some room. */
static void add_cache(const xlmem_host *host, xlmem__sum *sum, const domus *d)
{
    const xlmem__cost *domu = &xlmem__costs[XLMEM__COST_CACHE_DOMU];
    uint64_t more = xlmem__sub0(d->total, d->running);
    uint64_t cache_kb = reclaimable_kb(&host->dom0);

    if (under_pressure(host)) {
        xlmem__sum_add(
            sum, "page cache",
            xlmem__max(cache_kb, xlmem__costs[XLMEM__COST_CACHE].kb),
            "measured: all of it, since dom0 is under pressure");
        xlmem__sum_add(sum, "room under pressure", host->dom0.mem_total_kb / 8,
                       "an eighth of MemTotal, since dom0 is under pressure");
    } else {
        add_cost(sum, "page cache", 1, XLMEM__COST_CACHE);
        xlmem__sum_add(
            sum, "page cache of running domUs",
            xlmem__min(cache_kb, xlmem__mul_sat(d->running, domu->kb)),
            "measured: what there is, up to what their kind is counted with");
    }
    add_cost(sum, "page cache of domUs", more, XLMEM__COST_CACHE_DOMU);
}

void xlmem__size_need(const xlmem_host *host,
                      const xlmem_size_request *request, uint64_t vcpus,
                      xlmem__need *need_r)
{
    xlmem__sum *sum = &need_r->sum;
    domus d;

    *need_r = (xlmem__need){.domus = 0};
    count_domus(host, request, &d);
    add_services(host, need_r, vcpus, &d);
    add_domus(sum, &d);
    add_cache(host, sum, &d);
    add_cost(sum, "operations", 1, XLMEM__COST_OPERATIONS);
    add_cost(sum, "building domUs", xlmem__min(d.total, BUILT_AT_ONCE * 4),
             XLMEM__COST_BUILD);
    xlmem__sum_add(sum, "extra", request->extra_kb, "asked for");
    need_r->domus = d.total;
}
