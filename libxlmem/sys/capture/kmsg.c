/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * /dev/kmsg gives one record per read, escaped, and reading it disturbs
 * nobody: each open file has its own position (Linux
 * Documentation/ABI/testing/dev-kmsg).  Where it is missing, syslog(2) gives
 * the same text with "<N>" before each line.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "codec/text.h"
#include "sys/capture/kmsg.h"
#include "sys/root.h"

/* PRINTKRB_RECORD_MAX, the longest record the kernel hands out; it was 8192
 * (CONSOLE_EXT_LOG_MAX) before Linux 6.4. */
#define RECORD_MAX 8192

#define USEC_PER_SEC 1000000

/* Actions of syslog(2). */
#define SYSLOG_READ_ALL 3
#define SYSLOG_SIZE_BUFFER 10

static bool unescape(xlmem__str s, char *c_r)
{
    uint64_t code;

    if (s.len < 4 || s.p[0] != '\\' || s.p[1] != 'x' ||
        xlmem__number_all((xlmem__str){s.p + 2, 2}, 16, &code))
        return false;
    if (code != '\\' && code != '\t')
        return false; /* control bytes stay as they are written */
    *c_r = (char)code;
    return true;
}

/* The kernel writes a backslash as \x5c and a tab as \x09. */
static int add_unescaped(xlmem__text *text, xlmem__str s)
{
    char c;
    int rc = 0;

    while (s.len && !rc) {
        xlmem__str plain = s;
        const char *at = memchr(s.p + 1, '\\', s.len - 1);

        if (unescape(s, &c)) {
            rc = xlmem__text_add(text, (xlmem__str){&c, 1});
            plain.len = 4;
        } else {
            plain.len = at ? (size_t)(at - s.p) : s.len;
            rc = xlmem__text_add(text, plain);
        }
        s.p += plain.len;
        s.len -= plain.len;
    }
    return rc;
}

/* Its facility, above the three bits of the level, is not the kernel's. */
static bool is_programs(uint64_t priority)
{
    return priority >> 3;
}

int xlmem__kmsg_render(xlmem__str record, xlmem__text *text)
{
    xlmem__lines lines = xlmem__lines_of(record.p, record.len);
    xlmem__str line, head;
    uint64_t priority, usec;
    char stamp[64] = "";
    int rc;

    if (!xlmem__next_line(&lines, &line) || !memchr(line.p, ';', line.len))
        return XLMEM_ERROR_PARSE;
    head = xlmem__cut(&line, ';');
    if (xlmem__number_all(xlmem__cut(&head, ','), 10, &priority))
        return XLMEM_ERROR_PARSE;
    xlmem__cut(&head, ',');
    if (xlmem__number_all(xlmem__cut(&head, ','), 10, &usec))
        return XLMEM_ERROR_PARSE;
    if (is_programs(priority))
        snprintf(stamp, sizeof(stamp), "<%" PRIu64 ">", priority);
    snprintf(stamp + strlen(stamp), sizeof(stamp) - strlen(stamp),
             "[%5" PRIu64 ".%06" PRIu64 "] ", usec / USEC_PER_SEC,
             usec % USEC_PER_SEC);
    rc = xlmem__text_add(text, (xlmem__str){stamp, strlen(stamp)});
    if (!rc)
        rc = add_unescaped(text, line);
    if (!rc)
        rc = xlmem__text_add(text, (xlmem__str){"\n", 1});
    return rc;
}

static void pass_kernels_priority(xlmem__str *line)
{
    xlmem__str rest = *line, head;
    uint64_t priority;

    if (!rest.len || rest.p[0] != '<' || !memchr(rest.p, '>', rest.len))
        return;
    head = xlmem__cut(&rest, '>');
    head.p++;
    head.len--;
    if (xlmem__number_all(head, 10, &priority) || !is_programs(priority))
        *line = rest;
}

int xlmem__klog_render(xlmem__str buf, xlmem__text *text)
{
    xlmem__lines lines = xlmem__lines_of(buf.p, buf.len);
    xlmem__str line;
    int rc = 0;

    while (!rc && xlmem__next_line(&lines, &line)) {
        pass_kernels_priority(&line);
        rc = xlmem__text_add(text, line);
        if (!rc)
            rc = xlmem__text_add(text, (xlmem__str){"\n", 1});
    }
    return rc;
}

static int read_syslog(xlmem__text *text)
{
    int size = klogctl(SYSLOG_SIZE_BUFFER, NULL, 0);
    char *buf;
    int got, rc;

    if (size <= 0)
        return xlmem__rc_of_errno(errno);
    buf = malloc((size_t)size);
    if (!buf)
        return XLMEM_ERROR_NOMEM;
    got = klogctl(SYSLOG_READ_ALL, buf, size);
    if (got < 0)
        rc = xlmem__rc_of_errno(errno);
    else
        rc = xlmem__klog_render((xlmem__str){buf, (size_t)got}, text);
    free(buf);
    return rc;
}

/* EPIPE: the kernel overwrote the record we were at; the next read goes on. */
static int read_records(int fd, char record[RECORD_MAX], xlmem__text *text)
{
    ssize_t got;
    int rc = 0;

    while (!rc) {
        got = read(fd, record, RECORD_MAX);
        if (got > 0)
            rc = xlmem__kmsg_render((xlmem__str){record, (size_t)got}, text);
        else if (!got || errno == EAGAIN)
            return 0;
        else if (errno != EPIPE && errno != EINTR)
            rc = xlmem__rc_of_errno(errno);
    }
    return rc;
}

int xlmem__kmsg_read(xlmem__text *text)
{
    int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char *record;
    int rc;

    if (fd < 0)
        return read_syslog(text);
    record = malloc(RECORD_MAX);
    rc = record ? read_records(fd, record, text) : XLMEM_ERROR_NOMEM;
    free(record);
    close(fd);
    return rc;
}
