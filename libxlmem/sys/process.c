/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/text.h"

/* A file of /proc that is one short line.  Returns 0 or an errno value. */
static int read_proc_line(const char *path, char *buf, size_t len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t r;
    int e;

    if (fd < 0)
        return errno;
    r = read(fd, buf, len - 1);
    e = r < 0 ? errno : 0;
    close(fd);
    buf[r > 0 ? r : 0] = '\0';
    buf[strcspn(buf, "\n")] = '\0';
    return e;
}

/* What /proc/PID/stat says (fs/proc/array.c, do_task_stat). */
typedef struct state {
    uint64_t pid;
    char state;          /* field 3 */
    uint64_t nr_threads; /* field 20 */
    uint64_t start;      /* field 22 */
} state;

#define FIELD_STATE 3
#define FIELD_THREADS 20
#define FIELD_START 22

static bool is_pid_text(xlmem__str s, uint64_t *n_r)
{
    return !xlmem__number_all(s, 10, n_r);
}

/* The name, field 2, may have blanks and parentheses; no later field has. */
static bool parse_state(const char *text, state *s)
{
    const char *name_end;
    xlmem__str rest = {text, strlen(text)}, word;
    int field;

    *s = (state){.pid = 0};
    name_end = strrchr(text, ')');
    if (!name_end || !is_pid_text(xlmem__cut(&rest, ' '), &s->pid))
        return false;
    rest = xlmem__trim((xlmem__str){name_end + 1, strlen(name_end + 1)});
    for (field = FIELD_STATE; field <= FIELD_START; field++) {
        word = xlmem__cut(&rest, ' ');
        if (field == FIELD_STATE && word.len)
            s->state = *word.p;
        else if (field == FIELD_THREADS && !is_pid_text(word, &s->nr_threads))
            return false;
    }
    return is_pid_text(word, &s->start);
}

/* Returns 0 or an errno value; EBADMSG: it is none. */
static int read_state(const char *pid, state *s)
{
    char path[64], text[1024];
    int e;

    snprintf(path, sizeof(path), "/proc/%s/stat", pid);
    e = read_proc_line(path, text, sizeof(text));
    if (e)
        return e;
    return parse_state(text, s) ? 0 : EBADMSG;
}

/* The number of a namespace; they have 32 bits (fs/proc/namespaces.c). */
static uint64_t namespace_of(const char *path)
{
    struct stat st;

    return stat(path, &st) ? 0 : (uint32_t)st.st_ino;
}

/* A /proc of another pid namespace has us under another number.  Kernels
 * before 5.6 have no time namespaces. */
int xlmem__process_self(xlmem__process *self_r)
{
    const uint64_t pids = namespace_of("/proc/self/ns/pid");
    state s = {.pid = 0};
    const int e = read_state("self", &s);

    *self_r = (xlmem__process){.pid = (int)getpid()};
    if (e && e != ENOENT && e != EBADMSG)
        return e;
    if (e || !pids || s.pid != (uint64_t)self_r->pid)
        return 0;
    self_r->start = s.start;
    self_r->space = namespace_of("/proc/self/ns/time") << 32 | pids;
    return 0;
}

void xlmem__process_write(const xlmem__process *process,
                          char text_r[XLMEM__PROCESS_TEXT_MAX])
{
    snprintf(text_r, XLMEM__PROCESS_TEXT_MAX, "%d.%" PRIu64 ".%" PRIu64,
             process->pid, process->start, process->space);
}

bool xlmem__process_parse(const char *text, xlmem__process *process_r)
{
    xlmem__str rest = {text, strlen(text)};
    xlmem__process p;
    uint64_t pid;

    if (!is_pid_text(xlmem__cut(&rest, '.'), &pid) || !pid || pid > INT_MAX ||
        !is_pid_text(xlmem__cut(&rest, '.'), &p.start) ||
        !is_pid_text(rest, &p.space))
        return false;
    p.pid = (int)pid;
    *process_r = p;
    return true;
}

/* A first thread that has ended looks like a process that has, but for the
 * others. */
static bool has_ended(const state *s)
{
    return (s->state == 'Z' || s->state == 'X') && s->nr_threads <= 1;
}

bool xlmem__process_is_dead(const xlmem__process *process,
                            const xlmem__process *self)
{
    char pid[16];
    state s;

    if (!process->space || process->space != self->space)
        return false;
    if (kill(process->pid, 0) && errno == ESRCH)
        return true;
    snprintf(pid, sizeof(pid), "%d", process->pid);
    return !read_state(pid, &s) &&
           (s.start != process->start || has_ended(&s));
}

void xlmem__process_name(int pid, char *buf, size_t len)
{
    char path[64], name[32];

    snprintf(path, sizeof(path), "/proc/%d/comm", pid);
    if (!read_proc_line(path, name, sizeof(name)) && *name)
        snprintf(buf, len, "%d (%s)", pid, name);
    else
        snprintf(buf, len, "%d", pid);
}
