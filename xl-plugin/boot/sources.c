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
#include "codec/capture/texts.h"
#include "codec/facts.h"
#include "model/lint_files.h"
#include "sys/root.h"
#include "sys/text.h"

/* A host has some ten. */
#define FILES_MAX 64

/* All of the files in one text. */
typedef struct boot_sources {
    xlmem__text all;
    size_t behind; /* where those begin that are read behind our drop-in */
    size_t nr;
    struct {
        char *path;
        size_t at; /* where it begins */
    } files[FILES_MAX];
} boot_sources;

static void free_sources(boot_sources *sources)
{
    size_t i;

    for (i = 0; i < sources->nr; i++)
        free(sources->files[i].path);
    xlmem__text_dispose(&sources->all);
}

static int add_source(const boot_tree *tree, const char *path,
                      boot_sources *sources)
{
    xlmem__str text;
    boot_msg msg = {.text = ""};
    int rc = sources->nr == FILES_MAX
                 ? XLMEM_ERROR_RANGE
                 : boot_tree_read(tree, path, &text, &msg);

    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    sources->files[sources->nr].at = sources->all.len;
    sources->files[sources->nr].path = strdup(path);
    if (!sources->files[sources->nr++].path)
        rc = XLMEM_ERROR_NOMEM;
    if (!rc)
        rc = xlmem__text_add(&sources->all, text);
    if (!rc)
        rc = xlmem__text_add(&sources->all, (xlmem__str){"\n", 1});
    free((char *)(uintptr_t)text.p);
    return rc;
}

static int by_source_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_source(const char *name)
{
    size_t len = strlen(name);

    return len > 4 && name[0] != '.' && !strcmp(name + len - 4, ".cfg") &&
           strcmp(name, BOOT_DROP_IN_NAME);
}

static int add_folder(const boot_tree *tree, boot_sources *sources)
{
    char **names, path[BOOT_PATH_MAX];
    size_t nr, i;
    int rc = xlmem__root_list(tree->fd, BOOT_DROP_IN_DIR, &names, &nr);

    if (rc)
        return rc == XLMEM_ERROR_NOTFOUND ? 0 : rc;
    qsort(names, nr, sizeof(names[0]), by_source_name);
    for (i = 0; i < nr && !rc; i++) {
        if (!is_source(names[i]))
            continue;
        snprintf(path, sizeof(path), BOOT_DROP_IN_DIR "/%s", names[i]);
        rc = add_source(tree, path, sources);
        /* A folder of that name has no words: dash passes over it, and where
         * sh is bash GRUB's generator ends there, and tells. */
        if (rc == XLMEM_ERROR_DIRECTORY)
            rc = 0;
        if (strcmp(names[i], BOOT_DROP_IN_NAME) < 0)
            sources->behind = sources->all.len;
    }
    xlmem__free_names(names, nr);
    return rc;
}

static xlmem__str source_text(const xlmem__grub_value *value)
{
    return (xlmem__str){value->p ? value->p : "", value->len};
}

/* The dom0_mem= words of both values: malloc'd; NULL: too many, no memory. */
static char *words_of(const xlmem__grub_values *values)
{
    xlmem__boot_part parts[2] = {{.text = source_text(&values->always)},
                                 {.text = source_text(&values->default_)}};

    return xlmem__plan_boot_line(parts, 2, XLMEM__GRUB_BLANKS, "")
               ? boot_join_words(parts, 2)
               : NULL;
}

static int read_sources(const boot_tree *tree, const boot_host *host,
                        boot_sources *sources)
{
    int rc;

    memset(sources, 0, sizeof(*sources));
    rc = add_source(tree, "etc/default/grub", sources);
    sources->behind = sources->all.len;
    if (!rc && host->kind == BOOT_KIND_DROP_IN)
        rc = add_folder(tree, sources);
    if (rc)
        free_sources(sources);
    return rc;
}

static xlmem__str all_of(const boot_sources *sources)
{
    return (xlmem__str){sources->all.p ? sources->all.p : "",
                        sources->all.len};
}

/* A file as it is, without the line break that parts it from the next. */
static xlmem__str source_of(const boot_sources *sources, size_t i)
{
    const size_t at = sources->files[i].at;
    const size_t next =
        i + 1 < sources->nr ? sources->files[i + 1].at : sources->all.len;

    return (xlmem__str){all_of(sources).p + at, next - at - 1};
}

