/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard reserve: memory for a domain that is to come. */
#include <stdlib.h>
#include <sys/random.h>

#include "output/books.h"
#include "input/policy.h"
#include "input/request.h"
#include "input/session.h"
#include "output/verdict.h"
#include "private/admissions.h"
#include "private/guard.h"

#define FOR_S 300
#define MS 1000
/* No create waits longer (memguard.conf(5), wait). */
#define WAIT_MAX_S 86400

/* What is asked, and what was answered. */
typedef struct reservation {
    xlmem_domu domu;
    uint64_t for_s, wait_s;
    bool waits;
    xlmem_policy policy;
    bool no_plan; /* a host where no target is to be set */
    xlmem_need need;
    xlmem_verdict verdict;
    xlmem_host host; /* a refusal was decided on about this one */
    xlmem_advice advice;
    char id[XLMEM_ID_MAX];
} reservation;

/* A random one (RFC 4122, version 4), for a domain that has none yet. */
static int make_uuid(char uuid_r[37])
{
    unsigned char b[16];
    size_t i, at = 0;

    if (getrandom(b, sizeof(b), 0) != sizeof(b)) {
        cmd_message("no random numbers for a uuid");
        return EXIT_FAILED;
    }
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    for (i = 0; i < sizeof(b); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            uuid_r[at++] = '-';
        at += (size_t)snprintf(uuid_r + at, 37 - at, "%02x", b[i]);
    }
    return EXIT_DONE;
}

static int get_times(const cmd_run *run, reservation *r)
{
    int status = EXIT_DONE;

    r->for_s = FOR_S;
    r->waits = run->value[RESERVE_WAIT] != NULL;
    if (run->value[RESERVE_FOR])
        status =
            cmd_get_count(run, RESERVE_FOR, XLMEM_KEEP_MAX_MS / MS, &r->for_s);
    if (!status && !r->for_s)
        status = cmd_usage(run->spec, "--for: 0 s would be over at once");
    if (!status && r->waits)
        status = cmd_get_count(run, RESERVE_WAIT, WAIT_MAX_S, &r->wait_s);
    return status;
}

/* ------------------------------------------------------------ deciding --- */

/* Where creates are not refused a reservation still counts in every verdict,
 * but for its sake no target is set either. */
static void set_policy(const cmd_run *run, reservation *r, bool found)
{
    const xlmem_mode mode = r->policy.mode;

    /* What a recorded host is guarded by is not known. */
    r->policy.mode = XLMEM_MODE_ENFORCE;
    if (mode == XLMEM_MODE_ENFORCE || (!found && !session_is_live(run)))
        return;
    r->no_plan = true;
    cmd_message("no create is refused here (%s%s): what is reserved may be "
                "taken all the same",
                r->policy.switched_off ? ""
                : found                ? "mode by "
                                       : "no ",
                found ? policy_mode_from(run, &r->policy) : policy_path(run));
}

static int compute_need(const cmd_run *run, xlmem_ctx *ctx, reservation *r,
                        xlmem_host *host)
{
    bool found;
    int rc = policy_load(run, ctx, &r->policy, &found);

    if (rc)
        return rc;
    set_policy(run, r, found);
    rc = xlmem_snapshot(ctx, host);
    if (rc)
        return rc;
    rc = xlmem_need_of(host, &r->domu.request, &r->need);
    if (rc)
        cmd_message("%s", xlmem_strerror(rc));
    else /* nobody is building yet: that is looked at when somebody does */
        r->need.dom0_need_kb -= r->need.dom0_build_kb;
    return rc;
}

static int try_it(reservation *r, const xlmem_host *host)
{
    int rc = xlmem_admit(host, &r->policy, r->need.need_kb,
                         r->need.dom0_need_kb, &r->verdict);

    if (rc == XLMEM_ERROR_UNKNOWN)
        cmd_message("this host's free memory and domains are not known");
    return !rc && r->no_plan ? xlmem_refuse_plan(&r->verdict) : rc;
}

static int do_it(xlmem_ctx *ctx, reservation *r)
{
    xlmem_guard_request request = {
        .uuid = r->domu.uuid,
        .name = *r->domu.name ? r->domu.name : "a reservation",
        .no_plan = r->no_plan,
        .quiet = true, /* the report has it */
    };
    xlmem_hold *hold = NULL;
    int rc;

    XLMEM_SET(&request, need_kb, r->need.need_kb);
    XLMEM_SET(&request, dom0_need_kb, r->need.dom0_need_kb);
    if (r->waits)
        XLMEM_SET(&request, wait_ms, r->wait_s * MS);
    rc = xlmem_guard(ctx, &r->policy, &request, &r->verdict, &hold);
    xlmem_admission_count(NULL, XLMEM_PATH_RESERVE, rc, &r->verdict);
    if (rc)
        return rc;
    rc = xlmem_hold_keep(ctx, hold, r->for_s * MS, r->id);
    if (rc)
        xlmem_hold_release(ctx, hold, false);
    return rc;
}

