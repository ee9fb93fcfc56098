/* SPDX-License-Identifier: LGPL-2.1-only */
/* The kernel's log of the boot before this, out of journals that
 * systemd-journal-remote writes. */
#include "config.h"

#include "capture_files.h"

#include <inttypes.h>

#include "sys/capture/journal.h"

#define REMOTE "/lib/systemd/systemd-journal-remote"
#define FOLDER "journal"

static FILE *export;
static uint64_t real_us; /* each entry is a second later, whatever its boot */

/* @boot: 32 hexadecimal digits; NULL: this one's. */
static void write_boot(const char *boot)
{
    char id[64] = "";
    size_t i, nr = 0;
    FILE *file;

    if (!boot) {
        file = fopen("/proc/sys/kernel/random/boot_id", "r");
        assert_non_null(file);
        assert_non_null(fgets(id, sizeof(id), file));
        fclose(file);
        for (i = 0; id[i]; i++)
            if (id[i] != '-' && id[i] != '\n')
                id[nr++] = id[i];
        id[nr] = '\0';
    }
    fprintf(export, "_BOOT_ID=%s\n", boot ? boot : id);
}

/* A line of that boot, @ms after it began, that came by @transport; "kmsg":
 * as the kernel's do, from a program that calls itself kernel. */
static void log_line(const char *boot, unsigned ms, const char *transport,
                     const char *text)
{
    const bool kernels = !strcmp(transport, "kernel");
    const bool by_kernel = kernels || !strcmp(transport, "kmsg");

    real_us += 1000000;
    fprintf(export,
            "__REALTIME_TIMESTAMP=%" PRIu64 "\n"
            "__MONOTONIC_TIMESTAMP=%u000\n",
            real_us, ms);
    write_boot(boot);
    fprintf(export,
            "_MACHINE_ID=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
            "_TRANSPORT=%s\nSYSLOG_IDENTIFIER=%s\nSYSLOG_FACILITY=%d\n"
            "MESSAGE=%s\n\n",
            by_kernel ? "kernel" : transport, by_kernel ? "kernel" : "app",
            kernels ? 0 : 1, text);
}

static int begin_journal(void **state)
{
    make_scratch(state);
    assert_int_equal(mkdir(in_scratch(FOLDER), 0700), 0);
    real_us = UINT64_C(1700000000000000);
    export = fopen(in_scratch("export"), "w");
    return export ? 0 : -1;
}

/* What is read of the journal that the lines make. */
static int read_journal(char *buf, size_t len)
{
    xlmem__text text = {0};
    char command[1024], *read = NULL;
    size_t nr = 0;
    int rc;

    assert_int_equal(fclose(export), 0);
    if (access(REMOTE, X_OK)) {
        print_message("skipped: " REMOTE " is not installed\n");
        skip();
    }
    snprintf(command, sizeof(command),
             REMOTE " -o %s/made.journal %s >/dev/null 2>&1",
             in_scratch(FOLDER), in_scratch("export"));
    assert_int_equal(system(command), 0);
    rc = xlmem__journal_read(in_scratch(FOLDER), &text);
    if (!rc)
        assert_int_equal(xlmem__text_take(&text, &read, &nr), 0);
    xlmem__text_dispose(&text);
    snprintf(buf, len, "%.*s", (int)nr, read ? read : "");
    free(read);
    return rc;
}

#define OLDEST "11111111111111111111111111111111"
#define BEFORE "22222222222222222222222222222222"

static void only_the_kernels_lines_of_the_boot_before_are_read(void **state)
{
    char text[1024];

    (void)state;
    log_line(OLDEST, 1000, "kernel", "the oldest");
    log_line(BEFORE, 500, "kernel", "Linux version 6.1.0");
    log_line(BEFORE, 12345, "syslog", "somebody else");
    log_line(BEFORE, 70000, "kmsg", "Out of memory: of a program's");
    log_line(BEFORE, 80000, "kernel", "Out of memory");
    log_line(BEFORE, 81000, "stdout", "another");
    log_line(NULL, 1000, "kernel", "this boot");
    assert_int_equal(read_journal(text, sizeof(text)), 0);
    assert_string_equal(text, "[    0.500000] Linux version 6.1.0\n"
                              "[   80.000000] Out of memory\n");
}

/* That there was none says nothing of it. */
static void without_a_boot_before_there_is_none(void **state)
{
    char text[1024];

    (void)state;
    log_line(NULL, 1000, "kernel", "this boot");
    log_line(BEFORE, 2000, "syslog", "no line of the kernel's");
    assert_int_equal(read_journal(text, sizeof(text)), XLMEM_ERROR_NOTFOUND);
}

static void of_a_long_boot_its_end_is_read(void **state)
{
    static char text[1 << 20];
    char line[32];
    unsigned i;

    (void)state;
    for (i = 0; i < 4010; i++) {
        snprintf(line, sizeof(line), "line %u", i);
        log_line(BEFORE, i, "kernel", line);
    }
    log_line(NULL, 1000, "kernel", "this boot");
    assert_int_equal(read_journal(text, sizeof(text)), 0);
    assert_memory_equal(text, "[    0.010000] line 10\n", 23);
    assert_non_null(strstr(text, "[    4.009000] line 4009\n"));
    assert_null(strstr(text, "this boot"));
}

#define JOURNAL(f)                                                            \
    cmocka_unit_test_setup_teardown(f, begin_journal, remove_scratch)

TEST_GROUP(journal)
{
    const struct CMUnitTest tests[] = {
        JOURNAL(only_the_kernels_lines_of_the_boot_before_are_read),
        JOURNAL(without_a_boot_before_there_is_none),
        JOURNAL(of_a_long_boot_its_end_is_read),
    };

    return test_run(tests, NULL, NULL);
}