/* What is read before our drop-in. */
static xlmem__str before_of(const boot_sources *sources)
{
    return (xlmem__str){all_of(sources).p, sources->behind};
}

char *boot_find_words(const boot_tree *tree, const boot_host *host,
                      bool before)
{
    xlmem__grub_values values;
    xlmem__where where;
    boot_sources sources;
    char *words = NULL;

    if (read_sources(tree, host, &sources))
        return NULL;
    if (!xlmem__grub_values_of(before ? before_of(&sources) : all_of(&sources),
                               &values, &where)) {
        words = words_of(&values);
        xlmem__grub_values_dispose(&values);
    }
    free_sources(&sources);
    return words;
}

/* Where a byte of the text stands. */
static xlmem__file_line source_place_of(const boot_sources *sources,
                                        const char *p, xlmem__str word)
{
    xlmem__file_line place = {.line = 1, .word = word};
    size_t at = (size_t)(p - sources->all.p), i, begin = 0;

    for (i = 0; i < sources->nr && sources->files[i].at <= at; i++) {
        place.file = sources->files[i].path;
        begin = sources->files[i].at;
    }
    for (i = begin; i < at; i++)
        place.line += sources->all.p[i] == '\n';
    return place;
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

static const char *find_quoted_size(const xlmem__grub_value *value)
{
    return value->len && boot_has_quoted_size(source_text(value))
               ? value->from[0]
               : NULL;
}

/* In the files before our drop-in, or in those @behind it. */
static const char *find_odd_source(const boot_sources *sources, bool behind,
                                   const char **at_r)
{
    boot_odds odds = {.why = {NULL}};
    size_t i;

    for (i = 0; i < sources->nr; i++)
        if ((sources->files[i].at >= sources->behind) == behind)
            boot_see_odds(source_of(sources, i), &odds);
    return boot_first_odd(&odds, at_r);
}

static const char *find_bad_line(const boot_sources *sources,
                                 const char **at_r)
{
    const char *why = find_odd_source(sources, false, at_r);
    xlmem__grub_values values;
    xlmem__where where;

    if (why || xlmem__grub_values_of(before_of(sources), &values, &where))
        return why;
    *at_r = find_quoted_size(&values.always);
    if (!*at_r)
        *at_r = find_quoted_size(&values.default_);
    xlmem__grub_values_dispose(&values);
    return *at_r ? BOOT_QUOTED_SIZE : NULL;
}

bool boot_find_bad_source(const boot_tree *tree, const boot_host *host,
                          boot_bad_source *bad_r)
{
    boot_sources sources;
    const char *at;

    if (read_sources(tree, host, &sources))
        return false;
    bad_r->why = find_bad_line(&sources, &at);
    if (bad_r->why) {
        const xlmem__file_line place =
            source_place_of(&sources, at, (xlmem__str){"", 0});

        snprintf(bad_r->file, sizeof(bad_r->file), "%s", place.file);
        bad_r->line = place.line;
    }
    free_sources(&sources);
    return bad_r->why;
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
    xlmem__str rest = {all_of(sources).p + sources->behind,
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
    words = words_of(&values);
    snprintf(undone->leaves, sizeof(undone->leaves), "%s", words ? words : "");
    *at_r = words && !strcmp(words, word)
                ? NULL
                : last_assigned(&values, text->all.p + text->own);
    free(words);
    xlmem__grub_values_dispose(&values);
    return 0;
}

/* With all that is before it; where that takes a shell, as if it were nothing:
 * the word is then where it is put if there is none. */
static int find_behind(const boot_sources *sources, const char *word,
                       boot_undone *undone, const char **at_r)
{
    behind_text text = {.own = 0};
    char line[XLMEM__BOOT_WORD_MAX + 64];
    char *ours = boot_drop_in_text(word, "");
    int rc = ours ? join_behind(sources, before_of(sources), ours, &text)
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
        *at_r = all_of(sources).p + sources->behind +
                (size_t)(*at_r - (text.all.p + text.own));
    xlmem__text_dispose(&text.all);
    free(ours);
    return undone->unknown ? 0 : rc;
}

static bool find_undone(const boot_sources *sources, const char *word,
                        boot_undone *undone)
{
    const char *at = NULL, *odd_at;

    memset(undone, 0, sizeof(*undone));
    if (sources->behind == sources->all.len ||
        find_behind(sources, word, undone, &at) || !at)
        return false;
    undone->why = find_odd_source(sources, true, &odd_at);
    if (undone->why && undone->unknown)
        at = odd_at;
    undone->line = source_place_of(sources, at, (xlmem__str){"", 0}).line;
    snprintf(undone->file, sizeof(undone->file), "%s",
             source_place_of(sources, at, (xlmem__str){"", 0}).file);
    return true;
}

bool boot_find_undone(const boot_tree *tree, const boot_host *host,
                      const char *word, boot_undone *undone_r)
{
    boot_sources sources;
    bool undone;

    if (host->kind != BOOT_KIND_DROP_IN || read_sources(tree, host, &sources))
        return false;
    undone = find_undone(&sources, word, undone_r);
    free_sources(&sources);
    return undone;
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
    xlmem__str rest = all_of(sources), line, word;

    while (rest.len) {
        line = xlmem__trim(xlmem__cut(&rest, '\n'));
        xlmem__skip(&line, "export ");
        if (xlmem__str_starts(line, "GRUB_CMDLINE_LINUX") &&
            find_word(line, &word))
            note_place(uses->linuxes, &uses->nr_linux,
                       source_place_of(sources, line.p, word));
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
                       source_place_of(sources, written.p, word));
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
                   source_place_of(sources, word.p, word));
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

static void find_uses(const boot_sources *sources, const char *applied,
                      const char *found, xlmem__boot_uses *uses)
{
    xlmem__grub_values values;
    xlmem__where where;

    find_linux(sources, uses);
    if (xlmem__grub_values_of(before_of(sources), &values, &where))
        return;
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
}

/* Files that end update-grub, whatever is written beside them. */
static void find_unread(const boot_sources *sources,
                        boot_said said[XLMEM__FILE_LINES_MAX],
                        xlmem__boot_uses *uses)
{
    size_t i;

    for (i = 0; i < sources->nr && uses->nr_unread < XLMEM__FILE_LINES_MAX;
         i++) {
        const xlmem__str file = source_of(sources, i);
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

/* The drop-in's word and what it found: malloc'd; NULL where there is none. */
static void read_drop_in(const boot_tree *tree, char **word_r, char **found_r)
{
    xlmem__str text, word, found;
    boot_msg msg = {.text = ""};

    *word_r = *found_r = NULL;
    if (boot_tree_read(tree, BOOT_DROP_IN, &text, &msg))
        return;
    if (boot_drop_in_word(text, &word) && word.len &&
        boot_drop_in_found(text, &found)) {
        *word_r = strndup(word.p, word.len);
        if (asprintf(found_r, "%.*s ", (int)found.len, found.p) < 0)
            *found_r = NULL;
    }
    free((char *)(uintptr_t)text.p);
}

int boot_lint_sources(const boot_tree *tree, const boot_host *host,
                      const char *word, xlmem_findings *found_r)
{
    xlmem__boot_uses uses = {.in_both = false};
    char *applied = NULL, *found = NULL;
    boot_undone undone;
    boot_said said[XLMEM__FILE_LINES_MAX];
    boot_sources sources;
    int rc;

    memset(found_r, 0, sizeof(*found_r));
    if (host->kind != BOOT_KIND_DROP_IN && host->kind != BOOT_KIND_INLINE)
        return 0;
    rc = read_sources(tree, host, &sources);
    if (rc)
        return rc;
    if (host->kind == BOOT_KIND_DROP_IN) {
        read_drop_in(tree, &applied, &found);
        find_unread(&sources, said, &uses);
    }
    find_uses(&sources, found ? applied : NULL, found, &uses);
    if (!word)
        word = applied;
    if (host->kind == BOOT_KIND_DROP_IN && word &&
        find_undone(&sources, word, &undone)) {
        uses.applied = word;
        uses.undone = (xlmem__file_line){undone.file, undone.line, {"", 0}};
        uses.leaves = undone.unknown ? NULL : undone.leaves;
        uses.why = undone.why;
    }
    xlmem__lint_files(&uses, (xlmem__sink){.list = found_r->list,
                                           .room = XLMEM_FINDINGS_MAX,
                                           .nr = &found_r->nr,
                                           .lost = &found_r->nr_lost});
    free(applied);
    free(found);
    free_sources(&sources);
    return 0;
}
