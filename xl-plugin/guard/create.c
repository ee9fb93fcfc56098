/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Before a create, and after it; and before that, where a toolstack asks what
 * a domain needs in order to make room for it.
 *
 *     libxl_domain_need_memory --> decided, and held for this thread's create
 *     libxl_domain_create_new  --> takes that hold, or one that was made when
 *                                  the domain went down to come back, or is
 *                                  decided here
 *     xc_domain_create         --> the hold is bound to the domain (bind.c)
 *     the create returns       --> the hold is released
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"

/* Seconds, for scripts: wait this long, whoever frees the memory. */
#define WAIT "MEMGUARD_WAIT"
#define WAIT_MAX_S 86400

/* Under xl's lock: so long for memory that is known to come, no more.  Every
 * other create waits as well, and every reboot. */
#define LOCKED_WAIT_MS 5000

/* The domain that a toolstack in this thread has asked for last. */
static __thread char asked[sizeof(GUARD_NO_UUID)];

/*
 * xl asks for a need only where its autoballoon is on, and holds its lock then
 * until the create is over (create_domain in xl_vmcontrol.c, 4.14 to 4.20):
 * nobody else's create gets on meanwhile.
 */
static bool under_xls_lock(const guard_create *create)
{
    return guard_in_xl() &&
           (create->asking || !strcmp(asked, create->domain.domu.uuid));
}

/* The policy is this call's own. */
static void shorten_waits(guard_create *create)
{
    xlmem_policy *policy = &create->session.policy;

    if (!under_xls_lock(create))
        return;
    create->wait_cut = policy->wait_ms > LOCKED_WAIT_MS;
    if (create->wait_cut)
        policy->wait_ms = LOCKED_WAIT_MS;
    if (policy->reboot_wait_ms > LOCKED_WAIT_MS)
        policy->reboot_wait_ms = LOCKED_WAIT_MS;
}

static void set_request_wait(guard_create *create,
                             xlmem_guard_request *request)
{
    const char *text = guard_environment(WAIT);
    unsigned long s;
    char *end;

    if (!text || !*text)
        return;
    errno = 0;
    s = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || s > WAIT_MAX_S)
        guard_say(&create->session.report, GUARD_WARN,
                  WAIT "=%.16s is passed over: seconds, 0 to %d", text,
                  WAIT_MAX_S);
    else if (under_xls_lock(create))
        create->wait_denied = s != 0;
    else
        XLMEM_SET(request, wait_ms, s * 1000);
}

static void refuse_create(guard_create *create, const xlmem_verdict *verdict,
                          int rc)
{
    char what[sizeof(create->domain.domu.name) + 32];

    snprintf(what, sizeof(what), "%s is not created",
             create->domain.domu.name);
    guard_refuse(&create->session, what, verdict);
    /* It is not created: what is free then is advised about. */
    create->session.lib->xlmem_hold_release(create->session.xlmem,
                                            create->hold, false);
    create->hold = NULL;
    guard_advise(&create->session, &create->domain, !under_xls_lock(create));
    if (create->wait_denied)
        guard_tell(&create->session.report, GUARD_ERROR,
                   WAIT " is not waited for: xl holds its lock meanwhile and "
                        "all other creates would wait too; set "
                        "autoballoon=\"off\" in /etc/xen/xl.conf");
    else if (create->wait_cut && rc == XLMEM_ERROR_TIMEDOUT)
        guard_tell(&create->session.report, GUARD_ERROR,
                   "the memory was waited for 5 s only: xl holds its lock "
                   "meanwhile and all other creates would wait too; set "
                   "autoballoon=\"off\" in /etc/xen/xl.conf");
}

/* Said before libxl is asked, which may refuse as well. */
static int create_failed(guard_create *create, int rc)
{
    const char *name = create->domain.domu.name;
    const guard_failing what = {.who = name[0] ? name : "the domain",
                                .refused = "created",
                                .passes = "passes",
                                .exempt = create->returns};

    return guard_failed(&create->session, &what, rc);
}

