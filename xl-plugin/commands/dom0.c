/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard dom0: how far dom0 can be moved, and moving it. */
#include "input/policy.h"
#include "input/session.h"
#include "private/dom0.h"
#include "private/guard.h"
#include "output/verdict.h"

/* As in memguard.conf(5). */
#define WAIT_MAX_S 86400

/* ------------------------------------------------------------ request --- */

static int get_dom0_request(const cmd_run *run, xlmem_dom0_request *request)
{
    uint64_t value;
    int status = EXIT_DONE;

    *request = (xlmem_dom0_request){.known = 0};
    if (run->argc) {
        status = cmd_get_size(run, "SIZE", run->argv[0], &value);
        if (!status)
            XLMEM_SET(request, size_kb, value);
    }
    if (!status && run->value[DOM0_WAIT]) {
        status = cmd_get_count(run, DOM0_WAIT, WAIT_MAX_S, &value);
        if (!status)
            XLMEM_SET(request, wait_ms, value * 1000);
    }
    /* Only this forces: MEMGUARD=off in a script's environment, or a host in
     * mode off, is about creates; nobody moves dom0 by mistake. */
    request->force = run->value[DOM0_FORCE] != NULL;
    return status;
}

static bool is_recorded(const cmd_run *run)
{
    return run->global[GLOBAL_SYSROOT] || run->global[GLOBAL_HOST];
}

/* ------------------------------------------------------------- report --- */

static void put_boot_max(out *o, const xlmem_dom0_room *room)
{
    const out_field field = {
        .key = "boot_max_kb",
        .label = "maximum at boot",
        .kind = OUT_KB,
        .known = XLMEM_KNOWS(room, boot_max_kb),
        .num = room->boot_max_kb,
        .absent = "none, or not known",
    };

    out_num(o, &field);
}

/* How far the memory map of its boot reaches is of interest as far as dom0 can
 * be grown: Xen may have less to give. */
static void put_reach(out *o, const xlmem_dom0_room *room)
{
    const bool known =
        XLMEM_KNOWS(room, most_kb) && XLMEM_KNOWS(room, reach_kb);
    const bool less = known && room->most_kb < room->reach_kb;

    OUT_FACT(o, "reach_kb", NULL, OUT_KB, room, reach_kb);
    OUT_IF(o, NULL, "of it without memory hotplug", OUT_KB,
           less ? room->most_kb : room->reach_kb, XLMEM_KNOWS(room, reach_kb));
}

static void put_room(out *o, const xlmem_dom0_room *room)
{
    OUT_FACT(o, "current_kb", "dom0 has", OUT_KB, room, current_kb);
    OUT_FACT(o, "target_kb", "its target", OUT_KB, room, target_kb);
    put_boot_max(o, room);
    OUT_FACT(o, "floor_kb", "floor", OUT_KB, room, floor_kb);
    OUT_FACT(o, "least_kb", "can be shrunk to", OUT_KB, room, least_kb);
    OUT_FACT(o, "most_kb", "can be grown to", OUT_KB, room, most_kb);
    put_reach(o, room);
    out_bool(o, "hotplug", "its kernel can hotplug memory", room->hotplug);
}

static const char *result_of(const xlmem_dom0_move *move, bool tried, int rc)
{
    switch (rc) {
    case 0:
        return !move->plan.nr_steps ? "unchanged"
               : tried              ? "done"
                                    : "possible";
    case XLMEM_ERROR_TIMEDOUT:
        return "timed out";
    default:
        return "refused";
    }
}

