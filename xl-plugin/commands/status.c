/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard status: where the memory is, what may be taken, who guards. */
#include <stdio.h>
#include <stdlib.h>

#include "boot/record.h"
#include "output/finding.h"
#include "output/parts.h"
#include "commands/hostview.h"
#include "input/policy.h"
#include "input/session.h"
#include "private/guard.h"

/* What is not known is left out for people: most of a recorded host may be. */
#define KNOWN(s, f, label) (XLMEM_KNOWS(s, f) ? (label) : NULL)
#define PUT_KNOWN(o, key, label, s, f)                                        \
    OUT_FACT(o, key, KNOWN(s, f, label), OUT_KB, s, f)

static void put_host_parts(out *o, const xlmem_host *host,
                           const xlmem_host_parts *parts)
{
    out_text(o, "xen_version", host->xen_version ? "Xen" : NULL,
             host->xen_version);
    PUT_KNOWN(o, "total_kb", "memory of the host", parts, total_kb);
    PUT_KNOWN(o, "xen_kb", "Xen's own", parts, xen_kb);
    PUT_KNOWN(o, "dom0_kb", "dom0", parts, dom0_kb);
    PUT_KNOWN(o, "domus_kb", "domUs", parts, domus_kb);
    PUT_KNOWN(o, "free_kb", "free", parts, free_kb);
    OUT_FACT(o, "outstanding_kb", NULL, OUT_KB, host, outstanding_kb);
}

static void put_dom0_view(out *o, const books *b)
{
    const xlmem_dom0 *dom0 = &b->host.dom0;
    const xlmem_account *a = &b->account;

    out_object(o, "dom0",
               dom0->known || dom0->kernel_release ? "dom0's own view" : NULL);
    out_text(o, "kernel", dom0->kernel_release ? "kernel" : NULL,
             dom0->kernel_release);
    PUT_KNOWN(o, "target_kb", "balloon's target", dom0, balloon_target_kb);
    PUT_KNOWN(o, "current_kb", "balloon's present size", dom0,
              balloon_current_kb);
    PUT_KNOWN(o, "memtotal_kb", "MemTotal", dom0, mem_total_kb);
    PUT_KNOWN(o, "memavailable_kb", "MemAvailable", dom0, mem_available_kb);
    PUT_KNOWN(o, "memfree_kb", "MemFree", dom0, mem_free_kb);
    PUT_KNOWN(o, "floor_kb", "needs at least (its floor)", a, dom0_floor_kb);
    PUT_KNOWN(o, "absorb_kb", "can spare for domUs' devices", a,
              dom0_absorb_kb);
    PUT_KNOWN(o, "give_kb", "can give back to Xen", a, dom0_give_kb);
    OUT_IF(o, "reserve_kb", NULL, OUT_KB, b->policy.dom0_reserve_kb,
           XLMEM_KNOWS(a, dom0_absorb_kb));
    out_end(o);
}

/* Everything that is shown. */
typedef struct status_view {
    host_view h;
    xlmem_debt *debts; /* owned */
    size_t nr_debts;
} status_view;

/* A recorded host without a configuration may have had one. */
static void put_guard(out *o, const status_view *view)
{
    const xlmem_policy *policy = &view->h.books.policy;
    const bool found = view->h.configured;
    const bool known = found || session_is_live(view->h.run);
    const char *from = policy_mode_from(view->h.run, policy);

    if (!found)
        from = known ? "none: nothing is guarded" : NULL;
    out_object(o, "guard", known || view->h.guarding.nr ? "The guard" : NULL);
    if (found)
        out_text(o, "mode", "mode", xlmem_mode_name(policy->mode));
    else
        out_text(o, "mode", known ? "mode" : NULL, known ? "off" : NULL);
    out_text(o, "from", from ? "by" : NULL, from);
    guarding_put(o, &view->h.guarding);
    out_end(o);
}

/* What the look after the last boot has found: only this host's is there. */
static void put_boot_answer(out *o, const status_view *view)
{
    boot_record record;
    boot_tree tree;
    boot_msg msg = {.text = ""};
    bool known =
        session_is_live(view->h.run) && !boot_tree_open("/", &tree, &msg);

    if (known) {
        known = boot_record_read(&tree, &record);
        boot_tree_close(&tree);
    }
    out_object(o, "boot", known ? "dom0's size at boot" : NULL);
    out_text(o, "answer", known ? "answer" : NULL,
             known ? record.answer : NULL);
    out_text(o, "reason", known && *record.reason ? "why" : NULL,
             known && *record.reason ? record.reason : NULL);
    out_end(o);
}

