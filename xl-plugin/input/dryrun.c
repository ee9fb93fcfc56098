/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What xl makes of a domain's file is known to xl alone: libxlutil reads the
 * settings, but which field of libxl's each one becomes is code of xl's
 * (tools/xl/xl_parse.c).  So xl is asked:
 *
 *     xl -N create -q -f FILE   prints libxl_domain_config as JSON
 *
 * (main_create and create_domain, 4.14 to 4.20; it creates nothing and runs
 * no script.)
 */
#define _GNU_SOURCE
#include "input/dryrun.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

/* libxl asks Xen and xenstored; emulated, that takes a second or two. */
#define DEADLINE_MS 30000
/* A domain with all its defaults is 5 kB. */
#define JSON_MAX_BYTES ((size_t)1 << 20)
#define SAID_MAX_BYTES 512

/* What comes out of one of the process's two streams. */
typedef struct stream {
    int fd; /* -1: it has ended */
    char *buf;
    size_t len, room; /* what is beyond room is dropped */
} stream;

typedef struct child {
    pid_t pid;
    int64_t deadline_ms;
    stream out, said;
} child;

const char *dryrun_xl(void)
{
    static const char *const places[] = {XLMEM_REAL_XL, "/usr/sbin/xl",
                                         "/usr/local/sbin/xl"};
    size_t i;

    for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (!access(places[i], X_OK))
            return places[i];
    return NULL;
}

/* Becomes xl; does not return. */
static void become(const char *xl, const char *path, int out, int said)
{
    const char *const argv[] = {"xl", "-N", "create", "-q", "-f", path, NULL};
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(said, 2) < 0)
        _exit(127);
    execv(xl, (char *const *)(uintptr_t)argv);
    dprintf(2, "%s: %s\n", xl, strerror(errno));
    _exit(127);
}

/* On failure errno is that of the call that failed. */
static int start_child(const char *xl, const char *path, child *c)
{
    int out[2], said[2], e;

    if (pipe2(out, O_CLOEXEC))
        return XLMEM_ERROR_IO;
    if (pipe2(said, O_CLOEXEC)) {
        e = errno;
        close(out[0]);
        close(out[1]);
        errno = e;
        return XLMEM_ERROR_IO;
    }
    c->deadline_ms = clock_ms() + DEADLINE_MS;
    c->pid = fork();
    e = errno;
    if (!c->pid)
        become(xl, path, out[1], said[1]);
    close(out[1]);
    close(said[1]);
    c->out.fd = out[0];
    c->said.fd = said[0];
    errno = e;
    return c->pid < 0 ? XLMEM_ERROR_IO : 0;
}

static void end_stream(stream *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

static void drain(stream *s)
{
    char drop[4096];
    char *to = s->len < s->room ? s->buf + s->len : drop;
    const size_t most = s->len < s->room ? s->room - s->len : sizeof(drop);
    const ssize_t n = read(s->fd, to, most);

    if (n > 0 && to != drop)
        s->len += (size_t)n;
    if (!n || (n < 0 && errno != EINTR))
        end_stream(s);
}

/* Until both streams have ended. */
static int collect_streams(child *c)
{
    while (c->out.fd >= 0 || c->said.fd >= 0) {
        struct pollfd fds[] = {{c->out.fd, POLLIN, 0},
                               {c->said.fd, POLLIN, 0}};
        const int64_t left_ms = c->deadline_ms - clock_ms();

        if (left_ms <= 0)
            return XLMEM_ERROR_TIMEDOUT;
        if (poll(fds, 2, (int)left_ms) < 0 && errno != EINTR)
            return XLMEM_ERROR_IO;
        if (fds[0].revents)
            drain(&c->out);
        if (fds[1].revents)
            drain(&c->said);
    }
    return 0;
}

/* Lines become one. */
static void say_first_line(const stream *said, const char *what, char *err,
                           size_t err_len)
{
    size_t i, len = said->len;

    while (len && said->buf[len - 1] == '\n')
        len--;
    for (i = 0; i < len; i++)
        if (said->buf[i] == '\n')
            said->buf[i] = ' ';
    if (err_len && len)
        snprintf(err, err_len, "xl: %.*s", (int)len, said->buf);
    else if (err_len)
        snprintf(err, err_len, "%s", what);
}

/* Wait for its end and judge it. */
static int finish_child(child *c, int rc, char *err, size_t err_len)
{
    int status = 0;

    end_stream(&c->out);
    end_stream(&c->said);
    if (rc)
        kill(c->pid, SIGKILL);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (rc == XLMEM_ERROR_TIMEDOUT && err_len)
        snprintf(err, err_len, "xl did not end in %d s", DEADLINE_MS / 1000);
    if (rc)
        return rc;
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        say_first_line(&c->said, "xl refuses it and does not say why", err,
                       err_len);
        return XLMEM_ERROR_CONFIG;
    }
    return 0;
}

static int run_dry(const char *xl, const char *path, child *c, char *err,
                   size_t err_len)
{
    int rc = start_child(xl, path, c);

    if (rc && err_len)
        snprintf(err, err_len, "xl cannot be started: %s", strerror(errno));
    if (rc) {
        end_stream(&c->out);
        end_stream(&c->said);
        return rc;
    }
    return finish_child(c, collect_streams(c), err, err_len);
}

int dryrun_read(const char *xl, const char *path, xlmem_domu *domu_r,
                char *err, size_t err_len)
{
    char said[SAID_MAX_BYTES];
    child c = {.out = {-1, malloc(JSON_MAX_BYTES), 0, JSON_MAX_BYTES},
               .said = {-1, said, 0, sizeof(said)}};
    int rc = XLMEM_ERROR_NOMEM;

    if (c.out.buf)
        rc = run_dry(xl, path, &c, err, err_len);
    if (!rc && c.out.len == c.out.room)
        rc = XLMEM_ERROR_UNSUPPORTED;
    else if (!rc)
        rc = xlmem_domu_from_json(c.out.buf, c.out.len, domu_r, err, err_len);
    free(c.out.buf);
    return rc == XLMEM_ERROR_PARSE ? XLMEM_ERROR_UNSUPPORTED : rc;
}
