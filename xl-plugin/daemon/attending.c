/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What is said of the doctor's findings, and done about them, without anybody
 * asking.
 *
 *     awake, each half a minute: dom0's memory -> what is to be logged, if
 *       anything (news.c), what is due, if any (model/doctor/attend.c)
 *     what is due: a process that reads all that the doctor reads, decides as
 *       doctor --fix does, carries it out, measures, says it, and ends
 *
 * A process, because sync and compaction take seconds to minutes and may wait
 * behind a medium that does not answer: the daemon has the watchdog to tell
 * and a host to balance.  It is asked for at the next looks, so that nothing
 * of the loop waits for it, and while it is at work nothing else is begun.
 *
 * It opens the host by itself: a child may do nothing with what its parent has
 * opened of Xen's but close it (xencall.h of Xen 4.14 to 4.20), and does so.
 * Why it refused comes back in a pipe: the daemon says it, once while it stays
 * the same.
 *
 * Nobody watches here.  So what the kernel's log would say of hung tasks has
 * to be known, which --fix leaves to who called it.
 */
#include "config.h"

#include "daemon/attending.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "commands/doctor.h"
#include "daemon/shelter.h"
#include "input/policy.h"
#include "input/session.h"
#include "output/treatment.h"

#define DOC(name) (UINT32_C(1) << XLMEM_DOC_##name)

/* What the kernel tells of its memory in less than a millisecond.  Logs and
 * processes are more work, and what a log says is logged already. */
#define LOOKS_AT                                                              \
    (DOC(MEMINFO) | DOC(BUDDYINFO) | DOC(ZONEINFO) | DOC(LOADAVG) |           \
     DOC(PSI_MEMORY) | DOC(ARCSTATS))

bool attending_is_wanted(const xlmem_policy *policy)
{
    return policy->auto_remedies && policy->mode != XLMEM_MODE_OFF;
}

/* ------------------------------------------------- what has become of it - */

static const char *automatic_name(xlmem_remedy_kind kind)
{
    switch (kind) {
    case XLMEM_REMEDY_COMPACT:
        return "compact";
    case XLMEM_REMEDY_DROP:
        return "drop-caches";
    default:
        return "online";
    }
}

/* Its status is the result.  One that was killed, or has died, has failed. */
static xlmem_attend_result attended_result(int status)
{
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

    return code >= XLMEM_ATTEND_BETTER && code <= XLMEM_ATTEND_FAILED
               ? (xlmem_attend_result)code
               : XLMEM_ATTEND_FAILED;
}

/* What was said of this kind the last time. */
static char *said_of(attending *a)
{
    return a->said[a->doing - XLMEM_REMEDY_COMPACT];
}

static const char *behind_number(const char *text)
{
    while (isdigit((unsigned char)*text) || *text == '.')
        text++;
    return text;
}

/* Of how much and for how long is no other reason. */
static bool is_same_reason(const char *one, const char *other)
{
    for (;; one++, other++) {
        one = behind_number(one);
        other = behind_number(other);
        if (*one != *other)
            return false;
        if (!*one)
            return true;
    }
}

/* @why: "": what there was to say is said. */
static void say_refusal(attending *a, const char *why)
{
    char *said = said_of(a);

    if (*why && !is_same_reason(why, said))
        cmd_message("auto_remedy: %s is not done: %s",
                    automatic_name(a->doing), why);
    snprintf(said, XLMEM_REMEDY_ROOM, "%s", why);
}

/* What it wrote is there: it has ended. */
static void read_why(attending *a, char *why, size_t len)
{
    const ssize_t n = a->why_fd < 0 ? 0 : read(a->why_fd, why, len - 1);

    why[n > 0 ? n : 0] = '\0';
    if (a->why_fd >= 0)
        close(a->why_fd);
    a->why_fd = -1;
}

static void note_result(attending *a, xlmem_ctx *ctx,
                        xlmem_attend_result result)
{
    char why[XLMEM_REMEDY_ROOM];

    read_why(a, why, sizeof(why));
    say_refusal(a, result == XLMEM_ATTEND_REFUSED ? why : "");
    xlmem_attend_done(ctx, &a->state, a->doing, result);
}

