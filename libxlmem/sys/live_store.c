/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * xenstore.  A round trip costs 93 us on real hardware and there is no
 * request for more than one node, so as few are asked for as tell everything:
 *
 *     /local/domain/N/name          1
 *     /local/domain/N/memory        1   which nodes there are
 *     /local/domain/N/memory/...    1 for each of ours: 2 under plain xl
 *     /libxl/N/type                 1   only for HVM and PVH
 *
 * No transaction: the nodes are independent, and in one the server copies
 * each node it reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <xen/io/xs_wire.h>
#include <xenstore_lib.h>

#include "codec/text.h"
#include "sys/live.h"

/* A server that is busy with a large transaction takes milliseconds. */
#define PROBE_TIMEOUT_MS 5000

#define PATH_LEN 64

/* For a xenstored that runs in a domain of its own; as libxenstore has it. */
static const char store_device[] = "/dev/xen/xenbus";

/* xenstored lets one client wait (listen(sock, 1): xenstored_core.c in 4.14 and
 * 4.17, posix.c in 4.20): where more come at once the others queue here. */
static int connect_socket(const char *path)
{
    const struct timeval wait = {.tv_sec = PROBE_TIMEOUT_MS / 1000};
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

static int silent(xlmem__msg *msg, const char *path)
{
    return xlmem__fail(msg, XLMEM_ERROR_XENSTORE,
                       "xenstored does not answer on %s within %d s", path,
                       PROBE_TIMEOUT_MS / 1000);
}

/* Open what libxenstore will open; *path_r says which it is. */
static int open_store(const char **path_r, xlmem__msg *msg)
{
    const char *socket_path = xs_daemon_socket();
    int fd = connect_socket(socket_path);

    *path_r = socket_path;
    if (fd >= 0)
        return fd;
    if (errno == EACCES || errno == EPERM)
        return xlmem__fail(msg, XLMEM_ERROR_PERM,
                           "not privileged: no access to %s; run as root",
                           socket_path);
    if (errno == EAGAIN)
        return silent(msg, socket_path);
    if (errno != ENOENT)
        return xlmem__fail(msg, XLMEM_ERROR_XENSTORE,
                           "xenstored is not running: %s: %s", socket_path,
                           strerror(errno));
    *path_r = store_device;
    fd = open(store_device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0)
        return fd;
    return xlmem__fail(msg, XLMEM_ERROR_XENSTORE,
                       "xenstored is not running: no %s, and %s: %s",
                       socket_path, store_device, strerror(errno));
}

/* A server that has closed the connection must not kill the program that we
 * are in (SIGPIPE), as writing to its socket would. */
static ssize_t put(int fd, const void *buf, size_t len)
{
    ssize_t r = send(fd, buf, len, MSG_NOSIGNAL);

    return r < 0 && errno == ENOTSOCK ? write(fd, buf, len) : r;
}

/* Ask for the root node, whose value is empty, and see the header of an
 * answer. */
static bool answers(int fd)
{
    struct {
        struct xsd_sockmsg head;
        char path[2];
    } request = {{XS_READ, 0, 0, 2}, "/"};
    struct pollfd pollfd = {.fd = fd, .events = POLLIN};
    const size_t len = sizeof(request.head) + sizeof(request.path);
    struct xsd_sockmsg head;

    if (put(fd, &request, len) != (ssize_t)len)
        return false;
    if (poll(&pollfd, 1, PROBE_TIMEOUT_MS) != 1)
        return false;
    return read(fd, &head, sizeof(head)) == (ssize_t)sizeof(head);
}

static int probe(xlmem__msg *msg)
{
    const char *path;
    int fd = open_store(&path, msg);
    bool ok;

    if (fd < 0)
        return fd;
    ok = answers(fd);
    close(fd);
    return ok ? 0 : silent(msg, path);
}

int live_need_store(live_ctx *live, xlmem__msg *msg)
{
    int rc = live->xs ? 0 : probe(msg);

    if (rc || live->xs)
        return rc;
    live->xs = xs_open(0);
    return live->xs ? 0
                    : xlmem__fail(msg, XLMEM_ERROR_XENSTORE,
                                  "xs_open failed: %s", strerror(errno));
}

static bool is_absent(int e)
{
    return e == ENOENT || e == EACCES;
}

static int store_fail(xlmem__msg *msg, const char *path)
{
    return xlmem__fail(msg, XLMEM_ERROR_XENSTORE, "xenstore %s: %s", path,
                       strerror(errno));
}

/* *value_r is malloc'd, NULL when there is no such node. */
static int read_node(live_ctx *live, const char *path, xlmem__str *value_r,
                     xlmem__msg *msg)
{
    unsigned int len;
    char *value = xs_read(live->xs, XBT_NULL, path, &len);

    if (!value && !is_absent(errno))
        return store_fail(msg, path);
    *value_r = (xlmem__str){value, value ? len : 0};
    return 0;
}

static void free_value(xlmem__str value)
{
    free((void *)(uintptr_t)value.p);
}

typedef struct memory_node {
    const char *name;
    size_t offset; /* in xlmem_dom */
} memory_node;

static const memory_node memory_nodes[] = {
    {"target", offsetof(xlmem_dom, target_kb)},
    {"static-max", offsetof(xlmem_dom, static_max_kb)},
    {"dynamic-min", offsetof(xlmem_dom, dynamic_min_kb)},
    {"dynamic-max", offsetof(xlmem_dom, dynamic_max_kb)},
};

static void set_fact(xlmem_dom *dom, size_t offset, uint64_t value)
{
    memcpy((char *)dom + offset, &value, sizeof(value));
    dom->known |= UINT64_C(1) << (offset / sizeof(uint64_t) - 1);
}

_Static_assert(offsetof(xlmem_dom, known) == 0, "bits count from the start");

/* Bytes must fit 64 bits: no memory is larger, and no sum over it wraps. */
#define KB_END (UINT64_C(1) << 54)

/* A node that is no number of kB says nothing about its domain, and nothing
 * about any other.  The first one is named. */
static void pass_over(xlmem__msg *msg, const char *path)
{
    if (msg->len && !msg->text[0])
        xlmem__fail(msg, 0,
                    "xenstore %s is not a number of kB; what it should say "
                    "is taken as not known",
                    path);
}

static int read_memory_node(live_ctx *live, const memory_node *node,
                            xlmem_dom *dom, xlmem__msg *msg)
{
    char path[PATH_LEN];
    xlmem__str value;
    uint64_t kb;
    int rc;

    snprintf(path, sizeof(path), "/local/domain/%" PRIu64 "/memory/%s",
             dom->domid, node->name);
    rc = read_node(live, path, &value, msg);
    if (rc || !value.p)
        return rc;
    if (!xlmem__number_all(value, 10, &kb) && kb < KB_END)
        set_fact(dom, node->offset, kb);
    else
        pass_over(msg, path);
    free_value(value);
    return 0;
}

static const memory_node *find_node(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(memory_nodes) / sizeof(memory_nodes[0]); i++)
        if (!strcmp(memory_nodes[i].name, name))
            return &memory_nodes[i];
    return NULL;
}

