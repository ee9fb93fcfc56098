/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What happens on the host, as events behind one descriptor:
 *
 *     xenstored's socket   watches           \
 *     /dev/xen/evtchn      Xen's low memory   > epoll, which is what is handed
 *     /proc/pressure       dom0's pressure   /  out
 *
 * The watches have a connection of their own, which asks for nothing else, so
 * that no event has to be kept while an answer is awaited: as many as a guest
 * may cause, they wait in xenstored, which tells the same one once only
 * (since 4.17 and its security updates: XSA-326), until they are taken.  And
 * libxenstore, which keeps them in this process and starts a thread for them,
 * is not needed.  Requests to watch are not waited for either: their answers
 * come among the events.  A thousand domains are watched in some milliseconds.
 *
 * Only xenstored is needed: where Xen's interrupt or the kernel's word of
 * pressure are not to be had the rest goes on without.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/live_events.h"
#include "sys/root.h"

/* What is written behind each path; nobody looks at it. */
static const char token[] = "m";

/* So many events of xenstore, and then the others are looked at: two system
 * calls each. */
#define TURN 64

/* ------------------------------------------------------------- opening --- */

static int add_to_epoll(const struct live_events *events, int fd,
                        uint32_t what, xlmem__msg *msg)
{
    struct epoll_event event = {.events = what};

    if (!epoll_ctl(events->epoll, EPOLL_CTL_ADD, fd, &event))
        return 0;
    return xlmem__fail(msg, XLMEM_ERROR_IO, "epoll_ctl failed: %s",
                       strerror(errno));
}

/* "no word of this; no word of that" */
static void note_missing(xlmem__msg *msg, const char *more)
{
    const size_t used = msg->len ? strlen(msg->text) : 0;

    if (used < msg->len)
        snprintf(msg->text + used, msg->len - used, "%s%s", used ? "; " : "",
                 more);
}

/* What is not to be had is said. */
static int open_others(live_ctx *live, struct live_events *events,
                       xlmem__msg *msg)
{
    char text[200] = "";
    xlmem__msg why = {text, sizeof(text)};
    int rc = 0;

    if (live_virq_open(&events->virq, live->lg, &why))
        note_missing(msg, text);
    else
        rc = add_to_epoll(events, events->virq.fd, EPOLLIN, msg);
    if (rc)
        return rc;
    if (xlmem__psi_open(XLMEM_PRESSURE_FILE, xlmem__now_ms(NULL), &events->psi,
                        &why))
        note_missing(msg, text);
    else
        rc = add_to_epoll(events, events->psi.fd, EPOLLPRI, msg);
    return rc;
}

static bool ask_to_watch(struct live_events *events, const char *path, bool on)
{
    const xlmem__str text = {path, strlen(path) + 1};
    const struct xsd_sockmsg head = {on ? XS_WATCH : XS_UNWATCH, 0, 0, 0};

    return text.len <= XENSTORE_ABS_PATH_MAX &&
           xlmem__store_send(&events->store, head, text,
                             (xlmem__str){token, sizeof(token)});
}

/* The first event that comes is of the first watch. */
static int open_watching(struct live_events *events, xlmem__msg *msg)
{
    int rc = xlmem__store_open(&events->store, msg);

    if (rc)
        return rc;
    events->lost = false;
    rc = add_to_epoll(events, events->store.fd, EPOLLIN, msg);
    if (!rc && (!ask_to_watch(events, XLMEM__STORE_INTRODUCED, true) ||
                !ask_to_watch(events, XLMEM__STORE_RELEASED, true)))
        rc = xlmem__fail(msg, XLMEM_ERROR_XENSTORE,
                         "xenstored takes no requests on %s",
                         events->store.path);
    return rc;
}

void live_events_close(void *user)
{
    live_ctx *live = user;
    struct live_events *events = live->events;

    if (!events)
        return;
    if (!events->lost)
        xlmem__store_close(&events->store);
    live_virq_close(&events->virq);
    xlmem__psi_close(&events->psi);
    if (events->epoll >= 0)
        close(events->epoll);
    free(events);
    live->events = NULL;
}

int live_events_open(void *user, int *fd_r, char *err, size_t err_len)
{
    xlmem__msg msg = {err, err_len};
    live_ctx *live = user;
    struct live_events *events;
    int rc;

    if (err_len)
        err[0] = '\0';
    live_events_close(live);
    events = calloc(1, sizeof(*events));
    if (!events)
        return xlmem__fail(&msg, XLMEM_ERROR_NOMEM, "out of memory");
    live->events = events;
    events->lost = true;
    events->psi.fd = events->virq.fd = -1;
    events->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (events->epoll < 0)
        rc = xlmem__fail(&msg, XLMEM_ERROR_IO, "epoll_create1 failed: %s",
                         strerror(errno));
    else
        rc = open_watching(events, &msg);
    if (!rc)
        rc = open_others(live, events, &msg);
    if (rc)
        live_events_close(live);
    else
        *fd_r = events->epoll;
    return rc;
}

/* -------------------------------------------------------------- events --- */

/* Closed, it does not keep the descriptor readable. */
static void lose(struct live_events *events)
{
    if (!events->lost)
        xlmem__store_close(&events->store);
    events->lost = true;
}

/* One that is watched already, or not any more, is fine. */
static bool is_refusal(const xlmem__store_answer *message)
{
    return message->head.type == XS_ERROR &&
           !xlmem__store_says(message, "EEXIST") &&
           !xlmem__store_says(message, "ENOENT");
}

/* 1; 0; where a watch was refused nothing is known to be watched. */
static int next_of_store(struct live_events *events, xlmem_event *event_r)
{
    xlmem__store_answer message;
    int r;

    while (!events->lost) {
        r = xlmem__store_next(&events->store, 0, &message);
        if (!r)
            return 0;
        if (r > 0 && xlmem__store_event(&message, event_r))
            return 1;
        if (r < 0 || is_refusal(&message))
            lose(events);
    }
    return 0;
}

static int next_of_others(struct live_events *events, xlmem_event *event_r)
{
    events->turn = 0;
    *event_r = (xlmem_event){.domid = UINT64_MAX};
    if (live_virq_fired(&events->virq))
        event_r->kind = XLMEM_EVENT_LOW_MEMORY;
    else if (xlmem__psi_fired(&events->psi, xlmem__now_ms(NULL)))
        event_r->kind = XLMEM_EVENT_PRESSURE;
    else
        return 0;
    return 1;
}

int live_event_next(void *user, xlmem_event *event_r)
{
    struct live_events *events = ((live_ctx *)user)->events;

    if (!events || events->said)
        return XLMEM_ERROR_XENSTORE;
    if (events->turn >= TURN && next_of_others(events, event_r))
        return 1;
    if (next_of_store(events, event_r)) {
        events->turn++;
        return 1;
    }
    if (!events->lost)
        return next_of_others(events, event_r);
    events->said = true;
    *event_r = (xlmem_event){XLMEM_EVENT_LOST, UINT64_MAX, ""};
    return 1;
}

int live_watch(void *user, const char *path, bool on)
{
    struct live_events *events = ((live_ctx *)user)->events;

    if (!events || events->lost)
        return XLMEM_ERROR_XENSTORE;
    if (ask_to_watch(events, path, on))
        return 0;
    /* So that the descriptor tells it as well. */
    shutdown(events->store.fd, SHUT_RDWR);
    return XLMEM_ERROR_XENSTORE;
}
