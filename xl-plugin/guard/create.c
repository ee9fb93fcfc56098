/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Before a create, and after it.
 *
 * What the domain will need is read from libxl's own JSON, after libxl has
 * filled in its defaults the way it does in xl's own memory check: so no
 * struct of any Xen release is touched.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"

#define NO_DOMID UINT32_MAX

/* Seconds, for scripts: wait this long, whoever frees the memory. */
#define WAIT "MEMGUARD_WAIT"
#define WAIT_MAX_S 86400

/* The configuration as JSON, malloc'd; NULL, and why in @failure. */
static char *read_config(void *ctx, void *config, char *failure, size_t len)
{
    int (*need)(void *, void *, uint32_t, uint64_t *) = NULL;
    char *(*to_json)(void *, void *) = NULL;
    uint64_t need_kb;
    char *json = NULL;
    int r;

    *(void **)&need = guard_next("libxl_domain_need_memory");
    *(void **)&to_json = guard_next("libxl_domain_config_to_json");
    if (!need || !to_json) {
        snprintf(failure, len, "this libxl has no %s",
                 need ? "libxl_domain_config_to_json"
                      : "libxl_domain_need_memory");
        return NULL;
    }
    r = need(ctx, config, NO_DOMID, &need_kb);
    if (!r)
        json = to_json(ctx, config);
    if (!json)
        snprintf(failure, len,
                 "libxl does not understand the configuration: error %d", r);
    return json;
}

#define VERSION "/sys/hypervisor/version/"

static bool read_version(const char *path, char word[16])
{
    FILE *file = fopen(path, "re");

    if (!file)
        return false;
    if (!fgets(word, 16, file))
        word[0] = '\0';
    fclose(file);
    word[strcspn(word, "\n")] = '\0';
    return true;
}

static bool read_number(const char *path, uint64_t *value_r)
{
    char word[16], *end;

    if (!read_version(path, word))
        return false;
    *value_r = strtoull(word, &end, 10);
    return end != word && !*end;
}

/* The release decides what a domain costs; where it cannot be read the
 * dearest is taken. */
static void read_release(xlmem_host *host)
{
    uint64_t major, minor;
    char extra[16], text[64];

    if (!read_number(VERSION "major", &major) ||
        !read_number(VERSION "minor", &minor))
        return;
    XLMEM_SET(host, xen_major, major);
    XLMEM_SET(host, xen_minor, minor);
    if (!read_version(VERSION "extra", extra))
        return;
    snprintf(text, sizeof(text), "%" PRIu64 ".%" PRIu64 "%s", major, minor,
             extra);
    host->xen_version = strdup(text);
}

static int find_need(guard_create *create)
{
    const guard_library *lib = create->session.lib;
    xlmem_need need;
    xlmem_host host;
    int rc;

    lib->xlmem_host_init(&host);
    read_release(&host);
    rc = lib->xlmem_need_of(&host, &create->domu.request, &need);
    lib->xlmem_host_dispose(&host);
    if (rc)
        return rc;
    create->need_kb = need.need_kb;
    create->dom0_need_kb = need.dom0_need_kb;
    return 0;
}

/* What the domain is, and what it needs. */
static int examine(guard_create *create, void *ctx, void *config)
{
    guard_report *report = &create->session.report;
    char *json =
        read_config(ctx, config, report->failure, sizeof(report->failure));
    int rc;

    if (!json)
        return XLMEM_ERROR_XEN;
    rc = create->session.lib->xlmem_domu_from_json(
        json, strlen(json), &create->domu, report->failure,
        sizeof(report->failure));
    free(json);
    if (rc)
        return rc;
    if (!create->domu.uuid[0])
        memcpy(create->domu.uuid, GUARD_NO_UUID, sizeof(GUARD_NO_UUID));
    if (!create->domu.name[0])
        memcpy(create->domu.name, create->domu.uuid,
               sizeof(create->domu.uuid));
    return find_need(create);
}

static void set_wait(xlmem_guard_request *request, guard_report *report)
{
    const char *text = getenv(WAIT);
    unsigned long s;
    char *end;

    if (!text || !*text)
        return;
    errno = 0;
    s = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || s > WAIT_MAX_S)
        guard_say(report, GUARD_WARN,
                  WAIT "=%.16s is passed over: seconds, 0 to %d", text,
                  WAIT_MAX_S);
    else
        XLMEM_SET(request, wait_ms, s * 1000);
}

static bool is_refusal(int rc)
{
    return rc == XLMEM_ERROR_NO_HEADROOM || rc == XLMEM_ERROR_INFEASIBLE ||
           rc == XLMEM_ERROR_TIMEDOUT;
}

static void advise(guard_session *session, const char *name,
                   const xlmem_verdict *verdict)
{
    char need[32], usable[32], lack[32];
    size_t i;

    session->lib->xlmem_format_size_kb(need, sizeof(need), verdict->need_kb);
    session->lib->xlmem_format_size_kb(usable, sizeof(usable),
                                       verdict->usable_kb);
    session->lib->xlmem_format_size_kb(lack, sizeof(lack), verdict->short_kb);
    guard_tell(&session->report, GUARD_ERROR,
               "%s is not created: it needs %s of Xen's memory, %s can be "
               "used, %s too little",
               name, need, usable, lack);
    for (i = 0; i < verdict->nr_reasons; i++)
        guard_tell(&session->report, GUARD_ERROR, "%s: %s",
                   verdict->reasons[i].code, verdict->reasons[i].text);
    guard_tell(&session->report, GUARD_ERROR,
               "to wait for memory: MEMGUARD_WAIT=SECONDS; to create it all "
               "the same: MEMGUARD=off in the environment, or for the whole "
               "host the file /" XLMEM_OFF_FILE);
}

