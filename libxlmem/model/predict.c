/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * From a dom0_mem= line to what it yields: Xen's own memory says what the
 * line is relative to, Xen's clamping gives dom0's pages, the kernel takes its
 * share of those, and the rest of the machine stays free.
 */
#include <string.h>

#include "model/predict.h"

#include "model/account.h"
#include "model/checked.h"
#include "model/finding.h"
#include "model/host.h"
#include "model/kernel_layout.h"

/* Below this many MiB of MemTotal a Debian dom0 with Xen's services has no
 * room left for a kernel update or a domain builder: 400 MiB boot and idle
 * (truth/grid.tsv, dom0_mem=512M). */
#define SMALL_MIB 400U
/* Metadata for memory that never comes is worth a word from here on. */
#define WASTE_MIB 8

/* Add a warning; of any rule, since all weigh the same here. */
#define warn(to, id, ...)                                                     \
    xlmem__found((xlmem__sink){.list = (to)->warnings,                        \
                               .room = XLMEM_WARNINGS_MAX,                    \
                               .nr = &(to)->nr_warnings,                      \
                               .lost = &(to)->nr_warnings_lost,               \
                               .flat = true},                                 \
                 id, __VA_ARGS__)

static unsigned long long whole_mib_of(uint64_t kb)
{
    return kb / XLMEM__MIB_KB;
}

xlmem__boot xlmem__boot_of(const xlmem_host *host, const xlmem__xenown *own)
{
    xlmem__boot boot = {
        .nr_pages = own->nr_pages,
        .max_pages = own->max_pages,
        .pvh = own->setup.pvh,
        .nr_cpus = own->setup.dom0_vcpus,
    };

    if (XLMEM_KNOWS(&host->dom0, linux_major)) {
        boot.linux_major = host->dom0.linux_major;
        boot.linux_minor = host->dom0.linux_minor;
    }
    return boot;
}

static void fill_dom0(xlmem_forecast *to, const xlmem__boot *boot,
                      const xlmem__kernel_cost *cost)
{
    XLMEM_SET(to, nr_pages, boot->nr_pages);
    if (boot->max_pages != UINT64_MAX)
        XLMEM_SET(to, max_pages, boot->max_pages);
    XLMEM_SET(to, memtotal_kb, cost->memtotal_kb);
    XLMEM_SET(to, metadata_kb, xlmem__metadata_kb(cost));
    XLMEM_SET(to, hash_kb, cost->hash_kb);
    XLMEM_SET(to, kernel_kb, cost->fixed_kb);
    to->basis = cost->basis;
}

static void fill_xen(xlmem_forecast *to, const xlmem__boot *boot,
                     const xlmem__xenown *own)
{
    uint64_t xen_kb = xlmem__add_sat(xlmem__xenown_kb(own), own->pool_kb);

    XLMEM_SET(to, xen_kb, xen_kb);
    XLMEM_SET(
        to, host_free_kb,
        xlmem__sub0(own->total_pages * XLMEM__PAGE_KB,
                    xlmem__add_sat(xen_kb, boot->nr_pages * XLMEM__PAGE_KB)));
}

/* What the kernel would keep if the maximum were what it is given. */
static void warn_waste(const xlmem_host *host, const xlmem__booted *booted,
                       const xlmem__boot *boot, xlmem_prediction *to)
{
    xlmem__boot fixed = *boot;
    xlmem__kernel_cost cost;
    xlmem_finding *warning;
    uint64_t waste;

    fixed.max_pages = boot->nr_pages;
    if (xlmem__kernel_cost_of(host, booted, &fixed, &cost))
        return;
    if (boot->pvh) {
        waste = xlmem__sub0(cost.present_pages, boot->nr_pages) * 64 / 1024;
        if (whole_mib_of(waste) >= WASTE_MIB)
            xlmem__prove_kb(
                warn(to, XLMEM__RULE_DESCRIBES_HOST,
                     "this kernel as a PVH dom0 spends %llu MiB to describe "
                     "the host's other memory, whatever max: says",
                     whole_mib_of(waste)),
                "spent", waste);
        return;
    }
    waste = xlmem__sub0(cost.memtotal_kb, to->memtotal_kb);
    if (whole_mib_of(waste) < WASTE_MIB)
        return;
    if (boot->max_pages == UINT64_MAX)
        warning =
            warn(to, XLMEM__RULE_NO_MAX,
                 "without max: dom0 spends %llu MiB to describe memory that "
                 "it does not have; max:%lluM gives them back",
                 whole_mib_of(waste),
                 whole_mib_of(boot->nr_pages * XLMEM__PAGE_KB));
    else
        warning = warn(
            to, XLMEM__RULE_GROWTH_ROOM,
            "the room up to max: costs dom0 %llu MiB from the first boot on",
            whole_mib_of(waste));
    xlmem__prove_kb(warning, "spent", waste);
}