static void say_debt(out *o, const xlmem_debt *debt)
{
    char owed[32], now[32], was[32], who[32] = "dom0";

    if (debt->domid)
        snprintf(who, sizeof(who), "domain %llu",
                 (unsigned long long)debt->domid);
    out_say(o,
            "%s is owed %s: its target is %s and was %s; it is given back "
            "when memory is free.",
            who,
            out_size(o, owed, sizeof(owed), debt->owed_kb - debt->target_kb),
            out_size(o, now, sizeof(now), debt->target_kb),
            out_size(o, was, sizeof(was), debt->owed_kb));
}

static void put_debts(out *o, const status_view *view)
{
    size_t i;

    out_list(o, "debts", NULL);
    for (i = 0; i < view->nr_debts; i++) {
        const xlmem_debt *debt = &view->debts[i];

        out_row(o);
        OUT_IF(o, "domid", NULL, OUT_COUNT, debt->domid, true);
        OUT_IF(o, "target_kb", NULL, OUT_KB, debt->target_kb, true);
        OUT_IF(o, "owed_kb", NULL, OUT_KB, debt->owed_kb, true);
        out_row_end(o);
    }
    out_end(o);
    if (view->nr_debts)
        out_say(o, "%s", "");
    for (i = 0; i < view->nr_debts; i++)
        say_debt(o, &view->debts[i]);
}

/* The verdict, and each of them. */
static void put_findings(out *o, const status_view *view)
{
    const xlmem_findings *found = &view->h.found;
    const finding_list list = {found->list, found->nr, found->nr_lost};
    const size_t nr = found->nr + found->nr_lost - found->nr_swallowed;
    char line[64] = "Healthy.";

    if (nr)
        snprintf(line, sizeof(line), "%zu thing%s to look at.", nr,
                 nr == 1 ? "" : "s");
    else if (!view->h.books.known)
        snprintf(line, sizeof(line), "Too little is known for a verdict.");
    out_text(o, "line", "", line);
    finding_put_lines(o, "findings", nr ? "" : NULL, &list, XLMEM_SEV_NOTE);
    finding_put_unjudged(o, found);
    out_say(o, "%s", "");
}

static void put_balancing(out *o, const host_view *h)
{
    const books *b = &h->books;
    const balancing_view view = {
        .host = &b->host,
        .account = b->known ? &b->account : NULL,
        .on_known = h->configured || session_is_live(h->run),
        .on = h->configured && b->policy.balance,
        .daemon_known = h->daemon_known,
        .daemon_pid = h->daemon_pid,
        .recorded = !session_is_live(h->run),
    };

    balancing_put(o, &view, true);
}

static int report_status(const status_view *view)
{
    const books *b = &view->h.books;
    out *o = session_out(view->h.run);
    xlmem_host_parts parts;

    if (!o)
        return EXIT_FAILED;
    xlmem_host_parts_of(&b->host, &parts);
    put_findings(o, view);
    put_host_parts(o, &b->host, &parts);
    parts_draw(o, &parts);
    put_dom0_view(o, b);
    books_put_account(o, b);
    put_guard(o, view);
    put_boot_answer(o, view);
    books_put_largest(o, b);
    books_put_evacuation(o, b);
    books_put_reservations(o, &b->host);
    put_debts(o, view);
    put_balancing(o, &view->h);
    books_put_domains(o, b);
    if (!XLMEM_KNOWS(&b->host, domains_listed)) {
        out_say(o, "%s", "");
        out_say(o, "Which domains run is not known, and so neither is who has "
                   "what is not free, nor what may be taken of it.  Record "
                   "'xl list' beside 'xl info' for that, or the whole host: "
                   "xl-memguard capture.");
    }
    return session_close_out(o, b->policy.nr_problems ? EXIT_FINDINGS
                                                      : EXIT_DONE);
}

static int look_at_status(status_view *view)
{
    xlmem_ctx *ctx;
    int rc = session_open(view->h.run, &ctx);

    if (rc)
        return rc;
    rc = host_view_read(&view->h, ctx);
    /* It says itself why that cannot be told: all else can. */
    if (!rc && xlmem_debts(ctx, &view->debts, &view->nr_debts))
        view->nr_debts = 0;
    xlmem_ctx_free(ctx);
    return rc;
}

int cmd_status(const cmd_run *run)
{
    status_view *view = calloc(1, sizeof(*view));
    int rc, status;

    if (!view) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    host_view_init(&view->h, run);
    rc = look_at_status(view);
    if (!rc)
        host_view_judge(&view->h, XLMEM_VIEW_STATUS, false);
    status = rc ? cmd_failed(rc) : report_status(view);
    host_view_dispose(&view->h);
    free(view->debts);
    free(view);
    return status;
}
