/* SPDX-License-Identifier: LGPL-2.1-only */
#include "boot/efi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/capture/texts.h"
#include "codec/edit.h"
#include "codec/facts.h"

#define SECTIONS_MAX 32

/* A section of the file, or what stands before the first one. */
typedef struct efi_section {
    xlmem__str name;
    xlmem__str head; /* where its first line would come in */
    bool kernel;     /* it can be booted */
    bool has_options;
    xlmem__str options, chain, default_;
} efi_section;

typedef struct efi_file {
    xlmem__str text;
    size_t nr;
    efi_section sections[SECTIONS_MAX];
    char put[XLMEM__EDITS_MAX][XLMEM__BOOT_WORD_MAX + 16];
    size_t nr_put;
} efi_file;

static efi_section *start_section(efi_file *file, xlmem__str name,
                                  xlmem__str head)
{
    efi_section *section;

    if (file->nr == SECTIONS_MAX)
        return NULL;
    section = &file->sections[file->nr++];
    *section = (efi_section){.name = name, .head = {head.p, 0}};
    return section;
}

/* An item counts once in a section: the first one. */
static void take_item(efi_section *section, xlmem__str line)
{
    if (xlmem__skip(&line, "kernel=")) {
        section->kernel = true;
    } else if (xlmem__skip(&line, "chain=")) {
        if (!section->chain.p)
            section->chain = xlmem__trim(line);
    } else if (xlmem__skip(&line, "default=")) {
        if (!section->default_.p)
            section->default_ = xlmem__trim(line);
    } else if (xlmem__skip(&line, "options=") && !section->has_options) {
        section->has_options = true;
        section->options = line;
    }
}

/* Without comment, and the blanks in front. */
static xlmem__str strip_line(xlmem__str line)
{
    while (line.len && *line.p == ' ') {
        line.p++;
        line.len--;
    }
    if (line.len && *line.p == ';')
        line.len = 0;
    return xlmem__cut(&line, '#');
}

static bool read_sections(efi_file *file)
{
    xlmem__str rest = file->text, nameless = {"", 0};
    efi_section *section = start_section(file, nameless, rest);

    while (section && rest.len) {
        xlmem__str line = strip_line(xlmem__efi_line(&rest));

        if (line.len && *line.p == '[') {
            line.p++;
            line.len--;
            section = start_section(file, xlmem__cut(&line, ']'), rest);
        } else {
            take_item(section, line);
        }
    }
    return section != NULL;
}

/* -------------------------------------------------------------- edits --- */

static bool has_text(xlmem__str text, const char *what)
{
    size_t i, len = strlen(what);

    for (i = 0; i + len <= text.len; i++) {
        size_t n = 0;

        while (n < len && xlmem__lower(text.p[i + n]) == what[n])
            n++;
        if (n == len)
            return true;
    }
    return false;
}

/* Sections that are there for when the others do not boot. */
static bool is_way_out(const efi_section *section)
{
    return has_text(section->name, "failsafe") ||
           has_text(section->name, "recovery") ||
           has_text(section->name, "rescue");
}

static int put_edit(efi_file *file, xlmem__edit *edit, xlmem__str old,
                    const char *put)
{
    char *to;

    if (file->nr_put == XLMEM__EDITS_MAX)
        return XLMEM_ERROR_RANGE;
    to = file->put[file->nr_put];
    snprintf(to, sizeof(file->put[0]), "%s", put);
    file->nr_put++;
    return xlmem__edit_replace(edit, old, (xlmem__str){to, strlen(to)});
}

static int edit_options(efi_file *file, xlmem__boot_part *part,
                        const char *word, xlmem__edit *edit)
{
    size_t i;
    int rc = 0;

    if (!xlmem__plan_boot_line(part, 1, XLMEM__EFI_BLANKS, word))
        return XLMEM_ERROR_RANGE;
    for (i = 0; i < part->nr && !rc; i++)
        rc = put_edit(file, edit,
                      (xlmem__str){part->text.p + part->changes[i].at,
                                   part->changes[i].len},
                      part->changes[i].put);
    return rc;
}

/* A section that is booted without options gets the one. */
static int give_options(efi_file *file, const efi_section *section,
                        const char *word, xlmem__edit *edit)
{
    char line[XLMEM__BOOT_WORD_MAX + 16];
    bool crlf = section->head.p < file->text.p + file->text.len &&
                *section->head.p == '\n';
    xlmem__str at = section->head;

    at.p += crlf;
    snprintf(line, sizeof(line), "options=%s%s", word, crlf ? "\r\n" : "\n");
    return put_edit(file, edit, at, line);
}

static int edit_section(efi_file *file, size_t i, const char *word,
                        xlmem__boot_part *parts, xlmem__edit *edit)
{
    const efi_section *section = &file->sections[i];

    parts[i].text = section->options;
    if (is_way_out(section))
        return 0;
    if (section->has_options)
        return edit_options(file, &parts[i], word, edit);
    if (section->kernel && *word)
        return give_options(file, section, word, edit);
    return 0;
}

/* The first of a name is the one that counts. */
static const efi_section *find_efi_section(const efi_file *file,
                                           xlmem__str name)
{
    size_t i;

    for (i = 0; i < file->nr; i++)
        if (file->sections[i].name.len == name.len &&
            !memcmp(file->sections[i].name.p, name.p, name.len))
            return &file->sections[i];
    return NULL;
}

