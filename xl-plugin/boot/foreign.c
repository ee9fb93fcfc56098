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
#include <sys/stat.h>

#include "codec/capture/boot_words.h"
#include "codec/facts.h"
#include "model/units.h"

/* Where Xen's words stand on a line. */
typedef struct foreign_file {
    const char *what, *path;
    const char *begin; /* the line begins with it, and they follow */
    const char *end;   /* up to here; NULL: the line's end */
    bool program; /* behind begin comes a word with "xen" first: the program */
    bool add;     /* where there is no such line, it is begin, word, end */
    bool quotes;  /* as a shell's value has them: ", ' or none */
    bool string;  /* the word becomes a string behind begin */
    const char *list; /* not the line, but one of this name has begin, which
                         ends with WORD, or they are a new string behind it;
                         NULL: the line */
    const char *note; /* what else to look for, for a person; or NULL */
    bool proxmox;     /* only where it boots by its own copies */
} foreign_file;

#define WORD "dom0_mem="
#define XENSERVER "the grub.cfg that XenServer's xen-cmdline edits"
/* nixos/modules/virtualisation/xen-dom0.nix, since 24.11. */
#define NIXOS_NOTE                                                            \
    "virtualisation.xen.dom0Resources.memory and maxMemory, wherever they "   \
    "are set, make a dom0_mem= of their own, which Xen merges with this "     \
    "one: take them away, or set them instead (in MiB)."
/* proxmox-kernel-helper 6 to 9: its scripts' ESP_LIST, and what its own
 * /etc/grub.d/000_proxmox_boot_header says of /boot/grub/grub.cfg. */
#define PROXMOX_ESPS "etc/kernel/proxmox-boot-uuids"
#define PROXMOX_NOTE                                                          \
    "Then 'proxmox-boot-tool refresh', which copies what GRUB boots by to "   \
    "partitions of its own: /boot/grub/grub.cfg is not read.  "               \
    "/etc/kernel/cmdline is Linux's line, where dom0_mem= does nothing, and " \
    "systemd-boot there boots no Xen."
#define BY_HAND "a grub.cfg that no grub-mkconfig makes"

/*
 * The first that has such a line, or takes one.  A list of strings is what
 * NixOS has (nixos/modules/virtualisation/xen-dom0.nix, 20.03 to 24.11), and
 * Alpine's own update-extlinux.conf says xen_opts=dom0_mem=256M.
 */
static const foreign_file files[] = {
    {"proxmox-boot-tool", "etc/default/grub", "GRUB_CMDLINE_XEN_DEFAULT=",
     .add = true, .quotes = true, .note = PROXMOX_NOTE, .proxmox = true},
    {"NixOS", "etc/nixos/configuration.nix", "\"" WORD, "\"",
     .list = "bootParams", .note = NIXOS_NOTE},
    {"NixOS", "etc/nixos/configuration.nix", "[", .list = "bootParams",
     .string = true, .note = NIXOS_NOTE},
    {"NixOS", "etc/nixos/configuration.nix",
     "virtualisation.xen.bootParams = [ \"", "\" ];", .add = true,
     .note = NIXOS_NOTE},
    {"Alpine's update-extlinux", "etc/update-extlinux.conf",
     "xen_opts=", .add = true, .quotes = true},
    {"extlinux", "boot/extlinux.conf", "append", " --- ", .program = true},
    {"extlinux", "boot/extlinux/extlinux.conf", "append", " --- ",
     .program = true},
    {"syslinux", "boot/syslinux/syslinux.cfg", "append", " --- ",
     .program = true},
    {"FreeBSD's loader", "boot/loader.conf", "xen_cmdline=", .add = true,
     .quotes = true},
    {XENSERVER, "boot/efi/EFI/xenserver/grub.cfg", "multiboot",
     .program = true},
    {BY_HAND, "boot/grub/grub.cfg", "multiboot", .program = true},
    {BY_HAND, "boot/grub2/grub.cfg", "multiboot", .program = true},
    {"GRUB Legacy", "boot/grub/menu.lst", "kernel", .program = true},
    {"GRUB Legacy", "boot/grub/grub.conf", "kernel", .program = true},
};

