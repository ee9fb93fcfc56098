/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Hosts that are booted otherwise: their files are known by name, one line of
 * them has Xen's words, and that line is written out as it has to be.  Nobody
 * edits it but the administrator: what is made of these files, and when, is
 * not ours to know.
 */
#include "boot/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/capture/boot_words.h"

/* Where Xen's words stand on a line. */
typedef struct foreign_file {
    const char *what, *path;
    const char *begin; /* the line has it, and they follow */
    const char *end;   /* up to here; NULL: the line's end */
    bool program; /* behind begin comes a word with "xen" first: the program */
    bool add;     /* where there is no such line, it is begin, word, end */
} foreign_file;

static const foreign_file files[] = {
    {"Alpine's update-extlinux", "etc/update-extlinux.conf", "xen_opts=\"",
     "\"", false, true},
    {"extlinux", "boot/extlinux.conf", "append", " --- ", true, false},
    {"extlinux", "boot/extlinux/extlinux.conf", "append", " --- ", true,
     false},
    {"syslinux", "boot/syslinux/syslinux.cfg", "append", " --- ", true, false},
    {"extlinux", "boot/extlinux.conf", "APPEND", " --- ", true, false},
    {"extlinux", "boot/extlinux/extlinux.conf", "APPEND", " --- ", true,
     false},
    {"syslinux", "boot/syslinux/syslinux.cfg", "APPEND", " --- ", true, false},
    {"FreeBSD's loader", "boot/loader.conf", "xen_cmdline=\"", "\"", false,
     true},
    {"a grub.cfg that no grub-mkconfig makes", "boot/grub/grub.cfg",
     "multiboot2", NULL, true, false},
    {"a grub.cfg that no grub-mkconfig makes", "boot/grub2/grub.cfg",
     "multiboot2", NULL, true, false},
    {"a grub.cfg that no grub-mkconfig makes", "boot/grub/grub.cfg",
     "multiboot", NULL, true, false},
    {"NixOS", "etc/nixos/configuration.nix",
     "virtualisation.xen.bootParams = [ \"", "\" ];", false, true},
};

static size_t find_text(xlmem__str line, const char *what)
{
    const char *at = memmem(line.p, line.len, what, strlen(what));

    return at ? (size_t)(at - line.p) : SIZE_MAX;
}

/* From behind the program, a word whose last part begins with "xen". */
static bool skip_program(xlmem__str *args)
{
    size_t at = 0;
    xlmem__str word;

    while (xlmem__next_boot_word(*args, XLMEM__GRUB_BLANKS, &at, &word)) {
        xlmem__str base = word;

        while (memchr(base.p, '/', base.len))
            xlmem__cut(&base, '/');
        if (!xlmem__starts_with(base, "xen"))
            continue;
        args->p += at;
        args->len -= at;
        return true;
    }
    return false;
}

/* Xen's words on a line; false: it has none. */
static bool find_args(const foreign_file *file, xlmem__str line,
                      xlmem__str *args_r)
{
    xlmem__str code = xlmem__trim(line), args = line;
    size_t at = find_text(line, file->begin), end;

    if (at == SIZE_MAX || (code.len && *code.p == '#'))
        return false;
    args.p += at + strlen(file->begin);
    args.len -= at + strlen(file->begin);
    end = file->end ? find_text(args, file->end) : SIZE_MAX;
    if (end != SIZE_MAX)
        args.len = end;
    if (file->program && !skip_program(&args))
        return false;
    *args_r = args;
    return true;
}

/* The line with the words in it that it is to have. */
static char *edit_line(xlmem__str line, xlmem__str args, const char *word)
{
    const size_t head = (size_t)(args.p - line.p);
    xlmem__boot_part part = {.text = args};
    char *edited, *text = NULL;

    if (!xlmem__plan_boot_line(&part, 1, XLMEM__GRUB_BLANKS, word))
        return NULL;
    edited = xlmem__render_boot_part(&part);
    if (edited &&
        asprintf(&text, "%.*s%s%.*s", (int)head, line.p, edited,
                 (int)(line.len - head - args.len), args.p + args.len) < 0)
        text = NULL;
    free(edited);
    return text;
}

/* 0; NOTFOUND: it is not that file; NOMEM. */
static int try_file(const boot_tree *tree, const foreign_file *file,
                    const char *word, boot_foreign *foreign)
{
    xlmem__str text, line, args;
    xlmem__lines lines;
    boot_msg msg = {.text = ""};
    bool found = false;

    if (boot_tree_read(tree, file->path, &text, &msg))
        return XLMEM_ERROR_NOTFOUND;
    lines = xlmem__lines_of(text.p, text.len);
    while (!found && xlmem__next_line(&lines, &line))
        found = find_args(file, line, &args);
    if (found) {
        foreign->line = lines.nr;
        foreign->text = edit_line(line, args, word);
    } else if (file->add && asprintf(&foreign->text, "%s%s%s", file->begin,
                                     word, file->end) < 0) {
        foreign->text = NULL;
    }
    free((char *)(uintptr_t)text.p);
    if (!found && !file->add)
        return XLMEM_ERROR_NOTFOUND;
    snprintf(foreign->what, sizeof(foreign->what), "%s", file->what);
    snprintf(foreign->file, sizeof(foreign->file), "%s", file->path);
    return foreign->text ? 0 : XLMEM_ERROR_NOMEM;
}

int boot_find_foreign(const boot_tree *tree, const char *word,
                      boot_foreign *foreign_r)
{
    size_t i;
    int rc = XLMEM_ERROR_NOTFOUND;

    memset(foreign_r, 0, sizeof(*foreign_r));
    for (i = 0; i < sizeof(files) / sizeof(files[0]) && rc; i++) {
        rc = try_file(tree, &files[i], word, foreign_r);
        if (rc == XLMEM_ERROR_NOMEM)
            return rc;
    }
    if (!rc)
        return 0;
    foreign_r->text = strdup(word);
    return foreign_r->text ? 0 : XLMEM_ERROR_NOMEM;
}
