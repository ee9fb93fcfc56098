/* SPDX-License-Identifier: LGPL-2.1-only */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MS 5000

/* enum xsd_sockmsg_type */
enum {
    XS_READ = 2,
    XS_WATCH = 4,
    XS_WRITE = 11,
    XS_RM = 13,
    XS_WATCH_EVENT = 15,
    XS_ERROR = 16,
};

/* struct xsd_sockmsg */
struct header {
    uint32_t type, req_id, tx_id, len;
};

_Static_assert(sizeof(struct header) == GUEST_STORE_HEADER, "as on the wire");

/* ---------------------------------------------------------- connection --- */

int guest_store_open(struct guest_store *store, const char *root)
{
    /* The second is xenfs's, of kernels before 3.3. */
    static const char *const paths[] = {"/dev/xen/xenbus", "/proc/xen/xenbus"};
    char name[256];
    int i, fd = -1;

    for (i = 0; i < 2 && fd < 0; i++) {
        snprintf(name, sizeof(name), "%s%s", root, paths[i]);
        fd = open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 && errno != ENOENT)
            break;
    }
    guest_store_use(store, fd);
    return fd < 0 ? -errno : 0;
}

void guest_store_use(struct guest_store *store, int fd)
{
    store->fd = fd;
    store->request = 0;
    store->used = 0;
    store->events = 0;
    store->said[0] = '\0';
}

void guest_store_close(struct guest_store *store)
{
    if (store->fd >= 0)
        close(store->fd);
    store->fd = -1;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until there is room to write or something to read. */
static int wait_for(const struct guest_store *store, short what, int64_t end)
{
    struct pollfd pollfd = {.fd = store->fd, .events = what};
    int64_t left;
    int r;

    do {
        left = end - now_ms();
        if (left <= 0)
            return -ETIMEDOUT;
        r = poll(&pollfd, 1, (int)left);
    } while (!r || (r < 0 && errno == EINTR));
    return r < 0 ? -errno : 0;
}

/* The kernel takes a message in one piece; a socket may not. */
static int put(const struct guest_store *store, const char *buf, size_t len,
               int64_t end)
{
    ssize_t n;
    int r;

    while (len) {
        n = write(store->fd, buf, len);
        if (n > 0) {
            buf += n;
            len -= (size_t)n;
            continue;
        }
        if (!n)
            return -EIO;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return -errno;
        r = wait_for(store, POLLOUT, end);
        if (r)
            return r;
    }
    return 0;
}

/* ------------------------------------------------------------ messages --- */

/* 1: a whole message lies at the start of store->in; 0: not yet. */
static int is_whole(const struct guest_store *store, struct header *head_r)
{
    if (store->used < sizeof(*head_r))
        return 0;
    memcpy(head_r, store->in, sizeof(*head_r));
    if (head_r->len > GUEST_STORE_PAYLOAD)
        return -EIO;
    return store->used >= sizeof(*head_r) + head_r->len;
}

static void drop(struct guest_store *store, const struct header *head)
{
    const size_t len = sizeof(*head) + head->len;

    store->used -= len;
    memmove(store->in, store->in + len, store->used);
}

/* A path and a token, each with its NUL; ours is a digit. */
static void note_event(struct guest_store *store, const struct header *head)
{
    const char *body = store->in + sizeof(*head);
    const char *nul = memchr(body, '\0', head->len);
    const size_t left = nul ? head->len - (size_t)(nul + 1 - body) : 0;

    if (left == 2 && nul[1] >= '0' && nul[1] <= '9')
        store->events |= UINT64_C(1) << (nul[1] - '0');
}

/* 1: something has come; 0: nothing is there. */
static int get_more(struct guest_store *store)
{
    ssize_t n;

    do
        n = read(store->fd, store->in + store->used,
                 sizeof(store->in) - store->used);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n <= 0)
        return n ? -errno : -EIO;
    store->used += (size_t)n;
    return 1;
}

/* The next message that is no event, left at the start of store->in.  1, 0:
 * none has come. */
