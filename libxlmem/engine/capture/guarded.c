/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Who starts domains on this host, and whether the guard stands in front of
 * him, told from files alone:
 *
 *     xl          what is found as xl is our dispatcher, if the guard's name
 *                 is in it; neither the real xl nor Debian's wrapper has it
 *     services    a drop-in preloads the guard; xendomains runs xl besides;
 *                 one that runs has to have it
 *     monitors    processes named xl that lead a session, as xl's daemon() of
 *                 a monitor does; they have the guard or they have not
 *
 * Whether a process has the guard is told by the mark that the guard leaves:
 *
 *     /run/xlmem/guarded/PID   "START COMM [of whom]"
 *
 * where START is the process's start time, by which a mark that outlived its
 * process is known (field 22 of /proc/PID/stat).  Of /proc only comm and stat
 * are read: maps, cmdline and environ take the process's mmap lock, and who
 * reads them of a process that is stuck is stuck as well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/capture/guarded.h"
#include "engine/ctx.h"
#include "engine/facts/documents.h"
#include "private/guard.h"

#define GUARD "libxlmem-guard.so"
#define SBIN_XL "usr/sbin/xl"
#define DEFAULT_PATH                                                          \
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

typedef struct found {
    xlmem_ctx *ctx;
    size_t nr, room;
    xlmem_guarded *list;
} found;

static xlmem_guarded *add_guarded(found *f, xlmem_guarded_kind kind,
                                  bool guarded)
{
    xlmem_guarded *grown;

    if (f->nr == f->room) {
        size_t room = f->room ? 2 * f->room : 8;

        grown = realloc(f->list, room * sizeof(*grown));
        if (!grown)
            return NULL;
        f->list = grown;
        f->room = room;
    }
    f->list[f->nr] = (xlmem_guarded){.kind = kind, .guarded = guarded};
    return &f->list[f->nr++];
}

/* What cannot be read is not there: processes come and go. */
static char *read_quietly(const found *f, const char *path, size_t *len_r)
{
    char *buf;

    if (!f->ctx->backend->read_file ||
        f->ctx->backend->read_file(f->ctx->backend_user, path, &buf, len_r))
        return NULL;
    return buf;
}

static bool has_word(const char *buf, size_t len, const char *word)
{
    const size_t n = strlen(word);
    size_t i;

    for (i = 0; i + n <= len; i++)
        if (buf[i] == word[0] && !memcmp(buf + i, word, n))
            return true;
    return false;
}

/* ------------------------------------------------------------------ xl --- */

/* False: there is no such file. */
static bool look_at_xl(const found *f, const char *path, bool *guarded_r)
{
    size_t len;
    char *buf = read_quietly(f, path, &len);

    if (!buf)
        return false;
    *guarded_r = has_word(buf, len, GUARD);
    free(buf);
    return true;
}

static int add_xl(found *f, const char *path, bool guarded)
{
    xlmem_guarded *to = add_guarded(f, XLMEM_GUARDED_XL, guarded);

    if (!to)
        return XLMEM_ERROR_NOMEM;
    snprintf(to->name, sizeof(to->name), "/%s", path);
    return 0;
}

/* The first xl of a search path, and what is called by its full name. */
static int find_xl(found *f, const char *search)
{
    xlmem__str left = {search, strlen(search)};
    char path[XLMEM_GUARDED_NAME_MAX - 1] = ""; /* its name has a slash more */
    bool guarded, there = false;
    int rc;

    while (left.len && !there) {
        xlmem__str dir = xlmem__cut(&left, ':');

        if (dir.len < 2 || dir.p[0] != '/' || dir.len + 4 > sizeof(path))
            continue;
        snprintf(path, sizeof(path), "%.*s/xl", (int)dir.len - 1, dir.p + 1);
        there = look_at_xl(f, path, &guarded);
    }
    rc = there ? add_xl(f, path, guarded) : 0;
    if (!rc && strcmp(path, SBIN_XL) && look_at_xl(f, SBIN_XL, &guarded))
        rc = add_xl(f, SBIN_XL, guarded);
    return rc;
}