/* A size of less than a page is none: Xen takes its default. */
static bool has_size(const xlmem__dom0mem *spec)
{
    return spec->size.set && (spec->size.relative || spec->size.bytes >> 12);
}

static void warn_of_spec(const xlmem__dom0mem *spec, uint64_t avail,
                         xlmem_prediction *to)
{
    uint64_t asked = spec->size.bytes >> 12;

    if (spec->rejected)
        warn(to, XLMEM__RULE_DROPPED, "Xen drops dom0_mem= from \"%.*s\" on",
             (int)xlmem__min(spec->bad.len, 64), spec->bad.p);
    if (!has_size(spec) && to->nr_pages < xlmem__dom0mem_default(avail))
        warn(to, XLMEM__RULE_NO_SIZE,
             "no size is given: dom0 gets as much as max: allows, %llu MiB",
             whole_mib_of(to->nr_pages * XLMEM__PAGE_KB));
    else if (!has_size(spec))
        warn(to, XLMEM__RULE_NO_DOM0_MEM,
             "without a size dom0 gets %llu of %llu MiB, all of the host's "
             "memory but 128 MiB or a sixteenth, and every domU must be taken "
             "out of it",
             whole_mib_of(to->nr_pages * XLMEM__PAGE_KB),
             whole_mib_of(avail * XLMEM__PAGE_KB));
    else if (!spec->size.relative && asked > avail)
        warn(to, XLMEM__RULE_LARGER_THAN_HOST,
             "dom0_mem= asks for %llu MiB of %llu MiB: dom0 gets it all",
             whole_mib_of(asked * XLMEM__PAGE_KB),
             whole_mib_of(avail * XLMEM__PAGE_KB));
    else if (!spec->size.relative && to->nr_pages < asked)
        warn(to, XLMEM__RULE_SIZE_ABOVE_MAX,
             "max: cuts dom0 from %llu MiB to %llu MiB",
             whole_mib_of(asked * XLMEM__PAGE_KB),
             whole_mib_of(to->nr_pages * XLMEM__PAGE_KB));
}

/* What Linux will never use of max: (kernel_layout.c). */
static void warn_of_reach(const xlmem__boot *boot, xlmem_prediction *to)
{
    uint64_t reach = xlmem__extra_reach(boot->nr_pages);

    if (!boot->pvh && boot->max_pages != UINT64_MAX && boot->max_pages > reach)
        warn(to, XLMEM__RULE_GROWTH_CAPPED,
             "Linux prepares for 11 times its memory at boot: dom0 will not "
             "grow beyond %llu MiB",
             whole_mib_of(reach * XLMEM__PAGE_KB));
}

static void warn_of_calibration(const xlmem_host *host, xlmem_prediction *to)
{
    uint64_t size_kb;
    const bool seen = xlmem__dom0_size_of(host, &size_kb);
    xlmem_finding *warning = warn(
        to, XLMEM__RULE_NOT_CALIBRATED,
        "not calibrated: MemTotal as recorded, %llu MiB, does not fit %s; "
        "the figures go by the kernel's version, not by this boot%s",
        whole_mib_of(host->dom0.mem_total_kb),
        seen ? "dom0's size and how it was booted" : "how dom0 was booted",
        seen ? "" : ". Record dom0's size with it (xl list)");

    XLMEM__PROVE_DOM0(warning, "MemTotal", host, mem_total_kb);
}