static int next_answer(struct guest_store *store, struct header *head_r)
{
    int r;

    for (;;) {
        r = is_whole(store, head_r);
        if (!r)
            r = get_more(store);
        else if (r > 0 && head_r->type == XS_WATCH_EVENT) {
            note_event(store, head_r);
            drop(store, head_r);
        } else
            return r;
        if (r <= 0)
            return r;
    }
}

/* An answer that came too late is another's; kernels before 4.11 answer for
 * watches themselves, and without the number. */
static bool is_ours(const struct guest_store *store, uint32_t type,
                    const struct header *head)
{
    return head->req_id == store->request ||
           (type == XS_WATCH && head->type == XS_WATCH);
}

static int await(struct guest_store *store, uint32_t type, int64_t end,
                 struct header *head_r)
{
    int r;

    for (;;) {
        r = next_answer(store, head_r);
        if (r < 0)
            return r;
        if (r && is_ours(store, type, head_r))
            return 0;
        if (r)
            drop(store, head_r);
        else
            r = wait_for(store, POLLIN, end);
        if (r < 0)
            return r;
    }
}

static void keep_word(struct guest_store *store, const struct header *head)
{
    const char *body = store->in + sizeof(*head);
    size_t i;

    for (i = 0; i < head->len && i < sizeof(store->said) - 1; i++) {
        if (body[i] < 'A' || body[i] > 'Z')
            break;
        store->said[i] = body[i];
    }
    store->said[i] = '\0';
}

/* @value, of @room bytes with its NUL; NULL: it is of no interest. */
static int ask(struct guest_store *store, uint32_t type, const char *body,
               size_t len, char *value, size_t room)
{
    char out[GUEST_STORE_HEADER + 512];
    struct header head = {.type = type, .len = (uint32_t)len};
    const int64_t end = now_ms() + ANSWER_MS;
    int r;

    if (len > sizeof(out) - sizeof(head))
        return -EMSGSIZE;
    head.req_id = ++store->request;
    memcpy(out, &head, sizeof(head));
    memcpy(out + sizeof(head), body, len);
    r = put(store, out, sizeof(head) + len, end);
    if (!r)
        r = await(store, type, end, &head);
    if (r)
        return r;
    if (head.type != type) {
        keep_word(store, &head);
        r = head.type == XS_ERROR ? -EPROTO : -EIO;
    } else if (value) {
        len = head.len < room ? head.len : room - 1;
        memcpy(value, store->in + sizeof(head), len);
        value[len] = '\0';
    }
    drop(store, &head);
    return r;
}

/* ------------------------------------------------------------ requests --- */

int guest_store_read(struct guest_store *store, const char *path, char *value,
                     size_t room)
{
    return ask(store, XS_READ, path, strlen(path) + 1, value, room);
}

/* Two strings, of which only a token has a NUL behind it. */
static int ask_two(struct guest_store *store, uint32_t type, const char *path,
                   const char *second, size_t second_len)
{
    const size_t len = strlen(path) + 1;
    char body[512];

    if (len + second_len > sizeof(body))
        return -EMSGSIZE;
    memcpy(body, path, len);
    memcpy(body + len, second, second_len);
    return ask(store, type, body, len + second_len, NULL, 0);
}

int guest_store_write(struct guest_store *store, const char *path,
                      const char *value)
{
    return ask_two(store, XS_WRITE, path, value, strlen(value));
}

int guest_store_remove(struct guest_store *store, const char *path)
{
    return ask(store, XS_RM, path, strlen(path) + 1, NULL, 0);
}

int guest_store_watch(struct guest_store *store, const char *path,
                      unsigned token)
{
    const char text[2] = {(char)('0' + token % 10), '\0'};

    return ask_two(store, XS_WATCH, path, text, sizeof(text));
}

int guest_store_events(struct guest_store *store, uint64_t *events_r)
{
    struct header head;
    int r;

    while ((r = next_answer(store, &head)) > 0)
        drop(store, &head);
    *events_r = store->events;
    store->events = 0;
    return r;
}