/* What a toolstack in this thread was refused when it asked: its create is
 * refused without another word. */
static __thread struct {
    char uuid[sizeof(GUARD_NO_UUID)];
    int r;
} refused;

static int was_refused(const char *uuid)
{
    const int r = strcmp(refused.uuid, uuid) ? 0 : refused.r;

    refused.uuid[0] = '\0';
    return r;
}

static xlmem_path path_of_create(const guard_create *create)
{
    if (create->returns)
        return XLMEM_PATH_REBOOT;
    return create->domain.restores ? XLMEM_PATH_RESTORE : XLMEM_PATH_CREATE;
}

static int decide_create(guard_create *create,
                         const xlmem_guard_request *request)
{
    guard_session *session = &create->session;
    guard_report *report = &session->report;
    xlmem_verdict *verdict = &session->answers->verdict;
    int rc;

    report->deciding = true;
    rc = session->lib->xlmem_guard(session->xlmem, &session->policy, request,
                                   verdict, &create->hold);
    report->deciding = false;
    if (session->policy.mode != XLMEM_MODE_OFF)
        session->lib->xlmem_admission_count(NULL, path_of_create(create), rc,
                                            verdict);
    if (!rc && report->verdict[0])
        guard_tell(report, GUARD_WARN, "%s", report->verdict);
    if (!rc) {
        guard_tell_plan(session, create->domain.domu.name, verdict);
        return 0;
    }
    create->failed = !session->lib->xlmem_is_refusal(rc);
    if (create->failed)
        return create->asking ? 0 : create_failed(create, rc);
    refuse_create(create, verdict, rc);
    return LIBXL_ERROR_NOMEM;
}

static bool covers(const guard_held *held, const guard_domain *domain)
{
    return domain->need_kb <= held->need_kb &&
           domain->dom0_need_kb <= held->dom0_need_kb;
}

/* Asked for in this thread and decided by what counts now. */
static bool is_decided(const guard_create *create)
{
    const guard_held *held = &create->held;

    return create->hold && held->kind == GUARD_HOLD_ASKED &&
           covers(held, &create->domain) &&
           (held->enforced ||
            create->session.policy.mode != XLMEM_MODE_ENFORCE);
}

/*
 * A domain that comes back is not refused what was held for it; how much more
 * is still that xlmem_guard says, which knows how exact needs are.  What it
 * asks for beyond goes through admission, in which its own hold counts as
 * usable.
 */
static int admit_create(guard_create *create)
{
    guard_session *session = &create->session;
    const guard_domain *domain = &create->domain;
    xlmem_guard_request request = guard_request_of(domain);
    guard_held *held = &create->held;
    int r = was_refused(domain->domu.uuid);

    if (r)
        return r;
    create->returns =
        guard_hold_take(session, domain->domu.uuid, held, &create->hold) &&
        held->kind == GUARD_HOLD_AHEAD;
    if (is_decided(create))
        return 0;
    request.reboot = create->returns && create->hold;
    shorten_waits(create);
    if (!request.reboot)
        set_request_wait(create, &request);
    return decide_create(create, &request);
}

/* Memory that is held for domains which do not seem to come is let go before
 * somebody is refused for it. */
static void let_go_of_returns(const guard_create *create)
{
    const char *uuid = create->domain.domu.uuid;

    guard_holds_forget(uuid);
    guard_holds_settle(&create->session.policy, uuid);
}

/* What was not decided is as it was before the question: of a domain that
 * comes back the note stays, also where nothing could be held for it.  Another
 * question's hold is of no use. */
