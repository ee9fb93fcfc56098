/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A text into words, as Xen does it.  common/kernel.c, parse_params(), the
 * same in 4.14, 4.17 and 4.20:
 *
 *   separator   the blank, and nothing else: a tab or a newline is a letter of
 *               the word it stands in
 *   quotes      letters, too; GRUB's own are gone before Xen sees the line
 *               (codec/capture/grub.c reads them)
 *   buffer      MAX_PARAM_SIZE, 128 bytes with the NUL (a plain 128 in 4.14):
 *               what is behind it is passed over
 *   name        up to the first "="; "no-" in front of it negates; compared to
 *               the letter
 *   "no-NAME"   a custom option (dom0_mem=, dom0=, iommu=, ...) is handed
 *               "no"; with a value behind it the word is refused
 *   twice       each word is read as it comes: of what they set the last
 *               counts
 *   unknown     no effect; GRUB 2 puts such a word in front ("placeholder")
 *
 * What of a line is Xen's depends on the architecture:
 *
 *   x86   arch/x86/setup.c, cmdline_cook() and __start_xen(), 4.14, 4.17 and
 *         4.20: leading blanks are dropped, then the first " -- " (with its
 *         blanks) ends Xen's part, and what follows is dom0's kernel's.  "--"
 *         in front or at the end is a word that Xen does not know.
 *   Arm   arch/arm/setup.c hands the whole line to cmdline_parse(): "--" is a
 *         word like any other, and what follows it is read, too.
 *
 * A tab ends a word, and "--" the line, only for the few options that are read
 * before Xen has left real mode (arch/x86/boot/cmdline.c: edd=, edid=, vga=,
 * tboot=, no-real-mode), of which none costs memory.
 */
#include "model/xen_line.h"

#include <string.h>

#include "model/checked.h"

#define HELD_MAX 127
#define NO "no-"
#define DOM0_MEM "dom0_mem"

/* ------------------------------------------------------------- words --- */

static bool is_nameless(xlmem__str word)
{
    return (word.len && xlmem__is_digit(word.p[0])) ||
           (word.len > 1 && word.p[0] == '-' && xlmem__is_digit(word.p[1])) ||
           xlmem__str_starts(word, "min:") || xlmem__str_starts(word, "max:");
}

bool xlmem_is_dom0_mem_value(const char *word)
{
    return is_nameless((xlmem__str){word, strlen(word)});
}

xlmem__str xlmem__word_key(const xlmem__word *word)
{
    if (word->bare)
        return (xlmem__str){DOM0_MEM, strlen(DOM0_MEM)};
    return (xlmem__str){word->text.p + word->key_at, word->key_len};
}

xlmem__str xlmem__word_value(const xlmem__word *word)
{
    size_t at = (size_t)word->key_at + word->key_len;

    if (!word->bare)
        at += word->has_value;
    return (xlmem__str){word->text.p + at, word->held - at};
}

static void hold_word(xlmem__word *word, size_t most)
{
    word->cut = word->text.len > most;
    word->held = (uint8_t)(word->cut ? most : word->text.len);
}

static xlmem__word bare_word(xlmem__str text)
{
    xlmem__word word = {.text = text};
    const char *sign;

    hold_word(&word, HELD_MAX);
    word.key_len = word.held;
    sign = word.held ? memchr(text.p, '=', word.held) : NULL;
    if (sign) {
        word.has_value = true;
        word.key_len = (uint8_t)(sign - text.p);
    }
    word.negated = xlmem__str_starts((xlmem__str){text.p, word.key_len}, NO);
    if (word.negated) {
        word.key_at = strlen(NO);
        word.key_len = (uint8_t)(word.key_len - strlen(NO));
    }
    word.dom0_mem = xlmem__str_is(xlmem__word_key(&word), DOM0_MEM);
    word.nameless = is_nameless(text);
    return word;
}

/* "2G" is read as "dom0_mem=2G". */
static void name_bare_word(xlmem__word *word)
{
    hold_word(word, HELD_MAX - strlen(DOM0_MEM "="));
    word->key_at = word->key_len = 0;
    word->has_value = word->bare = word->dom0_mem = true;
    word->negated = false;
}

/* What Xen hands to the function that reads an option; false where it refuses
 * the word: a negation that has a value. */
static bool option_of(const xlmem__word *word, xlmem__str *value_r)
{
    *value_r = xlmem__word_value(word);
    if (!word->negated)
        return true;
    if (value_r->len)
        return false;
    *value_r = (xlmem__str){"no", 2};
    return true;
}

/* The next word of *rest, which moves on. */
static bool take_word(xlmem__str *rest, xlmem__str *word_r)
{
    const char *end;

    while (rest->len && *rest->p == ' ') {
        rest->p++;
        rest->len--;
    }
    if (!rest->len)
        return false;
    end = memchr(rest->p, ' ', rest->len);
    *word_r = *rest;
    if (end)
        word_r->len = (size_t)(end - rest->p);
    rest->p += word_r->len;
    rest->len -= word_r->len;
    return true;
}

