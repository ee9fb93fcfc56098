/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any text as a Xen command line: all of it is in a word, once, in order, and
 * what is asked of the words stays inside them. */
#include "fuzz.h"

#include "model/xen_line.h"

/* What of the text is behind a word and blanks. */
static const char *behind(const char *text, const xlmem__word *word)
{
    text += strspn(text, " ");
    FUZZ_CHECK(word->text.p == text && word->text.len);
    FUZZ_CHECK(!memchr(text, ' ', word->text.len));
    FUZZ_CHECK(!text[word->text.len] || text[word->text.len] == ' ');
    return text + word->text.len;
}

/* Behind the dashes, and blanks before them; NULL: something else is next. */
static const char *behind_dashes(const char *text)
{
    const char *at = strstr(text, " -- ");

    return at && text + strspn(text, " ") == at + 1 ? at + 4 : NULL;
}

static void check_inside(xlmem__str part, const xlmem__word *word)
{
    FUZZ_CHECK(part.p >= word->text.p &&
               part.p + part.len <= word->text.p + word->held);
}

static void check_word(const xlmem__word *word)
{
    xlmem__str key = xlmem__word_key(word);

    FUZZ_CHECK(word->held <= 127 && word->held <= word->text.len);
    FUZZ_CHECK(word->cut == (word->held < word->text.len));
    check_inside(xlmem__word_value(word), word);
    if (!word->bare) {
        check_inside(key, word);
        FUZZ_CHECK(!key.len || !memchr(key.p, '=', key.len));
    }
}

static void check_line(const char *text, const xlmem__xen_line *line, bool arm)
{
    xlmem__words words = xlmem__words_of(line);
    size_t options = 0;
    xlmem__word word;

    FUZZ_CHECK(line->nr_xen <= line->nr && line->nr <= XLMEM__WORDS_MAX);
    while (xlmem__next_word(&words, &word)) {
        FUZZ_CHECK(word.xens == (words.nr <= line->nr_xen));
        if (words.nr == line->nr_xen + 1) {
            text = behind_dashes(text);
            FUZZ_CHECK(!arm && text);
        }
        text = behind(text, &word);
        check_word(&word);
        if (word.xens)
            options += word.dom0_mem;
    }
    FUZZ_CHECK(words.nr == line->nr);
    if (line->nr == line->nr_xen && !arm && behind_dashes(text))
        text = behind_dashes(text);
    FUZZ_CHECK(!text[strspn(text, " ")]);
    FUZZ_CHECK(line->dom0mem.nr_options == options);
}

/* Completed, it has dom0_mem= of the one and all else of the other. */
static void check_completed(const xlmem__xen_line *booted,
                            const xlmem__xen_line *given)
{
    static xlmem__xen_line line;
    bool alone = given->dom0mem.nr_options == given->nr_xen;
    int rc = xlmem__xen_line_to_boot(booted, given, &line);

    FUZZ_CHECK(!rc || rc == XLMEM_ERROR_PARSE);
    if (rc)
        return;
    FUZZ_CHECK(line.dom0mem.nr_options == given->dom0mem.nr_options);
    FUZZ_CHECK(line.nr_xen ==
               given->nr_xen +
                   (alone ? booted->nr_xen - booted->dom0mem.nr_options : 0));
}

static void check(const char *text, bool arm)
{
    static xlmem__xen_line line, given;
    xlmem_host host = {.arm = arm};
    int rc = xlmem__xen_line_of(&host, text, &line);

    FUZZ_CHECK(!rc || rc == XLMEM_ERROR_PARSE);
    FUZZ_CHECK(xlmem__xen_line_given(&host, text, &given) == rc);
    if (rc)
        return;
    check_line(text, &line, arm);
    check_line(text, &given, arm);
    FUZZ_CHECK(given.nr == line.nr && given.nr_xen == line.nr_xen);
    check_completed(&line, &given);
    check_completed(&given, &line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);

    check(text, false);
    check(text, true);
    free(text);
    return 0;
}