static const efi_section *find_global(const efi_file *file)
{
    return find_efi_section(file, (xlmem__str){"global", strlen("global")});
}

/* Without the name of a section the first kernel= of all counts
 * (get_value). */
static bool boots_a_kernel(const efi_file *file, xlmem__str name)
{
    const efi_section *section = find_efi_section(file, name);
    size_t i;

    if (name.len)
        return section && section->kernel;
    for (i = 0; i < file->nr; i++)
        if (file->sections[i].kernel)
            return true;
    return false;
}

static int edit_file(efi_file *file, const char *word, xlmem__boot_part *parts,
                     boot_edit *edit_r)
{
    xlmem__edit edit = xlmem__edit_of(file->text);
    size_t i;
    int rc = 0;

    for (i = 0; i < file->nr && !rc; i++)
        rc = edit_section(file, i, word, parts, &edit);
    if (rc)
        return xlmem__complain(&edit_r->where, 0, XLMEM_ERROR_PARSE,
                               "more to change than can be",
                               (xlmem__str){"", 0});
    rc = xlmem__edit_render(&edit, &edit_r->text, &edit_r->len);
    if (!rc) {
        edit_r->old = boot_join_words(parts, file->nr);
        rc = edit_r->old ? 0 : XLMEM_ERROR_NOMEM;
    }
    return rc;
}

/* The file by its sections: malloc'd, NULL without memory or with too many. */
static efi_file *efi_file_of(xlmem__str text)
{
    efi_file *file = calloc(1, sizeof(*file));

    if (!file)
        return NULL;
    file->text = text.p ? text : (xlmem__str){"", 0};
    if (read_sections(file))
        return file;
    free(file);
    return NULL;
}

xlmem__str boot_efi_default(xlmem__str text)
{
    efi_file *file = efi_file_of(text);
    const efi_section *global = file ? find_global(file) : NULL;
    xlmem__str name = {"", 0};

    if (global && global->default_.p)
        name = global->default_;
    free(file);
    return name;
}

bool boot_efi_boots(xlmem__str text, xlmem__str section, xlmem__str *chain_r)
{
    efi_file *file = efi_file_of(text);
    const efi_section *global = file ? find_global(file) : NULL;
    bool boots;

    *chain_r = (xlmem__str){"", 0};
    if (global && global->chain.p)
        *chain_r = global->chain;
    /* Without chain=, another section is named on xen.efi's command line. */
    boots =
        file && (boots_a_kernel(file, section) ||
                 (!chain_r->len && boots_a_kernel(file, (xlmem__str){"", 0})));
    free(file);
    return boots;
}

int boot_edit_efi(xlmem__str text, const char *word, boot_edit *edit_r)
{
    efi_file *file = efi_file_of(text);
    xlmem__boot_part *parts = calloc(SECTIONS_MAX, sizeof(*parts));
    boot_edit edit = {.text = NULL};
    int rc = parts ? 0 : XLMEM_ERROR_NOMEM;

    if (!rc && !file)
        rc = xlmem__complain(&edit.where, 0, XLMEM_ERROR_PARSE,
                             "more sections than can be", (xlmem__str){"", 0});
    else if (!rc && !boots_a_kernel(file, (xlmem__str){"", 0}))
        rc = xlmem__complain(&edit.where, 0, XLMEM_ERROR_NOTFOUND,
                             "no section has a kernel=", (xlmem__str){"", 0});
    else if (!rc)
        rc = edit_file(file, word, parts, &edit);
    free(file);
    free(parts);
    if (rc) {
        xlmem__where where = edit.where;

        boot_edit_dispose(&edit);
        edit.where = where;
    }
    *edit_r = edit;
    return rc;
}

bool boot_efi_cfg_name(const char *program, size_t n, char *name_r,
                       size_t room)
{
    size_t len = strlen(program), i;

    for (i = 0; i <= n; i++) {
        while (len && !strchr(".-_", program[len - 1]))
            len--;
        if (!len--)
            return false;
    }
    return snprintf(name_r, room, "%.*s.cfg", (int)len, program) < (int)room;
}

/* ------------------------------------------------------- the program --- */

/* Microsoft's PE Format: where the signature is, in 4 bytes; behind that the
 * number of sections and the bytes before their table, in 2 each. */
#define PE_AT 0x3c
#define PE_SECTIONS 6
#define PE_OPTIONAL 20
#define PE_HEADER 24
#define PE_SECTION_BYTES 40
#define PE_NAME_BYTES 8

static size_t le16_at(xlmem__str text, size_t at)
{
    const unsigned char *p = (const unsigned char *)text.p + at;

    return (size_t)p[0] | (size_t)p[1] << 8;
}

bool boot_efi_is_unified(xlmem__str head)
{
    static const char name[PE_NAME_BYTES] = ".config";
    size_t at, nr, i;

    if (head.len < PE_AT + 4 || !xlmem__str_starts(head, "MZ"))
        return false;
    at = le16_at(head, PE_AT) | le16_at(head, PE_AT + 2) << 16;
    if (at > head.len || head.len - at < PE_HEADER ||
        memcmp(head.p + at, "PE\0", 4))
        return false;
    nr = le16_at(head, at + PE_SECTIONS);
    at += PE_HEADER + le16_at(head, at + PE_OPTIONAL);
    for (i = 0; i < nr && at + PE_NAME_BYTES <= head.len; i++) {
        if (!memcmp(head.p + at, name, sizeof(name)))
            return true;
        at += PE_SECTION_BYTES;
    }
    return false;
}
