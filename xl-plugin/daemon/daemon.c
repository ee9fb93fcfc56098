/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xl-memguard daemon: the library's monitor in an event loop, as a service.
 *
 *     configuration, SIGHUP, the switch -> policy
 *     policy: mode is not off -> awake, a look at dom0's memory each half a
 *       minute
 *     policy: balance is on   -> a monitor, which the loop follows
 *             balance is off  -> none: it waits for another configuration
 *
 * What it knows of the host is the monitor's, which reads all of it anew after
 * whatever happened: xenstored was restarted, the host has slept, the daemon
 * before this one was killed.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "daemon/attending.h"
#include "daemon/left_out.h"
#include "daemon/loop.h"
#include "daemon/notify.h"
#include "daemon/parts.h"
#include "daemon/ranges.h"
#include "daemon/shelter.h"
#include "daemon/single.h"
#include "daemon/told.h"
#include "input/daemon.h"
#include "input/policy.h"
#include "input/session.h"
#include "private/daemon.h"
#include "xlmem/monitor.h"

/* xenstored has others to serve as well. */
#define TELLS_AGAIN_MS 100

typedef struct daemon_self {
    const cmd_run *run;
    xlmem_ctx *ctx;
    xlmem_policy policy;
    xlmem_monitor *monitor; /* NULL: balance is off, or it failed: */
    int rc;
    loop *loop;
    uint64_t passes; /* the monitor's, when its parts were last looked at */
    left_out left_out;
    ranges ranges;
    told told;
    attending attending;
    const char *published; /* the state that our nodes say; NULL: they are
                              not there, or not known to be */
    char status[160];      /* what the service manager was told last */
} daemon_self;

/* ---------------------------------------------------------- saying it --- */

/* journald takes the level from the front of a line: sd-daemon(3). */
static void log_line(void *user, int level, const char *text)
{
    static const int levels[] = {7, 6, 4, 3};
    const cmd_run *run = user;

    if (level < 2 && !run->global[GLOBAL_VERBOSE])
        return;
    if (getenv("JOURNAL_STREAM") && level >= 0 && level <= 3)
        fprintf(stderr, "<%d>", levels[level]);
    cmd_message("%s", text);
}

static uint64_t fact(const daemon_self *self, xlmem_monitor_fact which)
{
    uint64_t value = 0;

    xlmem_monitor_get(self->monitor, which, &value);
    return value;
}

static void describe_state(const daemon_self *self, char *text, size_t len)
{
    if (!self->monitor && self->policy.balance)
        snprintf(text, len, "nothing is moved: %s", xlmem_strerror(self->rc));
    else if (!self->monitor)
        snprintf(text, len, "balance is off in %s: nothing is moved",
                 policy_path(self->run));
    else if (self->policy.mode == XLMEM_MODE_OFF)
        snprintf(text, len, "mode is off (%s): nothing is moved",
                 policy_mode_from(self->run, &self->policy));
    else if (!fact(self, XLMEM_MONITOR_CONNECTED))
        snprintf(text, len, "xenstored does not answer; trying again");
    else
        snprintf(text, len,
                 "balancing: %" PRIu64 " of %" PRIu64
                 " domains take part, %" PRIu64 " are pinned",
                 fact(self, XLMEM_MONITOR_NR_PARTIES),
                 fact(self, XLMEM_MONITOR_NR_DOMAINS),
                 fact(self, XLMEM_MONITOR_NR_PINNED));
}

/* Whether what there is to say is another than before. */
static bool describe_anew(daemon_self *self)
{
    char text[sizeof(self->status)];

    describe_state(self, text, sizeof(text));
    if (!strcmp(text, self->status))
        return false;
    memcpy(self->status, text, sizeof(text));
    return true;
}

/* A xenstored that was restarted has lost our nodes, or has them still. */
static void publish(daemon_self *self)
{
    const bool moves = self->monitor && self->policy.mode != XLMEM_MODE_OFF;
    const char *state = moves ? XLMEM_DAEMON_MOVES : "off";
    char pid[16];

    if (self->monitor && !fact(self, XLMEM_MONITOR_CONNECTED)) {
        self->published = NULL;
        return;
    }
    if (self->published && !strcmp(self->published, state))
        return;
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    if (!xlmem_daemon_publish(self->ctx, "pid", pid) &&
        !xlmem_daemon_publish(self->ctx, "version", xlmem_version()) &&
        !xlmem_daemon_publish(self->ctx, "state", state))
        self->published = state;
}

/* ------------------------------------------------------------- policy --- */

static int64_t first_of(int64_t a_ms, int64_t b_ms)
{
    return a_ms >= 0 && a_ms < b_ms ? a_ms : b_ms;
}

static void follow(daemon_self *self)
{
    int64_t deadline_ms;

    if (!self->monitor) {
        loop_follow(self->loop, -1, -1);
        return;
    }
    deadline_ms = xlmem_monitor_deadline_ms(self->monitor);
    if (self->told.left)
        deadline_ms = first_of(deadline_ms, clock_boot_ms() + TELLS_AGAIN_MS);
    loop_follow(self->loop, xlmem_monitor_fd(self->monitor), deadline_ms);
}

/* What the policy says of the doctor is done. */
static void apply_attending(daemon_self *self)
{
    loop_look_every(self->loop,
                    attending_follow(&self->attending, &self->policy)
                        ? ATTENDING_SECONDS
                        : 0);
}

