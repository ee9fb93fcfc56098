/* SPDX-License-Identifier: LGPL-2.1-only */
#include "boot/shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec/capture/texts.h"
#include "codec/facts.h"

static pid_t start_shell(int in, int out)
{
    static char *const argv[] = {(char *)(uintptr_t) "sh",
                                 (char *)(uintptr_t) "-n", NULL};
    static char *const environment[] = {(char *)(uintptr_t) "LC_ALL=C", NULL};
    pid_t pid = fork();

    if (!pid) {
        if (dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(out, 2) >= 0)
            execve("/bin/sh", argv, environment);
        _exit(0);
    }
    return pid;
}

static size_t last_line(xlmem__str file)
{
    xlmem__lines lines = xlmem__lines_of(file.p, file.len);
    xlmem__str line;

    while (xlmem__next_line(&lines, &line))
        ;
    return lines.nr;
}

/* "sh: 4: Syntax error: ..." (dash), "sh: line 4: syntax error ..." (bash).
 * What a shell misses at the end of a file, it misses in the line behind. */
static void take_shell_words(xlmem__str words, size_t last, boot_said *said)
{
    uint64_t line = 0;

    words = xlmem__cut(&words, '\n');
    xlmem__cut(&words, ':');
    xlmem__skip(&words, " line");
    words = xlmem__trim(words);
    (void)xlmem__take_number(&words, 10, &line);
    xlmem__skip(&words, ":");
    words = xlmem__trim(words);
    said->line = line > last ? last : line ? (size_t)line : 1;
    snprintf(said->text, sizeof(said->text), "%.*s", (int)words.len, words.p);
    xlmem__make_safe(said->text);
}

/* A quote that nothing closes is seen by a shell at the end of the file, and
 * by our own reader where it is opened. */
static void find_open_quote(xlmem__str file, boot_said *said)
{
    xlmem__grub_values values;
    xlmem__where where = {.line = 0};
    int rc = xlmem__grub_values_of(file, &values, &where);

    if (!rc)
        xlmem__grub_values_dispose(&values);
    if (rc == XLMEM_ERROR_PARSE && where.line && where.line < said->line &&
        (strstr(said->text, "nterminated") ||
         strstr(said->text, "looking for")))
        said->line = where.line;
}

bool boot_shell_reads(xlmem__str file, boot_said *said_r)
{
    char words[256];
    int in = memfd_create("xlmem-file", MFD_CLOEXEC);
    int out = memfd_create("xlmem-said", MFD_CLOEXEC), status = 0;
    pid_t pid = -1;
    ssize_t len = 0;

    if (in >= 0 && out >= 0 &&
        write(in, file.p, file.len) == (ssize_t)file.len &&
        !lseek(in, 0, SEEK_SET))
        pid = start_shell(in, out);
    if (pid > 0 && waitpid(pid, &status, 0) == pid && status)
        len = pread(out, words, sizeof(words), 0);
    if (len > 0) {
        take_shell_words((xlmem__str){words, (size_t)len}, last_line(file),
                         said_r);
        find_open_quote(file, said_r);
    }
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return len <= 0;
}
