/* SPDX-License-Identifier: LGPL-2.1-only */
/* The file of the mode keeps what its administrator wrote beside the mode. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "in_dir.h"
#include "commands/mode_file.h"

static void put(const char *text, size_t len)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void assert_is(const char *want)
{
    char text[256] = "";
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, want);
}

static void the_word_is_replaced_and_nothing_else(void **state)
{
    static const struct {
        const char *old, *want; /* NULL: no file */
    } rows[] = {
        {NULL, "enforce\n"},
        {"", "enforce\n"},
        {"warn\n", "enforce\n"},
        {"warn", "enforce"},
        {"enforce\n", "enforce\n"},
        {"# ask Ann before you change it\nwarn # since May\n",
         "# ask Ann before you change it\nenforce # since May\n"},
        {"# off for the move\r\n\r\n  \"Off\"\r\n",
         "# off for the move\r\n\r\n  \"enforce\"\r\n"},
        {"\xef\xbb\xbfwarn\r\n", "\xef\xbb\xbf"
                                 "enforce\r\n"},
        {"# nothing yet", "# nothing yet\nenforce\n"},
        {"# nothing yet\r\n", "# nothing yet\r\nenforce\r\n"},
        {"strict\n", "enforce\n"},
        {"'warn\n", "\"enforce\"\n"},
        /* Nobody can tell which of them is the mode. */
        {"warn\noff\n", "enforce\n"},
        {"warn off # or so\n", "\"enforce\" # or so\n"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++) {
        unlink(path);
        if (rows[i].old)
            put(rows[i].old, strlen(rows[i].old));
        assert_true(mode_file_set(path, XLMEM_MODE_ENFORCE));
        assert_is(rows[i].want);
    }
}

static void what_is_no_text_is_replaced(void **state)
{
    static char large[(1 << 20) + 1];

    (void)state;
    put("#\0\nwarn\n", 8);
    assert_true(mode_file_set(path, XLMEM_MODE_WARN));
    assert_is("warn\n");
    memset(large, '#', sizeof(large));
    put(large, sizeof(large));
    assert_true(mode_file_set(path, XLMEM_MODE_OFF));
    assert_is("off\n");
}

static void a_failure_leaves_it_as_it_was(void **state)
{
    char none[80];

    (void)state;
    put("warn\n", 5);
    snprintf(none, sizeof(none), "%s/none/file", dir);
    assert_false(mode_file_set(none, XLMEM_MODE_ENFORCE));
    assert_int_equal(errno, ENOENT);
    assert_false(mode_file_set(dir, XLMEM_MODE_ENFORCE));
    assert_is("warn\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(the_word_is_replaced_and_nothing_else),
        IN_DIR(what_is_no_text_is_replaced),
        IN_DIR(a_failure_leaves_it_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