/* One that was ended rests as if it had been let go on: what it did is not
 * known. */
static void note_ended(attending *a)
{
    char why[XLMEM_REMEDY_ROOM];

    read_why(a, why, sizeof(why));
    say_refusal(a, "");
}

/* Whether somebody is still at work. */
static bool is_at_work(attending *a, xlmem_ctx *ctx)
{
    int status = 0;
    pid_t r;

    if (!a->child)
        return false;
    r = waitpid(a->child, &status, WNOHANG);
    if (!r || (r < 0 && errno == EINTR))
        return true;
    a->child = 0;
    if (a->ended) {
        note_ended(a);
        return false;
    }
    if (r < 0 || !WIFEXITED(status))
        cmd_message("auto_remedy: %s: the process has died",
                    automatic_name(a->doing));
    note_result(a, ctx, r < 0 ? XLMEM_ATTEND_FAILED : attended_result(status));
    return false;
}

/* ------------------------------------------------------- a closer look --- */

typedef struct closer {
    doctor_call call;
    xlmem_remedies plan;
    xlmem_remedy_scope scope;
    int why_fd; /* to the daemon */
} closer;

static const xlmem_remedy *find_remedy(const closer *c, xlmem_remedy_kind kind)
{
    size_t i;

    for (i = 0; i < c->plan.nr; i++)
        if (c->plan.list[i].kind == kind)
            return &c->plan.list[i];
    return NULL;
}

static const char *finding_text(const closer *c, const xlmem_remedy *remedy)
{
    const xlmem_finding *finding = treatment_finding(&c->call.found, remedy);

    return finding ? finding->text : "";
}

/* A pipe that is empty takes it as a whole: PIPE_BUF is 4096. */
static xlmem_attend_result refuse(const closer *c, const char *why)
{
    const size_t len = strlen(why);

    if (write(c->why_fd, why, len) != (ssize_t)len)
        return XLMEM_ATTEND_FAILED;
    return XLMEM_ATTEND_REFUSED;
}

static void say_begin(const closer *c, const xlmem_remedy *remedy, bool would)
{
    cmd_message("auto_remedy: %s: %s%s%s: %s; %s%s", remedy->name, remedy->id,
                *remedy->subject ? ", " : "", remedy->subject,
                finding_text(c, remedy),
                would ? "mode is warn; in mode enforce: " : "", remedy->does);
}

static xlmem_attend_result say_end(const treatment *t)
{
    const char *unit = t->remedy.unit == XLMEM_UNIT_KB ? " kB" : "";
    char after[48] = "";

    if (t->after_known)
        snprintf(after, sizeof(after), ", %llu%s after",
                 (unsigned long long)t->after, unit);
    cmd_message("auto_remedy: %s: %s: %s: %llu%s before%s%s%s", t->remedy.name,
                treatment_word(t->result), t->remedy.what,
                (unsigned long long)t->remedy.before, unit, after,
                *t->why ? "; " : "", t->why);
    switch (t->result) {
    case TREATMENT_CURED:
    case TREATMENT_BETTER:
        return XLMEM_ATTEND_BETTER;
    case TREATMENT_NO_BETTER:
        return XLMEM_ATTEND_NO_BETTER;
    case TREATMENT_REFUSED:
        return XLMEM_ATTEND_REFUSED;
    default:
        return XLMEM_ATTEND_FAILED;
    }
}

static xlmem_attend_result act_on(closer *c, xlmem_ctx *ctx,
                                  const xlmem_remedy *remedy)
{
    treatment t = {.remedy = *remedy, .result = TREATMENT_FAILED};

    t.rc = xlmem_remedy_carry_out(ctx, &c->call.policy, remedy, t.why,
                                  sizeof(t.why));
    if (t.rc && !t.why[0])
        snprintf(t.why, sizeof(t.why), "%s", xlmem_strerror(t.rc));
    if (!doctor_look_again(&c->call, ctx))
        doctor_measure(&c->call, ctx, &t);
    return say_end(&t);
}

/*
 * Since this began the administrator may have said otherwise: what he says now
 * counts.  Of a file of --config that is wrong what it said before stays, as
 * in the daemon, but for the switch.
 * Returns why it may not be done; NULL: it may.
 */
