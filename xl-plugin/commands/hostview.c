/* SPDX-License-Identifier: LGPL-2.1-only */
#include "commands/hostview.h"

#include "input/daemon.h"
#include "input/policy.h"
#include "input/session.h"

void host_view_init(host_view *view, const cmd_run *run)
{
    view->run = run;
    books_init(&view->books);
}

void host_view_dispose(host_view *view)
{
    books_dispose(&view->books);
    guarding_dispose(&view->guarding);
}

bool host_view_daemon(const cmd_run *run, const xlmem_host *host,
                      uint64_t *pid_r)
{
    int pid;

    *pid_r = XLMEM_KNOWS(host, daemon_pid) ? host->daemon_pid : 0;
    if (!session_is_live(run))
        return XLMEM_KNOWS(host, daemon_pid);
    pid = daemon_find();
    *pid_r = pid > 0 ? (uint64_t)pid : 0;
    return pid >= 0;
}

static int read_guarded_host(host_view *view, xlmem_ctx *ctx)
{
    int rc = policy_look(view->run, ctx, &view->books.policy,
                         &view->configured, &view->report);

    if (!rc)
        rc = xlmem_snapshot(ctx, &view->books.host);
    if (!rc && session_is_live(view->run))
        xlmem_ledger_try(ctx, view->ledger_fault, sizeof(view->ledger_fault));
    if (!rc)
        view->autoballoon_known =
            !xlmem_autoballoon(ctx, &view->books.host, &view->autoballoon);
    if (!rc)
        rc = guarding_find(view->run, ctx, &view->guarding);
    return rc;
}

int host_view_read(host_view *view, xlmem_ctx *ctx)
{
    int rc = read_guarded_host(view, ctx);

    if (rc)
        return rc;
    view->daemon_known =
        host_view_daemon(view->run, &view->books.host, &view->daemon_pid);
    rc = books_make(&view->books);
    if (rc)
        cmd_message("%s", xlmem_strerror(rc));
    return rc;
}

void host_view_judge(host_view *view, xlmem_view what, bool sets_mode)
{
    const books *b = &view->books;
    const xlmem_scene scene = {
        .host = &b->host,
        .policy = &b->policy,
        .account = b->known ? &b->account : NULL,
        .report = &view->report,
        .guarded = view->guarding.list,
        .nr_guarded = view->guarding.nr,
        .guarded_known = true,
        .live = session_is_live(view->run),
        .configured = view->configured,
        .sets_mode = sets_mode,
        .ledger_fault = view->ledger_fault[0] ? view->ledger_fault : NULL,
        .autoballoon_known = view->autoballoon_known,
        .autoballoon = view->autoballoon,
        .daemon_known = view->daemon_known,
        .daemon_runs = view->daemon_pid != 0,
    };

    xlmem_judge(&scene, what, &view->found);
}
