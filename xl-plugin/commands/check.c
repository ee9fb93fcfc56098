/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard check: may this domain start here, and what would help. */
#include <inttypes.h>
#include <stdlib.h>

#include "commands/check.h"
#include "commands/hostview.h"
#include "input/request.h"
#include "input/policy.h"
#include "input/range_file.h"
#include "input/session.h"
#include "output/verdict.h"
#include "private/guard.h"

typedef struct question {
    xlmem_domu domu;
    bool waits;
    uint64_t seconds;
} question;

/* The domU that is here already. */
typedef struct running {
    uint64_t known;
    uint64_t domid;
    uint64_t has_kb;   /* holds, its pool included */
    uint64_t takes_kb; /* beside that what Xen has for it, as a need */
    uint64_t shutdown; /* it does not run any more, and is kept */
    bool refused;      /* xl refuses the create for it */
    char name[128];
} running;

/* Everything that is said about one domain. */
typedef struct answer {
    xlmem_host host; /* with what is refused for it, once that has ended */
    running running;
    xlmem_policy policy;
    bool configured; /* there is one */
    xlmem_need need;
    xlmem_account account;
    xlmem_verdict verdict;
} answer;

/* ------------------------------------------------------------- answer --- */

/* Until it fits; then once more all that is shown. */
static int wait_for_room(xlmem_ctx *ctx, const question *q, answer *a)
{
    xlmem_guard_request request = {.uuid =
                                       q->domu.uuid[0] ? q->domu.uuid : NULL};
    int r, rc;

    XLMEM_SET(&request, need_kb, a->need.need_kb);
    XLMEM_SET(&request, dom0_need_kb, a->need.dom0_need_kb);
    XLMEM_SET(&request, dom0_build_kb, a->need.dom0_build_kb);
    XLMEM_SET(&request, wait_ms, q->seconds * 1000);
    rc = xlmem_guard_await(ctx, &a->policy, &request, &a->verdict);
    r = !rc || xlmem_is_refusal(rc) ? xlmem_snapshot(ctx, &a->host) : 0;
    xlmem_host_leave_reserved(&a->host, q->domu.uuid);
    if (!r)
        r = xlmem_account_of(&a->host, &a->policy, &a->account);
    return r ? r : rc;
}

static int decide_request(answer *a)
{
    int rc = xlmem_account_of(&a->host, &a->policy, &a->account);

    if (!rc)
        rc = xlmem_admit(&a->host, &a->policy, a->need.need_kb,
                         a->need.dom0_need_kb, &a->verdict);
    if (rc && !xlmem_is_refusal(rc))
        cmd_message("%s", rc == XLMEM_ERROR_UNKNOWN
                              ? "this host's free memory and domains are not "
                                "known: record xl info and xl list"
                              : xlmem_strerror(rc));
    return rc;
}

static int find_request_need(const xlmem_need_request *request, answer *a)
{
    int rc = xlmem_need_of(&a->host, request, &a->need);

    if (rc)
        cmd_message("what it needs cannot be told: %s", xlmem_strerror(rc));
    return rc;
}

/* A create that xl refuses is judged as what can be done: when what has its
 * name has been shut down. */
static void look_for_running(const question *q, answer *a)
{
    running *r = &a->running;
    const xlmem_dom *dom = xlmem_find_running(&a->host, &q->domu, &r->refused);
    uint64_t has_kb, takes_kb, dom0_kb;

    xlmem_host_leave_reserved(&a->host, q->domu.uuid);
    if (!dom)
        return;
    XLMEM_SET(r, domid, dom->domid);
    XLMEM_SET(r, shutdown, dom->shutdown);
    snprintf(r->name, sizeof(r->name), "%s",
             dom->name ? dom->name : q->domu.name);
    if (XLMEM_KNOWS(dom, tot_kb) &&
        !__builtin_add_overflow(dom->tot_kb, dom->paging_kb, &has_kb)) {
        xlmem_takes_of(&a->host, dom, &takes_kb, &dom0_kb);
        XLMEM_SET(r, has_kb, has_kb);
        XLMEM_SET(r, takes_kb, takes_kb);
    }
    if (r->refused)
        xlmem_host_end_domu(&a->host, dom->domid);
}

/* What runs has to be shut down first: nothing comes by waiting. */
static bool waits(const question *q, const answer *a)
{
    if (q->waits && a->running.refused)
        cmd_message("%s is here already: nothing is waited for",
                    a->running.name);
    return q->waits && !a->running.refused;
}

/* Of a domain whose own file has no list. */
static int take_range_file(xlmem_ctx *ctx, question *q)
{
    char err[RANGE_FILE_ERR_MAX];
    int rc = range_file_read(ctx, &q->domu, err);

    if (rc == XLMEM_ERROR_NOTFOUND)
        return 0;
    if (rc)
        cmd_message("%s", err);
    return rc;
}