/* Who makes its boot configuration itself, whatever else is installed. */
static const char *const owners[] = {"etc/nixos/configuration.nix",
                                     "boot/efi/EFI/xenserver/grub.cfg",
                                     "opt/xensource/libexec/xen-cmdline"};

/* Whether a partition is named; somebody may have made the file empty, so that
 * a hook does not ask for it. */
static bool boots_by_proxmox(const boot_tree *tree)
{
    struct stat st;

    return !fstatat(tree->fd, PROXMOX_ESPS, &st, 0) && st.st_size > 0;
}

bool boot_is_foreign(const boot_tree *tree)
{
    size_t i;

    if (boots_by_proxmox(tree))
        return true;
    for (i = 0; i < sizeof(owners) / sizeof(owners[0]); i++)
        if (boot_tree_has(tree, owners[i]))
            return true;
    return false;
}

/* Syslinux takes its keywords in capitals, too. */
static size_t find_text(xlmem__str line, const char *what)
{
    const size_t len = strlen(what);
    size_t at, i;

    for (at = 0; at + len <= line.len; at++) {
        for (i = 0;
             i < len && xlmem__lower(line.p[at + i]) == xlmem__lower(what[i]);
             i++)
            ;
        if (i == len)
            return at;
    }
    return SIZE_MAX;
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
        if (!xlmem__str_starts(base, "xen"))
            continue;
        args->p += at;
        args->len -= at;
        return true;
    }
    return false;
}

/* A value as a shell would read it, without the quotes around it. */
static void take_shell_value(xlmem__str *args)
{
    const char first = args->len ? *args->p : '\0';
    const bool quoted = first == '"' || first == '\'';
    xlmem__str value = *args;

    if (quoted) {
        value.p++;
        value.len--;
    }
    args->p = value.p;
    for (args->len = 0; args->len < value.len; args->len++)
        if (quoted ? value.p[args->len] == first
                   : xlmem__is_one_of(value.p[args->len], " \t\r;"))
            break;
}

/* What of a line is in Nix's list @name; *inside: it has begun and not
 * ended. */
static xlmem__str list_part(const char *name, xlmem__str line, bool *inside)
{
    size_t at = *inside ? 0 : find_text(line, name);
    bool quoted = false;

    if (at == SIZE_MAX || memchr(line.p, '"', at))
        return (xlmem__str){line.p, 0};
    line.p += at;
    *inside = true;
    for (line.len -= at, at = 0; at < line.len; at++) {
        quoted = quoted != (line.p[at] == '"');
        if (!quoted && xlmem__is_one_of(line.p[at], "]#")) {
            *inside = line.p[at] == '#';
            line.len = at;
        }
    }
    return line;
}

/* Behind a command's name; multiboot2 is one, too. */
static bool skip_command(xlmem__str *code, const char *name)
{
    const size_t len = strlen(name);
    size_t at = 0;
    xlmem__str word;

    if (!xlmem__next_boot_word(*code, XLMEM__GRUB_BLANKS, &at, &word) ||
        find_text(word, name) ||
        !(word.len == len || (word.len == len + 1 && word.p[len] == '2')))
        return false;
    code->p += at;
    code->len -= at;
    return true;
}

/* Xen's words on a line; false: it has none. */
static bool find_args(const foreign_file *file, xlmem__str line, bool *inside,
                      xlmem__str *args_r)
{
    xlmem__str args = xlmem__trim(line);
    size_t at;

    if (args.len && *args.p == '#')
        return false;
    if (file->list) {
        args = list_part(file->list, args, inside);
        at = find_text(args, file->begin);
        if (at == SIZE_MAX)
            return false;
        at += strlen(file->begin) - (file->string ? 0 : strlen(WORD));
        args.p += at;
        args.len = file->string ? 0 : args.len - at;
    } else if (file->program ? !skip_command(&args, file->begin)
                             : !xlmem__skip(&args, file->begin)) {
        return false;
    }
    if (file->quotes)
        take_shell_value(&args);
    at = file->end ? find_text(args, file->end) : SIZE_MAX;
    if (at != SIZE_MAX)
        args.len = at;
    if (file->program && !skip_program(&args))
        return false;
    *args_r = args;
    return true;
}

