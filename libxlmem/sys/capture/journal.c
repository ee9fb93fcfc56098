/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * sd-journal(3), by dlopen: a host without systemd has no journal, and who
 * does not ask for it needs no library more.
 *
 * From the first entry of this boot one step back leads to the last one of
 * the boot before, however long this one's log is.
 */
#include "config.h"

#include "sys/capture/journal.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codec/text.h"

/* Lines that are read; the end of a boot is what tells why it ended. */
#define LINES_MAX 4000

/* systemd's sd-id128.h and sd-journal.h, version 187 and later. */
typedef union id128 {
    uint8_t bytes[16];
    uint64_t qwords[2];
} id128;
#define LOCAL_ONLY 1 /* SD_JOURNAL_LOCAL_ONLY */

typedef struct sd_journal sd_journal;

#define JOURNAL(X)                                                            \
    X(int, sd_journal_open, (sd_journal **, int))                             \
    X(int, sd_journal_open_directory, (sd_journal **, const char *, int))     \
    X(void, sd_journal_close, (sd_journal *))                                 \
    X(int, sd_journal_add_match, (sd_journal *, const void *, size_t))        \
    X(int, sd_journal_seek_monotonic_usec, (sd_journal *, id128, uint64_t))   \
    X(int, sd_journal_previous, (sd_journal *))                               \
    X(int, sd_journal_next, (sd_journal *))                                   \
    X(int, sd_journal_get_monotonic_usec,                                     \
      (sd_journal *, uint64_t *, id128 *))                                    \
    X(int, sd_journal_get_data,                                               \
      (sd_journal *, const char *, const void **, size_t *))

typedef struct journal_api {
#define MEMBER(type, name, args) type(*name) args;
    JOURNAL(MEMBER)
#undef MEMBER
    void *library;
    sd_journal *j;
} journal_api;

static bool find_all(journal_api *journal)
{
    bool ok = true;

#define FIND(type, name, args)                                                \
    do {                                                                      \
        void *f = dlsym(journal->library, #name);                             \
        memcpy(&journal->name, &f, sizeof(f));                                \
        ok = ok && f;                                                         \
    } while (0);
    JOURNAL(FIND)
#undef FIND
    return ok;
}

/* "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" */
static bool read_boot_id(id128 *id_r)
{
    char text[64];
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));
    size_t nr = 0;
    ssize_t i;

    if (fd >= 0)
        close(fd);
    for (i = 0; i < len && nr < 32; i++) {
        const unsigned digit = xlmem__digit(text[i]);

        if (digit > 15)
            continue;
        id_r->bytes[nr / 2] =
            (uint8_t)(nr % 2 ? (unsigned)id_r->bytes[nr / 2] << 4 | digit
                             : digit);
        nr++;
    }
    return nr == 32;
}

static bool same_boot(const id128 *a, const id128 *b)
{
    return !memcmp(a, b, sizeof(*a));
}

/* To the first of the lines that are read; how many there are. */
static size_t go_back(const journal_api *journal, const id128 *now)
{
    id128 before = {.qwords = {0, 0}}, boot;
    uint64_t usec;
    size_t nr = 0;

    while (nr < LINES_MAX && journal->sd_journal_previous(journal->j) > 0) {
        if (journal->sd_journal_get_monotonic_usec(journal->j, &usec, &boot) <
            0)
            break;
        if (same_boot(&boot, now))
            continue;
        if (!nr)
            before = boot;
        else if (!same_boot(&boot, &before)) {
            journal->sd_journal_next(journal->j);
            break;
        }
        nr++;
    }
    return nr;
}

static int add_entry(const journal_api *journal, xlmem__text *text)
{
    static const char field[] = "MESSAGE=";
    const void *data;
    size_t len;
    uint64_t usec;
    id128 boot;
    char stamp[40];
    int rc;

    if (journal->sd_journal_get_monotonic_usec(journal->j, &usec, &boot) < 0 ||
        journal->sd_journal_get_data(journal->j, "MESSAGE", &data, &len) < 0 ||
        len < sizeof(field) - 1)
        return 0;
    snprintf(stamp, sizeof(stamp), "[%5" PRIu64 ".%06" PRIu64 "] ",
             usec / 1000000, usec % 1000000);
    rc = xlmem__text_add(text, (xlmem__str){stamp, strlen(stamp)});
    if (!rc)
        rc = xlmem__text_add(
            text, (xlmem__str){(const char *)data + sizeof(field) - 1,
                               len - (sizeof(field) - 1)});
    return rc ? rc : xlmem__text_add(text, (xlmem__str){"\n", 1});
}

/* What programs write to /dev/kmsg comes by the same way.  They can call
 * themselves "kernel", whose name journald takes from the text, but Linux
 * gives a facility other than 0 to all of it (devkmsg_write, printk.c), and
 * journald writes each entry's (dev_kmsg_record, journald-kmsg.c, 239 and
 * later; some before it wrote none for the kernel's).  An entry has to have
 * both fields. */
static bool ask_for_kernels(const journal_api *journal)
{
    return journal->sd_journal_add_match(journal->j, "_TRANSPORT=kernel", 0) >=
               0 &&
           journal->sd_journal_add_match(journal->j, "SYSLOG_FACILITY=0", 0) >=
               0;
}

static int copy_entries(const journal_api *journal, xlmem__text *text)
{
    id128 now;
    size_t nr;
    int rc = 0;

    if (!read_boot_id(&now) || !ask_for_kernels(journal) ||
        journal->sd_journal_seek_monotonic_usec(journal->j, now, 0) < 0)
        return XLMEM_ERROR_NOTFOUND;
    nr = go_back(journal, &now);
    if (!nr)
        return XLMEM_ERROR_NOTFOUND;
    while (nr-- && !rc) {
        rc = add_entry(journal, text);
        if (journal->sd_journal_next(journal->j) <= 0)
            break;
    }
    return rc;
}

static bool open_journal(journal_api *journal, const char *folder)
{
    return (folder ? journal->sd_journal_open_directory(&journal->j, folder, 0)
                   : journal->sd_journal_open(&journal->j, LOCAL_ONLY)) >= 0;
}

/* The library stays loaded: it has threads' data of its own. */
int xlmem__journal_read(const char *folder, xlmem__text *text)
{
    journal_api journal = {
        .library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_NODELETE)};
    int rc;

    if (!journal.library || !find_all(&journal) ||
        !open_journal(&journal, folder))
        return XLMEM_ERROR_NOTFOUND;
    rc = copy_entries(&journal, text);
    journal.sd_journal_close(journal.j);
    return rc;
}
