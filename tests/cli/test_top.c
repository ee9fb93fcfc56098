/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard top on a terminal: it draws, answers keys, follows a screen that
 * changes its size, and leaves the terminal as it was. */
#include "config.h"

#include "test.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* Emulated and with sanitizers one look takes long. */
#define PATIENCE_MS 60000
#define STEP_MS 300
#define SEEN_MAX (1 << 20)

typedef struct terminal {
    int fd;
    pid_t pid;
    size_t nr;
    char seen[SEEN_MAX]; /* all that was written to it, the oldest first */
} terminal;

static void start(terminal *t, const char *term, const char *host,
                  unsigned short width, unsigned short height)
{
    const struct winsize size = {.ws_row = height, .ws_col = width};
    const char *build = getenv("XLMEM_BUILDDIR");
    const char *src = getenv("XLMEM_SRCDIR");
    char command[1024], path[1024];

    assert_non_null(build);
    assert_non_null(src);
    snprintf(command, sizeof(command), "%s/xl-plugin/xl-memguard", build);
    snprintf(path, sizeof(path), "%s/%s", src, host);
    t->nr = 0;
    t->pid = forkpty(&t->fd, NULL, NULL, &size);
    assert_true(t->pid >= 0);
    if (!t->pid) {
        setenv("TERM", term, 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        /* ncurses keeps what it knows of a terminal. */
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
        execl(command, command, "top", "--interval", "1", "--sysroot", path,
              NULL);
        _exit(127);
    }
}

static void resize(const terminal *t, unsigned short width,
                   unsigned short height)
{
    const struct winsize size = {.ws_row = height, .ws_col = width};

    assert_int_equal(ioctl(t->fd, TIOCSWINSZ, &size), 0);
    assert_int_equal(kill(t->pid, SIGWINCH), 0);
}

/* False where nothing comes for so long, or ever. */
static bool look(terminal *t, int patience_ms)
{
    struct pollfd wait = {.fd = t->fd, .events = POLLIN};
    ssize_t nr;

    if (poll(&wait, 1, patience_ms) != 1)
        return false;
    assert_true(t->nr < SEEN_MAX - 4096);
    nr = read(t->fd, t->seen + t->nr, 4095);
    if (nr <= 0)
        return false;
    t->nr += (size_t)nr;
    t->seen[t->nr] = '\0';
    return true;
}

/* Until a text was drawn after place @from; where it ends.  Only what differs
 * from what is there is drawn: all of it is when the screen's width
 * changes. */
static size_t expect(terminal *t, size_t from, const char *text)
{
    const char *found;
    int left_ms = PATIENCE_MS;

    t->seen[t->nr] = '\0';
    while (
        !(found = memmem(t->seen + from, t->nr - from, text, strlen(text)))) {
        if (look(t, STEP_MS))
            continue;
        left_ms -= STEP_MS;
        if (left_ms < 0)
            fail_msg("'%s' was not drawn", text);
        resize(t, left_ms / STEP_MS % 2 ? 81 : 80, 24);
    }
    return (size_t)(found - t->seen) + strlen(text);
}

static void press(const terminal *t, const char *keys)
{
    assert_int_equal(write(t->fd, keys, strlen(keys)), strlen(keys));
}

static int end(terminal *t)
{
    int status;

    while (look(t, PATIENCE_MS))
        ;
    assert_int_equal(waitpid(t->pid, &status, 0), t->pid);
    close(t->fd);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#define MANY "tests/fixtures/hosts/many-domus-128g"

static void keys_scroll_and_sort(void **state)
{
    static terminal t;
    size_t at;

    (void)state;
    start(&t, "xterm", MANY, 80, 24);
    at = expect(&t, 0, "Domain-0");
    at = expect(&t, at, "guest015");
    at = expect(&t, at, "1-16 of 101 by id");
    press(&t, "G");
    at = expect(&t, at, "guest100");
    at = expect(&t, at, "86-101 of 101");
    press(&t, "s");
    at = expect(&t, at, "by name");
    press(&t, "gb");
    at = expect(&t, at, "largest");
    expect(&t, at, "1-16 of 101");
    press(&t, "q");
    assert_int_equal(end(&t), 0);
}

static void it_follows_the_screen(void **state)
{
    static terminal t;
    size_t at;

    (void)state;
    start(&t, "xterm", MANY, 80, 24);
    at = expect(&t, 0, "by id");
    resize(&t, 30, 5);
    expect(&t, at, "Domain-0");
    press(&t, "q");
    assert_int_equal(end(&t), 0);
}

static void without_colour_it_draws(void **state)
{
    static const char *const terms[] = {"vt100", "ansi", "linux"};
    static terminal t;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(terms); i++) {
        start(&t, terms[i], MANY, 80, 24);
        expect(&t, 0, "Domain-0");
        press(&t, "q");
        assert_int_equal(end(&t), 0);
    }
}

/* One that can place nothing gets one picture. */
static void a_terminal_nobody_knows_gets_one_picture(void **state)
{
    static terminal t;

    (void)state;
    start(&t, "no-such-terminal", MANY, 80, 24);
    expect(&t, 0, "guest100");
    assert_int_equal(end(&t), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_scroll_and_sort),
        cmocka_unit_test(it_follows_the_screen),
        cmocka_unit_test(without_colour_it_draws),
        cmocka_unit_test(a_terminal_nobody_knows_gets_one_picture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
