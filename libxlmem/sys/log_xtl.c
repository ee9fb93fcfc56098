/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Messages to the caller's xentoollog_logger.  The logger is a table of
 * functions, so nothing of libxentoollog has to be linked.
 */
#include "config.h"

#include "sys/sys.h"

#ifdef HAVE_XEN
#include <stdarg.h>
#include <xentoollog.h>

static xentoollog_level xtl_level_of(int level)
{
    static const xentoollog_level levels[] = {XTL_DEBUG, XTL_INFO, XTL_WARN,
                                              XTL_ERROR};

    return levels[level < 0 ? 0 : level > 3 ? 3 : level];
}

static void send_to_xtl(xentoollog_logger *lg, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void send_to_xtl(xentoollog_logger *lg, int level, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    lg->vmessage(lg, xtl_level_of(level), -1, "xlmem", fmt, ap);
    va_end(ap);
}

void xlmem__log_xtl(void *user, int level, const char *text)
{
    send_to_xtl(user, level, "%s", text);
}
#else
void xlmem__log_xtl(void *user, int level, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
}
#endif