static int ask_library(const cmd_run *run, question *q, answer *a)
{
    xlmem_ctx *ctx;
    int rc = session_open(run, &ctx);

    if (rc)
        return rc;
    rc = policy_load(run, ctx, &a->policy, &a->configured);
    if (!rc)
        rc = take_range_file(ctx, q);
    if (!rc)
        rc = xlmem_snapshot(ctx, &a->host);
    if (!rc)
        rc = find_request_need(&q->domu.request, a);
    if (!rc) {
        look_for_running(q, a);
        rc = waits(q, a) ? wait_for_room(ctx, q, a) : decide_request(a);
    }
    xlmem_ctx_free(ctx);
    return rc;
}

static void put_need_terms(out *o, const char *key, const char *title,
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

/* ------------------------------------------------- what runs already --- */

static void say_running(out *o, const question *q, const running *r)
{
    char has[OUT_SIZE_MAX];

    if (!XLMEM_KNOWS(r, domid))
        return;
    if (!r->refused)
        out_say(o,
                "%s (id %" PRIu64 ") runs with the uuid of this file, which "
                "is a copy, or the domain was renamed: xl creates %s beside "
                "it.",
                r->name, r->domid, q->domu.name);
    else if (XLMEM_KNOWS(r, has_kb))
        out_say(o,
                "%s %s (id %" PRIu64 ") and has %s: xl refuses to create a "
                "second domain of its name.",
                r->name,
                r->shutdown ? "is still here, shut down" : "runs already",
                r->domid, out_size(o, has, sizeof(has), r->has_kb));
    else
        out_say(o,
                "%s %s (id %" PRIu64 "): xl refuses to create a second domain "
                "of its name.",
                r->name,
                r->shutdown ? "is still here, shut down" : "runs already",
                r->domid);
}

/* As exact as a need is (docs/design/truth.md): less is no difference. */
#define SAME_KB 128

/* What differs from now, and what makes it count. */
static void say_change(out *o, const answer *a)
{
    const running *r = &a->running;
    const uint64_t need_kb = a->verdict.need_kb, takes_kb = r->takes_kb;
    const bool more = need_kb > takes_kb;
    const uint64_t by_kb = more ? need_kb - takes_kb : takes_kb - need_kb;
    char by[OUT_SIZE_MAX];

    if (!r->refused || !XLMEM_KNOWS(r, takes_kb))
        return;
    if (by_kb <= SAME_KB)
        out_say(o, "That is what it takes from Xen now.");
    else
        out_say(o, "That is %s %s than it takes from Xen now.",
                out_size(o, by, sizeof(by), by_kb), more ? "more" : "less");
    out_say(o, "xl reboot keeps its present configuration: the file counts "
               "after xl shutdown and xl create.");
}

static void put_running(out *o, const running *r)
{
    out_object(o, "running", NULL);
    OUT_FACT(o, "domid", NULL, OUT_COUNT, r, domid);
    out_text(o, "name", NULL, XLMEM_KNOWS(r, domid) ? r->name : NULL);
    OUT_IF(o, "refused", NULL, OUT_BOOL, r->refused, XLMEM_KNOWS(r, domid));
    OUT_FACT(o, "has_kb", NULL, OUT_KB, r, has_kb);
    OUT_FACT(o, "takes_kb", NULL, OUT_KB, r, takes_kb);
    out_end(o);
}

static void put_check_line(out *o, const question *q, const answer *a)
{
    const char *name = q->domu.name[0] ? q->domu.name : NULL;
    char again[sizeof(q->domu.name) + 64];

    snprintf(again, sizeof(again), "%s, shut down and created from this file,",
             q->domu.name);
    verdict_put_line(o, &a->verdict, a->running.refused ? again : name);
}

/* ------------------------------------------------------------- report --- */

static void put_verdict(out *o, const question *q, const answer *a)
{
    const xlmem_opt_in *opt_in = &q->domu.opt_in;
    const bool gives = XLMEM_KNOWS(opt_in, dynamic_min_kb);
    const xlmem_verdict *v = &a->verdict;

    say_running(o, q, &a->running);
    put_check_line(o, q, a);
    say_change(o, a);
    put_running(o, &a->running);
    out_text(o, "verdict", NULL, xlmem_verdict_name(v->kind));
    OUT_NUM(o, "need_kb", "it takes from Xen", OUT_KB, v->need_kb);
    OUT_NUM(o, "usable_kb", "usable in Xen", OUT_KB, v->usable_kb);
    OUT_NUM(o, "short_kb", v->short_kb ? "missing in Xen" : NULL, OUT_KB,
            v->short_kb);
    OUT_NUM(o, "wait_kb", v->wait_kb ? "of it to come back" : NULL, OUT_KB,
            v->wait_kb);
    OUT_NUM(o, "dom0_need_kb", "it takes in dom0", OUT_KB, v->dom0_need_kb);
    OUT_IF(o, "dom0_spare_kb", "dom0 can spare", OUT_KB, v->dom0_spare_kb,
           v->dom0_known);
    OUT_FACT(o, "dynamic_min_kb", gives ? "plans may take it down to" : NULL,
             OUT_KB, opt_in, dynamic_min_kb);
}

/* What one look cannot tell.  A wait that was asked for has told it. */
static void say_doubts(out *o, const cmd_run *run, const question *q,
                       const answer *a)
{
    const bool can_wait = session_is_live(run) && !a->running.refused;
    xlmem_findings *found = malloc(sizeof(*found));
    size_t i;

    if (!found)
        return;
    xlmem_doubts(&a->verdict, can_wait, q->waits, found);
    for (i = 0; i < found->nr; i++)
        out_say(o, "%s", found->list[i].text);
    free(found);
}

/* What would help; where it starts at once nothing is asked. */
static void put_advice(out *o, const question *q, const answer *a)
{
    const xlmem_question asked = {
        .need_kb = a->need.need_kb,
        .dom0_need_kb = a->need.dom0_need_kb,
        .like = &q->domu.request,
        .no_plan = a->policy.mode != XLMEM_MODE_ENFORCE,
    };
    xlmem_advice advice = {.known = 0};

    if (a->verdict.kind != XLMEM_ADMIT)
        xlmem_advise(&a->host, &a->policy, &asked, &advice);
    verdict_put_advice(o, &advice, &a->host, true);
}

/* Who may be asked to give, and who moves memory beside creates. */
static void put_givers(out *o, const cmd_run *run, const answer *a)
{
    balancing_view view = {
        .host = &a->host,
        .account = &a->account,
        .on_known = a->configured || session_is_live(run),
        .on = a->configured && a->policy.balance,
        .recorded = !session_is_live(run),
    };

    view.daemon_known = host_view_daemon(run, &a->host, &view.daemon_pid);
    balancing_put(o, &view, run->global[GLOBAL_VERBOSE] != NULL);
}

static int report_check(const cmd_run *run, const question *q, const answer *a,
                        int rc)
{
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    put_verdict(o, q, a);
    say_doubts(o, run, q, a);
    put_advice(o, q, a);
    put_reasons(o, a->verdict.reasons, a->verdict.nr_reasons,
                a->verdict.nr_reasons_lost);
    put_plan(o, &a->verdict.plan);
    put_need_terms(o, "terms", "What it takes from Xen", a->need.terms,
                   a->need.nr_terms);
    put_need_terms(o, "dom0_terms", "What it takes in dom0",
                   a->need.dom0_terms, a->need.nr_dom0_terms);
    put_givers(o, run, a);
    return session_close_out(o, cmd_failed(rc));
}

/* A day is as long as anybody waits. */
#define WAIT_MAX_S 86400

static int get_question(const cmd_run *run, question *q)
{
    q->waits = run->value[CHECK_WAIT] != NULL;
    if (q->waits) {
        int status = cmd_get_count(run, CHECK_WAIT, WAIT_MAX_S, &q->seconds);

        if (status)
            return status;
    }
    if (q->waits && (run->global[GLOBAL_SYSROOT] || run->global[GLOBAL_HOST]))
        return cmd_usage(run->spec,
                         "--wait: nothing changes on a recorded host");
    return request_get(run, &q->domu);
}

static int check_one(const cmd_run *run)
{
    question q;
    int rc, status = get_question(run, &q);
    answer *a;

    if (status)
        return status;
    a = calloc(1, sizeof(*a));
    if (!a) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    xlmem_host_init(&a->host);
    rc = ask_library(run, &q, a);
    status = rc && !xlmem_is_refusal(rc) ? cmd_failed(rc)
                                         : report_check(run, &q, a, rc);
    xlmem_host_dispose(&a->host);
    free(a);
    return status;
}

/* Options that go with one question only. */
static int check_options(const cmd_run *run)
{
    const bool all = run->value[CHECK_ALL] != NULL;
    const bool move = !all && !run->argc;
    int i;

    if (move && !run->global[GLOBAL_HOST])
        return cmd_usage(run->spec,
                         "CFG|SIZE is missing, for example: xl-memguard check "
                         "%s; or --all, or --host FILE",
                         run->spec->example);
    if (!move && run->global[GLOBAL_SYSROOT] && run->global[GLOBAL_HOST])
        return cmd_usage(run->spec, "--sysroot and --host exclude each other");
    if (!all && run->value[CHECK_SAVED])
        return cmd_usage(run->spec, "--saved goes with --all");
    for (i = 0; i <= CHECK_WAIT; i++)
        if ((all || move) && run->value[i])
            return cmd_usage(run->spec, "--%s goes with CFG|SIZE",
                             run->spec->options[i].name);
    return EXIT_DONE;
}

int cmd_check(const cmd_run *run)
{
    const int status = check_options(run);

    if (status)
        return status;
    if (run->value[CHECK_ALL])
        return check_all(run);
    return run->argc ? check_one(run) : check_move(run);
}