/* The next word of a part of the text; *rest: what is left of it. */
static bool word_of_piece(const xlmem__piece *piece, xlmem__str *rest,
                          xlmem__word *word_r)
{
    bool first = rest->p == piece->text.p;
    xlmem__str text;

    while (take_word(rest, &text)) {
        xlmem__word word = bare_word(text);

        if (first && piece->shorthand && word.nameless)
            name_bare_word(&word);
        first = false;
        if (piece->others && word.dom0_mem)
            continue;
        word.at =
            (uint32_t)xlmem__min((size_t)(text.p - piece->text.p), UINT32_MAX);
        word.xens = piece->xens;
        *word_r = word;
        return true;
    }
    return false;
}

bool xlmem__next_word(xlmem__words *words, xlmem__word *word_r)
{
    const xlmem__xen_line *line = words->line;

    while (words->piece < line->nr_pieces) {
        if (word_of_piece(&line->pieces[words->piece], &words->rest, word_r)) {
            words->nr++;
            return true;
        }
        words->piece++;
        if (words->piece < line->nr_pieces)
            words->rest = line->pieces[words->piece].text;
    }
    return false;
}

/* -------------------------------------------------------------- lines --- */

static void learn_word(const xlmem__word *word, xlmem__xen_line *line)
{
    xlmem__str value;

    if (word->dom0_mem)
        xlmem__dom0mem_take(word->negated ? word->text
                                          : xlmem__word_value(word),
                            word->negated, &line->dom0mem);
    else if (option_of(word, &value))
        xlmem__xen_opts_take(xlmem__word_key(word), value, &line->opts);
}

static void start_line(xlmem__xen_line *line)
{
    memset(line, 0, sizeof(*line));
    line->opts = XLMEM__XEN_OPTS_NONE;
}

/* Learn what its words say, and keep where they are. */
static int add_piece(xlmem__xen_line *line, const xlmem__piece *piece)
{
    xlmem__str rest = piece->text;
    xlmem__word word;

    while (word_of_piece(piece, &rest, &word)) {
        if (line->nr == XLMEM__WORDS_MAX)
            return XLMEM_ERROR_PARSE;
        line->nr++;
        if (!piece->xens)
            continue;
        line->nr_xen = line->nr;
        learn_word(&word, line);
    }
    line->pieces[line->nr_pieces++] = *piece;
    return 0;
}

/* Xen's part; *rest_r: what is not. */
static xlmem__str xen_part(const char *text, bool arm, xlmem__str *rest_r)
{
    const char *end;

    while (*text == ' ')
        text++;
    end = arm ? NULL : strstr(text, " -- ");
    if (!end) {
        *rest_r = (xlmem__str){"", 0};
        return (xlmem__str){text, strlen(text)};
    }
    *rest_r = (xlmem__str){end + strlen(" -- "), strlen(end + strlen(" -- "))};
    return (xlmem__str){text, (size_t)(end - text)};
}

static int make_line(const xlmem_host *host, const char *text, bool shorthand,
                     xlmem__xen_line *line)
{
    xlmem__piece xens = {.xens = true, .shorthand = shorthand};
    xlmem__piece others = {.xens = false};
    int rc;

    start_line(line);
    if (!text)
        return 0;
    xens.text = xen_part(text, host && host->arm, &others.text);
    rc = add_piece(line, &xens);
    if (!rc)
        rc = add_piece(line, &others);
    if (rc)
        start_line(line);
    return rc;
}

int xlmem__xen_line_of(const xlmem_host *host, const char *text,
                       xlmem__xen_line *line_r)
{
    return make_line(host, text, false, line_r);
}

static bool is_own_line(const xlmem_host *host, const char *text)
{
    const char *const own[] = {host->xen_cmdline, host->xen_config_line,
                               host->xen_other_line};
    size_t i;

    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (own[i] && !strcmp(own[i], text))
            return true;
    return false;
}

int xlmem__xen_line_given(const xlmem_host *host, const char *text,
                          xlmem__xen_line *line_r)
{
    return make_line(host, text, !host || !is_own_line(host, text), line_r);
}

static bool is_dom0_mem_alone(const xlmem__xen_line *line)
{
    return line->dom0mem.nr_options == line->nr_xen;
}

/* All of it that is Xen's, but dom0_mem=. */
static int add_booted(xlmem__xen_line *line, const xlmem__xen_line *booted)
{
    size_t i;
    int rc = 0;

    for (i = 0; i < booted->nr_pieces && !rc; i++) {
        xlmem__piece piece = booted->pieces[i];

        piece.others = true;
        if (piece.xens)
            rc = add_piece(line, &piece);
    }
    return rc;
}

/* @booted and @given are made of one text each. */
int xlmem__xen_line_to_boot(const xlmem__xen_line *booted,
                            const xlmem__xen_line *given,
                            xlmem__xen_line *line_r)
{
    size_t i;
    int rc = 0;

    start_line(line_r);
    if (is_dom0_mem_alone(given))
        rc = add_booted(line_r, booted);
    for (i = 0; i < given->nr_pieces && !rc; i++)
        rc = add_piece(line_r, &given->pieces[i]);
    if (rc)
        start_line(line_r);
    return rc;
}

int xlmem__xen_line_with(const xlmem__xen_line *booted, const char *dom0_mem,
                         xlmem__xen_line *line_r)
{
    const xlmem__piece given = {.text = {dom0_mem, strlen(dom0_mem)},
                                .xens = true};
    int rc;

    start_line(line_r);
    rc = add_booted(line_r, booted);
    if (!rc)
        rc = add_piece(line_r, &given);
    if (rc)
        start_line(line_r);
    return rc;
}
