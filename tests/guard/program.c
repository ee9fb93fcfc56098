/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What stands in front of the C library in the programs of the guard's test,
 * so that the machine it runs on needs no configuration and gets no messages,
 * and what the guard must not do in somebody else's process.
 */
#include "config.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fakes.h"

fake_program the_program;

int access(const char *path, int mode)
{
    int (*real)(const char *, int);

    errno = ENOENT;
    if (!strcmp(path, "/" XLMEM_MODE_FILE))
        return -1;
    if (!strcmp(path, "/" XLMEM_POLICY_FILE) && the_program.config_errno)
        return errno = the_program.config_errno, -1;
    if (!strcmp(path, "/" XLMEM_POLICY_FILE))
        return the_program.configured ? 0 : -1;
    if (!strcmp(path, "/" XLMEM_OFF_FILE))
        return the_program.off ? 0 : -1;
    *(void **)&real = dlsym(RTLD_NEXT, "access");
    return real(path, mode);
}

/* A fork of it has another one. */
pid_t getpid(void)
{
    pid_t (*real)(void);

    *(void **)&real = dlsym(RTLD_NEXT, "getpid");
    return the_program.pid ? the_program.pid : real();
}

#define RUN "/run/xlmem"

/* What the guard would write there goes elsewhere. */
static const char *moved(const char *path, char to[256])
{
    if (strncmp(path, RUN, strlen(RUN)))
        return path;
    snprintf(to, 256, "%s%s", the_program.run, path + strlen(RUN));
    return to;
}

int mkdir(const char *path, mode_t mode)
{
    int (*real)(const char *, mode_t);
    char to[256];

    *(void **)&real = dlsym(RTLD_NEXT, "mkdir");
    return real(moved(path, to), mode);
}

int unlink(const char *path)
{
    int (*real)(const char *);
    char to[256];

    *(void **)&real = dlsym(RTLD_NEXT, "unlink");
    return real(moved(path, to));
}

int open(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...);
    char to[256];
    va_list ap;
    mode_t mode = 0;

    va_start(ap, flags);
    if (flags & O_CREAT)
        mode = va_arg(ap, mode_t);
    va_end(ap);
    *(void **)&real = dlsym(RTLD_NEXT, "open");
    return real(moved(path, to), flags, mode);
}

DIR *opendir(const char *path)
{
    DIR *(*real)(const char *);
    char to[256];

    *(void **)&real = dlsym(RTLD_NEXT, "opendir");
    return real(moved(path, to));
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int (*real)(clockid_t, struct timespec *);
    int r;

    *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    r = real(clock, now);
    now->tv_sec += the_program.later_ms / 1000;
    return r;
}

/* The one that is built beside this, not one that is installed. */
void *dlopen(const char *path, int flags)
{
    void *(*real)(const char *, int);
    const char *name = path ? strrchr(path, '/') : NULL;

    *(void **)&real = dlsym(RTLD_NEXT, "dlopen");
    return real(name && !strcmp(name, "/libxlmem.so.0") ? name + 1 : path,
                flags);
}

ssize_t sendto(int fd, const void *buf, size_t len, int flags,
               const struct sockaddr *to, socklen_t to_len)
{
    (void)fd;
    (void)buf;
    (void)flags;
    (void)to;
    (void)to_len;
    the_program.syslogs++;
    return (ssize_t)len;
}

/* libxentoollog's: what a caller's logger is told. */
void xtl_log(void *logger, int level, int errnoval, const char *context,
             const char *format, ...);

__attribute__((format(printf, 5, 6))) void xtl_log(void *logger, int level,
                                                   int errnoval,
                                                   const char *context,
                                                   const char *format, ...)
{
    va_list ap;

    (void)logger;
    (void)level;
    (void)errnoval;
    (void)context;
    va_start(ap, format);
    vsnprintf(the_program.line, sizeof(the_program.line), format, ap);
    va_end(ap);
    snprintf(the_program.text + strlen(the_program.text),
             sizeof(the_program.text) - strlen(the_program.text), "%s\n",
             the_program.line);
    the_program.logged++;
}

static int own_stdout;
static FILE *instead;

bool program_keep_stdout(void)
{
    fflush(stdout);
    own_stdout = dup(STDOUT_FILENO);
    instead = tmpfile();
    return instead && dup2(fileno(instead), STDOUT_FILENO) >= 0;
}

size_t program_stdout_bytes(void)
{
    struct stat st = {.st_size = 0};

    fflush(stdout);
    fstat(STDOUT_FILENO, &st);
    dup2(own_stdout, STDOUT_FILENO);
    close(own_stdout);
    fclose(instead);
    return (size_t)st.st_size;
}

static _Noreturn void forbidden(const char *what)
{
    fprintf(stderr, "the guard has called %s\n", what);
    abort();
}

/* SIGCHLD is libxl's. */
pid_t fork(void)
{
    forbidden("fork");
}

pid_t vfork(void)
{
    forbidden("vfork");
}

int execve(const char *path, char *const argv[], char *const envp[])
{
    (void)path;
    (void)argv;
    (void)envp;
    forbidden("execve");
}
