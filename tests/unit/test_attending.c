/* SPDX-License-Identifier: LGPL-2.1-only */
/* The daemon's process for what auto_remedy names, over a host, a doctor and a
 * configuration of the test's own: what it is let do, what is known of it
 * after, and what is said of what a look finds. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands/doctor.h"
#include "daemon/attending.h"
#include "input/policy.h"
#include "input/session.h"

/* Seen by the process as well. */
static struct world {
    char said[2048]; /* messages, a line each */
    xlmem_remedy_kind due;
    /* Of the process: */
    int opened;  /* contexts */
    int foreign; /* calls with another context than its own */
    int carried; /* remedies carried out */
    bool has_fd; /* daemon_fd is open in it */
    char oom_score[16];
    bool stands;    /* carrying out does not end */
    bool log_known; /* the kernel's */
    int policy_rc;  /* of reading what is configured now: */
    xlmem_policy policy;
    int carry_rc, measure_rc;
    xlmem_remedy remedy;
    uint64_t after;
    treatment_result result;
    /* Of the daemon: */
    int looks;
    int64_t now_ms;
    xlmem_findings found; /* by a look */
    int noted;            /* results; the last one: */
    xlmem_attend_result last;
} * world;

static char daemon_host, own_host;
#define DAEMON_CTX ((xlmem_ctx *)(void *)&daemon_host)
#define OWN_CTX ((xlmem_ctx *)(void *)&own_host)

static int daemon_fd = -1;
static attending a;
static cmd_run run;
static xlmem_policy in_force;

/* ------------------------------------------- what it stands on, replaced - */

void cmd_message(const char *fmt, ...)
{
    const size_t used = strlen(world->said);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(world->said + used, sizeof(world->said) - used - 1, fmt, ap);
    va_end(ap);
    strcat(world->said, "\n");
}

static void note_ctx(const xlmem_ctx *ctx)
{
    world->foreign += ctx != OWN_CTX;
}

int session_open(const cmd_run *r, xlmem_ctx **ctx_r)
{
    assert_ptr_equal(r, &run);
    world->opened++;
    *ctx_r = OWN_CTX;
    return 0;
}

int policy_look(const cmd_run *r, xlmem_ctx *ctx, xlmem_policy *policy_r,
                bool *found_r, xlmem_policy_report *report_r)
{
    (void)r;
    (void)found_r;
    note_ctx(ctx);
    report_r->nr = policy_r->nr_problems = 0;
    *policy_r = world->policy;
    return world->policy_rc;
}

int doctor_look_again(doctor_call *call, xlmem_ctx *ctx)
{
    note_ctx(ctx);
    call->now.vitals.docs =
        world->log_known ? UINT32_C(1) << XLMEM_DOC_DMESG : 0;
    call->found.nr = 1;
    call->found.list[0] = (xlmem_finding){.id = "fragmented"};
    strcpy(call->found.list[0].text, "no blocks");
    return 0;
}

void doctor_measure(const doctor_call *call, xlmem_ctx *ctx, treatment *t)
{
    (void)call;
    note_ctx(ctx);
    t->after_known = !world->measure_rc;
    t->after = world->after;
    t->result = world->result;
}

void xlmem_remedy_past_read(xlmem_ctx *ctx, xlmem_remedy_past *past_r)
{
    note_ctx(ctx);
    past_r->known = 0;
}

int xlmem_remedies_plan(xlmem_ctx *ctx, const xlmem_scene *scene,
                        const xlmem_findings *findings,
                        const xlmem_remedy_scope *scope,
                        xlmem_remedies *remedies_r)
{
    (void)scene;
    (void)findings;
    (void)scope;
    note_ctx(ctx);
    remedies_r->nr = 1;
    remedies_r->list[0] = world->remedy;
    return 0;
}

#define OOM_FILE "/proc/self/oom_score_adj"

static void read_oom_score(char score_r[16])
{
    FILE *file = fopen(OOM_FILE, "re");

    assert_non_null(file);
    assert_non_null(fgets(score_r, 16, file));
    fclose(file);
}

