/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What is said of a refusal.  The first line is whole by itself: who, what,
 * which side is short and by how much.  Pacemaker, cron and Ansible show one.
 */
#include <stdio.h>

#include "guard.h"

const char *guard_why(const guard_session *session, int rc)
{
    const char *said = session->report.failure;

    return said[0] ? said : session->lib->xlmem_strerror(rc);
}

int guard_failed(guard_session *session, const guard_failing *what, int rc)
{
    const bool refuse = session->policy.refuse_on_error && !what->exempt &&
                        session->policy.mode == XLMEM_MODE_ENFORCE;
    const char *why = guard_why(session, rc);

    if (refuse)
        guard_say(&session->report, GUARD_ERROR,
                  "%s is not %s, because the guard failed and on_error is "
                  "\"refuse\" (MEMGUARD=off overrides): %s",
                  what->who, what->refused, why);
    else
        guard_say(&session->report, GUARD_WARN, "%s %s unguarded: %s",
                  what->who, what->passes, why);
    return refuse ? LIBXL_ERROR_FAIL : 0;
}

void guard_refuse(guard_session *session, const char *what,
                  const xlmem_verdict *verdict)
{
    char line[XLMEM_LINE_MAX], it[256];
    size_t i;

    snprintf(it, sizeof(it), "%s: it", what);
    guard_tell(
        &session->report, GUARD_ERROR, "%s",
        session->lib->xlmem_verdict_line(verdict, it, line, sizeof(line)));
    for (i = 0; i < verdict->nr_reasons; i++)
        guard_tell(&session->report, GUARD_ERROR, "%s: %s",
                   verdict->reasons[i].id, verdict->reasons[i].text);
}

static void say_advice(guard_session *session, const xlmem_advice *advice,
                       const xlmem_host *host)
{
    char line[XLMEM_LINE_MAX];
    size_t n;

    for (n = 0;
         session->lib->xlmem_advice_line(advice, host, n, line, sizeof(line));
         n++)
        guard_tell(&session->report, GUARD_ERROR, "%s", line);
    if (XLMEM_KNOWS(advice, override_kb))
        guard_tell(&session->report, GUARD_ERROR,
                   "No create on this host is refused while /" XLMEM_OFF_FILE
                   " exists.");
}

/* A host that cannot be looked at again is one without advice. */
void guard_advise(guard_session *session, const guard_domain *domain,
                  bool waits)
{
    const guard_library *lib = session->lib;
    const xlmem_question question = {
        .need_kb = domain->need_kb,
        .dom0_need_kb = domain->dom0_need_kb,
        .like = &domain->domu.request,
    };
    xlmem_advice *advice = &session->answers->advice;
    xlmem_host host;

    lib->xlmem_host_init(&host);
    if (lib->xlmem_snapshot_short(session->xlmem, &host))
        goto out;
    lib->xlmem_host_leave_reserved(&host, domain->domu.uuid);
    if (!lib->xlmem_advise(&host, &session->policy, &question, advice)) {
        if (!waits)
            advice->known &= ~XLMEM_FACT_BIT(advice, wait_kb);
        say_advice(session, advice, &host);
    }
out:
    lib->xlmem_host_dispose(&host);
}
