/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Two hosts' dom0s, each in an emulator, reach each other through memory that
 * both see: what ssh is between real ones, and a heartbeat.
 *
 *     bed-link call COMMAND...   in the other dom0, with this one's stdin and
 *                                stdout; its exit status.  One at a time.
 *     bed-link serve             runs what the other calls for
 *     bed-link beat              as long as this host is alive
 *     bed-link gone SECONDS      waits until the other has not beaten so long
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "ivshmem.h"

#define BAR_BYTES (4u << 20) /* tests/xen/lib/host.sh */
#define PIPE_BYTES (1u << 20)
#define LINE_BYTES 1024

/* One writes, one reads; both counters only grow, and wrap with 32 bits. */
struct pipe {
    _Atomic uint32_t put, got;
    _Atomic uint32_t ended;
    char data[PIPE_BYTES];
};

/* The file is of zeros at first. */
enum { IDLE, CALLED, SERVED };

struct link {
    _Atomic uint32_t state, beats, status;
    struct pipe call, answer;
};

_Static_assert(sizeof(struct link) <= BAR_BYTES, "it has to fit");

static void nap(void)
{
    usleep(1000);
}

static void put(struct pipe *pipe, const char *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        while (pipe->put - pipe->got == PIPE_BYTES)
            nap();
        pipe->data[pipe->put % PIPE_BYTES] = from[i];
        pipe->put++;
    }
}

/* What is there, at least a byte; 0 at its end. */
static size_t get(struct pipe *pipe, char *to, size_t room)
{
    size_t n = 0;

    while (pipe->put == pipe->got) {
        if (pipe->ended && pipe->put == pipe->got)
            return 0;
        nap();
    }
    while (n < room && pipe->put != pipe->got) {
        to[n++] = pipe->data[pipe->got % PIPE_BYTES];
        pipe->got++;
    }
    return n;
}

static void from_fd(struct pipe *pipe, int fd)
{
    char buffer[4096];
    ssize_t n;

    while ((n = read(fd, buffer, sizeof(buffer))) > 0)
        put(pipe, buffer, (size_t)n);
}

static void to_fd(struct pipe *pipe, int fd)
{
    char buffer[4096];
    size_t n, done;
    ssize_t r;

    while ((n = get(pipe, buffer, sizeof(buffer))) > 0)
        for (done = 0; done < n; done += (size_t)r)
            if ((r = write(fd, buffer + done, n - done)) <= 0)
                return;
}

static pid_t forked(void)
{
    pid_t pid = fork();

    if (pid < 0)
        err(1, "fork");
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static int call(struct link *link, char **words)
{
    size_t length = 0;
    pid_t sender;
    int status, i;

    for (i = 0; words[i]; i++)
        length += strlen(words[i]) + 1;
    if (length >= LINE_BYTES)
        errx(2, "a command of %zu bytes is too long", length);
    while (link->state != IDLE)
        nap();
    link->call.put = link->call.got = link->call.ended = 0;
    link->answer.put = link->answer.got = link->answer.ended = 0;
    for (; *words; words++) {
        put(&link->call, *words, strlen(*words));
        put(&link->call, words[1] ? " " : "\n", 1);
    }
    link->state = CALLED;
    sender = forked();
    if (!sender) {
        from_fd(&link->call, 0);
        link->call.ended = 1;
        _exit(0);
    }
    to_fd(&link->answer, 1);
    end(sender);
    status = (int)link->status;
    link->state = IDLE;
    return status;
}

static void read_line(struct pipe *pipe, char *line)
{
    size_t n = 0;

    while (n < LINE_BYTES - 1 && get(pipe, line + n, 1) && line[n] != '\n')
        n++;
    line[n] = '\0';
}

/* start LINE: its stdin and stdout are the other ends of IN and OUT. */
static pid_t start(const char *line, int *in, int *out)
{
    int to[2], from[2];
    pid_t pid;

    if (pipe(to) || pipe(from))
        err(1, "pipe");
    pid = forked();
    if (!pid) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        for (int i = 0; i < 2; i++) {
            close(to[i]);
            close(from[i]);
        }
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    *in = to[1];
    *out = from[0];
    return pid;
}

static void serve_one(struct link *link)
{
    char line[LINE_BYTES];
    int in, out, status;
    pid_t command, feeder;

    read_line(&link->call, line);
    command = start(line, &in, &out);
    feeder = forked();
    if (!feeder) {
        close(out);
        to_fd(&link->call, in);
        _exit(0);
    }
    close(in);
    from_fd(&link->answer, out);
    close(out);
    waitpid(command, &status, 0);
    end(feeder);
    link->status = (uint32_t)(WIFEXITED(status) ? WEXITSTATUS(status) : 255);
    link->answer.ended = 1;
    while (link->state == SERVED)
        nap();
}

static void serve(struct link *link)
{
    for (;; nap())
        if (link->state == CALLED) {
            link->state = SERVED;
            serve_one(link);
        }
}

static void beat(struct link *link)
{
    for (;; usleep(100000))
        link->beats++;
}

static void until_gone(struct link *link, int seconds)
{
    uint32_t last = link->beats;

    for (int still = 0; still < seconds * 10; still++) {
        usleep(100000);
        if (link->beats == last)
            continue;
        last = link->beats;
        still = 0;
    }
}

int main(int argc, char **argv)
{
    struct link *link = ivshmem(BAR_BYTES);

    if (argc > 2 && !strcmp(argv[1], "call"))
        return call(link, argv + 2);
    if (argc == 3 && !strcmp(argv[1], "gone"))
        until_gone(link, atoi(argv[2]));
    else if (argc == 2 && !strcmp(argv[1], "serve"))
        serve(link);
    else if (argc == 2 && !strcmp(argv[1], "beat"))
        beat(link);
    else
        errx(2, "call COMMAND... | serve | beat | gone SECONDS");
    return 0;
}