static int read_memory(live_ctx *live, xlmem_dom *dom, xlmem__msg *msg)
{
    char path[PATH_LEN];
    const memory_node *node;
    unsigned int i, nr;
    char **names;
    int rc = 0;

    snprintf(path, sizeof(path), "/local/domain/%" PRIu64 "/memory",
             dom->domid);
    names = xs_directory(live->xs, XBT_NULL, path, &nr);
    if (!names)
        return is_absent(errno) ? 0 : store_fail(msg, path);
    for (i = 0; i < nr && !rc; i++) {
        node = find_node(names[i]);
        if (node)
            rc = read_memory_node(live, node, dom, msg);
    }
    free(names);
    return rc;
}

static int read_name(live_ctx *live, xlmem_dom *dom, xlmem__msg *msg)
{
    char path[PATH_LEN];
    xlmem__str value;
    int rc;

    snprintf(path, sizeof(path), "/local/domain/%" PRIu64 "/name", dom->domid);
    rc = read_node(live, path, &value, msg);
    if (rc || !value.p)
        return rc;
    dom->name = xlmem__strdup_safe(value);
    free_value(value);
    return dom->name ? 0 : XLMEM_ERROR_NOMEM;
}

/* Xen tells PV from the others; which of the others is the toolstack's. */
static int read_type(live_ctx *live, xlmem_dom *dom, xlmem__msg *msg)
{
    char path[PATH_LEN];
    xlmem__str value;
    int rc;

    if (dom->type != XLMEM_DOM_UNKNOWN)
        return 0;
    snprintf(path, sizeof(path), "/libxl/%" PRIu64 "/type", dom->domid);
    rc = read_node(live, path, &value, msg);
    if (rc || !value.p)
        return rc;
    if (xlmem__equals(value, "pvh"))
        dom->type = XLMEM_DOM_PVH;
    else if (xlmem__equals(value, "hvm"))
        dom->type = XLMEM_DOM_HVM;
    free_value(value);
    return 0;
}

int live_store_read(live_ctx *live, xlmem_host *host, xlmem__msg *msg)
{
    int rc = live_need_store(live, msg);
    size_t i;

    for (i = 0; i < host->nr_doms && !rc; i++) {
        rc = read_name(live, &host->doms[i], msg);
        if (!rc)
            rc = read_memory(live, &host->doms[i], msg);
        if (!rc)
            rc = read_type(live, &host->doms[i], msg);
    }
    return rc;
}
