/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is kept of moves, in the text of a link. */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/moves.h"
#include "sys/root.h"
#include "xlmem/result.h"

static char moves_root[] = "/tmp/xlmem-moves-XXXXXX";
static int root_fd = -1;

static int make_moves_root(void **state)
{
    (void)state;
    strcpy(moves_root + sizeof(moves_root) - 7, "XXXXXX");
    if (!mkdtemp(moves_root) || chdir(moves_root) || mkdir("run", 0755) ||
        mkdir("run/xlmem", 0755))
        return -1;
    return xlmem__root_open(moves_root, &root_fd);
}

static int remove_moves_root(void **state)
{
    char command[96];

    (void)state;
    close(root_fd);
    snprintf(command, sizeof(command), "rm -rf '%s'", moves_root);
    return chdir("/") || system(command);
}

static void move_once(xlmem_author author, uint64_t from_kb, uint64_t to_kb)
{
    const xlmem_step step = {
        .from_kb = from_kb, .to_kb = to_kb, .author = author};

    xlmem__moves_count(root_fd, &step);
}

static void has_moved(xlmem_author author, xlmem_move_way way, uint64_t nr,
                      uint64_t kb)
{
    xlmem_moves moves;

    assert_int_equal(xlmem_moves_read(moves_root, &moves), 0);
    assert_int_equal(moves.of[author][way].nr, nr);
    assert_int_equal(moves.of[author][way].kb, kb);
}

static void nobody_has_moved_anything(void **state)
{
    static const xlmem_moves none = {.of = {{{0}}}};
    xlmem_moves moves;

    (void)state;
    assert_string_equal(xlmem_move_way_name(XLMEM_MOVE_SHRINK), "shrink");
    assert_string_equal(xlmem_move_way_name(XLMEM_MOVE_GROW), "grow");
    assert_int_equal(xlmem_moves_read(moves_root, &moves), 0);
    assert_memory_equal(&moves, &none, sizeof(none));
    assert_int_equal(xlmem_moves_read("/nowhere", &moves),
                     XLMEM_ERROR_NOTFOUND);
}

/* Of everybody, each way, and read again each time. */
static void each_author_has_sums(void **state)
{
    int a;

    (void)state;
    for (a = 0; a < XLMEM_NR_AUTHORS; a++) {
        move_once((xlmem_author)a, 4096, 1024 + (uint64_t)a);
        move_once((xlmem_author)a, 1000, 1001);
        move_once((xlmem_author)a, 0, UINT64_C(1) << 40);
        /* Where it is already: nobody moves. */
        move_once((xlmem_author)a, 7, 7);
    }
    for (a = 0; a < XLMEM_NR_AUTHORS; a++) {
        has_moved((xlmem_author)a, XLMEM_MOVE_SHRINK, 1, 3072 - (uint64_t)a);
        has_moved((xlmem_author)a, XLMEM_MOVE_GROW, 2,
                  (UINT64_C(1) << 40) + 1);
    }
}

/* All numbers at their largest have room. */
static void the_largest_stay(void **state)
{
    int a;

    (void)state;
    for (a = 0; a < XLMEM_NR_AUTHORS; a++) {
        move_once((xlmem_author)a, 0, UINT64_MAX);
        move_once((xlmem_author)a, UINT64_MAX, 0);
        move_once((xlmem_author)a, 0, UINT64_MAX);
    }
    for (a = 0; a < XLMEM_NR_AUTHORS; a++) {
        has_moved((xlmem_author)a, XLMEM_MOVE_GROW, 2, UINT64_MAX);
        has_moved((xlmem_author)a, XLMEM_MOVE_SHRINK, 1, UINT64_MAX);
    }
}

/* Who was killed between making the new text and putting it in place. */
static void a_text_that_was_left_is_replaced(void **state)
{
    (void)state;
    move_once(XLMEM_AUTHOR_DAEMON, 10, 4);
    assert_int_equal(symlink("9:9 ", "run/xlmem/moves.new"), 0);
    has_moved(XLMEM_AUTHOR_DAEMON, XLMEM_MOVE_SHRINK, 1, 6);
    move_once(XLMEM_AUTHOR_DAEMON, 10, 4);
    has_moved(XLMEM_AUTHOR_DAEMON, XLMEM_MOVE_SHRINK, 2, 12);
    assert_int_equal(access("run/xlmem/moves.new", F_OK), -1);
}

/* They begin anew; a file in its place is no text, and is replaced. */
static void other_texts_are_none(void **state)
{
    static const char *const texts[] = {
        "x",
        "1:1 ",
        "1:1 1:1 1:1 1:1 1:1 1:1 1:1 ",
        "1:1 1:1 1:1 1:1 1:1 1:1",
        "1:1 1:1 1:1 1:1 1:1 1: ",
        "1:1 1:1 1:1 1:1 1:1 -1:1 ",
        "1:1 1:1 1:1 1:1 1:1 1:18446744073709551616 ",
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(texts); i++) {
        unlink("run/xlmem/moves");
        assert_int_equal(symlink(texts[i], "run/xlmem/moves"), 0);
        has_moved(XLMEM_AUTHOR_GUARD, XLMEM_MOVE_SHRINK, 0, 0);
        move_once(XLMEM_AUTHOR_GUARD, 3, 2);
        has_moved(XLMEM_AUTHOR_GUARD, XLMEM_MOVE_SHRINK, 1, 1);
    }
    unlink("run/xlmem/moves");
    assert_int_equal(creat("run/xlmem/moves", 0644) < 0, 0);
    move_once(XLMEM_AUTHOR_GUARD, 3, 2);
    has_moved(XLMEM_AUTHOR_GUARD, XLMEM_MOVE_SHRINK, 1, 1);
}

#define IN_MOVES_ROOT(test)                                                   \
    cmocka_unit_test_setup_teardown(test, make_moves_root, remove_moves_root)

TEST_GROUP(moves_kept)
{
    const struct CMUnitTest tests[] = {
        IN_MOVES_ROOT(nobody_has_moved_anything),
        IN_MOVES_ROOT(each_author_has_sums),
        IN_MOVES_ROOT(the_largest_stay),
        IN_MOVES_ROOT(a_text_that_was_left_is_replaced),
        IN_MOVES_ROOT(other_texts_are_none),
    };

    return test_run(tests, NULL, NULL);
}
