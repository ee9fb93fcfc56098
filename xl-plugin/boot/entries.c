/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * grub.cfg as 20_linux_xen writes it (GRUB 2.00 to 2.12), read by words:
 *
 *     submenu 'TITLE' $menuentry_id_option 'ID' {
 *     menuentry 'TITLE' --class ... $menuentry_id_option 'ID' {
 *         multiboot2 /boot/xen-4.17-amd64.gz placeholder ARGS ${xen_rm_opts}
 *
 * A word may have parts in quotes and escapes; variables that 20_linux_xen
 * itself writes are for other options (xen_rm_opts: no-real-mode edd=off).
 * Nobody else writes "placeholder", but an entry that somebody has copied into
 * 40_custom has it.  Between "### BEGIN FILE ###" and "### END" stands what a
 * script of /etc/grub.d has written (grub-mkconfig.in).
 */
#include "boot/entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/facts.h"

#define PLACEHOLDER "placeholder"
#define MAKER "linux_xen"
#define DEPTH_MAX 8
#define WORD_MAX 4096

/* A menu or entry whose "}" is yet to come. */
typedef struct open_block {
    char *title, *id;
    char number[24]; /* its place in its menu */
    bool entry, xen;
} open_block;

typedef struct grub_cfg {
    xlmem__str rest;
    size_t line;
    size_t depth; /* of blocks that are not menus, too */
    open_block open[DEPTH_MAX];
    size_t count[DEPTH_MAX + 1]; /* entries and menus so far, by depth */
    boot_entries *entries;
    xlmem__str script; /* whose part this is */
    char word[WORD_MAX];
} grub_cfg;

/* ------------------------------------------------------------- words --- */

/* One word of @line, without its quotes; false at the end of its command: a
 * ";", a brace that is not of ${...}, or a word that begins with "#"
 * (script/yylex.l, 2.00 to 2.12). */
static bool take_grub_word(xlmem__str *line, char word[WORD_MAX])
{
    size_t len = 0;
    char quote = '\0';
    bool any = false, variable = false;

    while (line->len && strchr(" \t", *line->p)) {
        line->p++;
        line->len--;
    }
    if (xlmem__str_starts(*line, "#"))
        line->len = 0;
    for (; line->len; line->p++, line->len--) {
        const bool braces =
            variable || (!quote && xlmem__str_starts(*line, "${"));
        char c = *line->p;

        if (!quote && !braces && xlmem__is_one_of(c, " \t;{}"))
            break;
        variable = braces && c != '}';
        any = true;
        if (quote ? c == quote : c == '\'' || c == '"') {
            quote = quote ? '\0' : c;
            continue;
        }
        if (c == '\\' && quote != '\'' && line->len > 1) {
            line->p++;
            line->len--;
            c = *line->p;
        }
        /* GRUB reads a file without any CR (normal/main.c, 2.00 to 2.12,
         * grub_file_getline). */
        if (len < WORD_MAX - 1 && c && c != '\r')
            word[len++] = c;
    }
    word[len] = '\0';
    return any;
}

/* GRUB_CMDLINE_* may have a line that goes on. */
static xlmem__str take_grub_line(grub_cfg *cfg)
{
    xlmem__str line = {cfg->rest.p, 0};

    for (;;) {
        xlmem__str piece = xlmem__cut(&cfg->rest, '\n');

        cfg->line++;
        line.len = (size_t)(piece.p - line.p) + piece.len;
        if (!piece.len || piece.p[piece.len - 1] != '\\' || !cfg->rest.len)
            return line;
    }
}

static bool add_part(char **text, const char *sep, const char *part)
{
    size_t len = *text ? strlen(*text) : 0;
    char *grown = realloc(*text, len + strlen(sep) + strlen(part) + 1);

    if (!grown)
        return false;
    grown[len] = '\0';
    if (len)
        strcat(grown, sep);
    strcat(grown, part);
    *text = grown;
    return true;
}

/* ------------------------------------------------------------ blocks --- */

static void close_block(grub_cfg *cfg)
{
    open_block *block;

    if (!cfg->depth || --cfg->depth >= DEPTH_MAX)
        return;
    block = &cfg->open[cfg->depth];
    if (block->entry && !block->xen)
        cfg->entries->nr_other++;
    free(block->title);
    free(block->id);
    *block = (open_block){.title = NULL};
}

/* Behind "menuentry" or "submenu"; false: no memory. */
static bool open_menu(grub_cfg *cfg, xlmem__str *line, bool entry)
{
    open_block *block = &cfg->open[cfg->depth];
    bool id = false;

    block->entry = entry;
    snprintf(block->number, sizeof(block->number), "%zu",
             cfg->count[cfg->depth]++);
    cfg->count[cfg->depth + 1] = 0;
    /* Without a title, an empty one. */
    (void)take_grub_word(line, cfg->word);
    if (!add_part(&block->title, "", cfg->word))
        return false;
    while (take_grub_word(line, cfg->word)) {
        if (id && !add_part(&block->id, "", cfg->word))
            return false;
        id = !strcmp(cfg->word, "$menuentry_id_option") ||
             !strcmp(cfg->word, "--id");
    }
    return true;
}

static int open_block_of(grub_cfg *cfg, xlmem__str line)
{
    bool menu;

    if (cfg->depth >= DEPTH_MAX) {
        cfg->depth++;
        return 0;
    }
    take_grub_word(&line, cfg->word);
    menu = !strcmp(cfg->word, "submenu");
    if ((menu || !strcmp(cfg->word, "menuentry")) &&
        !open_menu(cfg, &line, !menu))
        return XLMEM_ERROR_NOMEM;
    cfg->depth++;
    return 0;
}

/* ----------------------------------------------------------- entries --- */

static bool names_xen(const char *file)
{
    const char *base = strrchr(file, '/');

    return !strncmp(base ? base + 1 : file, "xen", 3);
}

static bool put_path(grub_cfg *cfg, boot_entry *entry)
{
    size_t i;

    for (i = 0; i < cfg->depth && i < DEPTH_MAX; i++) {
        const open_block *block = &cfg->open[i];

        if (block->title &&
            (!add_part(&entry->title, ">", block->title) ||
             !add_part(&entry->number, ">", block->number) ||
             !add_part(&entry->id, ">", block->id ? block->id : "")))
            return false;
    }
    return (entry->title || add_part(&entry->title, "", "")) &&
           (entry->number || add_part(&entry->number, "", "")) &&
           (entry->id || add_part(&entry->id, "", ""));
}

/* Whether entries of @script are made of the variables: 20_linux_xen's,
 * whatever number it was given to come first or last, or those of nobody that
 * is known. */
static bool makes_entries(xlmem__str script)
{
    return !script.len ||
           memmem(script.p, script.len, MAKER, sizeof(MAKER) - 1);
}

/* A word as GRUB hands it over: with a blank in it, in quotes, and with a
 * backslash before what it has of quotes and backslashes (lib/cmdline.c, 2.06;
 * seen on Xen's line, tests/xen/scenarios/grub.sh). */
static bool add_arg(char **args, const char *word)
{
    char *text = malloc(2 * strlen(word) + 3), *to = text;
    const bool quoted = strchr(word, ' ');
    bool ok;

    if (!text)
        return false;
    if (quoted)
        *to++ = '"';
    for (; *word; word++) {
        if (xlmem__is_one_of(*word, "\\'\""))
            *to++ = '\\';
        *to++ = *word;
    }
    if (quoted)
        *to++ = '"';
    *to = '\0';
    ok = add_part(args, " ", text);
    free(text);
    return ok;
}

/* Words that are Xen's: without what 20_linux_xen puts around them. */
static bool put_args(grub_cfg *cfg, xlmem__str line, boot_entry *entry)
{
    if (!add_part(&entry->args, "", ""))
        return false;
    while (take_grub_word(&line, cfg->word)) {
        if (!strcmp(cfg->word, PLACEHOLDER))
            entry->made = makes_entries(cfg->script);
        else if (strcmp(cfg->word, "${xen_rm_opts}") && *cfg->word &&
                 !add_arg(&entry->args, cfg->word))
            return false;
    }
    return true;
}

static void free_entry(boot_entry *entry)
{
    free(entry->title);
    free(entry->id);
    free(entry->number);
    free(entry->args);
    free(entry->xen);
    free(entry->script);
}

static int add_menu_entry(grub_cfg *cfg, size_t nr, xlmem__str line)
{
    boot_entries *entries = cfg->entries;
    boot_entry *grown =
        realloc(entries->list, (entries->nr + 1) * sizeof(*grown));
    boot_entry entry = {.line = nr};

    if (!grown)
        return XLMEM_ERROR_NOMEM;
    entries->list = grown;
    entry.script = strndup(cfg->script.p, cfg->script.len);
    if (!entry.script || !add_part(&entry.xen, "", cfg->word) ||
        !put_args(cfg, line, &entry) || !put_path(cfg, &entry)) {
        free_entry(&entry);
        return XLMEM_ERROR_NOMEM;
    }
    entry.recovery = strstr(entry.id, "-recovery-") ||
                     strstr(entry.title, "(recovery mode)");
    entries->list[entries->nr++] = entry;
    if (cfg->depth && cfg->depth <= DEPTH_MAX)
        cfg->open[cfg->depth - 1].xen = true;
    return 0;
}

static bool is_grub_word(const char *word, const char *const *words)
{
    while (*words && strcmp(*words, word))
        words++;
    return *words;
}

/* "set default=X", with or without "set"; what a menu or a function has of it
 * is of no effect until somebody chooses. */
static int take_default(grub_cfg *cfg, xlmem__str line)
{
    static const char key[] = "default=";

    if (!strcmp(cfg->word, "set"))
        take_grub_word(&line, cfg->word);
    if (cfg->depth || strncmp(cfg->word, key, strlen(key)))
        return 0;
    free(cfg->entries->wanted);
    cfg->entries->wanted = strdup(cfg->word + strlen(key));
    return cfg->entries->wanted ? 0 : XLMEM_ERROR_NOMEM;
}

static int take_command(grub_cfg *cfg, size_t nr, xlmem__str line)
{
    static const char *const loaders[] = {"multiboot", "multiboot2",
                                          "xen_hypervisor", NULL};

    take_grub_word(&line, cfg->word);
    if (!is_grub_word(cfg->word, loaders))
        return take_default(cfg, line);
    while (take_grub_word(&line, cfg->word))
        if (strncmp(cfg->word, "--", 2))
            break;
    return names_xen(cfg->word) ? add_menu_entry(cfg, nr, line) : 0;
}

/* Without the words that a command may stand behind (script/parser.y). */
static xlmem__str skip_leading(grub_cfg *cfg, xlmem__str line)
{
    static const char *const leading[] = {"if",   "elif", "while", "until",
                                          "then", "else", "do",    NULL};
    xlmem__str rest = line;

    while (take_grub_word(&rest, cfg->word) &&
           is_grub_word(cfg->word, leading))
        line = rest;
    return line;
}

/* The first command of @line, which has one, and what ends it. */
static int take_next(grub_cfg *cfg, size_t nr, xlmem__str *line)
{
    xlmem__str command = skip_leading(cfg, *line);
    bool opens, closes;

    *line = command;
    while (take_grub_word(line, cfg->word))
        ;
    command.len = (size_t)(line->p - command.p);
    opens = xlmem__skip(line, "{");
    closes = !opens && xlmem__skip(line, "}");
    if (!opens && !closes)
        xlmem__skip(line, ";");
    if (opens)
        return open_block_of(cfg, command);
    if (take_command(cfg, nr, command))
        return XLMEM_ERROR_NOMEM;
    if (closes)
        close_block(cfg);
    return 0;
}

static int read_menu_line(grub_cfg *cfg)
{
    const size_t nr = cfg->line + 1;
    xlmem__str line = xlmem__trim(take_grub_line(cfg));
    int rc = 0;

    if (xlmem__skip(&line, "### BEGIN "))
        cfg->script = xlmem__cut(&line, ' ');
    else if (xlmem__str_starts(line, "### END "))
        cfg->script.len = 0;
    while (line.len && !rc)
        rc = take_next(cfg, nr, &line);
    return rc;
}

int boot_entries_of(xlmem__str text, boot_entries *entries_r)
{
    boot_entries entries = {.nr = 0};
    grub_cfg *cfg = calloc(1, sizeof(*cfg));
    int rc = cfg ? 0 : XLMEM_ERROR_NOMEM;

    if (cfg) {
        cfg->rest = text;
        cfg->script = (xlmem__str){"", 0};
        cfg->entries = &entries;
        while (cfg->rest.len && !rc)
            rc = read_menu_line(cfg);
        while (cfg->depth)
            close_block(cfg);
        free(cfg);
    }
    if (rc)
        boot_entries_dispose(&entries);
    *entries_r = entries;
    return rc;
}

void boot_entries_dispose(boot_entries *entries)
{
    size_t i;

    for (i = 0; i < entries->nr; i++)
        free_entry(&entries->list[i]);
    free(entries->list);
    free(entries->wanted);
    *entries = (boot_entries){.nr = 0};
}

/* --------------------------------------------------------- judgements --- */

/* Up to the first word that begins dom0's kernel's part. */
static bool next_xen_word(xlmem__str args, size_t *at, xlmem__str *word)
{
    return xlmem__next_boot_word(args, XLMEM__EFI_BLANKS, at, word) &&
           !xlmem__str_is(*word, "--");
}

char *boot_dom0_mem_of(const char *args)
{
    xlmem__str text = {args, strlen(args)}, word;
    char *words = calloc(text.len + 1, 1);
    size_t at = 0;

    while (words && next_xen_word(text, &at, &word))
        if (xlmem__is_dom0_mem(word)) {
            strcat(words, *words ? " " : "");
            strncat(words, word.p, word.len);
        }
    return words;
}

static bool has_word_alone(const char *args, const char *word)
{
    xlmem__str text = {args, strlen(args)}, each;
    size_t at = 0, nr = 0, right = 0;

    while (next_xen_word(text, &at, &each))
        if (xlmem__is_dom0_mem(each)) {
            nr++;
            right += xlmem__str_is(each, word);
        }
    return nr == (*word != '\0') && nr == right;
}

boot_flaw boot_judge_entries(const boot_entries *entries, const char *word,
                             const boot_entry **entry_r)
{
    size_t i, nr = 0;

    if (entry_r)
        *entry_r = NULL;
    for (i = 0; i < entries->nr; i++) {
        if (entries->list[i].recovery)
            continue;
        nr++;
        if (has_word_alone(entries->list[i].args, word))
            continue;
        if (entry_r)
            *entry_r = &entries->list[i];
        return BOOT_FLAW_WORD;
    }
    return nr ? BOOT_FLAW_NONE : BOOT_FLAW_NO_ENTRY;
}

static bool is_named(const char *path, const char *wanted)
{
    const char *last = strrchr(path, '>');

    return *wanted &&
           (!strcmp(path, wanted) || (last && !strcmp(last + 1, wanted)));
}

const boot_entry *boot_find_entry(const boot_entries *entries,
                                  const char *wanted)
{
    size_t i;

    for (i = 0; i < entries->nr; i++)
        if (is_named(entries->list[i].title, wanted) ||
            is_named(entries->list[i].id, wanted) ||
            !strcmp(entries->list[i].number, wanted))
            return &entries->list[i];
    return NULL;
}