/* ------------------------------------------------------------ services --- */

static const char *const unit_dirs[] = {
    "etc/systemd/system",         "run/systemd/system",
    "run/systemd/generator.late", "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",     "lib/systemd/system",
};
#define NR_UNIT_DIRS (sizeof(unit_dirs) / sizeof(unit_dirs[0]))

static const struct service {
    const char *name;
    bool runs_xl;
} services[] = {
    {"xendomains", true},
    {"libvirtd", false},
    {"virtxend", false},
};

static bool exists(const found *f, const char *path)
{
    size_t len;
    char *buf = read_quietly(f, path, &len);

    free(buf);
    return buf != NULL;
}

static bool is_installed(const found *f, const char *name)
{
    char path[128];
    size_t i;

    for (i = 0; i < NR_UNIT_DIRS; i++) {
        snprintf(path, sizeof(path), "%s/%s.service", unit_dirs[i], name);
        if (exists(f, path))
            return true;
    }
    snprintf(path, sizeof(path), "etc/init.d/%s", name);
    return exists(f, path);
}

/* Environment=LD_PRELOAD=...guard, not commented out. */
static bool preloads(const char *buf, size_t len)
{
    xlmem__lines lines = xlmem__lines_of(buf, len);
    xlmem__str line;

    while (xlmem__next_line(&lines, &line)) {
        line = xlmem__trim(line);
        if (line.len && line.p[0] != '#' && line.p[0] != ';' &&
            has_word(line.p, line.len, "LD_PRELOAD=") &&
            has_word(line.p, line.len, GUARD))
            return true;
    }
    return false;
}

static bool is_drop_in(const found *f, const char *dir, const char *name)
{
    const size_t n = strlen(name);
    char path[384], *buf;
    size_t len;
    bool yes;

    if (n < 5 || strcmp(name + n - 5, ".conf") ||
        snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return false;
    buf = read_quietly(f, path, &len);
    yes = buf && preloads(buf, len);
    free(buf);
    return yes;
}

static bool has_drop_in(const found *f, const char *service)
{
    char dir[128], **names;
    bool yes = false;
    size_t i, j, nr;

    for (i = 0; i < NR_UNIT_DIRS && !yes; i++) {
        snprintf(dir, sizeof(dir), "%s/%s.service.d", unit_dirs[i], service);
        if (f->ctx->backend->list_dir(f->ctx->backend_user, dir, &names, &nr))
            continue;
        for (j = 0; j < nr && !yes; j++)
            yes = is_drop_in(f, dir, names[j]);
        xlmem__free_list(names, nr);
    }
    return yes;
}

static int find_services(found *f)
{
    size_t i;

    for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        const struct service *s = &services[i];
        bool guarded = false;
        xlmem_guarded *to;

        if (!is_installed(f, s->name))
            continue;
        if (s->runs_xl && !look_at_xl(f, SBIN_XL, &guarded))
            guarded = false;
        to = add_guarded(f, XLMEM_GUARDED_SERVICE,
                         guarded || has_drop_in(f, s->name));
        if (!to)
            return XLMEM_ERROR_NOMEM;
        snprintf(to->name, sizeof(to->name), "%s", s->name);
    }
    return 0;
}

/* ------------------------------------------------------------ monitors --- */

/* A file of a process; NULL: it has gone. */
static char *read_proc(const found *f, const char *pid, const char *file,
                       size_t *len_r)
{
    char path[64];

    snprintf(path, sizeof(path), "proc/%s/%s", pid, file);
    return read_quietly(f, path, len_r);
}

/* "PID (comm) state ppid pgrp session ...": the session is its own. */
static bool leads_session(const found *f, const char *pid)
{
    size_t len;
    char *stat = read_proc(f, pid, "stat", &len);
    const char *end = stat ? strrchr(stat, ')') : NULL;
    char session[16] = "";
    bool yes = end && sscanf(end + 1, " %*c %*d %*d %15[0-9]", session) == 1 &&
               !strcmp(session, pid);

    free(stat);
    return yes;
}

