/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Around a destroy.  Before it: a domain of this process that goes down to
 * reboot keeps its memory, so that no create that waits beside it gets it.
 * After it: dom0 is given back what plans had taken from it.
 */
#include <stdlib.h>
#include <string.h>

#include "guard.h"

/* Room for a libxl_dominfo, which is some 150 bytes in 4.14 to 4.20: it is
 * filled and read by libxl alone. */
#define DOMINFO_BYTES 8192

/* The value of a key in libxl's JSON; "" when there is none.  Quotes inside of
 * strings are escaped, so a quoted key is a key. */
static const char *value_of(const char *json, const char *key)
{
    const char *p = strstr(json, key);

    if (!p)
        return "";
    p += strlen(key);
    return p + strspn(p, " \t\r\n:");
}

/* What libxl knows of a domain, as JSON, malloc'd; NULL: nothing. */
static char *read_info(void *ctx, uint32_t domid)
{
    void (*init)(void *) = NULL, (*dispose)(void *) = NULL;
    int (*info)(void *, void *, uint32_t) = NULL;
    char *(*to_json)(void *, void *) = NULL;
    _Alignas(16) char dominfo[DOMINFO_BYTES] = {0};
    char *json = NULL;

    *(void **)&init = guard_next("libxl_dominfo_init");
    *(void **)&dispose = guard_next("libxl_dominfo_dispose");
    *(void **)&info = guard_next("libxl_domain_info");
    *(void **)&to_json = guard_next("libxl_dominfo_to_json");
    if (!init || !dispose || !info || !to_json)
        return NULL;
    init(dominfo);
    if (!info(ctx, dominfo, domid))
        json = to_json(ctx, dominfo);
    dispose(dominfo);
    return json;
}

/* A domain that was created before anything was configured: what it has is
 * what it needs, near enough until it is created again. */
static bool describe(const char *json, uint32_t domid, guard_domain *domain)
{
    const char *uuid = value_of(json, "\"uuid\"");

    *domain = (guard_domain){.domid = domid};
    if (*uuid != '"' || strlen(uuid + 1) < sizeof(domain->uuid))
        return false;
    memcpy(domain->uuid, uuid + 1, sizeof(domain->uuid) - 1);
    if (!strcmp(domain->uuid, GUARD_NO_UUID))
        return false;
    memcpy(domain->name, domain->uuid, sizeof(domain->uuid));
    domain->need_kb = strtoull(value_of(json, "\"current_memkb\""), NULL, 10);
    return true;
}

/* Whether it goes down to come back, and which one it is. */
static bool returns(void *ctx, uint32_t domid, guard_domain *domain)
{
    static const char reboot[] = "\"reboot\"";
    const bool known = guard_domain_leaves(domid, domain);
    char *json = read_info(ctx, domid);
    bool yes = json && !strncmp(value_of(json, "\"shutdown_reason\""), reboot,
                                strlen(reboot));

    if (yes && !known) {
        yes = describe(json, domid, domain);
        if (yes)
            guard_domain_left(domain);
    }
    free(json);
    return yes;
}

static void hold(guard_session *session, const guard_domain *domain)
{
    xlmem_guard_request request = {.uuid = domain->uuid, .name = domain->name};
    xlmem_hold *held = NULL;

    XLMEM_SET(&request, need_kb, domain->need_kb);
    XLMEM_SET(&request, dom0_need_kb, domain->dom0_need_kb);
    if (session->lib->xlmem_hold_ahead(session->xlmem, &request, &held))
        guard_say(&session->report, GUARD_WARN,
                  "the memory of %s is not held while it reboots: %s",
                  domain->name, session->report.failure);
    else
        guard_hold_keep(session, held, domain->uuid, true);
}

void guard_destroy_begin(void *ctx, uint32_t domid)
{
    guard_session session;
    guard_domain domain;

    if (!returns(ctx, domid, &domain) ||
        guard_open(&session, ctx) != GUARD_READY)
        return;
    hold(&session, &domain);
    guard_close(&session);
}

void guard_destroy_end(void *ctx)
{
    guard_session session;

    if (guard_open(&session, ctx) != GUARD_READY)
        return;
    if (session.lib->xlmem_guard_raise_dom0(session.xlmem, &session.policy))
        guard_say(&session.report, GUARD_WARN, "dom0 was not raised: %s",
                  session.report.failure);
    guard_close(&session);
}
