/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The event loop is libevent's: it waits in one call for descriptors, signals
 * and times, and is on every distribution that has Xen.  sd-event is
 * libsystemd's, which a dom0 under OpenRC does not have (Alpine is run as
 * dom0 from memory for what it leaves out), and which brings five more
 * libraries along (0.8 MiB of what is resident, on Debian 12, to libevent's
 * 0.4).  libevent_core has neither its DNS nor its HTTP.
 *
 * The monitor's deadline is a timer of CLOCK_BOOTTIME, as the deadline is:
 * libevent's own times stand still while the host sleeps, and a host that
 * wakes has to be looked at at once.  It is disarmed while nothing moves.
 * Then two times alone end a wait: the watchdog's, and the next look at a host
 * whose memory is not well, or may be mended.
 */
#include "daemon/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "cmd.h"
#include "input/daemon.h"
#include "private/guard.h"

#define NS_PER_MS 1000000

/* SIGTERM and SIGINT end it, SIGHUP reloads. */
static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
#define NR_SIGNALS (sizeof(signals) / sizeof(signals[0]))

struct loop {
    loop_calls calls;
    struct event_base *base;
    struct event *followed; /* NULL: no descriptor */
    struct event *timer, *alive, *looking, *switched, *signals[NR_SIGNALS];
    int timer_fd, switch_fd;
    int64_t armed_ms; /* the timer; -1: not */
    bool ending;
};

/* -------------------------------------------------------- what happens --- */

static void ready_fired(evutil_socket_t fd, short what, void *arg)
{
    loop *l = arg;

    (void)fd;
    (void)what;
    loop_forget(l);
    l->calls.ready(l->calls.arg);
}

static void on_time(evutil_socket_t fd, short what, void *arg)
{
    loop *l = arg;
    uint64_t times;

    (void)what;
    if (read(fd, &times, sizeof(times)) != sizeof(times))
        return;
    l->armed_ms = -1;
    ready_fired(-1, EV_TIMEOUT, l);
}

static void alive_fired(evutil_socket_t fd, short what, void *arg)
{
    loop *l = arg;

    (void)fd;
    (void)what;
    l->calls.alive(l->calls.arg);
}

static void look_fired(evutil_socket_t fd, short what, void *arg)
{
    loop *l = arg;

    (void)fd;
    (void)what;
    l->calls.look(l->calls.arg);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    loop *l = arg;

    (void)what;
    if (number == SIGHUP) {
        l->calls.reload(l->calls.arg);
        return;
    }
    l->ending = true;
    event_base_loopbreak(l->base);
}

/* Others write in that folder too: who is created is no concern of ours.  But
 * what a full queue has not kept may have been the switch. */
static bool may_be_switch(const struct inotify_event *event)
{
    static const char off[] = "/" XLMEM_OFF_FILE;

    return event->mask & IN_Q_OVERFLOW ||
           (event->len && !strcmp(event->name, off + sizeof(DAEMON_DIR)));
}

static void on_switch(evutil_socket_t fd, short what, void *arg)
{
    _Alignas(struct inotify_event) char buf[4096];
    const ssize_t len = read(fd, buf, sizeof(buf));
    const struct inotify_event *event;
    loop *l = arg;
    ssize_t at;

    (void)what;
    for (at = 0; at < len; at += (ssize_t)(sizeof(*event) + event->len)) {
        event = (const void *)(buf + at);
        if (may_be_switch(event)) {
            l->calls.reload(l->calls.arg);
            return;
        }
    }
}

/* -------------------------------------------------------------- making --- */

static bool add_event(loop *l, struct event **to, int fd, short what,
                      event_callback_fn fn)
{
    *to = event_new(l->base, fd, what, fn, l);
    return *to && !event_add(*to, NULL);
}

static bool add_signals(loop *l)
{
    size_t i;

    signal(SIGPIPE, SIG_IGN);
    for (i = 0; i < NR_SIGNALS; i++)
        if (!add_event(l, &l->signals[i], signals[i], EV_SIGNAL | EV_PERSIST,
                       on_signal))
            return false;
    return true;
}

static bool add_timer(loop *l)
{
    l->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    return l->timer_fd >= 0 &&
           add_event(l, &l->timer, l->timer_fd, EV_READ | EV_PERSIST, on_time);
}