static const char *ask_again(closer *c, xlmem_ctx *ctx, xlmem_remedy_kind kind)
{
    xlmem_policy_report report;
    xlmem_policy policy;

    if (policy_look(c->call.run, ctx, &policy, NULL, &report))
        return "the configuration cannot be read";
    if (policy.mode == XLMEM_MODE_OFF)
        return "mode is off now";
    if (c->call.run->global[GLOBAL_CONFIG] && policy.nr_problems)
        return NULL;
    if (!(policy.auto_remedies & XLMEM_REMEDY_BIT(kind)))
        return "auto_remedy does not name it any more";
    c->call.policy = policy;
    return NULL;
}

static xlmem_attend_result act_if_asked(closer *c, xlmem_ctx *ctx,
                                        const xlmem_remedy *remedy)
{
    const char *why = ask_again(c, ctx, remedy->kind);

    if (why)
        return refuse(c, why);
    if (c->call.policy.mode != XLMEM_MODE_ENFORCE) {
        say_begin(c, remedy, true);
        return XLMEM_ATTEND_NO_BETTER;
    }
    say_begin(c, remedy, false);
    return act_on(c, ctx, remedy);
}

static xlmem_attend_result look_closer(closer *c, xlmem_ctx *ctx,
                                       xlmem_remedy_kind kind)
{
    const xlmem_remedy *remedy;
    int rc = doctor_look_again(&c->call, ctx);

    if (!rc) {
        xlmem_remedy_past_read(ctx, &c->scope.past);
        rc = xlmem_remedies_plan(ctx, &c->call.now.scene, &c->call.found,
                                 &c->scope, &c->plan);
    }
    if (rc)
        return refuse(c, xlmem_strerror(rc));
    remedy = find_remedy(c, kind);
    if (!remedy)
        return refuse(c, "it is over, or explained by something else");
    if (remedy->refusal[0])
        return refuse(c, remedy->refusal);
    if (!xlmem_vitals_has(&c->call.now.vitals, XLMEM_DOC_DMESG))
        return refuse(c, "whether tasks hang is not known: the kernel's log "
                         "cannot be read (where auto_remedy was set since the "
                         "daemon started: restart it)");
    return act_if_asked(c, ctx, remedy);
}

/* ------------------------------------------------------- its process --- */

/* The loop's handlers write to the loop's own descriptors. */
static void leave_loop(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE};
    size_t i;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        signal(numbers[i], SIG_DFL);
}

static void be_closer(const attending *a, const cmd_run *run,
                      const xlmem_policy *policy, int why_fd)
{
    closer *c = calloc(1, sizeof(*c));
    xlmem_attend_result result = XLMEM_ATTEND_FAILED;
    xlmem_ctx *ctx;

    if (c && !session_open(run, &ctx)) {
        c->call.run = run;
        c->call.policy = *policy;
        c->call.configured = true;
        c->why_fd = why_fd;
        result = look_closer(c, ctx, a->doing);
    }
    free(c);
    _exit((int)result);
}

/* Returns whether there is one. */
static bool fork_closer(attending *a, const cmd_run *run,
                        const xlmem_policy *policy)
{
    sigset_t all, old;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
        return false;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &old);
    a->child = fork();
    if (!a->child) {
        leave_loop();
        shelter_leave(ends[1]);
        sigprocmask(SIG_SETMASK, &old, NULL);
        be_closer(a, run, policy, ends[1]);
    }
    sigprocmask(SIG_SETMASK, &old, NULL);
    close(ends[1]);
    if (a->child > 0) {
        a->why_fd = ends[0];
        return true;
    }
    a->child = 0;
    close(ends[0]);
    return false;
}

static void begin_due(attending *a, const cmd_run *run, xlmem_ctx *ctx,
                      const xlmem_policy *policy)
{
    a->why_fd = -1;
    a->ended = false;
    a->acts = policy->mode == XLMEM_MODE_ENFORCE;
    if (fork_closer(a, run, policy))
        return;
    cmd_message("auto_remedy: no process can be made: %s", strerror(errno));
    note_result(a, ctx, XLMEM_ATTEND_FAILED);
}