static void keep_hold(guard_create *create)
{
    guard_session *session = &create->session;
    guard_domain domain = create->domain;

    if (!create->failed) {
        guard_hold_keep(session, create->hold, &domain, GUARD_HOLD_ASKED);
    } else if (create->returns) {
        domain.need_kb = create->held.need_kb;
        domain.dom0_need_kb = create->held.dom0_need_kb;
        guard_hold_keep(session, create->hold, &domain, GUARD_HOLD_AHEAD);
        guard_hold_is_gone(domain.domu.uuid);
    } else {
        session->lib->xlmem_hold_release(session->xlmem, create->hold, false);
    }
}

bool guard_create_ask(void *ctx, void *config)
{
    guard_create create = {.asking = true};
    const char *uuid = create.domain.domu.uuid;
    bool enforced, yes = false;
    int r;

    if (guard_open(&create.session, ctx) != GUARD_READY)
        return false;
    enforced = create.session.policy.mode == XLMEM_MODE_ENFORCE;
    refused.uuid[0] = '\0';
    if (!guard_examine(&create.session, ctx, config, &create.domain) &&
        strcmp(uuid, GUARD_NO_UUID)) {
        memcpy(asked, uuid, sizeof(asked));
        let_go_of_returns(&create);
        r = admit_create(&create);
        yes = enforced && !create.failed && (r || create.hold);
        if (r) {
            memcpy(refused.uuid, uuid, sizeof(refused.uuid));
            refused.r = r;
            create.session.lib->xlmem_hold_release(create.session.xlmem,
                                                   create.hold, false);
        } else if (create.hold || (create.failed && create.returns)) {
            keep_hold(&create);
        }
    }
    guard_close(&create.session);
    return yes;
}

/* Without the host there is still the policy, and who it is: on_error counts,
 * but not for a domain that comes back. */
static int broken(guard_create *create, void *ctx, void *config)
{
    guard_session *session = &create->session;
    char why[sizeof(session->report.failure)];

    memcpy(why, session->report.failure, sizeof(why));
    if (session->lib) {
        guard_step_in();
        if (!guard_examine(session, ctx, config, &create->domain))
            create->returns = guard_hold_awaits(create->domain.domu.uuid);
        guard_step_out();
    }
    memcpy(session->report.failure, why, sizeof(why));
    return create_failed(create, XLMEM_ERROR_XEN);
}

static int look_at_config(guard_create *create, void *ctx, void *config)
{
    int rc = guard_examine(&create->session, ctx, config, &create->domain);

    if (rc)
        return create_failed(create, rc);
    let_go_of_returns(create);
    rc = admit_create(create);
    if (!rc)
        guard_opt_in(create, config);
    return rc;
}

int guard_create_begin(guard_create *create, void *ctx, void *config,
                       bool restores)
{
    int r = 0;

    memset(create, 0, sizeof(*create));
    create->domain.restores = restores;
    create->state = guard_open(&create->session, ctx);
    if (create->state == GUARD_BROKEN)
        r = broken(create, ctx, config);
    else if (create->state == GUARD_READY)
        r = look_at_config(create, ctx, config);
    guard_bind_enter(create);
    if (r)
        guard_create_end(create, r, false);
    else if (create->state == GUARD_READY)
        guard_step_out();
    return r;
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
        guard_hold_keep(session, create->hold, &create->domain,
                        GUARD_HOLD_GOES_ON);
    else
        session->lib->xlmem_hold_release(session->xlmem, create->hold,
                                         created);
}

void guard_create_end(guard_create *create, int r, bool async)
{
    guard_session *session = &create->session;

    const char *uuid = create->domain.domu.uuid;

    guard_bind_leave(create, !r);
    /* What was held for it and not taken has been in vain; where nobody has
     * looked at it, it is what this thread held last. */
    guard_holds_end_ahead(uuid[0] ? uuid : NULL);
    if (create->state != GUARD_READY)
        return;
    guard_step_in();
    if (create->hold && async && !r)
        go_on(create);
    else if (create->hold)
        session->lib->xlmem_hold_release(session->xlmem, create->hold, !r);
    create->hold = NULL;
    guard_opt_in_end(create, !r);
    guard_close(session);
    create->state = GUARD_PASS;
}