static bool write_oom_score(const char *score)
{
    FILE *file = fopen(OOM_FILE, "we");

    assert_non_null(file);
    fputs(score, file);
    return !fclose(file);
}

int xlmem_remedy_carry_out(xlmem_ctx *ctx, const xlmem_policy *policy,
                           const xlmem_remedy *remedy, char *err,
                           size_t err_len)
{
    note_ctx(ctx);
    assert_int_equal(policy->mode, XLMEM_MODE_ENFORCE);
    assert_int_equal(remedy->kind, XLMEM_REMEDY_COMPACT);
    world->carried++;
    world->has_fd = fcntl(daemon_fd, F_GETFD) >= 0;
    read_oom_score(world->oom_score);
    /* Not for ever, where a test fails that would end it. */
    alarm(30);
    while (world->stands)
        pause();
    if (world->carry_rc)
        snprintf(err, err_len, "no");
    return world->carry_rc;
}

int xlmem_vitals_read(xlmem_ctx *ctx, uint32_t docs, xlmem_vitals *vitals_r)
{
    assert_ptr_equal(ctx, DAEMON_CTX);
    assert_true(docs & UINT32_C(1) << XLMEM_DOC_MEMINFO);
    world->looks++;
    vitals_r->now_ms = world->now_ms;
    return 0;
}

int xlmem_diagnose(xlmem_ctx *ctx, const xlmem_scene *scene,
                   xlmem_findings *findings_r)
{
    assert_ptr_equal(ctx, DAEMON_CTX);
    assert_non_null(scene->policy);
    *findings_r = world->found;
    return 0;
}

int xlmem_attend_look(xlmem_ctx *ctx, xlmem_attend *attend,
                      const xlmem_findings *findings, int64_t now_ms,
                      xlmem_remedy_kind *due_r)
{
    (void)findings;
    assert_ptr_equal(ctx, DAEMON_CTX);
    assert_int_equal(now_ms, world->now_ms);
    assert_int_equal(attend->allowed, in_force.auto_remedies);
    *due_r = world->due;
    return 0;
}

int xlmem_attend_done(xlmem_ctx *ctx, xlmem_attend *attend,
                      xlmem_remedy_kind kind, xlmem_attend_result result)
{
    assert_ptr_equal(ctx, DAEMON_CTX);
    assert_ptr_equal(attend, &a.state);
    assert_int_equal(kind, XLMEM_REMEDY_COMPACT);
    world->noted++;
    world->last = result;
    return 0;
}

/* ------------------------------------------------------------- its life - */

static void look(void)
{
    attending_look(&a, &run, DAEMON_CTX, &in_force);
}

/* Until it has ended; the daemon has not looked at it yet. */
static void await_end(void)
{
    siginfo_t info;

    assert_true(a.child > 0);
    while (waitid(P_PID, (id_t)a.child, &info, WEXITED | WNOWAIT) < 0)
        assert_int_equal(errno, EINTR);
}

