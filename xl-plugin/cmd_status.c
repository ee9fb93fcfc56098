/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard status: where the memory is, what may be taken, who guards. */
#include "account.h"
#include "books.h"
#include "session.h"
#include "xlmem_guard.h"

static void put_host(out *o, const xlmem_host *host, const account *a)
{
    out_text(o, "xen_version", "Xen", host->xen_version);
    OUT_FACT(o, "total_kb", "memory of the host", OUT_KB, a, total_kb);
    OUT_FACT(o, "xen_kb", "Xen's own", OUT_KB, a, xen_kb);
    OUT_FACT(o, "dom0_kb", "dom0", OUT_KB, a, dom0_kb);
    OUT_FACT(o, "domus_kb", "domUs", OUT_KB, a, domus_kb);
    OUT_FACT(o, "free_kb", "free", OUT_KB, a, free_kb);
    OUT_FACT(o, "outstanding_kb", NULL, OUT_KB, host, outstanding_kb);
}

static void put_dom0(out *o, const books *b)
{
    const xlmem_dom0 *dom0 = &b->host.dom0;
    const xlmem_account *a = &b->account;

    out_object(o, "dom0", "dom0's own view");
    out_text(o, "kernel", "kernel", dom0->kernel_release);
    OUT_FACT(o, "target_kb", "balloon's target", OUT_KB, dom0,
             balloon_target_kb);
    OUT_FACT(o, "current_kb", "balloon's present size", OUT_KB, dom0,
             balloon_current_kb);
    OUT_FACT(o, "memtotal_kb", "MemTotal", OUT_KB, dom0, mem_total_kb);
    OUT_FACT(o, "memavailable_kb", "MemAvailable", OUT_KB, dom0,
             mem_available_kb);
    OUT_FACT(o, "memfree_kb", "MemFree", OUT_KB, dom0, mem_free_kb);
    OUT_FACT(o, "floor_kb", "floor", OUT_KB, a, dom0_floor_kb);
    OUT_FACT(o, "absorb_kb", "can take on", OUT_KB, a, dom0_absorb_kb);
    OUT_FACT(o, "give_kb", "can give", OUT_KB, a, dom0_give_kb);
    out_end(o);
}

static const char *mode_name(xlmem_mode mode)
{
    switch (mode) {
    case XLMEM_MODE_OFF:
        break;
    case XLMEM_MODE_WARN:
        return "warn";
    case XLMEM_MODE_ENFORCE:
        return "enforce";
    }
    return "off";
}

/* A recorded host without a configuration may have had one. */
static void put_policy(out *o, const cmd_run *run, const books *b, bool found)
{
    const bool known = found || session_is_live(run);
    const char *from = "/" XLMEM_POLICY_FILE;

    if (!found)
        from = known ? "none: nothing is guarded" : NULL;
    else if (b->policy.switched_off)
        from = "/" XLMEM_OFF_FILE;
    out_object(o, "policy", known ? "The guard" : NULL);
    out_text(o, "mode", "mode",
             found   ? mode_name(b->policy.mode)
             : known ? "off"
                     : NULL);
    out_text(o, "from", "by", from);
    out_end(o);
}

static int report(const cmd_run *run, const books *b, bool found)
{
    out *o = session_out(run);
    account a;

    if (!o)
        return EXIT_FAILED;
    account_make(&b->host, &a);
    put_host(o, &b->host, &a);
    account_draw(o, &a);
    put_dom0(o, b);
    books_put_account(o, b);
    put_policy(o, run, b, found);
    books_put_largest(o, b);
    books_put_evacuation(o, b);
    books_put_reservations(o, &b->host);
    books_put_domains(o, b);
    if (!XLMEM_KNOWS(&b->host, domains_listed)) {
        out_say(o, "%s", "");
        out_say(o, "Which domains run is not known.");
    }
    return session_close_out(o, EXIT_DONE);
}

static int look(const cmd_run *run, books *b, bool *found)
{
    xlmem_ctx *ctx;
    int rc = session_open(run, &ctx);

    if (rc)
        return rc;
    rc = session_policy(ctx, &b->policy, found);
    if (!rc)
        rc = xlmem_snapshot(ctx, &b->host);
    xlmem_ctx_free(ctx);
    return rc;
}

int cmd_status(const cmd_run *run)
{
    bool found;
    books b;
    int status, rc;

    books_init(&b);
    rc = look(run, &b, &found);
    if (!rc) {
        rc = books_make(&b);
        if (rc)
            cmd_message("%s", xlmem_strerror(rc));
    }
    status = rc ? xlmem_exit_status(rc) : report(run, &b, found);
    books_dispose(&b);
    return status;
}
