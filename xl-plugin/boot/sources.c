/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files before ours say, as grub-mkconfig reads them. */
#include "boot/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/dropin.h"
#include "boot/inline.h"
#include "boot/odd.h"
#include "boot/shell.h"
#include "boot/source_files.h"
#include "codec/facts.h"
#include "model/lint_files.h"
#include "sys/root.h"
#include "sys/text.h"

static xlmem__str source_text(const xlmem__grub_value *value)
{
    return (xlmem__str){value->p ? value->p : "", value->len};
}

/* The dom0_mem= words of both values: malloc'd; NULL: too many.  0, NOMEM. */
static int words_of(const xlmem__grub_values *values, char **words_r)
{
    xlmem__boot_part parts[2] = {{.text = source_text(&values->always)},
                                 {.text = source_text(&values->default_)}};

    *words_r = NULL;
    if (!xlmem__plan_boot_line(parts, 2, XLMEM__GRUB_BLANKS, ""))
        return 0;
    *words_r = boot_join_words(parts, 2);
    return *words_r ? 0 : XLMEM_ERROR_NOMEM;
}

int boot_find_words(const boot_tree *tree, const boot_host *host, bool before,
                    char **words_r)
{
    xlmem__grub_values values;
    xlmem__where where;
    boot_sources sources;
    int rc = boot_read_sources(tree, host, &sources);

    *words_r = NULL;
    if (rc)
        return rc;
    rc = xlmem__grub_values_of(before ? boot_before_ours(&sources)
                                      : boot_all_sources(&sources),
                               &values, &where);
    if (!rc) {
        rc = words_of(&values, words_r);
        xlmem__grub_values_dispose(&values);
    }
    boot_free_sources(&sources);
    return rc == XLMEM_ERROR_NOMEM ? rc : 0;
}

/* "dom0_mem=..." in a text, as a word that something may stand around. */
static bool find_word(xlmem__str text, xlmem__str *word_r)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        xlmem__str rest = {text.p + i, text.len - i};

        if ((i && !strchr(" \t\"'=", rest.p[-1])) ||
            !xlmem__str_starts(rest, "dom0_mem="))
            continue;
        word_r->p = rest.p;
        word_r->len = 0;
        while (word_r->len < rest.len &&
               !strchr(" \t\"'\r\n", rest.p[word_r->len]))
            word_r->len++;
        return true;
    }
    return false;
}

/* ---------------------------------------------- what no drop-in mends --- */

static const char *find_bad_value(const xlmem__grub_value *value,
                                  const char **at_r)
{
    const char *why = boot_why_bad_value(value);

    if (why)
        *at_r = value->from[0];
    return why;
}

/* In the files before our drop-in, or in those @behind it. */
static const char *find_odd_source(const boot_sources *sources, bool behind,
                                   const char **at_r)
{
    boot_odds odds = {.why = {NULL}};
    size_t i;

    for (i = 0; i < sources->nr; i++)
        if ((sources->files[i].at >= sources->behind) == behind)
            boot_see_odds(boot_source_text(sources, i), &odds);
    return boot_first_odd(&odds, at_r);
}

/* *why_r NULL: there is none.  0, NOMEM. */
static int find_bad_line(const boot_sources *sources, const char **why_r,
                         const char **at_r)
{
    xlmem__grub_values values;
    xlmem__where where;
    int rc;

    *why_r = find_odd_source(sources, false, at_r);
    if (*why_r)
        return 0;
    rc = xlmem__grub_values_of(boot_before_ours(sources), &values, &where);
    if (rc)
        return rc == XLMEM_ERROR_NOMEM ? rc : 0;
    *why_r = find_bad_value(&values.always, at_r);
    if (!*why_r)
        *why_r = find_bad_value(&values.default_, at_r);
    xlmem__grub_values_dispose(&values);
    return 0;
}