/* ------------------------------------------------------------ the look --- */

/* A watchdog's time may come a little early. */
bool attending_is_due(const attending *a)
{
    return !a->looked_ms ||
           clock_boot_ms() - a->looked_ms >= ATTENDING_SECONDS * INT64_C(900);
}

static bool looks(const xlmem_policy *policy)
{
    return policy->mode != XLMEM_MODE_OFF;
}

/* Blocks are a file each: thousands on a large host. */
static uint32_t documents_for(uint64_t allowed)
{
    return allowed & XLMEM_REMEDY_BIT(XLMEM_REMEDY_ONLINE)
               ? LOOKS_AT | DOC(BLOCKS)
               : LOOKS_AT;
}

/* "it was warning for 23 min"; "": of what is new. */
static void past_text(const news_change *it, char *buf, size_t len)
{
    buf[0] = '\0';
    if (it->was != XLMEM_SEV_NOTE)
        snprintf(buf, len, "it was %s for %llu min",
                 xlmem_severity_name(it->was),
                 (unsigned long long)(it->lasted_ms / 60000));
}

static void log_news(const news_change *it)
{
    const char *comma = *it->subject ? ", " : "";
    const char *text = it->finding ? it->finding->text : "less is found";
    char past[64];

    past_text(it, past, sizeof(past));
    if (it->is == XLMEM_SEV_NOTE)
        cmd_message("doctor: over: %s%s%s; %s", it->id, comma, it->subject,
                    past);
    else
        cmd_message("doctor: %s%s%s: %s%s%s: %s", xlmem_severity_name(it->is),
                    *past ? ", " : "", past, it->id, comma, it->subject, text);
}

static void say_news(news *n, const xlmem_findings *found, int64_t now_ms)
{
    news_change changes[NEWS_ROOM];
    const size_t nr = news_look(n, found, now_ms, changes);
    size_t i;

    for (i = 0; i < nr; i++)
        log_news(&changes[i]);
}

/* By what is quickly read; the rest is not judged. */
static int look_quickly(attending *a, xlmem_ctx *ctx,
                        const xlmem_policy *policy, xlmem_findings *found)
{
    xlmem_host host;
    xlmem_vitals vitals;
    const xlmem_scene scene = {
        .host = &host, .policy = policy, .vitals = &vitals};
    int rc;

    a->state.allowed = policy->auto_remedies;
    xlmem_host_init(&host);
    xlmem_vitals_init(&vitals);
    rc = xlmem_vitals_read(ctx, documents_for(policy->auto_remedies), &vitals);
    if (!rc)
        rc = xlmem_diagnose(ctx, &scene, found);
    if (!rc) {
        say_news(&a->news, found, vitals.now_ms);
        rc =
            xlmem_attend_look(ctx, &a->state, found, vitals.now_ms, &a->doing);
    }
    xlmem_vitals_dispose(&vitals);
    xlmem_host_dispose(&host);
    return rc;
}

void attending_look(attending *a, const cmd_run *run, xlmem_ctx *ctx,
                    const xlmem_policy *policy)
{
    xlmem_findings *found;

    a->looked_ms = clock_boot_ms();
    if (is_at_work(a, ctx) || !looks(policy))
        return;
    found = calloc(1, sizeof(*found));
    /* What failed is logged; the next look is in half a minute. */
    if (found && !look_quickly(a, ctx, policy, found) && a->doing)
        begin_due(a, run, ctx, policy);
    free(found);
}

/* One that acts may not go on where nothing is to be done but said. */
static bool is_allowed(const attending *a, const xlmem_policy *policy)
{
    return attending_is_wanted(policy) &&
           policy->auto_remedies & XLMEM_REMEDY_BIT(a->doing) &&
           (!a->acts || policy->mode == XLMEM_MODE_ENFORCE);
}

bool attending_follow(attending *a, const xlmem_policy *policy)
{
    if (a->child && !is_allowed(a, policy))
        attending_end(a);
    return a->child || attending_is_wanted(policy) ||
           (looks(policy) && a->news.nr);
}

void attending_end(attending *a)
{
    if (a->child)
        kill(a->child, SIGTERM);
    a->ended = true;
}
