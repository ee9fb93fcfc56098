/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Around a destroy.  Before it: a domain that goes down to come back keeps its
 * memory, so that no create that waits beside it gets it.  After it: dom0 is
 * given back what plans had taken from it.
 *
 * A toolstack destroys a domain that has shut down and creates it again in one
 * process: xl's monitor, libvirtd.  Which domains come back their stored
 * configurations say, by why they went down; and what the new one will ask for
 * is what is stored now: a domain that was grown is built with its new size.
 * One that is destroyed while it runs does not come back.
 *
 *     on_...             xl                          libvirt
 *     restart            destroys, creates again     the same
 *     coredump-restart   the same, after a dump      the same
 *     rename-restart     renames the old one, which  destroys, creates again
 *                        keeps its memory
 *     soft-reset         resets it, which keeps its memory
 */
#include <stdlib.h>
#include <string.h>

#include "guard.h"

/* libxl_shutdown_reason and the member of libxl_domain_config that counts for
 * it (libxl_types.idl, 4.14 to 4.20). */
static const struct {
    const char *reason, *action;
} reasons[] = {
    {"\"poweroff\"", "\"on_poweroff\""},
    {"\"reboot\"", "\"on_reboot\""},
    {"\"crash\"", "\"on_crash\""},
    {"\"watchdog\"", "\"on_watchdog\""},
    {"\"soft_reset\"", "\"on_soft_reset\""},
};
#define NR_REASONS (sizeof(reasons) / sizeof(reasons[0]))

/* libxl_action_on_shutdown: those that end in another create. */
static const char *const restarts[] = {
    "\"restart\"",
    "\"restart_rename\"",
    "\"coredump_restart\"",
};
#define NR_RESTARTS (sizeof(restarts) / sizeof(restarts[0]))

/* One that is going to be destroyed. */
typedef struct dying {
    uint32_t domid;
    char *info, *stored; /* NULL where libxl has none */
} dying;

static bool is_restart(const char *stored, const char *action)
{
    size_t i;

    for (i = 0; i < NR_RESTARTS; i++)
        if (guard_json_is(stored, action, restarts[i]))
            return true;
    return false;
}

/* @stored: NULL where libxl has none: then a reboot comes back. */
static bool comes_back(const char *info, const char *stored)
{
    size_t i;

    if (!guard_json_is(info, "\"shutdown\"", "true"))
        return false;
    if (!stored)
        return guard_json_is(info, "\"shutdown_reason\"", "\"reboot\"");
    for (i = 0; i < NR_REASONS; i++)
        if (guard_json_is(info, "\"shutdown_reason\"", reasons[i].reason))
            return is_restart(stored, reasons[i].action);
    return false;
}

/* What it holds in Xen, its paging pool as well; 0: not known. */
static uint64_t has_kb(guard_session *session, uint32_t domid)
{
    const guard_library *lib = session->lib;
    uint64_t kb = 0;
    xlmem_host host;
    size_t i;

    lib->xlmem_host_init(&host);
    if (!lib->xlmem_snapshot_short(session->xlmem, &host))
        for (i = 0; i < host.nr_doms; i++)
            if (host.doms[i].domid == domid)
                kb = host.doms[i].tot_kb + host.doms[i].outstanding_kb +
                     host.doms[i].paging_kb;
    lib->xlmem_host_dispose(&host);
    return kb;
}

/* What it has is what it needs, near enough; its QEMU's share of dom0 is not
 * known.  @session: NULL: the host cannot be looked at. */
static void describe_running(guard_session *session, const dying *it,
                             guard_domain *domain)
{
    memcpy(domain->domu.name, domain->domu.uuid, sizeof(domain->domu.uuid));
    domain->need_kb = session ? has_kb(session, it->domid) : 0;
    if (!domain->need_kb)
        domain->need_kb = strtoull(
            guard_json_value(it->info, "\"current_memkb\""), NULL, 10);
    domain->dom0_need_kb = 0;
    domain->dom0_build_kb = 0;
}

static void hold_for_reboot(guard_session *session, const guard_domain *domain)
{
    xlmem_guard_request request = guard_request_of(domain);
    xlmem_hold *held = NULL;
    const int rc =
        session->lib->xlmem_hold_ahead(session->xlmem, &request, &held);

    if (rc)
        guard_say(&session->report, GUARD_WARN,
                  "the memory of %s is not held until it is created again: %s",
                  domain->domu.name, guard_why(session, rc));
    guard_hold_keep(session, held, domain, GUARD_HOLD_AHEAD);
}

/* Without the host it is noted only, because on_error is not for it. */
static void hold_ahead(guard_destroy *destroy, const dying *it)
{
    void *ctx = destroy->ctx;
    const char *stored = it->stored;
    guard_session session;
    guard_domain domain;
    guard_state state = guard_open(&session, ctx);

    memset(&domain, 0, sizeof(domain));
    if (state == GUARD_READY && stored &&
        guard_examine_json(&session, stored, &domain))
        stored = NULL;
    if (state == GUARD_PASS || !guard_info_uuid(it->info, domain.domu.uuid)) {
        if (state == GUARD_READY)
            guard_close(&session);
        return;
    }
    if (state != GUARD_READY || !stored)
        describe_running(state == GUARD_READY ? &session : NULL, it, &domain);
    /* An earlier try to destroy it may have failed unseen. */
    guard_holds_end_ahead(domain.domu.uuid);
    memcpy(destroy->uuid, domain.domu.uuid, sizeof(destroy->uuid));
    if (state == GUARD_READY)
        hold_for_reboot(&session, &domain);
    else
        guard_hold_keep(&session, NULL, &domain, GUARD_HOLD_AHEAD);
    if (state == GUARD_READY)
        guard_close(&session);
}

void guard_destroy_begin(guard_destroy *destroy, void *ctx, uint32_t domid)
{
    dying it = {.domid = domid};

    *destroy = (guard_destroy){.ctx = ctx};
    if (guard_passes())
        return;
    it.info = guard_info_json(ctx, domid);
    if (it.info && guard_json_is(it.info, "\"shutdown\"", "true"))
        it.stored = guard_stored_json(ctx, domid);
    if (it.info && comes_back(it.info, it.stored))
        hold_ahead(destroy, &it);
    free(it.stored);
    free(it.info);
}

/* What has not gone has its memory still. */
void guard_destroy_end(guard_destroy *destroy, int r, bool async)
{
    guard_session session;

    if (r && destroy->uuid[0])
        guard_holds_end_ahead(destroy->uuid);
    else if (destroy->uuid[0])
        guard_hold_is_gone(destroy->uuid);
    if (r || async || guard_open(&session, destroy->ctx) != GUARD_READY)
        return;
    if (session.lib->xlmem_guard_repay(session.xlmem, &session.policy))
        guard_say(&session.report, GUARD_WARN, "dom0 was not raised: %s",
                  session.report.failure);
    guard_close(&session);
}