/* Begun, ended and taken note of; what was said. */
static const char *attend_once(void)
{
    world->said[0] = '\0';
    world->due = XLMEM_REMEDY_COMPACT;
    look();
    await_end();
    world->due = XLMEM_REMEDY_NONE;
    look();
    assert_int_equal(a.child, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    return world->said;
}

/* Begun, and at work. */
static void attend_for_long(void)
{
    world->stands = true;
    world->due = XLMEM_REMEDY_COMPACT;
    look();
    while (!__atomic_load_n(&world->carried, __ATOMIC_SEQ_CST))
        usleep(1000);
    world->said[0] = '\0';
}

static int reset(void **state)
{
    (void)state;
    if (!world)
        world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(world != MAP_FAILED);
    memset(world, 0, sizeof(*world));
    memset(&a, 0, sizeof(a));
    memset(&run, 0, sizeof(run));
    memset(&in_force, 0, sizeof(in_force));
    in_force.mode = XLMEM_MODE_ENFORCE;
    in_force.auto_remedies = XLMEM_REMEDY_BIT(XLMEM_REMEDY_COMPACT);
    world->policy = in_force;
    world->log_known = true;
    world->now_ms = 4711;
    world->remedy = (xlmem_remedy){
        .id = "fragmented",
        .name = "compact",
        .what = "free in it",
        .kind = XLMEM_REMEDY_COMPACT,
        .unit = XLMEM_UNIT_KB,
        .before = 1234,
        .does = "do it",
    };
    world->after = 5678;
    world->result = TREATMENT_CURED;
    return 0;
}

/* --------------------------------------------------------------- tests --- */

#define BEGIN "auto_remedy: compact: fragmented: no blocks; do it\n"

static void what_was_done_is_said_and_noted(void **state)
{
    (void)state;
    assert_string_equal(attend_once(),
                        BEGIN "auto_remedy: compact: cured: free in it: "
                              "1234 kB before, 5678 kB after\n");
    assert_int_equal(world->carried, 1);
    assert_int_equal(world->noted, 1);
    assert_int_equal(world->last, XLMEM_ATTEND_BETTER);
    world->result = TREATMENT_NO_BETTER;
    attend_once();
    assert_int_equal(world->last, XLMEM_ATTEND_NO_BETTER);
    world->result = TREATMENT_FAILED;
    world->carry_rc = XLMEM_ERROR_IO;
    assert_non_null(strstr(attend_once(), "kB after; no\n"));
    assert_int_equal(world->last, XLMEM_ATTEND_FAILED);
    world->result = TREATMENT_REFUSED;
    attend_once();
    assert_int_equal(world->last, XLMEM_ATTEND_REFUSED);
    assert_int_equal(world->noted, 4);
}

static void what_is_not_measured_is_not_said(void **state)
{
    (void)state;
    world->measure_rc = XLMEM_ERROR_UNKNOWN;
    world->after = 0;
    world->result = TREATMENT_NO_BETTER;
    assert_string_equal(attend_once(),
                        BEGIN "auto_remedy: compact: no better: free in it: "
                              "1234 kB before\n");
}

static void the_process_opens_the_host_by_itself(void **state)
{
    (void)state;
    attend_once();
    assert_int_equal(world->opened, 1);
    assert_int_equal(world->foreign, 0);
}

/* Whoever is not root cannot have been hidden, and is not looked for. */
static void the_process_keeps_nothing_of_the_daemon(void **state)
{
    char before[16];
    bool hidden;

    (void)state;
    read_oom_score(before);
    hidden = write_oom_score("-1000");
    daemon_fd = open("/dev/null", O_RDONLY);
    assert_true(daemon_fd > STDERR_FILENO);
    /* It has what it says in a pipe all the same. */
    snprintf(world->remedy.refusal, sizeof(world->remedy.refusal), "no");
    assert_non_null(strstr(attend_once(), "not done: no\n"));
    world->remedy.refusal[0] = '\0';
    attend_once();
    assert_int_equal(world->carried, 1);
    assert_false(world->has_fd);
    if (hidden)
        assert_string_equal(world->oom_score, "0\n");
    close(daemon_fd);
    write_oom_score(before);
}

#define NOT_DONE "auto_remedy: compact is not done: "

static const char *refuse_for(const char *why)
{
    snprintf(world->remedy.refusal, sizeof(world->remedy.refusal), "%s", why);
    return attend_once();
}

static void a_refusal_is_said_once_while_it_is_for_one_reason(void **state)
{
    (void)state;
    assert_string_equal(refuse_for("a task hangs for 120 s"),
                        NOT_DONE "a task hangs for 120 s\n");
    assert_int_equal(world->last, XLMEM_ATTEND_REFUSED);
    assert_string_equal(refuse_for("a task hangs for 120 s"), "");
    assert_string_equal(refuse_for("a task hangs for 9 s"), "");
    assert_string_equal(refuse_for("a task hangs for 1.5 s"), "");
    assert_string_equal(refuse_for("a task hangs for 1.5 s and"),
                        NOT_DONE "a task hangs for 1.5 s and\n");
    assert_string_equal(refuse_for("a disk fails"), NOT_DONE "a disk fails\n");
    assert_string_equal(refuse_for("a task hangs for 120 s"),
                        NOT_DONE "a task hangs for 120 s\n");
    world->log_known = false;
    assert_non_null(strstr(refuse_for(""), NOT_DONE "whether tasks hang is"));
    assert_int_equal(world->carried, 0);
    assert_int_equal(world->noted, 8);
    /* What was done in between begins anew. */
    world->log_known = true;
    refuse_for("");
    assert_int_equal(world->carried, 1);
    world->log_known = false;
    assert_non_null(strstr(refuse_for(""), NOT_DONE));
}

static void what_is_configured_now_counts(void **state)
{
    (void)state;
    world->policy.mode = XLMEM_MODE_OFF;
    assert_string_equal(attend_once(), NOT_DONE "mode is off now\n");
    assert_int_equal(world->last, XLMEM_ATTEND_REFUSED);
    world->policy = in_force;
    world->policy.auto_remedies = XLMEM_REMEDY_BIT(XLMEM_REMEDY_ONLINE);
    assert_string_equal(attend_once(),
                        NOT_DONE "auto_remedy does not name it any more\n");
    world->policy_rc = XLMEM_ERROR_IO;
    assert_string_equal(attend_once(),
                        NOT_DONE "the configuration cannot be read\n");
    world->policy_rc = 0;
    world->policy = in_force;
    world->policy.mode = XLMEM_MODE_WARN;
    assert_string_equal(attend_once(),
                        "auto_remedy: compact: fragmented: no blocks; mode is "
                        "warn; in mode enforce: do it\n");
    assert_int_equal(world->last, XLMEM_ATTEND_NO_BETTER);
    assert_int_equal(world->carried, 0);
}

/* Of a file that is given what it said before stays, but for the switch. */
static void a_given_file_that_is_wrong_turns_nothing_but_off(void **state)
{
    (void)state;
    run.global[GLOBAL_CONFIG] = "it";
    world->policy.auto_remedies = 0;
    world->policy.nr_problems = 1;
    attend_once();
    assert_int_equal(world->carried, 1);
    world->policy.mode = XLMEM_MODE_OFF;
    assert_string_equal(attend_once(), NOT_DONE "mode is off now\n");
    assert_int_equal(world->carried, 1);
}

static void who_is_at_work_is_ended_and_waited_for_when_off(void **state)
{
    pid_t child;

    (void)state;
    attend_for_long();
    child = a.child;
    assert_true(attending_follow(&a, &in_force));
    look();
    assert_int_equal(a.child, child);
    in_force.mode = XLMEM_MODE_OFF;
    /* There is one to be waited for. */
    assert_true(attending_follow(&a, &in_force));
    await_end();
    look();
    assert_int_equal(a.child, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_false(attending_follow(&a, &in_force));
    /* It did not die of itself, and may have done it. */
    assert_string_equal(world->said, "");
    assert_int_equal(world->noted, 0);
}

static void what_is_no_longer_named_is_ended(void **state)
{
    (void)state;
    attend_for_long();
    in_force.auto_remedies = XLMEM_REMEDY_BIT(XLMEM_REMEDY_ONLINE);
    assert_true(attending_follow(&a, &in_force));
    await_end();
    world->due = XLMEM_REMEDY_NONE;
    look();
    assert_int_equal(a.child, 0);
    assert_true(attending_follow(&a, &in_force));
    /* In mode warn nobody acts. */
    in_force = world->policy;
    world->carried = 0;
    attend_for_long();
    in_force.mode = XLMEM_MODE_WARN;
    attending_follow(&a, &in_force);
    await_end();
    world->due = XLMEM_REMEDY_NONE;
    look();
    assert_int_equal(world->noted, 0);
}

static void one_that_dies_has_failed(void **state)
{
    (void)state;
    attend_for_long();
    kill(a.child, SIGKILL);
    await_end();
    world->due = XLMEM_REMEDY_NONE;
    look();
    assert_string_equal(world->said,
                        "auto_remedy: compact: the process has died\n");
    assert_int_equal(world->noted, 1);
    assert_int_equal(world->last, XLMEM_ATTEND_FAILED);
}

/* The daemon ends, and with it who works for it. */
static void the_end_ends_it(void **state)
{
    (void)state;
    attending_end(&a);
    attend_for_long();
    attending_end(&a);
    await_end();
    world->due = XLMEM_REMEDY_NONE;
    look();
    assert_int_equal(a.child, 0);
}

/* So many looks, half a minute after each other. */
static void look_often(unsigned nr)
{
    for (; nr; nr--) {
        world->now_ms += INT64_C(1000) * ATTENDING_SECONDS;
        look();
    }
}

static void is_found_by_looks(xlmem_severity severity)
{
    world->found.nr = 1;
    world->found.list[0] = (xlmem_finding){
        .id = "low-memory", .severity = severity, .subject = "dom0"};
    strcpy(world->found.list[0].text, "little is left.");
}

/* Nothing is to be named for that. */
static void what_is_found_is_logged(void **state)
{
    (void)state;
    in_force.auto_remedies = 0;
    assert_false(attending_is_wanted(&in_force));
    is_found_by_looks(XLMEM_SEV_WARNING);
    look_often(10);
    assert_string_equal(world->said, "doctor: warning: low-memory, dom0: "
                                     "little is left.\n");
    world->said[0] = '\0';
    is_found_by_looks(XLMEM_SEV_CRITICAL);
    look_often(10);
    assert_string_equal(world->said,
                        "doctor: critical, it was warning for 5 min: "
                        "low-memory, dom0: little is left.\n");
    world->said[0] = '\0';
    world->found.nr = 0;
    look_often(30);
    assert_string_equal(world->said, "doctor: over: low-memory, dom0; it was "
                                     "critical for 5 min\n");
}

/* While nothing is found nothing is to be woken for; a look that is made all
 * the same is followed by none at once. */
static void a_healthy_host_needs_no_clock(void **state)
{
    (void)state;
    in_force.auto_remedies = 0;
    assert_true(attending_is_due(&a));
    look_often(1);
    assert_false(attending_is_due(&a));
    assert_int_equal(world->looks, 1);
    assert_false(attending_follow(&a, &in_force));
    is_found_by_looks(XLMEM_SEV_WARNING);
    look_often(1);
    assert_true(attending_follow(&a, &in_force));
    look_often(10);
    world->found.nr = 0;
    look_often(10);
    assert_true(attending_follow(&a, &in_force));
    look_often(20);
    assert_false(attending_follow(&a, &in_force));
    in_force.auto_remedies = XLMEM_REMEDY_BIT(XLMEM_REMEDY_COMPACT);
    assert_true(attending_follow(&a, &in_force));
}

static void when_off_it_does_not_look(void **state)
{
    (void)state;
    in_force.mode = XLMEM_MODE_OFF;
    is_found_by_looks(XLMEM_SEV_CRITICAL);
    look_often(10);
    assert_int_equal(world->looks, 0);
    assert_string_equal(world->said, "");
}

#define TEST(f) cmocka_unit_test_setup(f, reset)

TEST_GROUP(attending)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_done_is_said_and_noted),
        TEST(what_is_not_measured_is_not_said),
        TEST(the_process_opens_the_host_by_itself),
        TEST(the_process_keeps_nothing_of_the_daemon),
        TEST(a_refusal_is_said_once_while_it_is_for_one_reason),
        TEST(what_is_configured_now_counts),
        TEST(a_given_file_that_is_wrong_turns_nothing_but_off),
        TEST(who_is_at_work_is_ended_and_waited_for_when_off),
        TEST(what_is_no_longer_named_is_ended),
        TEST(one_that_dies_has_failed),
        TEST(the_end_ends_it),
        TEST(what_is_found_is_logged),
        TEST(a_healthy_host_needs_no_clock),
        TEST(when_off_it_does_not_look),
    };

    return test_run(tests, NULL, NULL);
}