int boot_find_bad_source(const boot_tree *tree, const boot_host *host,
                         boot_bad_source *bad_r)
{
    boot_sources sources;
    const char *at;
    int rc = boot_read_sources(tree, host, &sources);

    if (rc)
        return rc;
    bad_r->why = sources.why;
    snprintf(bad_r->file, sizeof(bad_r->file), "%s", sources.stuck);
    bad_r->line = 0;
    if (!bad_r->why)
        rc = find_bad_line(&sources, &bad_r->why, &at);
    if (bad_r->why && !*sources.stuck) {
        const xlmem__file_line place =
            boot_source_place(&sources, at, (xlmem__str){"", 0});

        snprintf(bad_r->file, sizeof(bad_r->file), "%s", place.file);
        bad_r->line = place.line;
    }
    boot_free_sources(&sources);
    return rc;
}

/* ---------------------------------------------- what is read behind it --- */

/* Our drop-in, or what has the same result, and the files behind it. */
typedef struct behind_text {
    xlmem__text all;
    size_t own; /* bytes before those files */
} behind_text;

static int join_behind(const boot_sources *sources, xlmem__str before,
                       const char *ours, behind_text *text)
{
    xlmem__str rest = {boot_all_sources(sources).p + sources->behind,
                       sources->all.len - sources->behind};
    int rc = xlmem__text_add(&text->all, before);

    if (!rc)
        rc = xlmem__text_add(&text->all, (xlmem__str){ours, strlen(ours)});
    text->own = text->all.len;
    return rc ? rc : xlmem__text_add(&text->all, rest);
}

/* The last assignment in those files; of those with a size, if any has. */
static const char *last_assigned(const xlmem__grub_values *values,
                                 const char *from)
{
    const char *any = NULL, *sized = NULL;
    xlmem__str word;
    size_t i;

    for (i = 0; i < values->nr; i++) {
        xlmem__str written = values->assigned[i].written;

        if (written.p < from)
            continue;
        any = written.p;
        if (find_word(written, &word))
            sized = written.p;
    }
    return sized ? sized : any;
}

/* 0: *at_r: what leaves another word, NULL: the word is left alone.  PARSE: it
 * takes a shell, for the line at *at_r, which may be one before those
 * files. */
static int judge_behind(const behind_text *text, const char *word,
                        boot_undone *undone, const char **at_r)
{
    xlmem__str all = {text->all.p, text->all.len};
    xlmem__grub_values values;
    xlmem__where where = {.line = 0};
    int rc = xlmem__grub_values_of(all, &values, &where);
    char *words;

    *at_r = all.p;
    if (rc) {
        while (where.line-- > 1)
            xlmem__cut(&all, '\n');
        *at_r = all.p;
        return rc;
    }
    rc = words_of(&values, &words);
    snprintf(undone->leaves, sizeof(undone->leaves), "%s", words ? words : "");
    *at_r = words && !strcmp(words, word)
                ? NULL
                : last_assigned(&values, text->all.p + text->own);
    free(words);
    xlmem__grub_values_dispose(&values);
    return rc;
}

/* With all that is before it; where that takes a shell, as if it were nothing:
 * the word is then where it is put if there is none. */
static int find_behind(const boot_sources *sources, const char *word,
                       boot_undone *undone, const char **at_r)
{
    behind_text text = {.own = 0};
    char line[XLMEM__BOOT_WORD_MAX + 64];
    char *ours = boot_drop_in_text(word, "");
    int rc = ours
                 ? join_behind(sources, boot_before_ours(sources), ours, &text)
                 : XLMEM_ERROR_NOMEM;

    if (!rc)
        rc = judge_behind(&text, word, undone, at_r);
    if (rc == XLMEM_ERROR_PARSE && *at_r < text.all.p + text.own) {
        xlmem__text_dispose(&text.all);
        text.all = (xlmem__text){.p = NULL};
        snprintf(line, sizeof(line), "GRUB_CMDLINE_XEN_DEFAULT='%s'\n", word);
        rc = join_behind(sources, (xlmem__str){"", 0}, line, &text);
        if (!rc)
            rc = judge_behind(&text, word, undone, at_r);
    }
    undone->unknown = rc == XLMEM_ERROR_PARSE;
    if (*at_r && (!rc || undone->unknown))
        *at_r = boot_all_sources(sources).p + sources->behind +
                (size_t)(*at_r - (text.all.p + text.own));
    xlmem__text_dispose(&text.all);
    free(ours);
    return undone->unknown ? 0 : rc;
}

