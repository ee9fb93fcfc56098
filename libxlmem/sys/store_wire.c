/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xenstored answers the requests of a connection one after the other, in their
 * order, and does not mind how many are on their way: of a thousand nodes it
 * is the round trips that take the time, 93 us each on real hardware.  So
 * WINDOW requests are sent in one write, and then their answers awaited:
 *
 *     ->  READ 1, READ 2, ... READ 64
 *     <-  value, value, ENOENT, ... value
 *
 * As few as that fit the socket's buffers in both directions, so that neither
 * side waits for the other to read.  Through the device one is sent at a time.
 */
#include "sys/store_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenstore.h>
#include <xenstore_lib.h>

#define WINDOW 64

/* For a xenstored that runs in a domain of its own; as libxenstore has it. */
static const char store_device[] = "/dev/xen/xenbus";

/* xenstored lets one client wait (listen(sock, 1): xenstored_core.c in 4.14
 * and 4.17, posix.c in 4.20): where more come at once the others queue
 * here. */
static int connect_socket(const char *path)
{
    const struct timeval wait = {.tv_sec = XLMEM__STORE_ANSWER_MS / 1000};
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd, e;

    if (strlen(path) >= sizeof(addr.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(addr.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) &&
        !connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
        return fd;
    e = errno;
    close(fd);
    errno = e;
    return -1;
}

static int silent(const xlmem__store *store, xlmem__msg *msg)
{
    return xlmem__fail(msg, XLMEM_ERROR_XENSTORE,
                       "xenstored does not answer on %s within %d s",
                       store->path, XLMEM__STORE_ANSWER_MS / 1000);
}

static int not_asked(const xlmem__store *store, xlmem__msg *msg)
{
    return xlmem__fail(msg, XLMEM_ERROR_XENSTORE,
                       "xenstored answers on %s what was not asked",
                       store->path);
}

/* By errno, why a connection is of no use any more. */
static int lost(const xlmem__store *store, xlmem__msg *msg)
{
    if (errno == EAGAIN)
        return silent(store, msg);
    if (errno == EPROTO)
        return not_asked(store, msg);
    return xlmem__fail(msg, XLMEM_ERROR_XENSTORE,
                       "xenstored has closed the connection on %s",
                       store->path);
}

/* Open what libxenstore will open. */
static int open_store(xlmem__store *store, xlmem__msg *msg)
{
    const char *socket_path = xs_daemon_socket();

    store->path = socket_path;
    store->is_socket = true;
    store->fd = connect_socket(socket_path);
    if (store->fd >= 0)
        return 0;
    if (errno == EACCES || errno == EPERM)
        return xlmem__fail(msg, XLMEM_ERROR_PERM,
                           "not privileged: no access to %s; run as root",
                           socket_path);
    if (errno == EAGAIN)
        return silent(store, msg);
    if (errno != ENOENT)
        return xlmem__fail(msg, XLMEM_ERROR_XENSTORE,
                           "xenstored is not running: %s: %s", socket_path,
                           strerror(errno));
    store->path = store_device;
    store->is_socket = false;
    store->fd = open(store_device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (store->fd >= 0)
        return 0;
    return xlmem__fail(msg, XLMEM_ERROR_XENSTORE,
                       "xenstored is not running: no %s, and %s: %s",
                       socket_path, store_device, strerror(errno));
}

/* ------------------------------------------------------------- sending --- */

/* A server that has closed the connection must not kill the program that we
 * are in (SIGPIPE), as writing to its socket would. */
static bool write_store(const xlmem__store *store, const char *buf, size_t len)
{
    ssize_t r;

    while (len) {
        r = store->is_socket ? send(store->fd, buf, len, MSG_NOSIGNAL)
                             : write(store->fd, buf, len);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return false;
        buf += r;
        len -= (size_t)r;
    }
    return true;
}

/* Requests for the nodes from @first on, each by its place; as many as go into
 * one write.  Returns how many, 0 when nobody takes them, with errno. */
static size_t write_requests(xlmem__store *store, const xlmem_node *list,
                             size_t first, size_t nr)
{
    char *const out = store->out;
    const size_t window = store->is_socket ? WINDOW : 1;
    size_t i, used = 0;

    for (i = first; i < nr && i - first < window; i++) {
        const size_t len = strlen(list[i].path) + 1;
        const struct xsd_sockmsg head = {XS_READ, (uint32_t)i, 0,
                                         (uint32_t)len};

        if (used + sizeof(head) + len > sizeof(store->out))
            break;
        memcpy(out + used, &head, sizeof(head));
        memcpy(out + used + sizeof(head), list[i].path, len);
        used += sizeof(head) + len;
    }
    return write_store(store, out, used) ? i - first : 0;
}

bool xlmem__store_send(xlmem__store *store, struct xsd_sockmsg head,
                       xlmem__str path, xlmem__str value)
{
    char *to = store->out;

    if (path.len > XENSTORE_PAYLOAD_MAX ||
        value.len > XENSTORE_PAYLOAD_MAX - path.len)
        return false;
    head.len = (uint32_t)(path.len + value.len);
    memcpy(to, &head, sizeof(head));
    to += sizeof(head);
    memcpy(to, path.p, path.len);
    to += path.len;
    if (value.len)
        memcpy(to, value.p, value.len);
    return write_store(store, store->out, sizeof(head) + head.len);
}

/* ----------------------------------------------------------- receiving --- */

/* Whether something is there within that time. */
static bool wait_for_more(const xlmem__store *store, int wait_ms)
{
    struct pollfd pollfd = {.fd = store->fd, .events = POLLIN};
    int r;

    do
        r = poll(&pollfd, 1, wait_ms);
    while (r < 0 && errno == EINTR);
    return r == 1;
}

/* 1; 0: nothing came; -1: the other side has gone, with errno. */
static int get_more(xlmem__store *store, int wait_ms)
{
    ssize_t r;

    memmove(store->room, store->room + store->begin,
            store->end - store->begin);
    store->end -= store->begin;
    store->begin = 0;
    if (!wait_for_more(store, wait_ms))
        return 0;
    do
        r = read(store->fd, store->room + store->end,
                 sizeof(store->room) - store->end);
    while (r < 0 && errno == EINTR);
    /* The device is woken for what somebody else has read. */
    if (r < 0 && errno == EAGAIN)
        return 0;
    if (!r)
        errno = ECONNRESET;
    if (r <= 0)
        return -1;
    store->end += (size_t)r;
    return 1;
}

int xlmem__store_next(xlmem__store *store, int wait_ms,
                      xlmem__store_answer *answer_r)
{
    struct xsd_sockmsg *head = &answer_r->head;
    size_t has, needs;
    int r;

    for (;;) {
        has = store->end - store->begin;
        needs = sizeof(*head);
        if (has >= needs) {
            memcpy(head, store->room + store->begin, sizeof(*head));
            if (head->len > XENSTORE_PAYLOAD_MAX) {
                errno = EPROTO;
                return -1;
            }
            needs += head->len;
        }
        if (has >= needs)
            break;
        r = get_more(store, wait_ms);
        if (r <= 0)
            return r;
    }
    answer_r->body = store->room + store->begin + sizeof(*head);
    store->begin += needs;
    return 1;
}

bool xlmem__store_says(const xlmem__store_answer *a, const char *error)
{
    return a->head.type == XS_ERROR && a->head.len == strlen(error) + 1 &&
           !memcmp(a->body, error, a->head.len);
}

/* Nodes that are not there, or not for us, say nothing. */
static int take_node_answer(const xlmem__store_answer *a, xlmem_node *node,
                            xlmem__msg *msg)
{
    node->rc = XLMEM_ERROR_NOTFOUND;
    node->len = 0;
    if (a->head.type == XS_READ) {
        node->rc = a->head.len > node->room ? XLMEM_ERROR_RANGE : 0;
        node->len = a->head.len > node->room ? node->room : a->head.len;
        memcpy(node->buf, a->body, node->len);
        return 0;
    }
    if (xlmem__store_says(a, "ENOENT") || xlmem__store_says(a, "EACCES"))
        return 0;
    return xlmem__fail(
        msg, XLMEM_ERROR_XENSTORE, "xenstore %s: %.*s", node->path,
        a->head.type == XS_ERROR ? (int)a->head.len : 0, a->body);
}

static int next_answer(xlmem__store *store, xlmem__store_answer *answer_r,
                       xlmem__msg *msg)
{
    const int r = xlmem__store_next(store, XLMEM__STORE_ANSWER_MS, answer_r);

    if (!r)
        return silent(store, msg);
    return r < 0 ? lost(store, msg) : 0;
}

static int take_all(xlmem__store *store, xlmem_node *list, size_t first,
                    size_t nr, xlmem__msg *msg)
{
    xlmem__store_answer a;
    size_t i;
    int rc;

    for (i = first; i < first + nr; i++) {
        rc = next_answer(store, &a, msg);
        if (!rc && a.head.req_id != (uint32_t)i)
            rc = not_asked(store, msg);
        if (!rc)
            rc = take_node_answer(&a, &list[i], msg);
        if (rc)
            return rc;
    }
    return 0;
}

int xlmem__store_read_all(xlmem__store *store, xlmem_node *list, size_t nr,
                          xlmem__msg *msg)
{
    size_t done, more;
    int rc = 0;

    for (done = 0; done < nr && !rc; done += more) {
        more = write_requests(store, list, done, nr);
        rc = more ? take_all(store, list, done, more, msg) : lost(store, msg);
    }
    return rc;
}

/* The root node is always there; its value is empty. */
int xlmem__store_open(xlmem__store *store, xlmem__msg *msg)
{
    char value[1];
    xlmem_node root = {.path = "/", .buf = value, .room = sizeof(value)};
    int rc;

    store->begin = store->end = 0;
    rc = open_store(store, msg);
    if (rc)
        return rc;
    rc = xlmem__store_read_all(store, &root, 1, msg);
    if (rc)
        xlmem__store_close(store);
    return rc;
}

void xlmem__store_close(xlmem__store *store)
{
    close(store->fd);
}

int xlmem__store_connect(xlmem__store **store_r, xlmem__msg *msg)
{
    xlmem__store *store = malloc(sizeof(*store));
    int rc = XLMEM_ERROR_NOMEM;

    if (store)
        rc = xlmem__store_open(store, msg);
    if (rc)
        free(store);
    else
        *store_r = store;
    return rc;
}

void xlmem__store_leave(xlmem__store *store)
{
    if (!store)
        return;
    xlmem__store_close(store);
    free(store);
}
