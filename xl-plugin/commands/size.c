/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard size: the right dom0_mem=X,max:Y, and why. */
#include <stdlib.h>

#include "output/prediction.h"
#include "input/session.h"
#include "private/xen.h"
#include "output/term.h"
#include "private/advice.h"

/* The ids but dom0's; no domain has as many devices of a kind either. */
#define COUNT_MAX (XLMEM_DOMID_END - 1)

static int get_count(const cmd_run *run, int n, uint64_t *count_r)
{
    return cmd_get_count(run, n, COUNT_MAX, count_r);
}

static int get_size(const cmd_run *run, int n, uint64_t *kb_r)
{
    char name[32];

    snprintf(name, sizeof(name), "--%s", run->spec->options[n].name);
    return cmd_get_size(run, name, run->value[n], kb_r);
}

#define GET(run, get, n, request, f)                                          \
    do {                                                                      \
        uint64_t v;                                                           \
        int bad = (run)->value[n] ? get(run, n, &v) : EXIT_DONE;              \
                                                                              \
        if (bad)                                                              \
            return bad;                                                       \
        if ((run)->value[n])                                                  \
            XLMEM_SET(request, f, v);                                         \
    } while (0)

static int get_size_request(const cmd_run *run, xlmem_size_request *request_r)
{
    xlmem_size_request request = {.known = 0};

    GET(run, get_count, SIZE_DOMUS, &request, domus);
    GET(run, get_count, SIZE_HVM, &request, hvm);
    GET(run, get_count, SIZE_VIFS, &request, vifs);
    GET(run, get_count, SIZE_VBDS, &request, vbds);
    GET(run, get_size, SIZE_EXTRA, &request, extra_kb);
    GET(run, get_size, SIZE_GROWTH, &request, growth_kb);
    if (XLMEM_KNOWS(&request, domus) && XLMEM_KNOWS(&request, hvm) &&
        request.hvm > request.domus)
        return cmd_usage(run->spec, "--hvm is a part of --domus and cannot be "
                                    "more");
    *request_r = request;
    return EXIT_DONE;
}

static void put_size_terms(out *o, const xlmem_recommendation *r)
{
    uint64_t sum = 0;
    size_t i;

    out_list(o, "terms", "What it is made of");
    for (i = 0; i < r->nr_terms; i++) {
        out_row(o);
        out_text(o, "name", "for", r->terms[i].name);
        OUT_NUM(o, "kb", "kB", OUT_KB, r->terms[i].kb);
        out_text(o, "source", "source", r->terms[i].source);
        out_row_end(o);
        sum += r->terms[i].kb;
    }
    out_total(o, "dom0_mem", sum);
    out_end(o);
}

static void put_current(out *o, const xlmem_recommendation *r)
{
    const out_field max = {
        .key = "max_kb",
        .label = "maximum",
        .kind = OUT_KB,
        .known = XLMEM_KNOWS(r, current_max_kb),
        .num = r->current_max_kb,
        .absent = XLMEM_KNOWS(r, current_kb) ? "none" : NULL,
    };

    out_object(o, "current", "What dom0 has now");
    OUT_FACT(o, "dom0_mem_kb", "size", OUT_KB, r, current_kb);
    out_num(o, &max);
    OUT_FACT(o, "wasted_kb", "spent on memory it never gets", OUT_KB, r,
             wasted_kb);
    out_end(o);
}

static void put_growth(out *o, const xlmem_recommendation *r, bool asked)
{
    OUT_FACT(o, "floor_kb", "dom0 needs at least (its floor)", OUT_KB, r,
             floor_kb);
    OUT_FACT(o, "hotplug_top_kb", "can grow while running to", OUT_KB, r,
             hotplug_top_kb);
    OUT_FACT(o, "growth_cost_kb",
             asked ? "room to grow costs at boot"
                   : "room to double would cost at boot",
             OUT_KB, r, growth_cost_kb);
}

static void put_peers(out *o, const xlmem_recommendation *r, bool wanted)
{
    size_t i;

    out_list(o, "compare", wanted ? "What other formulas say" : NULL);
    for (i = 0; i < r->nr_peers; i++) {
        out_row(o);
        out_text(o, "name", "formula", r->peers[i].name);
        OUT_NUM(o, "dom0_mem_kb", "kB", OUT_KB, r->peers[i].dom0_mem_kb);
        out_text(o, "source", "source", r->peers[i].source);
        out_row_end(o);
    }
    out_end(o);
}

/* What of dom0 a recorded host shows: nothing makes all of it a table's. */
static bool shows_use(const xlmem_host *host)
{
    return XLMEM_KNOWS(&host->dom0, mem_total_kb) &&
           XLMEM_KNOWS(&host->dom0, mem_free_kb) &&
           XLMEM_KNOWS(&host->dom0, cached_kb);
}