/* The line with the words in it that it is to have. */
static char *edit_line(const foreign_file *file, xlmem__str line,
                       xlmem__str args, const char *word)
{
    const size_t head = (size_t)(args.p - line.p);
    const bool bare = file->quotes && args.p[-1] == '=';
    const char *quote = file->string || bare ? "\"" : "";
    const bool first = (file->program || file->string) && !args.len;
    const char *blank = first ? " " : "";
    xlmem__boot_part part = {.text = args};
    char *edited, *text = NULL;

    if (!xlmem__plan_boot_line(&part, 1, XLMEM__GRUB_BLANKS, word))
        return NULL;
    edited = xlmem__render_boot_part(&part);
    if (edited &&
        asprintf(&text, "%.*s%s%s%s%s%.*s", (int)head, line.p, blank, quote,
                 edited, quote, (int)(line.len - head - args.len),
                 args.p + args.len) < 0)
        text = NULL;
    free(edited);
    return text;
}

/* The line that is not there yet. */
static char *make_foreign_line(const foreign_file *file, const char *word)
{
    const char *quote = file->quotes ? "\"" : "";
    char *text;

    return asprintf(&text, "%s%s%s%s%s", file->begin, quote, word, quote,
                    file->end ? file->end : "") < 0
               ? NULL
               : text;
}

/* 0; NOTFOUND: it is not that file; NOMEM; of the file that Proxmox boots by
 * for certain, what else keeps it from being read. */
static int try_file(const boot_tree *tree, const foreign_file *file,
                    const char *word, boot_foreign *foreign, boot_msg *msg)
{
    xlmem__str text = {NULL, 0}, line, args;
    xlmem__lines lines;
    bool found = false, inside = false;
    int rc;

    if (file->proxmox && !boots_by_proxmox(tree))
        return XLMEM_ERROR_NOTFOUND;
    rc = boot_tree_read(tree, file->path, &text, msg);
    if (rc && !file->proxmox)
        return rc == XLMEM_ERROR_NOMEM ? rc : XLMEM_ERROR_NOTFOUND;
    if (rc && rc != XLMEM_ERROR_NOTFOUND)
        return rc;
    lines = xlmem__lines_of(text.p, text.len);
    while (!found && xlmem__next_line(&lines, &line))
        found = find_args(file, line, &inside, &args);
    if (found) {
        foreign->line = lines.nr;
        foreign->text = edit_line(file, line, args, word);
    } else if (file->add) {
        foreign->text = make_foreign_line(file, word);
    }
    free((char *)(uintptr_t)text.p);
    if (!found && !file->add)
        return XLMEM_ERROR_NOTFOUND;
    snprintf(foreign->what, sizeof(foreign->what), "%s", file->what);
    snprintf(foreign->file, sizeof(foreign->file), "%s", file->path);
    foreign->note = file->note;
    return foreign->text ? 0 : XLMEM_ERROR_NOMEM;
}

int boot_find_foreign(const boot_tree *tree, const char *word,
                      boot_foreign *foreign_r, boot_msg *msg)
{
    size_t i;
    int rc = XLMEM_ERROR_NOTFOUND;

    memset(foreign_r, 0, sizeof(*foreign_r));
    for (i = 0;
         i < sizeof(files) / sizeof(files[0]) && rc == XLMEM_ERROR_NOTFOUND;
         i++)
        rc = try_file(tree, &files[i], word, foreign_r, msg);
    if (rc == XLMEM_ERROR_NOTFOUND) {
        foreign_r->text = strdup(word);
        rc = foreign_r->text ? 0 : XLMEM_ERROR_NOMEM;
    }
    return rc == XLMEM_ERROR_NOMEM
               ? boot_fail(msg, rc, "%s", xlmem_strerror(rc))
               : rc;
}
