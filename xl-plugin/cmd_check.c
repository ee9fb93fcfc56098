/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard check: may this domain start here, and what would help. */
#include <stdlib.h>

#include "request.h"
#include "session.h"
#include "verdict.h"
#include "xlmem_guard.h"

/* Everything that is said about one domain. */
typedef struct answer {
    xlmem_host host;
    xlmem_policy policy;
    xlmem_need need;
    xlmem_account account;
    xlmem_verdict verdict;
} answer;

/* ------------------------------------------------------------- answer --- */

static bool is_refusal(int rc)
{
    return rc == XLMEM_ERROR_NO_HEADROOM || rc == XLMEM_ERROR_INFEASIBLE;
}

static int ask(const cmd_run *run, const xlmem_need_request *request,
               answer *a)
{
    xlmem_ctx *ctx;
    int rc = session_open(run, &ctx);

    if (rc)
        return rc;
    rc = session_policy(ctx, &a->policy, NULL);
    if (!rc)
        rc = xlmem_snapshot(ctx, &a->host);
    xlmem_ctx_free(ctx);
    if (rc)
        return rc;
    rc = xlmem_need_of(&a->host, request, &a->need);
    if (!rc)
        rc = xlmem_account_of(&a->host, &a->policy, &a->account);
    if (!rc)
        rc = xlmem_admit(&a->host, &a->policy, a->need.need_kb,
                         a->need.dom0_need_kb, &a->verdict);
    if (rc && !is_refusal(rc))
        cmd_message("%s", rc == XLMEM_ERROR_UNKNOWN
                              ? "this host's free memory and domains are not "
                                "known"
                              : xlmem_strerror(rc));
    return rc;
}

static void put_terms(out *o, const char *key, const char *title,
                      const xlmem_term *terms, size_t nr)
{
    size_t i;

    out_list(o, key, title);
    for (i = 0; i < nr; i++) {
        out_row(o);
        out_text(o, "name", "what", terms[i].name);
        OUT_NUM(o, "kb", "kB", OUT_KB, terms[i].kb);
        out_text(o, "source", "from", terms[i].source);
        out_row_end(o);
    }
    out_end(o);
}

static const char *headline(const xlmem_verdict *v)
{
    switch (v->kind) {
    case XLMEM_ADMIT:
        return "It fits.";
    case XLMEM_ADMIT_AFTER_PLAN:
        return "It fits after others have given memory.";
    case XLMEM_REFUSE:
        break;
    }
    return "It does not fit.";
}

static void put_verdict(out *o, const answer *a)
{
    const xlmem_verdict *v = &a->verdict;

    out_say(o, "%s", headline(v));
    out_text(o, "verdict", "verdict", xlmem_verdict_name(v->kind));
    OUT_NUM(o, "need_kb", "it takes from Xen", OUT_KB, v->need_kb);
    OUT_NUM(o, "usable_kb", "usable in Xen", OUT_KB, v->usable_kb);
    OUT_NUM(o, "short_kb", "missing in Xen", OUT_KB, v->short_kb);
    OUT_NUM(o, "wait_kb", "of it coming back already", OUT_KB, v->wait_kb);
    OUT_NUM(o, "dom0_need_kb", "it takes in dom0", OUT_KB, v->dom0_need_kb);
    OUT_IF(o, "dom0_spare_kb", "dom0 can spare", OUT_KB, v->dom0_spare_kb,
           v->dom0_known);
}

/* Who could give how much, and the command that would ask for it. */
static void advise(out *o, const answer *a)
{
    const xlmem_host *host = &a->host;
    const uint64_t left = a->verdict.short_kb - a->verdict.wait_kb;
    const uint64_t give = a->account.dom0_give_kb;
    size_t i;

    out_say(o, "%s", "");
    out_say(o, "What would help:");
    if (give && left)
        out_say(o, "  dom0 can give %llu kB: xl mem-set 0 %lluk",
                (unsigned long long)give,
                (unsigned long long)(host->dom0.balloon_target_kb - give));
    for (i = 0; i < host->nr_doms && left; i++) {
        const xlmem_dom *dom = &host->doms[i];
        const uint64_t kb = xlmem_domain_give_kb(dom);

        if (kb)
            out_say(o, "  domain %llu can give %llu kB: xl mem-set %llu %lluk",
                    (unsigned long long)dom->domid, (unsigned long long)kb,
                    (unsigned long long)dom->domid,
                    (unsigned long long)dom->dynamic_min_kb);
    }
    out_say(o, "  a smaller guest, or shutting down one that holds %llu kB",
            (unsigned long long)(left ? left : a->verdict.dom0_need_kb));
    out_say(o, "  to start it all the same: MEMGUARD=off xl create ..., for "
               "the whole host: touch /" XLMEM_OFF_FILE);
}

static int report(const cmd_run *run, const answer *a)
{
    const bool refused = a->verdict.kind == XLMEM_REFUSE;
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    put_verdict(o, a);
    verdict_put_reasons(o, &a->verdict);
    verdict_put_steps(o, &a->verdict);
    put_terms(o, "terms", "What it takes from Xen", a->need.terms,
              a->need.nr_terms);
    put_terms(o, "dom0_terms", "What it takes in dom0", a->need.dom0_terms,
              a->need.nr_dom0_terms);
    if (refused)
        advise(o, a);
    return session_close_out(o, refused ? EXIT_FINDINGS : EXIT_DONE);
}

int cmd_check(const cmd_run *run)
{
    xlmem_domu domu;
    int rc, status = request_get(run, &domu);
    answer *a;

    if (status)
        return status;
    a = calloc(1, sizeof(*a));
    if (!a) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    xlmem_host_init(&a->host);
    rc = ask(run, &domu.request, a);
    status = rc && !is_refusal(rc) ? xlmem_exit_status(rc) : report(run, a);
    xlmem_host_dispose(&a->host);
    free(a);
    return status;
}
