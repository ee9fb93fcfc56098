/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files before ours say, as grub-mkconfig reads them. */
#include "boot/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/dropin.h"
#include "boot/inline.h"
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
    }
    xlmem__free_names(names, nr);
    return rc;
}

static char *words_of(xlmem__str text)
{
    xlmem__grub_values values;
    xlmem__where where;
    xlmem__boot_part parts[2];
    char *words = NULL;

    if (xlmem__grub_values_of(text, &values, &where))
        return NULL;
    parts[0].text = (xlmem__str){values.always.p ? values.always.p : "",
                                 values.always.len};
    parts[1].text = (xlmem__str){values.default_.p ? values.default_.p : "",
                                 values.default_.len};
    if (xlmem__plan_boot_line(parts, 2, XLMEM__GRUB_BLANKS, ""))
        words = boot_join_words(parts, 2);
    xlmem__grub_values_dispose(&values);
    return words;
}

static int read_sources(const boot_tree *tree, const boot_host *host,
                        boot_sources *sources)
{
    int rc;

    memset(sources, 0, sizeof(*sources));
    rc = add_source(tree, "etc/default/grub", sources);
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

char *boot_find_words(const boot_tree *tree, const boot_host *host)
{
    boot_sources sources;
    char *words;

    if (read_sources(tree, host, &sources))
        return NULL;
    words = words_of(all_of(&sources));
    free_sources(&sources);
    return words;
}

static bool value_quotes_size(const xlmem__grub_value *value)
{
    return value->len &&
           boot_has_quoted_size((xlmem__str){value->p, value->len});
}

bool boot_sources_quote_size(const boot_tree *tree, const boot_host *host)
{
    xlmem__grub_values values;
    xlmem__where where;
    boot_sources sources;
    bool quoted = false;

    if (read_sources(tree, host, &sources))
        return false;
    if (!xlmem__grub_values_of(all_of(&sources), &values, &where)) {
        quoted = value_quotes_size(&values.always) ||
                 value_quotes_size(&values.default_);
        xlmem__grub_values_dispose(&values);
    }
    free_sources(&sources);
    return quoted;
}

/* ------------------------------------------------------------- findings --- */

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

static void note_place(xlmem__file_line *list, size_t *nr,
                       xlmem__file_line place)
{
    if (*nr < XLMEM__FILE_LINES_MAX)
        list[(*nr)++] = place;
}

/* "dom0_mem=..." in a text, as a word that something may stand around. */
static bool find_word(xlmem__str text, xlmem__str *word_r)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        xlmem__str rest = {text.p + i, text.len - i};

        if ((i && !strchr(" \t\"'=", rest.p[-1])) ||
            !xlmem__starts_with(rest, "dom0_mem="))
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

/* Assignments to Linux's variables. */
static void find_linux(const boot_sources *sources, xlmem__boot_uses *uses)
{
    xlmem__str rest = all_of(sources), line, word;

    while (rest.len) {
        line = xlmem__trim(xlmem__cut(&rest, '\n'));
        xlmem__skip(&line, "export ");
        if (xlmem__starts_with(line, "GRUB_CMDLINE_LINUX") &&
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
    const xlmem__str text = {value->p ? value->p : "", value->len};
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
    const xlmem__str text = {value->p ? value->p : "", value->len};
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
    if (xlmem__grub_values_of(all_of(sources), &values, &where))
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
                      xlmem_findings *found_r)
{
    xlmem__boot_uses uses = {.in_both = false};
    char *applied = NULL, *found = NULL;
    boot_sources sources;
    int rc;

    memset(found_r, 0, sizeof(*found_r));
    if (host->kind != BOOT_KIND_DROP_IN && host->kind != BOOT_KIND_INLINE)
        return 0;
    rc = read_sources(tree, host, &sources);
    if (rc)
        return rc;
    if (host->kind == BOOT_KIND_DROP_IN)
        read_drop_in(tree, &applied, &found);
    find_uses(&sources, found ? applied : NULL, found, &uses);
    xlmem__lint_files(&uses, (xlmem__sink){.list = found_r->list,
                                           .room = XLMEM_FINDINGS_MAX,
                                           .nr = &found_r->nr,
                                           .lost = &found_r->nr_lost});
    free(applied);
    free(found);
    free_sources(&sources);
    return 0;
}
