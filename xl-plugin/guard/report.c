/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the guard says goes to the caller's own logger (or standard error,
 * never standard output: in migrate-receive that is the stream), and to
 * syslog, where the verdicts of monitors that nobody watches are found.
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "guard.h"
#include "private/printable.h"

/* <syslog.h>'s macros are ints; the protocol's numbers are RFC 5424's. */
#define FACILITY_DAEMON (3 << 3)
#define SYSLOG_SOCKET "/dev/log"

/* As many contexts as are remembered; of others it is standard error. */
#define NR_LOGGERS 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    const void *ctx;
    void *logger;
} loggers[NR_LOGGERS];
static size_t next_logger;

/* A context's address is given out again only by libxl_ctx_alloc, which
 * brings us here: an entry that can be found is never stale. */
void guard_logger_note(const void *ctx, void *logger)
{
    size_t i;

    pthread_mutex_lock(&lock);
    for (i = 0; i < NR_LOGGERS && loggers[i].ctx != ctx; i++)
        ;
    if (i == NR_LOGGERS)
        i = next_logger++ % NR_LOGGERS;
    loggers[i].ctx = ctx;
    loggers[i].logger = logger;
    pthread_mutex_unlock(&lock);
}

void guard_report_init(guard_report *report, const void *ctx)
{
    size_t i;

    memset(report, 0, sizeof(*report));
    pthread_mutex_lock(&lock);
    for (i = 0; i < NR_LOGGERS; i++)
        if (loggers[i].ctx == ctx)
            report->logger = loggers[i].logger;
    pthread_mutex_unlock(&lock);
}

/* One datagram; a host without syslog goes without.  syslog(3) would keep a
 * descriptor and share its state with the program we are in. */
static void to_syslog(guard_level level, const char *text)
{
    static const int severities[] = {7, 6, 4, 3};
    struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = SYSLOG_SOCKET};
    char line[512], safe[sizeof(line)];
    int fd, len;

    /* What syslogd makes of more than ASCII is its configuration's. */
    xlmem_escape(safe, sizeof(safe), text, XLMEM_ESCAPE_NON_ASCII);
    len = snprintf(line, sizeof(line), "<%d>xlmem-guard[%d]: %s",
                   FACILITY_DAEMON | severities[level], (int)getpid(), safe);
    if (len < 0)
        return;
    if ((size_t)len >= sizeof(line))
        len = sizeof(line) - 1;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    (void)!sendto(fd, line, (size_t)len, MSG_NOSIGNAL,
                  (const struct sockaddr *)&to, sizeof(to));
    close(fd);
}

/* xtl_log of libxentoollog: a caller with a logger has it. */
typedef void xtl_log_fn(void *logger, int level, int errnoval,
                        const char *context, const char *format, ...);

/* XTL_DEBUG, XTL_DETAIL, XTL_WARN, XTL_ERROR (xentoollog.h, 4.14 to 4.20).
 * What is well is shown by `xl -v` only. */
static const int xtl_levels[] = {1, 3, 7, 8};

/* By the environment: xl sets no locale, and looking for one here would read
 * files behind its back. */
static bool shows_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *value;
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        value = getenv(names[i]);
        if (value && *value)
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

static void to_caller(const guard_report *report, guard_level level,
                      const char *text)
{
    xtl_log_fn *xtl_log = NULL;
    char safe[2 * XLMEM_LINE_MAX];

    xlmem_escape(safe, sizeof(safe), text,
                 shows_utf8() ? XLMEM_ESCAPE_UNPRINTABLE
                              : XLMEM_ESCAPE_NON_ASCII);
    if (report->logger)
        *(void **)&xtl_log = guard_find_logger();
    if (xtl_log)
        xtl_log(report->logger, xtl_levels[level], -1, "memguard", "%s", safe);
    else if (level >= GUARD_WARN)
        fprintf(stderr, "memguard: %s\n", safe);
}

static void say_report(guard_report *report, guard_level level,
                       const char *text)
{
    const int e = errno;

    to_caller(report, level, text);
    if (level != GUARD_DEBUG)
        to_syslog(level, text);
    errno = e;
}

void guard_say(guard_report *report, guard_level level, const char *fmt, ...)
{
    char text[448];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    say_report(report, level, text);
}

void guard_tell(guard_report *report, guard_level level, const char *fmt, ...)
{
    char text[XLMEM_LINE_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    to_caller(report, level, text);
}

void guard_log(void *user, int level, const char *text)
{
    guard_report *report = user;

    if (level < (int)GUARD_DEBUG || level > (int)GUARD_ERROR)
        level = GUARD_ERROR;
    if (level == (int)GUARD_ERROR && report->failing) {
        snprintf(report->failure, sizeof(report->failure), "%s", text);
    } else if (level == (int)GUARD_WARN && report->deciding) {
        to_syslog(GUARD_WARN, text);
        snprintf(report->verdict, sizeof(report->verdict), "%s", text);
    } else {
        say_report(report, (guard_level)level, text);
    }
}
