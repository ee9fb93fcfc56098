/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * One call's configuration and context.  Everything is read again at each
 * call: the xl that waits for a domain's end lives for years, and obeys the
 * configuration of the day on which the domain reboots.
 */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"

/* The environment overrides for one command. */
#define OVERRIDE "MEMGUARD"

/* Who began with this environment, and who has become a monitor; 0: nobody. */
static atomic_int first_pid, monitor_pid;

static __thread bool inside;

bool guard_inside(void)
{
    return inside;
}

void guard_step_out(void)
{
    inside = false;
    guard_shield_lower();
}

void guard_step_in(void)
{
    guard_shield_raise();
    inside = true;
}

bool guard_in_xl(void)
{
    return !strcmp(program_invocation_short_name, "xl");
}

void guard_note_process(bool waits)
{
    int nobody = 0;

    atomic_compare_exchange_strong(&first_pid, &nobody, (int)getpid());
    if (waits && guard_in_xl())
        atomic_store(&monitor_pid, (int)getpid());
}

const char *guard_environment(const char *name)
{
    const int pid = (int)getpid(), first = atomic_load(&first_pid);

    return (first && first != pid) || atomic_load(&monitor_pid) == pid
               ? NULL
               : getenv(name);
}

bool guard_is_off(void)
{
    const char *set = guard_environment(OVERRIDE);

    return set && !strcmp(set, "off");
}

/* One that cannot be looked at (a loop of links, a failing disk) is there:
 * the policy that was last in force holds then. */
static bool is_file_there(const char *path)
{
    return !access(path, F_OK) || (errno != ENOENT && errno != ENOTDIR);
}

bool guard_is_configured(void)
{
    return is_file_there("/" XLMEM_POLICY_FILE) ||
           is_file_there("/" XLMEM_MODE_FILE);
}

/* These ways out work whatever else is broken. */
bool guard_passes(void)
{
    return guard_is_off() || !guard_is_configured() ||
           !access("/" XLMEM_OFF_FILE, F_OK);
}

static void apply_override(guard_session *session)
{
    const char *set = guard_environment(OVERRIDE);

    if (!set || !*set)
        return;
    if (strcmp(set, "warn"))
        guard_say(&session->report, GUARD_WARN,
                  OVERRIDE "=%.16s is passed over: off or warn", set);
    else if (session->policy.mode == XLMEM_MODE_ENFORCE)
        session->policy.mode = XLMEM_MODE_WARN;
}

/* Whatever is wrong with it, there is a policy. */
static int read_policy(guard_session *session)
{
    /* Without memory for it they are not said. */
    xlmem_policy_report *problems = calloc(1, sizeof(*problems));
    int rc = session->lib->xlmem_policy_find(NULL, &session->policy, problems);
    char text[XLMEM_PROBLEM_LINE_MAX];
    size_t i;

    for (i = 0; problems && i < problems->nr && i < XLMEM_POLICY_PROBLEMS_MAX;
         i++)
        guard_say(&session->report, GUARD_WARN, "%s",
                  session->lib->xlmem_problem_line(&problems->problems[i],
                                                   text, sizeof(text)));
    free(problems);
    return rc;
}

static int open_session_host(guard_session *session)
{
    const guard_library *lib = session->lib;
    int rc = lib->xlmem_ctx_alloc(&session->xlmem, XLMEM_API_VERSION, NULL);

    if (rc)
        return rc;
    session->answers = calloc(1, sizeof(*session->answers));
    if (!session->answers)
        return XLMEM_ERROR_NOMEM;
    lib->xlmem_ctx_set_log(session->xlmem, guard_log, &session->report);
    return lib->xlmem_ctx_open_live(session->xlmem);
}

/* The policy comes first: it says what an error means. */
static guard_state open_session(guard_session *session)
{
    guard_report *report = &session->report;
    int rc = read_policy(session);

    if (!rc)
        apply_override(session);
    if (rc || session->policy.mode == XLMEM_MODE_OFF)
        return GUARD_PASS;
    report->failing = true;
    rc = open_session_host(session);
    if (!rc)
        return GUARD_READY;
    if (!report->failure[0])
        snprintf(report->failure, sizeof(report->failure), "%s",
                 session->lib->xlmem_strerror(rc));
    return GUARD_BROKEN;
}

guard_state guard_open(guard_session *session, const void *ctx)
{
    guard_report *report = &session->report;
    guard_state state;

    memset(session, 0, sizeof(*session));
    session->ctx = (void *)(uintptr_t)ctx;
    guard_report_init(report, ctx);
    if (guard_passes())
        return GUARD_PASS;
    guard_mark(false);
    session->lib = guard_library_get(report->failure, sizeof(report->failure));
    if (!session->lib)
        return GUARD_BROKEN;
    guard_step_in();
    state = open_session(session);
    if (state == GUARD_READY)
        guard_holds_settle(&session->policy, NULL);
    else
        guard_close(session);
    return state;
}

void guard_close(guard_session *session)
{
    if (session->xlmem)
        session->lib->xlmem_ctx_free(session->xlmem);
    session->xlmem = NULL;
    free(session->answers);
    session->answers = NULL;
    guard_step_out();
}