/* The guard's own failure lets a create through, loudly. */
static int failed(guard_create *create, int rc, bool reboot)
{
    guard_session *session = &create->session;
    const bool refuse = session->policy.refuse_on_error && !reboot &&
                        session->policy.mode == XLMEM_MODE_ENFORCE;
    const char *why = session->report.failure;

    if (!why[0])
        why = session->lib->xlmem_strerror(rc);
    guard_say(&session->report, refuse ? GUARD_ERROR : GUARD_WARN,
              refuse ? "%s is not created, because the guard failed and "
                       "on_error is \"refuse\" (MEMGUARD=off overrides): %s"
                     : "%s is created unguarded: %s",
              create->domu.name[0] ? create->domu.name : "the domain", why);
    return refuse ? LIBXL_ERROR_FAIL : 0;
}

/* Whose verdict has been said. */
static __thread char foreseen[sizeof(GUARD_NO_UUID)];

static bool is_foreseen(const char *uuid)
{
    const bool yes = !strcmp(foreseen, uuid);

    foreseen[0] = '\0';
    return yes;
}

static int admit(guard_create *create)
{
    guard_session *session = &create->session;
    xlmem_guard_request request = {.uuid = create->domu.uuid,
                                   .name = create->domu.name};
    guard_report *report = &session->report;
    xlmem_verdict verdict;
    int rc;

    XLMEM_SET(&request, need_kb, create->need_kb);
    XLMEM_SET(&request, dom0_need_kb, create->dom0_need_kb);
    request.reboot = guard_domain_returns(create->domu.uuid);
    create->hold = guard_hold_take(session, create->domu.uuid);
    if (is_foreseen(create->domu.uuid) &&
        session->policy.mode == XLMEM_MODE_WARN &&
        !session->lib->xlmem_hold_ahead(session->xlmem, &request,
                                        &create->hold))
        return 0;
    if (!request.reboot)
        set_wait(&request, report);
    report->deciding = true;
    rc = session->lib->xlmem_guard(session->xlmem, &session->policy, &request,
                                   &verdict, &create->hold);
    report->deciding = false;
    if (!rc && report->verdict[0])
        guard_tell(report, GUARD_WARN, "%s", report->verdict);
    if (!rc)
        return 0;
    if (!is_refusal(rc))
        return failed(create, rc, request.reboot);
    advise(session, create->domu.name, &verdict);
    return LIBXL_ERROR_NOMEM;
}

void guard_create_foresee(guard_create *create, void *ctx, void *config)
{
    if (examine(create, ctx, config) ||
        !strcmp(create->domu.uuid, GUARD_NO_UUID) || admit(create) ||
        !create->hold)
        return;
    memcpy(foreseen, create->domu.uuid, sizeof(foreseen));
    create->session.lib->xlmem_release(create->session.xlmem, create->hold,
                                       false);
}

int guard_create_begin(guard_create *create, void *ctx, void *config)
{
    int r, rc;

    memset(create, 0, sizeof(*create));
    create->state = guard_open(&create->session, ctx);
    if (create->state == GUARD_BROKEN)
        guard_say(&create->session.report, GUARD_WARN,
                  "the domain is created unguarded: %s",
                  create->session.report.failure);
    if (create->state != GUARD_READY)
        return 0;
    rc = examine(create, ctx, config);
    r = rc ? failed(create, rc, guard_domain_returns(create->domu.uuid))
           : admit(create);
    if (r) {
        guard_create_end(create, r, false, NULL);
        return r;
    }
    if (!rc)
        guard_opt_in(create, config);
    guard_step_out();
    return 0;
}

/*
 * The call has returned and the create goes on.  libxl makes the domain before
 * it returns (initiate_domain_create in libxl_create.c, 4.14 to 4.20): one
 * that is not there has failed already, and nobody would ever see it go.
 */
static void go_on(guard_create *create)
{
    guard_session *session = &create->session;
    bool done = false, created = true;

    if (session->lib->xlmem_hold_done(session->xlmem, create->hold, &done,
                                      &created))
        created = true;
    if (created && !done)
        guard_hold_keep(session, create->hold, create->domu.uuid, false);
    else
        session->lib->xlmem_release(session->xlmem, create->hold, created);
}

static void remember(const guard_create *create, uint32_t domid)
{
    guard_domain domain = {.domid = domid,
                           .need_kb = create->need_kb,
                           .dom0_need_kb = create->dom0_need_kb};

    memcpy(domain.uuid, create->domu.uuid, sizeof(domain.uuid));
    memcpy(domain.name, create->domu.name, sizeof(domain.name));
    guard_domain_started(&domain);
}

void guard_create_end(guard_create *create, int r, bool async,
                      const uint32_t *domid)
{
    guard_session *session = &create->session;

    if (create->state != GUARD_READY)
        return;
    guard_step_in();
    if (create->hold && async && !r)
        go_on(create);
    else if (create->hold)
        session->lib->xlmem_release(session->xlmem, create->hold, !r);
    create->hold = NULL;
    guard_opt_in_end(create, !r);
    if (!r && !async && create->need_kb)
        remember(create, *domid);
    guard_close(session);
    create->state = GUARD_PASS;
}
