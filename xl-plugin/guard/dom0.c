/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * dom0's size, set by hand.
 *
 *     downward   not below its floor: `xl mem-set 0 100m` is the end of a host
 *     upward     not beyond what is usable in Xen: headroom stays, and what is
 *                reserved for others
 *
 * Once the target is set what dom0 has not taken yet counts as its growth.
 * Between the look and that nothing is held: who decides in those few
 * milliseconds may count on the same memory.  Raising its maximum takes none.
 */
#include <stdio.h>

#include "guard.h"

/* What is to be set, and what there is. */
typedef struct setting {
    bool maximum; /* or the target, which memory follows */
    uint64_t want_kb;
    const xlmem_dom0 *dom0;
    const xlmem_account *account;
} setting;

static int say_no(guard_session *session, const setting *s, const char *why)
{
    const bool refuse = session->policy.mode == XLMEM_MODE_ENFORCE;
    char want[32];

    guard_say(
        &session->report, refuse ? GUARD_ERROR : GUARD_WARN,
        "%s of dom0 %s %s: %s%s", s->maximum ? "the maximum" : "the target",
        refuse ? "is not set to" : "would not be set to",
        session->lib->xlmem_format_mib(want, sizeof(want), s->want_kb), why,
        refuse ? " (MEMGUARD=off in the environment, or the file "
                 "/" XLMEM_OFF_FILE ", overrides)"
               : "");
    return refuse ? LIBXL_ERROR_INVAL : 0;
}

static int judge_floor(guard_session *session, const setting *s)
{
    const uint64_t floor_kb = s->account->dom0_floor_kb;
    char floor[32], why[64];

    /* From below the floor upward is the right direction. */
    if (s->want_kb >= floor_kb || s->want_kb >= s->dom0->balloon_current_kb)
        return 0;
    snprintf(why, sizeof(why), "it needs %s to live",
             session->lib->xlmem_format_mib(floor, sizeof(floor), floor_kb));
    return say_no(session, s, why);
}

static int judge_growth(guard_session *session, const setting *s)
{
    const uint64_t now_kb =
        s->dom0->balloon_current_kb > s->dom0->balloon_target_kb
            ? s->dom0->balloon_current_kb
            : s->dom0->balloon_target_kb;
    char more[32], usable[32], why[160];

    if (s->maximum || !XLMEM_KNOWS(s->account, usable_kb) ||
        s->want_kb <= now_kb || s->want_kb - now_kb <= s->account->usable_kb)
        return 0;
    snprintf(why, sizeof(why),
             "it would take %s from Xen, where %s can be used: the rest is "
             "promised to others, or has to stay free",
             session->lib->xlmem_format_mib(more, sizeof(more),
                                            s->want_kb - now_kb),
             session->lib->xlmem_format_mib(usable, sizeof(usable),
                                            s->account->usable_kb));
    return say_no(session, s, why);
}

static int setting_failed(guard_session *session, bool maximum, int rc)
{
    const guard_failing what = {.who = maximum ? "the maximum of dom0"
                                               : "the target of dom0",
                                .refused = "set",
                                .passes = "is set"};

    return guard_failed(session, &what, rc);
}

static uint64_t wanted(uint64_t now_kb, int64_t kb, bool relative)
{
    if (!relative)
        return kb < 0 ? 0 : (uint64_t)kb;
    if (kb >= 0)
        return now_kb + (uint64_t)kb;
    return now_kb > -(uint64_t)kb ? now_kb - -(uint64_t)kb : 0;
}

static int judge_setting(guard_session *session, const setting *s)
{
    const int r = judge_floor(session, s);

    return r ? r : judge_growth(session, s);
}

static int see_setting(guard_session *session, bool maximum, int64_t kb,
                       bool relative)
{
    const guard_library *lib = session->lib;
    xlmem_account account = {.known = 0};
    setting s = {.maximum = maximum, .account = &account};
    xlmem_host host;
    int r, rc;

    lib->xlmem_host_init(&host);
    rc = lib->xlmem_snapshot_short(session->xlmem, &host);
    if (!rc)
        rc = lib->xlmem_account_of(&host, &session->policy, &account);
    if (!rc && (!XLMEM_KNOWS(&host.dom0, balloon_current_kb) ||
                !XLMEM_KNOWS(&account, dom0_floor_kb)))
        rc = XLMEM_ERROR_UNKNOWN;
    s.dom0 = &host.dom0;
    s.want_kb = wanted(host.dom0.balloon_target_kb, kb, relative);
    r = rc ? setting_failed(session, maximum, rc) : judge_setting(session, &s);
    lib->xlmem_host_dispose(&host);
    return r;
}

int guard_dom0_target(const void *ctx, bool maximum, int64_t kb, bool relative)
{
    guard_session session;
    guard_state state = guard_open(&session, ctx);
    int r;

    if (state == GUARD_BROKEN)
        return setting_failed(&session, maximum, XLMEM_ERROR_XEN);
    if (state != GUARD_READY)
        return 0;
    r = see_setting(&session, maximum, kb, relative);
    guard_close(&session);
    return r;
}