static void put_move(out *o, const xlmem_dom0_move *move, bool tried, int rc)
{
    const bool adds = move->hotplug_kb != 0;
    const bool moved = XLMEM_KNOWS(move, reached_kb);
    const bool took = XLMEM_KNOWS(move, took_ms);

    out_text(o, "result", "result", result_of(move, tried, rc));
    OUT_FACT(o, "size_kb", "asked for", OUT_KB, move, size_kb);
    OUT_FACT(o, "reached_kb", moved ? "dom0 has then" : NULL, OUT_KB, move,
             reached_kb);
    OUT_FACT(o, "took_ms", took ? "after milliseconds" : NULL, OUT_COUNT, move,
             took_ms);
    OUT_FACT(o, "hotplug_kb", adds ? "memory added by hotplug" : NULL, OUT_KB,
             move, hotplug_kb);
    OUT_FACT(o, "price_kb", adds ? "which costs dom0 before" : NULL, OUT_KB,
             move, price_kb);
    put_reasons(o, move->reasons, move->nr_reasons, move->nr_reasons_lost);
    put_plan(o, &move->plan);
}

/* The size as it was given. */
static void advise_on_move(out *o, const cmd_run *run, int rc)
{
    if (rc != XLMEM_ERROR_NO_HEADROOM)
        return;
    out_say(o, "%s", "");
    out_say(o, "To do it all the same: xl memguard dom0 --force %s",
            run->argv[0]);
}

static int report_dom0(const cmd_run *run, const xlmem_dom0_move *move,
                       bool tried, int rc)
{
    out *o = session_out(run);

    if (!o)
        return EXIT_FAILED;
    if (XLMEM_KNOWS(move, size_kb)) {
        put_move(o, move, tried, rc);
        out_object(o, "before",
                   XLMEM_KNOWS(move, reached_kb) ? "Before that" : "Now");
        put_room(o, &move->room);
        out_end(o);
        advise_on_move(o, run, rc);
    } else {
        put_room(o, &move->room);
    }
    return session_close_out(o, cmd_failed(rc));
}

/* ---------------------------------------------------------------- do --- */

static int plan_move(xlmem_ctx *ctx, const xlmem_policy *policy,
                     const xlmem_dom0_request *request, xlmem_dom0_move *move)
{
    xlmem_host host;
    int rc;

    xlmem_host_init(&host);
    rc = xlmem_snapshot(ctx, &host);
    if (!rc && XLMEM_KNOWS(request, size_kb))
        rc = xlmem_dom0_plan(&host, policy, request, move);
    else if (!rc)
        rc = xlmem_dom0_room_of(&host, policy, &move->room);
    if (rc == XLMEM_ERROR_UNKNOWN)
        cmd_message("dom0's balloon, or what is free in Xen and who has the "
                    "rest, is not known");
    xlmem_host_dispose(&host);
    return rc;
}

static bool has_report(int rc)
{
    return !rc || rc == XLMEM_ERROR_NO_HEADROOM ||
           rc == XLMEM_ERROR_INFEASIBLE || rc == XLMEM_ERROR_TIMEDOUT;
}

static int run_on(const cmd_run *run, xlmem_ctx *ctx,
                  xlmem_dom0_request *request)
{
    const bool tries = run->argc && !run->global[GLOBAL_DRY_RUN];
    xlmem_dom0_move move = {.known = 0};
    xlmem_policy policy;
    int rc = policy_load(run, ctx, &policy, NULL);

    if (rc)
        return cmd_failed(rc);
    rc = tries ? xlmem_dom0_set(ctx, &policy, request, &move)
               : plan_move(ctx, &policy, request, &move);
    return has_report(rc) ? report_dom0(run, &move, tries, rc)
                          : cmd_failed(rc);
}

int cmd_dom0(const cmd_run *run)
{
    xlmem_dom0_request request;
    xlmem_ctx *ctx;
    int rc, status = get_dom0_request(run, &request);

    if (status)
        return status;
    if (run->argc && !run->global[GLOBAL_DRY_RUN] && is_recorded(run))
        return cmd_usage(run->spec, "a recorded host stays as it is; -N shows "
                                    "the steps");
    rc = session_open(run, &ctx);
    if (rc)
        return cmd_failed(rc);
    status = run_on(run, ctx, &request);
    xlmem_ctx_free(ctx);
    return status;
}
