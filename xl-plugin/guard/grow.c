/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A domU whose ceiling in Xen is raised (`xl mem-set`, `xl mem-max`) may take
 * all of that at any time: what it is raised by is admitted like a create.
 * Downward everything goes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "private/xen.h"

/*
 * The sum that libxl_set_memory_target makes (libxl_mem.c, 4.14 to 4.20): an
 * absolute target has the video RAM in it, the node that a relative one is
 * added to has not.
 */
static uint64_t target_after(void *ctx, uint32_t domid, int64_t kb,
                             bool relative)
{
    int (*get_target)(void *, uint32_t, uint64_t *) = NULL;
    uint64_t had_kb, video_kb = 0;
    char *stored;

    if (!relative)
        return kb < 0 ? 0 : (uint64_t)kb;
    *(void **)&get_target = guard_next("libxl_get_memory_target");
    if (kb <= 0 || !get_target || get_target(ctx, domid, &had_kb))
        return 0;
    stored = guard_stored_json(ctx, domid);
    if (stored)
        video_kb = guard_json_number(stored, "\"video_memkb\"");
    free(stored);
    return had_kb + video_kb + (uint64_t)kb;
}

/* false: it is not raised, or libxl does not know the domain. */
static bool find_growth(void *ctx, uint32_t domid, uint64_t ceiling_kb,
                        guard_domain *domain)
{
    char *info = guard_info_json(ctx, domid);
    uint64_t max_kb;

    memset(domain, 0, sizeof(*domain));
    if (!info)
        return false;
    max_kb = guard_json_number(info, "\"max_memkb\"");
    if (!guard_info_uuid(info, domain->domu.uuid))
        memcpy(domain->domu.uuid, GUARD_NO_UUID, sizeof(GUARD_NO_UUID));
    free(info);
    if (!max_kb || ceiling_kb <= max_kb)
        return false;
    domain->need_kb = ceiling_kb - max_kb;
    guard_name_domain(ctx, domid, domain->domu.name,
                      sizeof(domain->domu.name));
    return true;
}

static int growth_failed(guard_session *session, const guard_domain *domain,
                         int rc)
{
    const guard_failing what = {
        .who = domain->domu.name, .refused = "raised", .passes = "is raised"};

    return guard_failed(session, &what, rc);
}

static int refuse_growth(guard_session *session, const guard_domain *domain,
                         const xlmem_verdict *verdict)
{
    char by[32], what[sizeof(domain->domu.name) + 64];

    session->lib->xlmem_format_mib(by, sizeof(by), domain->need_kb);
    snprintf(what, sizeof(what), "%s is not raised by %s", domain->domu.name,
             by);
    guard_refuse(session, what, verdict);
    guard_tell(&session->report, GUARD_ERROR,
               "to raise it all the same: MEMGUARD=off in the environment");
    return LIBXL_ERROR_NOMEM;
}

static int admit_growth(guard_growth *growth, const guard_domain *domain)
{
    guard_session *session = &growth->session;
    guard_report *report = &session->report;
    /* It is there already: the hold counts in full while it lasts. */
    xlmem_guard_request request = {.uuid = domain->domu.uuid,
                                   .name = domain->domu.name,
                                   .binds = true,
                                   .grows = true};
    xlmem_verdict *verdict = &session->answers->verdict;
    int rc;

    XLMEM_SET(&request, need_kb, domain->need_kb);
    report->deciding = true;
    rc = session->lib->xlmem_guard(session->xlmem, &session->policy, &request,
                                   verdict, &growth->hold);
    report->deciding = false;
    if (!rc && report->verdict[0])
        guard_tell(report, GUARD_WARN, "%s", report->verdict);
    if (!rc) {
        guard_tell_plan(session, domain->domu.name, verdict);
        return 0;
    }
    return session->lib->xlmem_is_refusal(rc)
               ? refuse_growth(session, domain, verdict)
               : growth_failed(session, domain, rc);
}

static int begin_growth(guard_growth *growth, void *ctx,
                        const guard_domain *domain)
{
    int r;

    growth->state = guard_open(&growth->session, ctx);
    if (growth->state == GUARD_BROKEN)
        return growth_failed(&growth->session, domain, XLMEM_ERROR_XEN);
    if (growth->state != GUARD_READY)
        return 0;
    r = admit_growth(growth, domain);
    if (r)
        guard_grow_end(growth, r);
    else
        guard_step_out();
    return r;
}

int guard_target_begin(guard_growth *growth, void *ctx, uint32_t domid,
                       int64_t kb, bool relative)
{
    guard_domain domain;

    memset(growth, 0, sizeof(*growth));
    if (guard_inside() || guard_passes() ||
        !find_growth(ctx, domid,
                     target_after(ctx, domid, kb, relative) +
                         XLMEM_ABOVE_TARGET_KB,
                     &domain))
        return 0;
    return begin_growth(growth, ctx, &domain);
}

int guard_maximum_begin(guard_growth *growth, void *ctx, uint32_t domid,
                        uint64_t kb)
{
    guard_domain domain;

    memset(growth, 0, sizeof(*growth));
    if (guard_inside() || guard_passes() || kb > INT64_MAX ||
        !find_growth(ctx, domid, kb + XLMEM_ABOVE_TARGET_KB, &domain))
        return 0;
    return begin_growth(growth, ctx, &domain);
}

void guard_grow_end(guard_growth *growth, int r)
{
    guard_session *session = &growth->session;

    if (growth->state != GUARD_READY)
        return;
    guard_step_in();
    session->lib->xlmem_hold_release(session->xlmem, growth->hold, !r);
    guard_close(session);
    growth->state = GUARD_PASS;
}
