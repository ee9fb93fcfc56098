/* SPDX-License-Identifier: LGPL-2.1-only */
#include "model/lint_files.h"

#define FOUND_ABOUT(to, id, format, ...)                                      \
    xlmem__found(to, id, "%s: " format, xlmem__rules[id].about, __VA_ARGS__)

static void lint_undone(const xlmem__boot_uses *uses, xlmem__sink to)
{
    if (!uses->undone.file)
        return;
    if (!uses->leaves)
        FOUND_ABOUT(to, XLMEM__RULE_UNDONE,
                    "only a shell can tell what line %zu of %s leaves of %s%s"
                    "%s",
                    uses->undone.line, uses->undone.file, uses->applied,
                    uses->why ? ": " : ". ",
                    uses->why ? uses->why
                              : "Rename the file so that it sorts before "
                                "zz-xlmem.cfg");
    else
        FOUND_ABOUT(
            to, XLMEM__RULE_UNDONE,
            "line %zu of %s leaves %s in place of %s. Take the size "
            "out there%s",
            uses->undone.line, uses->undone.file,
            *uses->leaves ? uses->leaves : "no dom0_mem=", uses->applied,
            uses->why ? ""
                      : ", or rename the file so that it sorts before "
                        "zz-xlmem.cfg");
}

static void lint_unread(const xlmem__file_line *unread, xlmem__sink to)
{
    if (unread->line)
        FOUND_ABOUT(to, XLMEM__RULE_UNREAD,
                    "line %zu of %s, says sh: %.*s. Mend it there: until then "
                    "update-grub fails and changes nothing",
                    unread->line, unread->file, (int)unread->word.len,
                    unread->word.p);
    else
        FOUND_ABOUT(to, XLMEM__RULE_UNREAD, "%s cannot be read: %.*s",
                    unread->file, (int)unread->word.len, unread->word.p);
}

void xlmem__lint_files(const xlmem__boot_uses *uses, xlmem__sink to)
{
    size_t i;

    lint_undone(uses, to);
    for (i = 0; i < uses->nr_unread; i++)
        lint_unread(&uses->unread[i], to);
    for (i = 0; i < uses->nr_masked; i++)
        FOUND_ABOUT(to, XLMEM__RULE_MASKED,
                    "%s of %s has no effect while %s is there. Change the "
                    "size with xl memguard grub apply, or take that back with "
                    "xl memguard grub revert",
                    xlmem__quote(uses->masked[i].word).text,
                    uses->masked[i].file, uses->applied);
    for (i = 0; i < uses->nr_linux; i++)
        FOUND_ABOUT(to, XLMEM__RULE_LINUX_VARIABLE,
                    "line %zu of %s gives '%s' to Linux, which does not know "
                    "it. It belongs into GRUB_CMDLINE_XEN_DEFAULT",
                    uses->linuxes[i].line, uses->linuxes[i].file,
                    xlmem__quote(uses->linuxes[i].word).text);
    for (i = 0; i < uses->nr_dead; i++)
        FOUND_ABOUT(
            to, XLMEM__RULE_DEAD_ASSIGNMENT,
            "line %zu of %s has no effect, since a later one gives the "
            "same variable another value",
            uses->dead[i].line, uses->dead[i].file);
    if (uses->in_both)
        FOUND_ABOUT(to, XLMEM__RULE_BOTH_VARIABLES,
                    "%s has it, and %s too. Keep one of them: recovery "
                    "entries have the first only",
                    "GRUB_CMDLINE_XEN", "GRUB_CMDLINE_XEN_DEFAULT");
}
