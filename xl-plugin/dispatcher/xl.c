/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The dispatcher: stands where xl stood (docs/design/guard.md).
 *
 *     xl memguard ...   runs xl-memguard
 *     xl help           the real xl's help, and a line for memguard
 *     xl anything       the real xl, with the guard preloaded
 *
 * Every command is preloaded: xl takes unambiguous prefixes (`xl cre`) and
 * global options first, so which ones create a domain is xl's to know, and
 * the guard costs the others one small library.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PRELOAD "LD_PRELOAD"
/* As a shell says that a command was not found. */
#define EXIT_NOT_FOUND 127

static int run_program(const char *path, char *argv[])
{
    execv(path, argv);
    fprintf(stderr, "xl: cannot run %s: %s\n", path, strerror(errno));
    return EXIT_NOT_FOUND;
}

/* The command's place behind xl's global options (xl.c, 4.14 to 4.20:
 * "+vftTN", none with an argument); argc when there is none. */
static int command_at(int argc, char *argv[])
{
    int i = 1;

    while (i < argc && argv[i][0] == '-' && argv[i][1])
        i++;
    return i < argc ? i : argc;
}

static int is_listed(const char *list, const char *path)
{
    const size_t len = strlen(path);
    const char *p = list;

    while ((p = strstr(p, path))) {
        if ((p == list || strchr(" :", p[-1])) &&
            (!p[len] || strchr(" :", p[len])))
            return 1;
        p += len;
    }
    return 0;
}

/* In front: what else is preloaded then calls what the guard has seen.  A
 * guard that is not installed (any more) is left out, or ld.so would complain
 * in every xl. */
static void preload_guard(void)
{
    const char *list = getenv(PRELOAD);
    char *longer;
    size_t room;

    if (access(XLMEM_GUARD, R_OK))
        return;
    if (!list || !*list) {
        setenv(PRELOAD, XLMEM_GUARD, 1);
        return;
    }
    if (is_listed(list, XLMEM_GUARD))
        return;
    room = strlen(list) + sizeof(XLMEM_GUARD ":");
    longer = malloc(room);
    if (!longer)
        return;
    snprintf(longer, room, "%s:%s", XLMEM_GUARD, list);
    setenv(PRELOAD, longer, 1);
    free(longer);
}

/* Those of xl's options that ours has as well, from words like "-vtN". */
static int take_options(char *argv[], int at, char *args[])
{
    static char verbose[] = "-v", dry[] = "-N";
    const char *p;
    int i, n = 0, has_v = 0, has_n = 0;

    for (i = 1; i < at; i++)
        for (p = argv[i] + 1; *p; p++) {
            has_v |= *p == 'v';
            has_n |= *p == 'N';
        }
    if (has_v)
        args[n++] = verbose;
    if (has_n)
        args[n++] = dry;
    return n;
}

/* The command's name goes. */
static int run_memguard(int argc, char *argv[], int at)
{
    char **args = calloc((size_t)argc + 3, sizeof(*args));
    int i, n = 0, r;

    if (!args) {
        perror("xl");
        return EXIT_FAILURE;
    }
    args[n++] = argv[0];
    n += take_options(argv, at, args + n);
    for (i = at + 1; i < argc; i++)
        args[n++] = argv[i];
    r = run_program(XLMEM_COMMAND, args);
    free(args);
    return r;
}

/* xl's list of commands, and ours behind it in its format. */
static int show_help(char *argv[])
{
    int status = 0;
    pid_t child;

    child = fork();
    if (child < 0)
        return run_program(XLMEM_REAL_XL, argv);
    if (!child)
        _exit(run_program(XLMEM_REAL_XL, argv));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return EXIT_FAILURE;
    if (WIFEXITED(status) && !WEXITSTATUS(status))
        printf(" %-19s %s\n", "memguard",
               "Guard dom0's and the host's memory (xl memguard help)");
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
    const int at = command_at(argc, argv);

    if (at < argc && !strcmp(argv[at], "memguard"))
        return run_memguard(argc, argv, at);
    if (at == argc - 2 && !strcmp(argv[at], "help") &&
        !strcmp(argv[at + 1], "memguard")) {
        argv[at + 1] = argv[at];
        return run_memguard(argc, argv, at);
    }
    if (at == argc - 1 && !strcmp(argv[at], "help"))
        return show_help(argv);
    preload_guard();
    return run_program(XLMEM_REAL_XL, argv);
}