static void say_unwatched(void)
{
    cmd_message(DAEMON_DIR " is not watched: %s: after making or removing "
                           "/" XLMEM_OFF_FILE " send SIGHUP",
                strerror(errno));
}

void loop_watch(loop *l)
{
    if (inotify_add_watch(l->switch_fd, DAEMON_DIR,
                          IN_CREATE | IN_DELETE | IN_MOVE) < 0)
        say_unwatched();
}

/* The administrator's switch works at once.  Where it cannot be seen SIGHUP
 * does it; where the folder cannot be watched yet, another may be later
 * (loop_watch), whose events are to be read. */
static bool add_switch(loop *l)
{
    l->switch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (l->switch_fd < 0) {
        say_unwatched();
        return true;
    }
    loop_watch(l);
    return add_event(l, &l->switched, l->switch_fd, EV_READ | EV_PERSIST,
                     on_switch);
}

static bool add_alive(loop *l, uint64_t us)
{
    const struct timeval every = {.tv_sec = (time_t)(us / 1000000),
                                  .tv_usec = (suseconds_t)(us % 1000000)};

    if (!us)
        return true;
    l->alive = event_new(l->base, -1, EV_PERSIST, alive_fired, l);
    return l->alive && !event_add(l->alive, &every);
}

static struct event_base *make_base(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;

    if (config &&
        !event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK |
                                           EVENT_BASE_FLAG_IGNORE_ENV))
        base = event_base_new_with_config(config);
    if (config)
        event_config_free(config);
    return base;
}

loop *loop_new(const loop_calls *calls, uint64_t alive_us)
{
    loop *l = calloc(1, sizeof(*l));

    if (l) {
        l->calls = *calls;
        l->timer_fd = l->switch_fd = -1;
        l->armed_ms = -1;
        l->base = make_base();
    }
    if (l && l->base && add_signals(l) && add_timer(l) && add_switch(l) &&
        add_alive(l, alive_us))
        return l;
    cmd_message("the event loop cannot be made: %s", strerror(errno));
    loop_free(l);
    return NULL;
}

static void end_event(struct event *event)
{
    if (event)
        event_free(event);
}

void loop_free(loop *l)
{
    size_t i;

    if (!l)
        return;
    loop_forget(l);
    for (i = 0; i < NR_SIGNALS; i++)
        end_event(l->signals[i]);
    end_event(l->timer);
    end_event(l->alive);
    end_event(l->looking);
    end_event(l->switched);
    if (l->base)
        event_base_free(l->base);
    if (l->timer_fd >= 0)
        close(l->timer_fd);
    if (l->switch_fd >= 0)
        close(l->switch_fd);
    free(l);
}

/* ------------------------------------------------------------- waiting --- */

void loop_forget(loop *l)
{
    end_event(l->followed);
    l->followed = NULL;
}

/* A time that has passed comes at once; 0 would disarm. */
static void arm(loop *l, int64_t deadline_ms)
{
    struct itimerspec when = {.it_value = {0, 0}};

    if (deadline_ms == l->armed_ms)
        return;
    if (deadline_ms >= 0) {
        when.it_value.tv_sec = (time_t)(deadline_ms / 1000);
        when.it_value.tv_nsec = (long)(deadline_ms % 1000 * NS_PER_MS) + 1;
    }
    if (!timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &when, NULL))
        l->armed_ms = deadline_ms;
}

void loop_follow(loop *l, int fd, int64_t deadline_ms)
{
    loop_forget(l);
    arm(l, deadline_ms);
    if (fd >= 0 && !add_event(l, &l->followed, fd, EV_READ, ready_fired))
        cmd_message("descriptor %d cannot be waited for: %s", fd,
                    strerror(errno));
}

/* Without it nothing is done that was not asked for: the loop goes on. */
void loop_look_every(loop *l, unsigned seconds)
{
    const struct timeval every = {.tv_sec = (time_t)seconds};

    if (!seconds) {
        end_event(l->looking);
        l->looking = NULL;
    }
    if (!seconds || l->looking)
        return;
    l->looking = event_new(l->base, -1, EV_PERSIST, look_fired, l);
    if (!l->looking || event_add(l->looking, &every))
        cmd_message("doctor: the host is not looked at: %s", strerror(errno));
}

void loop_break(loop *l)
{
    event_base_loopbreak(l->base);
}

bool loop_run(loop *l)
{
    return event_base_dispatch(l->base) == 0 && l->ending;
}
