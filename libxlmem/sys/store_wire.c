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
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <xenstore.h>
#include <xenstore_lib.h>

/* A server that is busy with a large transaction takes milliseconds. */
#define ANSWER_TIMEOUT_MS 5000

#define WINDOW 64

/* For a xenstored that runs in a domain of its own; as libxenstore has it. */
static const char store_device[] = "/dev/xen/xenbus";

/* xenstored lets one client wait (listen(sock, 1): xenstored_core.c in 4.14 and
 * 4.17, posix.c in 4.20): where more come at once the others queue here. */
static int connect_socket(const char *path)
{
    const struct timeval wait = {.tv_sec = ANSWER_TIMEOUT_MS / 1000};
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
                       store->path, ANSWER_TIMEOUT_MS / 1000);
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

/* Requests for @nr nodes, each by its place from @first on. */
static bool write_requests(const xlmem__store *store,
                           const xlmem__store_read *list, size_t first,
                           size_t nr)
{
    char out[WINDOW * (sizeof(struct xsd_sockmsg) + XLMEM__STORE_PATH_MAX)];
    size_t i, used = 0;

    for (i = first; i < first + nr; i++) {
        const size_t len = strlen(list[i].path) + 1;
        const struct xsd_sockmsg head = {XS_READ, (uint32_t)i, 0,
                                         (uint32_t)len};

        memcpy(out + used, &head, sizeof(head));
        memcpy(out + used + sizeof(head), list[i].path, len);
        used += sizeof(head) + len;
    }
    return write_store(store, out, used);
}

/* ----------------------------------------------------------- receiving --- */

static bool wait_for_more(const xlmem__store *store)
{
    struct pollfd pollfd = {.fd = store->fd, .events = POLLIN};
    int r;

    do
        r = poll(&pollfd, 1, ANSWER_TIMEOUT_MS);
    while (r < 0 && errno == EINTR);
    return r == 1;
}

static bool get_more(xlmem__store *store)
{
    ssize_t r;

    memmove(store->room, store->room + store->begin,
            store->end - store->begin);
    store->end -= store->begin;
    store->begin = 0;
    if (!wait_for_more(store))
        return false;
    do
        r = read(store->fd, store->room + store->end,
                 sizeof(store->room) - store->end);
    while (r < 0 && errno == EINTR);
    if (r <= 0)
        return false;
    store->end += (size_t)r;
    return true;
}

typedef struct answer {
    struct xsd_sockmsg head;
    const char *body;
} answer;

/* The next message, which is in the room until the one after it. */
static bool get_answer(xlmem__store *store, answer *answer_r)
{
    struct xsd_sockmsg *head = &answer_r->head;
    size_t has, needs;

    for (;;) {
        has = store->end - store->begin;
        needs = sizeof(*head);
        if (has >= needs) {
            memcpy(head, store->room + store->begin, sizeof(*head));
            if (head->len > XENSTORE_PAYLOAD_MAX)
                return false;
            needs += head->len;
        }
        if (has >= needs)
            break;
        if (!get_more(store))
            return false;
    }
    answer_r->body = store->room + store->begin + sizeof(*head);
    store->begin += needs;
    return true;
}

static bool says(const answer *a, const char *error)
{
    return a->head.len == strlen(error) + 1 &&
           !memcmp(a->body, error, a->head.len);
}

/* Nodes that are not there, or not for us, say nothing. */
static int take_node_answer(const answer *a, xlmem__store_read *node,
                            xlmem__msg *msg)
{
    if (a->head.type == XS_READ) {
        node->there = true;
        node->len = a->head.len;
        memcpy(node->value, a->body,
               node->len < sizeof(node->value) ? node->len
                                               : sizeof(node->value));
        return 0;
    }
    if (a->head.type == XS_ERROR && (says(a, "ENOENT") || says(a, "EACCES")))
        return 0;
    return xlmem__fail(
        msg, XLMEM_ERROR_XENSTORE, "xenstore %s: %.*s", node->path,
        a->head.type == XS_ERROR ? (int)a->head.len : 0, a->body);
}

static int take_all(xlmem__store *store, xlmem__store_read *list, size_t first,
                    size_t nr, xlmem__msg *msg)
{
    size_t i;
    answer a;
    int rc;

    for (i = first; i < first + nr; i++) {
        if (!get_answer(store, &a))
            return silent(store, msg);
        if (a.head.req_id != (uint32_t)i)
            return xlmem__fail(msg, XLMEM_ERROR_XENSTORE,
                               "xenstored answers on %s what was not asked",
                               store->path);
        rc = take_node_answer(&a, &list[i], msg);
        if (rc)
            return rc;
    }
    return 0;
}

int xlmem__store_read_all(xlmem__store *store, xlmem__store_read *list,
                          size_t nr, xlmem__msg *msg)
{
    const size_t window = store->is_socket ? WINDOW : 1;
    size_t done, more;
    int rc = 0;

    for (done = 0; done < nr && !rc; done += more) {
        more = nr - done < window ? nr - done : window;
        rc = write_requests(store, list, done, more)
                 ? take_all(store, list, done, more, msg)
                 : silent(store, msg);
    }
    return rc;
}

/* The root node is always there; its value is empty. */
int xlmem__store_open(xlmem__store *store, xlmem__msg *msg)
{
    xlmem__store_read root = {.path = "/"};
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