/* Field 22, of which state is the third; "" where it is cut. */
static xlmem__str start_time(const char *stat)
{
    const char *end = strrchr(stat, ')');
    xlmem__str left = {end, end ? strlen(end) : 0}, word = {"", 0};
    unsigned i;

    for (i = 2; i <= 22 && left.len; i++)
        word = xlmem__cut(&left, ' ');
    return i > 22 ? word : (xlmem__str){"", 0};
}

/* Whether its mark is of this very process; @of: whom it is for, or NULL. */
static bool has_mark(const found *f, const char *pid, xlmem_guarded *of)
{
    size_t len, stat_len;
    char path[64], *mark, *stat = read_proc(f, pid, "stat", &stat_len);
    bool yes = false;

    snprintf(path, sizeof(path), XLMEM_GUARDED_DIR "/%s", pid);
    mark = stat ? read_quietly(f, path, &len) : NULL;
    if (mark) {
        xlmem__str line = xlmem__trim((xlmem__str){mark, strcspn(mark, "\n")});
        const xlmem__str began = xlmem__cut(&line, ' ');
        const xlmem__str now = start_time(stat);

        yes = now.len && began.len == now.len &&
              !memcmp(began.p, now.p, now.len);
        xlmem__cut(&line, ' ');
        if (yes && of)
            snprintf(of->name, sizeof(of->name), "%.*s", (int)line.len,
                     line.p);
    }
    free(mark);
    free(stat);
    return yes;
}

/* One that runs since before its drop-in, or that the loader does not let be
 * preloaded, is not guarded by it. */
static void look_at_service(found *f, const char *pid, const char *comm,
                            size_t len)
{
    size_t i;

    for (i = 0; i < f->nr; i++) {
        xlmem_guarded *it = &f->list[i];

        if (it->kind != XLMEM_GUARDED_SERVICE || len != strlen(it->name) ||
            memcmp(comm, it->name, len))
            continue;
        it->pid = strtoul(pid, NULL, 10);
        if (has_mark(f, pid, NULL))
            continue;
        it->restart = it->restart || it->guarded;
        it->guarded = false;
    }
}

static int look_at_process(found *f, const char *pid)
{
    xlmem_guarded it = {.kind = XLMEM_GUARDED_MONITOR}, *to;
    size_t len;
    char *comm = read_proc(f, pid, "comm", &len);
    bool xl;

    if (!comm)
        return 0;
    len -= len && comm[len - 1] == '\n';
    xl = len == 2 && !memcmp(comm, "xl", 2);
    if (!xl)
        look_at_service(f, pid, comm, len);
    free(comm);
    if (!xl || !leads_session(f, pid))
        return 0;
    it.guarded = has_mark(f, pid, &it);
    it.pid = strtoul(pid, NULL, 10);
    to = add_guarded(f, it.kind, it.guarded);
    if (!to)
        return XLMEM_ERROR_NOMEM;
    *to = it;
    return 0;
}

static bool is_pid(const char *name)
{
    const size_t digits = strspn(name, "0123456789");

    return digits && digits < 12 && !name[digits];
}

static int find_monitors(found *f)
{
    char **names;
    size_t i, nr;
    int rc = xlmem__list_documents(f->ctx, "proc", &names, &nr);

    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    for (i = 0; i < nr && !rc; i++)
        if (is_pid(names[i]))
            rc = look_at_process(f, names[i]);
    xlmem__free_list(names, nr);
    return rc;
}

int xlmem__guarded_find(xlmem_ctx *ctx, const char *search,
                        xlmem_guarded **list_r, size_t *nr_r)
{
    found f = {.ctx = ctx};
    int rc;

    if (!ctx->backend)
        return XLMEM_ERROR_INVAL;
    if (!ctx->backend->read_file || !ctx->backend->list_dir) {
        *list_r = NULL;
        *nr_r = 0;
        return 0;
    }
    rc = find_xl(&f, search ? search : DEFAULT_PATH);
    if (!rc)
        rc = find_services(&f);
    if (!rc)
        rc = find_monitors(&f);
    if (rc) {
        free(f.list);
        return rc;
    }
    *list_r = f.list;
    *nr_r = f.nr;
    return 0;
}