static int find_undone(const boot_sources *sources, const char *word,
                       boot_undone *undone)
{
    const char *at = NULL, *odd_at;
    int rc = 0;

    memset(undone, 0, sizeof(*undone));
    if (sources->behind != sources->all.len)
        rc = find_behind(sources, word, undone, &at);
    if (rc || !at)
        return rc;
    undone->why = find_odd_source(sources, true, &odd_at);
    if (undone->why && undone->unknown)
        at = odd_at;
    undone->line = boot_source_place(sources, at, (xlmem__str){"", 0}).line;
    snprintf(undone->file, sizeof(undone->file), "%s",
             boot_source_place(sources, at, (xlmem__str){"", 0}).file);
    return 0;
}

int boot_find_undone(const boot_tree *tree, const boot_host *host,
                     const char *word, boot_undone *undone_r)
{
    boot_sources sources;
    int rc;

    memset(undone_r, 0, sizeof(*undone_r));
    if (host->kind != BOOT_KIND_DROP_IN)
        return 0;
    rc = boot_read_sources(tree, host, &sources);
    if (rc)
        return rc;
    rc = find_undone(&sources, word, undone_r);
    boot_free_sources(&sources);
    return rc;
}

/* ------------------------------------------------------------ findings --- */

static void note_place(xlmem__file_line *list, size_t *nr,
                       xlmem__file_line place)
{
    if (*nr < XLMEM__FILE_LINES_MAX)
        list[(*nr)++] = place;
}

/* Assignments to Linux's variables. */
static void find_linux(const boot_sources *sources, xlmem__boot_uses *uses)
{
    xlmem__str rest = boot_all_sources(sources), line, word;

    while (rest.len) {
        line = xlmem__trim(xlmem__cut(&rest, '\n'));
        xlmem__skip(&line, "export ");
        if (xlmem__str_starts(line, "GRUB_CMDLINE_LINUX") &&
            find_word(line, &word))
            note_place(uses->linuxes, &uses->nr_linux,
                       boot_source_place(sources, line.p, word));
    }
}

/* Whether any byte of a value was written there. */
static bool is_made_of(const xlmem__grub_value *value, xlmem__str written)
{
    size_t i;

    for (i = 0; i < value->len; i++)
        if (value->from[i] >= written.p &&
            value->from[i] < written.p + written.len)
            return true;
    return false;
}

static void find_dead_lines(const boot_sources *sources,
                            const xlmem__grub_values *values,
                            xlmem__boot_uses *uses)
{
    xlmem__str word;
    size_t i;

    for (i = 0; i < values->nr; i++) {
        xlmem__str written = values->assigned[i].written;

        if (find_word(written, &word) &&
            !is_made_of(&values->always, written) &&
            !is_made_of(&values->default_, written))
            note_place(uses->dead, &uses->nr_dead,
                       boot_source_place(sources, written.p, word));
    }
}

/* What our drop-in drops, and did not find when it was written. */
static void find_masked(const boot_sources *sources, const char *found,
                        const xlmem__grub_value *value, xlmem__boot_uses *uses)
{
    const xlmem__str text = source_text(value);
    xlmem__str word;
    char each[256];
    size_t at = 0;

    while (xlmem__next_boot_word(text, XLMEM__GRUB_BLANKS, &at, &word)) {
        if (xlmem__str_is(word, "--"))
            return;
        if (!xlmem__is_dom0_mem(word))
            continue;
        snprintf(each, sizeof(each), " %.*s ", (int)word.len, word.p);
        if (strstr(found, each))
            continue;
        /* As the file has it, which outlives the value. */
        word.p = value->from[word.p - text.p];
        note_place(uses->masked, &uses->nr_masked,
                   boot_source_place(sources, word.p, word));
    }
}

static bool has_dom0_mem(const xlmem__grub_value *value)
{
    const xlmem__str text = source_text(value);
    xlmem__str word;
    size_t at = 0;

    while (xlmem__next_boot_word(text, XLMEM__GRUB_BLANKS, &at, &word))
        if (xlmem__is_dom0_mem(word))
            return true;
    return false;
}