static void warn_of_sizes(const xlmem_host *host, xlmem_prediction *to)
{
    if (whole_mib_of(to->memtotal_kb) < SMALL_MIB)
        xlmem__prove_kb(
            warn(to, XLMEM__RULE_TOO_SMALL,
                 "%llu MiB of MemTotal is less than the %u MiB that a dom0 "
                 "with Xen's services needs",
                 whole_mib_of(to->memtotal_kb), SMALL_MIB),
            "MemTotal", to->memtotal_kb);
    if (to->host_free_kb < XLMEM__HEADROOM_LEAST_KB)
        xlmem__prove_kb(warn(to, XLMEM__RULE_NO_ROOM,
                             "%llu MiB stay free in Xen: no domU fits beside "
                             "dom0",
                             whole_mib_of(to->host_free_kb)),
                        "free", to->host_free_kb);
    if (!host->map.nr || host->map.source == XLMEM_MAP_ASSUMED)
        warn(to, XLMEM__RULE_MAP_ASSUMED,
             "the memory map is not known: that of a PC is assumed");
    /* Without a Xen there was no boot to go by. */
    if (!host->no_xen && XLMEM_KNOWS(&host->dom0, mem_total_kb) &&
        to->basis != XLMEM_BASIS_CALIBRATED)
        warn_of_calibration(host, to);
}

/* A boot that has been thought through. */
typedef struct thought {
    xlmem__xenown own;
    xlmem__boot boot;
    xlmem__kernel_cost cost;
} thought;

static int think_through(const xlmem_host *host, const xlmem__booted *booted,
                         const xlmem__xen_line *line, thought *t)
{
    const xlmem__dom0mem *spec = &line->dom0mem;
    int rc;

    if (host->arm)
        return XLMEM_ERROR_UNSUPPORTED;
    if (spec->rejected && !spec->size.set && !spec->min.set && !spec->max.set)
        return XLMEM_ERROR_PARSE;
    rc = xlmem__xenown_of(host, &booted->line, line, &t->own);
    if (rc)
        return rc;
    t->boot = xlmem__boot_of(host, &t->own);
    return xlmem__kernel_cost_of(host, booted, &t->boot, &t->cost);
}

static void fill_forecast(const thought *t, const xlmem__dom0mem *spec,
                          xlmem_forecast *to)
{
    memset(to, 0, sizeof(*to));
    fill_dom0(to, &t->boot, &t->cost);
    fill_xen(to, &t->boot, &t->own);
    to->exact = has_size(spec) && !xlmem__dom0mem_is_relative(spec) &&
                t->boot.nr_pages < t->own.avail_pages;
}

int xlmem__forecast(const xlmem_host *host, const xlmem__booted *booted,
                    const xlmem__xen_line *line, xlmem_forecast *forecast_r)
{
    thought t;
    int rc = think_through(host, booted, line, &t);

    if (!rc)
        fill_forecast(&t, &line->dom0mem, forecast_r);
    return rc;
}

int xlmem__forecast_with(const xlmem_host *host, const xlmem__booted *booted,
                         const char *dom0_mem, xlmem_forecast *forecast_r)
{
    xlmem__xen_line line;
    int rc = xlmem__xen_line_with(&booted->line, dom0_mem, &line);

    return rc ? rc : xlmem__forecast(host, booted, &line, forecast_r);
}

int xlmem__predict(const xlmem_host *host, const xlmem__booted *booted,
                   const xlmem__xen_line *line, xlmem_prediction *to)
{
    thought t;
    int rc = think_through(host, booted, line, &t);

    if (rc)
        return rc;
    memset(to, 0, sizeof(*to));
    fill_forecast(&t, &line->dom0mem, &to->forecast);
    warn_of_spec(&line->dom0mem, t.own.avail_pages, to);
    warn_waste(host, booted, &t.boot, to);
    warn_of_reach(&t.boot, to);
    warn_of_sizes(host, to);
    return 0;
}

int xlmem_predict(const xlmem_host *host, const char *xen_args,
                  xlmem_prediction *prediction_r)
{
    xlmem__xen_line given, line;
    xlmem__booted booted;
    int rc = xlmem__xen_line_given(host, xen_args, &given);

    if (rc)
        return rc;
    xlmem__booted_of(host, &booted);
    rc = xlmem__xen_line_to_boot(&booted.line, &given, &line);
    return rc ? rc : xlmem__predict(host, &booted, &line, prediction_r);
}
