/* SPDX-License-Identifier: LGPL-2.1-only */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "private/printable.h"
#include "sys/live.h"

static int level_of_xtl(xentoollog_level level)
{
    if (level < XTL_INFO)
        return 0;
    if (level < XTL_WARN)
        return 1;
    return level == XTL_WARN ? 2 : 3;
}

__attribute__((format(printf, 5, 0))) static void
vmessage(struct xentoollog_logger *logger, xentoollog_level level,
         int errnoval, const char *context, const char *format, va_list al)
{
    live_log *log = (live_log *)logger;
    char text[512], safe[2 * sizeof(text)];
    int len;
    size_t used;

    /* XTL_DEBUG is what libxencall counts of its buffers: 22 lines each time
     * that it is closed, seen on 4.17. */
    if (!log->fn || level <= XTL_DEBUG)
        return;
    len = snprintf(text, sizeof(text), "%s: ", context ? context : "libxl");
    used = len > 0 && (size_t)len < sizeof(text) ? (size_t)len : 0;
    vsnprintf(text + used, sizeof(text) - used, format, al);
    used = strlen(text);
    if (errnoval >= 0)
        snprintf(text + used, sizeof(text) - used, ": %s", strerror(errnoval));
    /* libxl quotes what guests and xenstore say. */
    xlmem_escape(safe, sizeof(safe), text, XLMEM_ESCAPE_UNPRINTABLE);
    log->fn(log->user, level_of_xtl(level), safe);
}

static void progress(struct xentoollog_logger *logger, const char *context,
                     const char *doing_what, int percent, unsigned long done,
                     unsigned long total)
{
    (void)logger;
    (void)context;
    (void)doing_what;
    (void)percent;
    (void)done;
    (void)total;
}

static void destroy(struct xentoollog_logger *logger)
{
    (void)logger;
}

void live_log_init(live_log *log, const xlmem_live_params *params)
{
    log->vtable.vmessage = vmessage;
    log->vtable.progress = progress;
    log->vtable.destroy = destroy;
    log->fn = params->log;
    log->user = params->log_user;
}