static int find_uses(const boot_sources *sources, const char *applied,
                     const char *found, xlmem__boot_uses *uses)
{
    xlmem__grub_values values;
    xlmem__where where;
    int rc = xlmem__grub_values_of(boot_before_ours(sources), &values, &where);

    find_linux(sources, uses);
    if (rc)
        return rc == XLMEM_ERROR_NOMEM ? rc : 0;
    find_dead_lines(sources, &values, uses);
    if (applied) {
        uses->applied = applied;
        find_masked(sources, found, &values.always, uses);
        find_masked(sources, found, &values.default_, uses);
    } else {
        uses->in_both =
            has_dom0_mem(&values.always) && has_dom0_mem(&values.default_);
    }
    xlmem__grub_values_dispose(&values);
    return 0;
}

/* Files that end update-grub, whatever is written beside them. */
static void find_unread(const boot_sources *sources,
                        boot_said said[XLMEM__FILE_LINES_MAX],
                        xlmem__boot_uses *uses)
{
    size_t i;

    if (sources->why)
        note_place(
            uses->unread, &uses->nr_unread,
            (xlmem__file_line){.file = sources->stuck,
                               .word = {sources->why, strlen(sources->why)}});
    for (i = 0; i < sources->nr && uses->nr_unread < XLMEM__FILE_LINES_MAX;
         i++) {
        const xlmem__str file = boot_source_text(sources, i);
        boot_said *each = &said[uses->nr_unread];

        if (boot_shell_reads(file, each))
            continue;
        note_place(
            uses->unread, &uses->nr_unread,
            (xlmem__file_line){.file = sources->files[i].path,
                               .line = each->line,
                               .word = {each->text, strlen(each->text)}});
    }
}

/* The drop-in's word and what it found: malloc'd; NULL where there is none.
 * 0, NOMEM. */
static int read_drop_in(const boot_tree *tree, char **word_r, char **found_r)
{
    xlmem__str text, word, found;
    boot_msg msg = {.text = ""};
    int rc = boot_tree_read(tree, BOOT_DROP_IN, &text, &msg);

    *word_r = *found_r = NULL;
    if (rc)
        return rc == XLMEM_ERROR_NOMEM ? rc : 0;
    if (boot_drop_in_word(text, &word) && word.len &&
        boot_drop_in_found(text, &found)) {
        *word_r = strndup(word.p, word.len);
        if (asprintf(found_r, "%.*s ", (int)found.len, found.p) < 0)
            *found_r = NULL;
        rc = *word_r && *found_r ? 0 : XLMEM_ERROR_NOMEM;
    }
    free((char *)(uintptr_t)text.p);
    return rc;
}

int boot_lint_sources(const boot_tree *tree, const boot_host *host,
                      const char *word, xlmem_findings *found_r)
{
    xlmem__boot_uses uses = {.in_both = false};
    char *applied = NULL, *found = NULL;
    boot_undone undone = {.line = 0};
    boot_said said[XLMEM__FILE_LINES_MAX];
    boot_sources sources;
    int rc;

    memset(found_r, 0, sizeof(*found_r));
    if (host->kind != BOOT_KIND_DROP_IN && host->kind != BOOT_KIND_INLINE)
        return 0;
    rc = boot_read_sources(tree, host, &sources);
    if (rc)
        return rc;
    if (host->kind == BOOT_KIND_DROP_IN) {
        rc = read_drop_in(tree, &applied, &found);
        find_unread(&sources, said, &uses);
    }
    if (!rc)
        rc = find_uses(&sources, applied, found, &uses);
    if (!word)
        word = applied;
    if (!rc && host->kind == BOOT_KIND_DROP_IN && word)
        rc = find_undone(&sources, word, &undone);
    if (undone.line) {
        uses.applied = word;
        uses.undone = (xlmem__file_line){undone.file, undone.line, {"", 0}};
        uses.leaves = undone.unknown ? NULL : undone.leaves;
        uses.why = undone.why;
    }
    if (!rc)
        xlmem__lint_files(&uses, (xlmem__sink){.list = found_r->list,
                                               .room = XLMEM_FINDINGS_MAX,
                                               .nr = &found_r->nr,
                                               .lost = &found_r->nr_lost});
    free(applied);
    free(found);
    boot_free_sources(&sources);
    return rc;
}
