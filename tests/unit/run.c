/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Runs the groups of tests that it is linked with: one a file, which adds
 * itself (TEST_GROUP).  Each runs in a child of its own, so that none finds
 * what another has left, and one that crashes ends nobody else's.
 *
 *     PROGRAM              all of them
 *     PROGRAM -l           their names, a line each
 *     PROGRAM WORD...      GROUP       this one
 *                          GROUP:TEST  of it this test, or those that a
 *                                      pattern with * and ? matches
 *                          -GROUP      all but this one, where it is
 *
 * Without words XLMEM_TESTS has them, for the programs that `make check` runs:
 * each of them gets the same words, so one without -GROUP's group has nothing
 * to leave out.
 */
#include "test.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 64

const test_group *test_running;

static test_group *groups; /* by name */

void test_add(test_group *group)
{
    test_group **at = &groups;

    while (*at && strcmp((*at)->name, group->name) < 0)
        at = &(*at)->next;
    group->next = *at;
    *at = group;
}

static bool is_named(const char *word, const test_group *group)
{
    const size_t len = strcspn(word, ":");

    return strlen(group->name) == len && !strncmp(word, group->name, len);
}

/* The tests of a group that are wanted; "*": all, NULL: none. */
static const char *pattern_of(char *const words[], const test_group *group)
{
    const char *pattern = words[0] && words[0][0] != '-' ? NULL : "*";

    for (; *words; words++) {
        if (**words == '-' && is_named(*words + 1, group))
            return NULL;
        if (is_named(*words, group))
            pattern = strchr(*words, ':') ? strchr(*words, ':') + 1 : "*";
    }
    return pattern;
}

/* Of the path that the compiler was given, what is in the source tree. */
static const char *file_of(const test_group *group)
{
    const char *at = strstr(group->file, "tests/");

    return at ? at : group->file;
}

/* In the child.  Returns its exit status. */
static int run_here(const test_group *group, const char *pattern)
{
    int nr_failed;

    test_running = group;
    cmocka_set_test_filter(pattern);
    nr_failed = group->run();
    fflush(NULL);
    return nr_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Returns whether all is well; else it says where not. */
static bool run_apart(const test_group *group, const char *pattern)
{
    int status = -1;
    pid_t pid;

    printf("%s: %s\n", group->name, file_of(group));
    fflush(NULL);
    pid = fork();
    if (!pid)
        exit(run_here(group, pattern));
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (pid < 0)
        printf("%s: no process: %s\n", group->name, strerror(errno));
    else if (WIFSIGNALED(status))
        printf("%s: killed by signal %d\n", file_of(group), WTERMSIG(status));
    else if (status)
        printf("%s: failed\n", file_of(group));
    return pid > 0 && !status;
}

/* A word of which there is no group would be a test that passes. */
static bool is_known(const char *word)
{
    const test_group *group;

    if (*word == '-')
        return true;
    for (group = groups; group; group = group->next)
        if (is_named(word, group))
            return true;
    fprintf(stderr, "%s: there is no such group: -l lists them\n", word);
    return false;
}

static int run_wanted(char *const words[])
{
    const test_group *group;
    const char *pattern;
    int status = EXIT_SUCCESS;
    size_t i;

    for (i = 0; words[i]; i++)
        if (!is_known(words[i]))
            return EXIT_FAILURE;
    for (group = groups; group; group = group->next) {
        pattern = pattern_of(words, group);
        if (pattern && !run_apart(group, pattern))
            status = EXIT_FAILURE;
    }
    return status;
}

static int list_groups(void)
{
    const test_group *group;

    for (group = groups; group; group = group->next)
        puts(group->name);
    return EXIT_SUCCESS;
}

/* Those of XLMEM_TESTS, apart in @text. */
static void split_words(char *text, char *words[WORDS_MAX])
{
    size_t nr = 0;

    for (text = strtok(text, " "); text && nr < WORDS_MAX - 1;
         text = strtok(NULL, " "))
        words[nr++] = text;
    words[nr] = NULL;
}

int main(int argc, char *argv[])
{
    const char *set = getenv("XLMEM_TESTS");
    char text[1024], *words[WORDS_MAX];

    if (argc > 1 && !strcmp(argv[1], "-l"))
        return list_groups();
    if (argc > 1)
        return run_wanted(argv + 1);
    snprintf(text, sizeof(text), "%s", set ? set : "");
    split_words(text, words);
    return run_wanted(words);
}