/* What the policy says of balancing is done.  A dispatch is due then. */
static void apply_balance(daemon_self *self)
{
    loop_forget(self->loop);
    if (!self->policy.balance) {
        told_end(&self->told, self->ctx);
        xlmem_monitor_close(self->monitor);
        self->monitor = NULL;
    } else if (self->monitor) {
        xlmem_monitor_set_policy(self->monitor, &self->policy);
    } else {
        self->rc =
            xlmem_monitor_open(self->ctx, &self->policy, &self->monitor);
    }
}

/* What a pass has found of each domain: who is left out, who lacks a range. */
static void look_at_parts(daemon_self *self)
{
    if (!parts_are_new(self->monitor, &self->passes))
        return;
    left_out_look(&self->left_out, self->monitor);
    if (fact(self, XLMEM_MONITOR_CONNECTED) &&
        self->policy.mode != XLMEM_MODE_OFF)
        ranges_look(&self->ranges, self->ctx, self->monitor);
}

/* A xenstored that was restarted has lost what was written there. */
static void write_nodes(daemon_self *self)
{
    if (fact(self, XLMEM_MONITOR_CONNECTED)) {
        told_look(&self->told, self->ctx, self->monitor);
        return;
    }
    told_forget(&self->told);
    ranges_forget(&self->ranges);
}

static void on_look(void *arg)
{
    daemon_self *self = arg;

    attending_look(&self->attending, self->run, self->ctx, &self->policy);
    apply_attending(self);
}

/* Awake for something else, the watchdog or memory that moves, it looks at the
 * host on its way: a healthy host that is idle is woken for nothing. */
static void look_along(daemon_self *self)
{
    if (attending_is_due(&self->attending))
        on_look(self);
}

static void dispatch(daemon_self *self)
{
    /* What failed is logged, and tried again. */
    if (self->monitor) {
        xlmem_monitor_dispatch(self->monitor);
        look_at_parts(self);
        write_nodes(self);
    }
    publish(self);
}

/*
 * What is wrong is said, and what was in force before stays: of the host's own
 * configuration the library sees to that, key by key, in a daemon that has
 * just started too; of a file that is given it knows none from before.
 */
static bool reread_policy(daemon_self *self)
{
    xlmem_policy policy;

    if (policy_load(self->run, self->ctx, &policy, NULL) ||
        (self->run->global[GLOBAL_CONFIG] && policy.nr_problems))
        return false;
    self->policy = policy;
    return true;
}

static void on_reload(void *arg)
{
    daemon_self *self = arg;

    notify_reloading();
    if (!reread_policy(self))
        cmd_message("the configuration that was read before stays in force");
    self->published = NULL;
    self->passes = 0; /* parts and files are looked at anew */
    ranges_forget(&self->ranges);
    apply_attending(self);
    apply_balance(self);
    dispatch(self);
    describe_anew(self);
    notify_ready(self->status);
    follow(self);
}

/* Guards and the administrator's switch are where the path leads now.  Returns
 * whether anything was done. */
static bool follow_folder(daemon_self *self)
{
    if (single_is_found())
        return false;
    cmd_message(DAEMON_DIR
                " was removed or replaced: what is there now counts");
    if (single_take()) {
        loop_break(self->loop);
        return true;
    }
    loop_watch(self->loop);
    on_reload(self);
    return true;
}

static void on_ready(void *arg)
{
    daemon_self *self = arg;

    if (follow_folder(self))
        return;
    dispatch(self);
    if (describe_anew(self))
        notify_status(self->status);
    look_along(self);
    follow(self);
}

static void on_alive(void *arg)
{
    notify_alive();
    follow_folder(arg);
    look_along(arg);
}

/* ---------------------------------------------------------------- life --- */

static int serve(daemon_self *self)
{
    const loop_calls calls = {on_ready, on_reload, on_alive, on_look, self};
    /* Half of what it may take: sd_watchdog_enabled(3). */
    const uint64_t alive_us = notify_watchdog_us() / 2;
    int status = EXIT_FAILED;

    self->loop = loop_new(&calls, alive_us);
    if (!self->loop)
        return status;
    apply_attending(self);
    apply_balance(self);
    dispatch(self);
    describe_anew(self);
    notify_ready(self->status);
    if (!self->monitor)
        cmd_message("%s", self->status);
    look_along(self);
    follow(self);
    if (loop_run(self->loop))
        status = EXIT_DONE;
    notify_stopping();
    attending_end(&self->attending);
    loop_free(self->loop);
    told_end(&self->told, self->ctx);
    xlmem_monitor_close(self->monitor);
    left_out_dispose(&self->left_out);
    xlmem_daemon_publish(self->ctx, NULL, NULL);
    return status;
}

int cmd_daemon(const cmd_run *run)
{
    daemon_self self = {.run = run};
    int status, rc = single_take();

    if (!rc)
        rc = session_open(run, &self.ctx);
    if (rc)
        return cmd_failed(rc);
    xlmem_ctx_set_log(self.ctx, log_line, (void *)(uintptr_t)run);
    rc = policy_load(run, self.ctx, &self.policy, NULL);
    shelter_take(attending_is_wanted(&self.policy));
    status = rc ? cmd_failed(rc) : serve(&self);
    xlmem_ctx_free(self.ctx);
    return status;
}
