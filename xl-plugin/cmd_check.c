/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard check: may this domain start here, and what would help. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "xlmem_guard.h"

/* No configuration file of a domain is larger. */
#define CFG_MAX_BYTES ((size_t)1 << 20)

/* Everything that is said about one domain. */
typedef struct answer {
    xlmem_host host;
    xlmem_policy policy;
    xlmem_need need;
    xlmem_account account;
    xlmem_verdict verdict;
} answer;

/* ------------------------------------------------------------ request --- */

static int get_size(const cmd_run *run, const char *what, const char *text,
                    uint64_t *kb_r)
{
    if (!xlmem_parse_size_kb(text, kb_r))
        return EXIT_DONE;
    return cmd_usage(run->spec,
                     "%s: '%s' is not a size; write it like 512M "
                     "or 2G",
                     what, text);
}

static int get_type(const cmd_run *run, xlmem_dom_type *type_r)
{
    const char *text = run->value[CHECK_TYPE];

    if (!text)
        return EXIT_DONE;
    if (!strcmp(text, "pv"))
        *type_r = XLMEM_DOM_PV;
    else if (!strcmp(text, "pvh"))
        *type_r = XLMEM_DOM_PVH;
    else if (!strcmp(text, "hvm"))
        *type_r = XLMEM_DOM_HVM;
    else
        return cmd_usage(run->spec, "--type: '%s' is not pv, pvh or hvm",
                         text);
    return EXIT_DONE;
}

/* A number of up to four digits, above 0. */
static int get_vcpus(const cmd_run *run, uint64_t *vcpus_r)
{
    const char *text = run->value[CHECK_VCPUS];
    const size_t digits = strspn(text, "0123456789");
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < digits && i < 5; i++)
        n = 10 * n + (uint64_t)(text[i] - '0');
    if (!n || digits > 4 || text[digits])
        return cmd_usage(run->spec, "--vcpus: '%s' is not a number of vCPUs",
                         text);
    *vcpus_r = n;
    return EXIT_DONE;
}

/* What the options say, over what a file said. */
static int apply_options(const cmd_run *run, xlmem_need_request *request)
{
    uint64_t value;
    int status = get_type(run, &request->type);

    if (!status && run->value[CHECK_VCPUS]) {
        status = get_vcpus(run, &value);
        if (!status)
            XLMEM_SET(request, vcpus, value);
    }
    if (!status && run->value[CHECK_MAXMEM]) {
        status = get_size(run, "--maxmem", run->value[CHECK_MAXMEM], &value);
        if (!status)
            XLMEM_SET(request, maxmem_kb, value);
    }
    return status;
}

static int read_cfg(const char *path, xlmem_need_request *request)
{
    char *text = malloc(CFG_MAX_BYTES + 1);
    char err[200] = "";
    size_t len = 0;
    FILE *file;
    int rc = XLMEM_ERROR_NOMEM;

    if (!text)
        goto out;
    file = fopen(path, "re");
    if (file)
        len = fread(text, 1, CFG_MAX_BYTES + 1, file);
    if (!file || ferror(file)) {
        snprintf(err, sizeof(err), "%s", strerror(errno));
        rc = XLMEM_ERROR_IO;
    } else if (len > CFG_MAX_BYTES) {
        rc = XLMEM_ERROR_RANGE;
    } else {
        rc = xlmem_need_from_cfg(text, len, request, err, sizeof(err));
    }
    if (file)
        fclose(file);
out:
    if (rc)
        cmd_message("%s: %s", path, *err ? err : xlmem_strerror(rc));
    free(text);
    return rc ? xlmem_exit_status(rc) : EXIT_DONE;
}

/* A size, or else the name of a file. */
static int get_request(const cmd_run *run, xlmem_need_request *request)
{
    const char *what = run->argv[0];
    uint64_t kb;
    int status = EXIT_DONE;

    *request = (xlmem_need_request){.type = XLMEM_DOM_PVH};
    if (!xlmem_parse_size_kb(what, &kb))
        XLMEM_SET(request, memory_kb, kb);
    else
        status = read_cfg(what, request);
    return status ? status : apply_options(run, request);
}

/* ------------------------------------------------------------- answer --- */

/* A host without a configuration is asked with the defaults. */
static int load_policy(xlmem_ctx *ctx, xlmem_policy *policy)
{
    int rc;

    xlmem_policy_init(policy);
    rc = xlmem_policy_load(ctx, NULL, policy);
    return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
}

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
    rc = load_policy(ctx, &a->policy);
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

static void put_reasons(out *o, const xlmem_verdict *v)
{
    size_t i;

    out_list(o, "reasons", v->nr_reasons ? "Why" : NULL);
    for (i = 0; i < v->nr_reasons; i++) {
        out_row(o);
        out_text(o, "code", "reason", v->reasons[i].code);
        out_text(o, "text", "", v->reasons[i].text);
        out_row_end(o);
    }
    out_end(o);
}

static void put_steps(out *o, const xlmem_verdict *v)
{
    size_t i;

    out_list(o, "steps", v->nr_steps ? "The plan: targets (kB)" : NULL);
    for (i = 0; i < v->nr_steps; i++) {
        out_row(o);
        OUT_NUM(o, "domid", "id", OUT_COUNT, v->steps[i].domid);
        OUT_NUM(o, "from_kb", "from", OUT_KB, v->steps[i].from_kb);
        OUT_NUM(o, "to_kb", "to", OUT_KB, v->steps[i].to_kb);
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
    put_reasons(o, &a->verdict);
    put_steps(o, &a->verdict);
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
    xlmem_need_request request;
    int rc, status = get_request(run, &request);
    answer *a;

    if (status)
        return status;
    a = calloc(1, sizeof(*a));
    if (!a) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    xlmem_host_init(&a->host);
    rc = ask(run, &request, a);
    status = rc && !is_refusal(rc) ? xlmem_exit_status(rc) : report(run, a);
    xlmem_host_dispose(&a->host);
    free(a);
    return status;
}