static bool is_estimate(const xlmem_host *host)
{
    return !shows_use(host) || !host->domains_listed;
}

/* A refusal with its numbers; the report below has the rest. */
static const char *refusal_of(char *buf, size_t len, const xlmem_host *host,
                              const xlmem_recommendation *r)
{
    uint64_t sum = 0;
    char need[32], has[32] = "less";
    size_t i;

    for (i = 0; i < r->nr_terms; i++)
        sum += r->terms[i].kb;
    if (XLMEM_KNOWS(host, total_kb))
        xlmem_format_mib(has, sizeof(has), host->total_kb);
    snprintf(buf, len, "dom0 would need %s, the host has %s",
             xlmem_format_mib(need, sizeof(need), sum), has);
    return buf;
}

static void say_infeasible(out *o, const xlmem_host *host,
                           const xlmem_recommendation *r)
{
    char text[128];

    out_say(o, "No sensible size fits this host: %s.",
            refusal_of(text, sizeof(text), host, r));
}

/* What would make a better number of an estimate. */
static void say_what_is_missing(const cmd_run *run, out *o,
                                const xlmem_host *host)
{
    const bool assumed = cmd_has_machine(run),
               counted = run->value[SIZE_DOMUS] != NULL;

    if (!assumed && !shows_use(host))
        out_say(o,
                "Nothing of dom0's own use is recorded. For a better number "
                "record /proc/meminfo%s of the running host, as 'xl memguard "
                "capture' does.",
                host->domains_listed ? "" : " and xl list");
    else if (!counted && (assumed || session_is_live(run)))
        out_say(o, "How many domUs there will be is not known: say --domus N, "
                   "and --hvm M of them.");
    else if (!counted)
        out_say(o, "How many domUs there are is not recorded: record xl list, "
                   "or say --domus N.");
}

/* The first line: the answer, and how far it is to be trusted. */
static void put_answer(const cmd_run *run, out *o, const xlmem_host *host,
                       const xlmem_recommendation *r, bool feasible)
{
    const bool estimate = is_estimate(host);

    out_text(o, "xen_arg", NULL, feasible ? r->xen_arg : NULL);
    out_bool(o, "estimate", NULL, estimate);
    if (feasible)
        out_say(o, "%s%s", r->xen_arg, estimate ? " (an estimate)" : "");
    else
        say_infeasible(o, host, r);
    if (!feasible && estimate)
        out_say(o, "What follows is an estimate.");
    if (estimate)
        say_what_is_missing(run, o, host);
}

static int report_size(const cmd_run *run, const xlmem_host *host,
                       const xlmem_recommendation *r, bool feasible)
{
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    put_answer(run, o, host, r, feasible);
    prediction_of_none(o, host);
    OUT_FACT(o, "dom0_mem_kb", NULL, OUT_KB, r, dom0_mem_kb);
    OUT_FACT(o, "max_kb", NULL, OUT_KB, r, max_kb);
    put_size_terms(o, r);
    out_object(o, "predicted", feasible ? "What it yields" : NULL);
    prediction_put(o, &r->predicted);
    prediction_warn(o, &r->predicted, NULL);
    out_end(o);
    put_current(o, r);
    out_say(o, "%s", "");
    put_growth(o, r, run->value[SIZE_GROWTH] != NULL);
    put_peers(o, r, run->value[SIZE_COMPARE] != NULL);
    return session_close_out(o, feasible ? EXIT_DONE : EXIT_FINDINGS);
}

/* For those who do not read the report. */
static void refuse_size(const cmd_run *run, const xlmem_host *host,
                        const xlmem_recommendation *r)
{
    char text[128];

    if (run->global[GLOBAL_JSON] || run->global[GLOBAL_KEY_VALUE])
        cmd_message("no sensible size fits this host: %s",
                    refusal_of(text, sizeof(text), host, r));
}

static int size_host(const cmd_run *run, const xlmem_host *host,
                     const xlmem_size_request *request)
{
    xlmem_recommendation r = {.known = 0};
    int rc = xlmem_size(host, request, &r);

    if (!rc)
        return report_size(run, host, &r, true);
    if (rc == XLMEM_ERROR_INFEASIBLE) {
        refuse_size(run, host, &r);
        return report_size(run, host, &r, false);
    }
    cmd_message("%s", prediction_refusal(rc));
    return cmd_failed(rc);
}

int cmd_size(const cmd_run *run)
{
    xlmem_size_request request;
    xlmem_host host;
    int status = get_size_request(run, &request), rc;

    if (status)
        return status;
    xlmem_host_init(&host);
    rc = session_snapshot_any(run, XLMEM_WANT_TYPES, &host);
    status = rc ? cmd_failed(rc) : size_host(run, &host, &request);
    xlmem_host_dispose(&host);
    return status;
}
