/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * dom0's floor: `xl mem-set 0 100m` is the end of a host.
 *
 * Upward it is not decided on: a dom0 that is raised into what is reserved for
 * a create leaves that without its memory.
 */
#include "guard.h"

static int judge(guard_session *session, const char *what, uint64_t now_kb,
                 uint64_t want_kb, uint64_t floor_kb)
{
    const bool refuse = session->policy.mode == XLMEM_MODE_ENFORCE;
    char want[32], floor[32];

    /* From below the floor upward is the right direction. */
    if (want_kb >= floor_kb || want_kb >= now_kb)
        return 0;
    session->lib->xlmem_format_mib(want, sizeof(want), want_kb);
    session->lib->xlmem_format_mib(floor, sizeof(floor), floor_kb);
    guard_say(&session->report, refuse ? GUARD_ERROR : GUARD_WARN,
              "%s of dom0 %s %s: it needs %s to live%s", what,
              refuse ? "is not set to" : "would not be set to", want, floor,
              refuse ? " (MEMGUARD=off in the environment, or the file "
                       "/" XLMEM_OFF_FILE ", overrides)"
                     : "");
    return refuse ? LIBXL_ERROR_INVAL : 0;
}

/* The guard's own failure; as of a create. */
static int failed(guard_session *session, const char *what, int rc)
{
    const bool refuse = session->policy.refuse_on_error &&
                        session->policy.mode == XLMEM_MODE_ENFORCE;
    const char *why = session->report.failure;

    if (!why[0])
        why = session->lib->xlmem_strerror(rc);
    guard_say(&session->report, refuse ? GUARD_ERROR : GUARD_WARN,
              refuse ? "%s of dom0 is not set, because the guard failed and "
                       "on_error is \"refuse\" (MEMGUARD=off overrides): %s"
                     : "%s of dom0 is set unguarded: %s",
              what, why);
    return refuse ? LIBXL_ERROR_FAIL : 0;
}

static uint64_t wanted(uint64_t now_kb, int64_t kb, bool relative)
{
    if (!relative)
        return kb < 0 ? 0 : (uint64_t)kb;
    if (kb >= 0)
        return now_kb + (uint64_t)kb;
    return now_kb > -(uint64_t)kb ? now_kb - -(uint64_t)kb : 0;
}

static int look(guard_session *session, const char *what, int64_t kb,
                bool relative)
{
    const guard_library *lib = session->lib;
    xlmem_account account = {.known = 0};
    xlmem_host host;
    int r = 0, rc;

    lib->xlmem_host_init(&host);
    rc = lib->xlmem_snapshot(session->xlmem, &host);
    if (!rc)
        rc = lib->xlmem_account_of(&host, &session->policy, &account);
    if (!rc && (!XLMEM_KNOWS(&host.dom0, balloon_current_kb) ||
                !XLMEM_KNOWS(&account, dom0_floor_kb)))
        rc = XLMEM_ERROR_UNKNOWN;
    if (rc)
        r = failed(session, what, rc);
    else
        r = judge(session, what, host.dom0.balloon_current_kb,
                  wanted(host.dom0.balloon_target_kb, kb, relative),
                  account.dom0_floor_kb);
    lib->xlmem_host_dispose(&host);
    return r;
}

int guard_dom0_target(const void *ctx, const char *what, int64_t kb,
                      bool relative)
{
    guard_session session;
    guard_state state = guard_open(&session, ctx);
    int r;

    if (state == GUARD_BROKEN)
        return failed(&session, what, XLMEM_ERROR_XEN);
    if (state != GUARD_READY)
        return 0;
    r = look(&session, what, kb, relative);
    guard_close(&session);
    return r;
}
