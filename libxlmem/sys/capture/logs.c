/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "sys/capture/logs.h"

#include <stdlib.h>
#include <string.h>

#include "sys/capture/journal.h"
#include "sys/capture/kmsg.h"
#include "sys/root.h"

/* Of a log of the toolstack's, and of syslog's. */
#define LOG_TAIL_BYTES ((size_t)64 << 10)
#define SYSLOG_TAIL_BYTES ((size_t)1 << 20)

typedef int text_reader(int root, xlmem__text *text);

static int read_kmsg(int root, xlmem__text *text)
{
    (void)root;
    return xlmem__kmsg_read(text);
}

/* Where the last line that has @word begins; NULL: none has. */
static const char *last_line_with(const char *buf, size_t len,
                                  const char *word)
{
    const size_t word_len = strlen(word);
    size_t at = len;

    while (at >= word_len && memcmp(buf + at - word_len, word, word_len))
        at--;
    if (at < word_len)
        return NULL;
    at -= word_len;
    while (at && buf[at - 1] != '\n')
        at--;
    return buf + at;
}

/*
 * What syslog has of the boots before this one, if it goes back so far: all
 * before the last banner.  Its files are named by the distribution.
 */
static int read_syslog_before(int root, xlmem__text *text)
{
    static const char *const files[] = {"var/log/kern.log",
                                        "var/log/messages"};
    int rc = XLMEM_ERROR_NOTFOUND;
    size_t i, len;
    char *buf;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *end;

        if (xlmem__root_read_tail(root, files[i], SYSLOG_TAIL_BYTES, &buf,
                                  &len))
            continue;
        end = last_line_with(buf, len, "Linux version ");
        if (end && end > buf)
            rc = xlmem__text_add(text, (xlmem__str){buf, (size_t)(end - buf)});
        free(buf);
        if (rc != XLMEM_ERROR_NOTFOUND)
            break;
    }
    return rc;
}

static int read_boot_before(int root, xlmem__text *text)
{
    const int rc = xlmem__journal_read(NULL, text);

    return rc == XLMEM_ERROR_NOTFOUND ? read_syslog_before(root, text) : rc;
}

static int machine_text(int root, text_reader *reader, char **buf_r,
                        size_t *len_r)
{
    xlmem__text text = {0};
    int rc = reader(root, &text);

    if (!rc)
        rc = xlmem__text_take(&text, buf_r, len_r);
    xlmem__text_dispose(&text);
    return rc;
}

int xlmem__machine_log(int root, const char *path, char **buf_r, size_t *len_r)
{
    static const char xens[] = "var/log/xen/";

    if (!strcmp(path, "dmesg"))
        return machine_text(root, read_kmsg, buf_r, len_r);
    if (!strcmp(path, "dmesg-previous"))
        return machine_text(root, read_boot_before, buf_r, len_r);
    return xlmem__root_read_tail(
        root, path,
        strncmp(path, xens, strlen(xens)) ? SYSLOG_TAIL_BYTES : LOG_TAIL_BYTES,
        buf_r, len_r);
}