/* On the host as it is now; a wait may have been long. */
static void find_advice(xlmem_ctx *ctx, reservation *r)
{
    const xlmem_question question = {
        .need_kb = r->need.need_kb,
        .dom0_need_kb = r->need.dom0_need_kb,
        .like = &r->domu.request,
        .no_plan = r->no_plan,
    };

    if (!xlmem_snapshot(ctx, &r->host))
        xlmem_advise(&r->host, &r->policy, &question, &r->advice);
}

static int make_reservation(const cmd_run *run, reservation *r)
{
    xlmem_ctx *ctx;
    int rc = session_open(run, &ctx);

    if (rc)
        return rc;
    rc = compute_need(run, ctx, r, &r->host);
    if (!rc)
        rc = run->global[GLOBAL_DRY_RUN] ? try_it(r, &r->host) : do_it(ctx, r);
    if (xlmem_is_refusal(rc))
        find_advice(ctx, r);
    xlmem_ctx_free(ctx);
    return rc;
}

/* ------------------------------------------------------------- reporting */

static int report_reservation(const cmd_run *run, const reservation *r,
                              int status)
{
    const xlmem_verdict *v = &r->verdict;
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    out_text(o, "id", *r->id ? "" : NULL, *r->id ? r->id : NULL);
    verdict_put_line(o, v, *r->domu.name ? r->domu.name : NULL);
    out_text(o, "verdict", NULL, xlmem_verdict_name(v->kind));
    out_text(o, "uuid", *r->domu.uuid ? "for the domain" : NULL,
             *r->domu.uuid ? r->domu.uuid : NULL);
    OUT_NUM(o, "need_kb", "in Xen", OUT_KB, r->need.need_kb);
    OUT_NUM(o, "dom0_need_kb", "in dom0", OUT_KB, r->need.dom0_need_kb);
    OUT_NUM(o, "usable_kb", status ? "usable in Xen" : NULL, OUT_KB,
            v->usable_kb);
    OUT_NUM(o, "for_s", status ? NULL : "for so many seconds", OUT_COUNT,
            r->for_s);
    verdict_put_advice(o, &r->advice, &r->host, false);
    put_reasons(o, v->reasons, v->nr_reasons, v->nr_reasons_lost);
    put_plan(o, &v->plan);
    return session_close_out(o, status);
}

/* Told to wait, a refusal is the end of the wait. */
static int status_of(const reservation *r, int rc)
{
    if (xlmem_is_refusal(rc) && r->waits && r->wait_s)
        rc = XLMEM_ERROR_TIMEDOUT;
    return cmd_failed(rc);
}

static int list(const cmd_run *run)
{
    xlmem_host host;
    int rc, status = EXIT_FAILED;
    out *o;

    xlmem_host_init(&host);
    rc = session_snapshot(run, XLMEM_WANT_ALL, &host);
    o = rc ? NULL : session_out(run);
    if (rc)
        status = cmd_failed(rc);
    if (o) {
        books_put_reservations(o, &host);
        if (!host.nr_reservations)
            out_say(o, "Nothing is reserved.");
        status = session_close_out(o, EXIT_DONE);
    }
    xlmem_host_dispose(&host);
    return status;
}

int cmd_reserve(const cmd_run *run)
{
    reservation *r;
    int rc, status;

    if (!run->argc)
        return list(run);
    if (!session_is_live(run) && !run->global[GLOBAL_DRY_RUN])
        return cmd_usage(run->spec, "a recorded host stays as it is; -N says "
                                    "whether it fits");
    r = calloc(1, sizeof(*r));
    if (!r) {
        cmd_message("%s", xlmem_strerror(XLMEM_ERROR_NOMEM));
        return EXIT_FAILED;
    }
    xlmem_host_init(&r->host);
    status = get_times(run, r);
    if (!status)
        status = request_get(run, &r->domu);
    if (!status && !*r->domu.uuid && !run->global[GLOBAL_DRY_RUN])
        status = make_uuid(r->domu.uuid);
    if (!status) {
        rc = make_reservation(run, r);
        status = status_of(r, rc);
        if (!rc || xlmem_is_refusal(rc))
            status = report_reservation(run, r, status);
    }
    xlmem_host_dispose(&r->host);
    free(r);
    return status;
}
