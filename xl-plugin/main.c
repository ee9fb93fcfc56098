/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard: the memory guard's command line. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd.h"
#include "private/guard.h"
#include "private/layout.h"

/*
 * A descriptor below 3 that is closed would be given to the next file that is
 * opened, and the report would end up in it.  Take its place with one that
 * fails as the closed one would have.
 */
static void fill_std_descriptors(void)
{
    int fd;

    for (fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == 1 ? O_RDONLY : O_RDWR);
}

/*
 * The list of a recorded host's domains is megabytes, made anew for each
 * document and freed: it is to go back to the kernel at once.  glibc would
 * raise its limit (128 KiB) to the largest block that was ever freed, and keep
 * holes of that size from then on: 1.7 MiB of `check` at 10 000 domUs.
 */
static void return_large_blocks(void)
{
#ifdef M_MMAP_THRESHOLD
    (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

/*
 * Reports are values, some of 40 kB, on the stack: predict has died with
 * 64 KiB of it and not with 96 (x86-64, Debian 12; with 16 the dynamic linker
 * dies, of ls as well).  There would be a signal and no word.  The stack grows
 * up to what the limit is at that time.
 */
#define STACK_BYTES ((rlim_t)256 << 10)

static bool have_stack(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur >= STACK_BYTES)
        return true;
    limit.rlim_cur = STACK_BYTES;
    if (limit.rlim_max < STACK_BYTES)
        limit.rlim_max = STACK_BYTES;
    if (!setrlimit(RLIMIT_STACK, &limit))
        return true;
    cmd_message("the stack is limited to less than %u KiB (ulimit -s), and "
                "this user may not raise that",
                (unsigned)(STACK_BYTES >> 10));
    return false;
}

/* Nothing of the report may be lost silently: a full disk shows only here. */
static int close_stdout(int status)
{
    bool failed = ferror(stdout) != 0;

    errno = 0;
    if (fclose(stdout) || failed) {
        cmd_message("cannot write to standard output: %s",
                    errno ? strerror(errno) : "writing failed");
        return EXIT_FAILED;
    }
    return status;
}

/* What packagers and tests ask for; not for people. */
static bool print_made(int argc, char **argv)
{
    if (argc != 2)
        return false;
    if (!strcmp(argv[1], "--xl-memguard-completion"))
        help_completion(stdout);
    else if (!strcmp(argv[1], "--xl-memguard-pod"))
        help_pod(stdout);
    else
        return false;
    return true;
}

/* Structs are passed that are laid out for one build. */
static bool has_its_library(void)
{
    static const uint32_t layout[] = XLMEM_LAYOUT;

    if (xlmem_layout_is(layout, sizeof(layout) / sizeof(layout[0])))
        return true;
    cmd_message("libxlmem (%s) and this program (" XLMEM_VERSION
                ") are not of one build",
                xlmem_version());
    return false;
}

static int run_command(int argc, char **argv)
{
    cmd_run run;
    int status;

    if (!has_its_library())
        return EXIT_FAILED;
    if (print_made(argc, argv))
        return EXIT_DONE;
    status = cmd_parse(argc, argv, &run);
    if (status)
        return status;
    if (run.global[GLOBAL_VERSION])
        return cmd_version(&run);
    if (run.global[GLOBAL_HELP]) {
        if (run.spec)
            help_command(stdout, run.spec);
        else
            help_overview(stdout);
        return EXIT_DONE;
    }
    if (!run.spec) {
        help_overview(stderr);
        return EXIT_USAGE;
    }
    return run.spec->handler(&run);
}

int main(int argc, char **argv)
{
    fill_std_descriptors();
    return_large_blocks();
    setlocale(LC_CTYPE, "");
    return close_stdout(have_stack() ? run_command(argc, argv) : EXIT_FAILED);
}
