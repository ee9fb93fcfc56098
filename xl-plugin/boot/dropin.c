/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The shell that is written.  It is read by dash under "set -e" (Debian's
 * grub-mkconfig), so that a command that fails would end update-grub, and it
 * uses expansions alone: no word of a value is ever split or matched against
 * names of files ("ivrs_ioapic[5]=00:14.0"), blanks stay as they are.
 */
#include "boot/dropin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/facts.h"

#define MARK XLMEM__DROP_IN_MARK
#define WORD XLMEM__DROP_IN_WORD
#define FOUND "xlmem_found='"

static const char before_word[] = MARK
    ": dom0's size for Xen.\n"
    "# All other options stay where they are and can be changed there; a\n"
    "# dom0_mem= there has no effect any more.  'xl memguard grub revert' "
    "takes\n"
    "# this file away.\n" WORD;

static const char before_found[] =
    "'\n"
    "# What stood there then, which is dropped without a word.\n" FOUND;

static const char rest[] =
    "'\n"
    "\n"
    "xlmem_warn() {\n"
    "\tif command -v grub_warn >/dev/null 2>&1; then\n"
    "\t\tgrub_warn \"$1\"\n"
    "\telse\n"
    "\t\techo \"$1\" >&2\n"
    "\tfi\n"
    "}\n"
    "\n"
    "# $1 without its dom0_mem=, the first one of all replaced, in "
    "xlmem_out.\n"
    "# Behind \"--\" all is for dom0's kernel.\n"
    "xlmem_edit() {\n"
    "\txlmem_rest=$1\n"
    "\txlmem_out=\n"
    "\twhile [ -n \"$xlmem_rest\" ]; do\n"
    "\t\txlmem_gap=${xlmem_rest%%[!\t ]*}\n"
    "\t\txlmem_rest=${xlmem_rest#\"$xlmem_gap\"}\n"
    "\t\txlmem_each=${xlmem_rest%%[\t ]*}\n"
    "\t\txlmem_behind=${xlmem_rest#\"$xlmem_each\"}\n"
    "\t\tcase $xlmem_each in\n"
    "\t\t--)\n"
    "\t\t\txlmem_ended=1\n"
    "\t\t\tbreak\n"
    "\t\t\t;;\n"
    "\t\tdom0_mem | dom0_mem=* | no-dom0_mem | no-dom0_mem=*)\n"
    "\t\t\tcase \" $xlmem_found $xlmem_word \" in\n"
    "\t\t\t*\" $xlmem_each \"*) ;;\n"
    "\t\t\t*) xlmem_warn \"$xlmem_each is not used: xl memguard grub has set"
    " $xlmem_word\" ;;\n"
    "\t\t\tesac\n"
    "\t\t\txlmem_each=\n"
    "\t\t\tif [ -z \"$xlmem_placed\" ]; then\n"
    "\t\t\t\txlmem_each=$xlmem_word\n"
    "\t\t\t\txlmem_placed=1\n"
    "\t\t\tfi\n"
    "\t\t\t;;\n"
    "\t\tesac\n"
    "\t\tif [ -n \"$xlmem_each\" ]; then\n"
    "\t\t\txlmem_out=$xlmem_out$xlmem_gap$xlmem_each\n"
    "\t\tfi\n"
    "\t\txlmem_rest=$xlmem_behind\n"
    "\tdone\n"
    "}\n"
    "\n"
    "# The word is nowhere yet: behind what xlmem_edit has read.\n"
    "xlmem_add() {\n"
    "\tif [ -n \"$xlmem_ended\" ]; then\n"
    "\t\txlmem_out=$xlmem_out$xlmem_gap$xlmem_word\n"
    "\t\txlmem_gap=' '\n"
    "\telse\n"
    "\t\txlmem_out=$xlmem_out${xlmem_out:+ }$xlmem_word\n"
    "\tfi\n"
    "\txlmem_placed=1\n"
    "}\n"
    "\n"
    "# What is behind \"--\" stays as it is.\n"
    "xlmem_end() {\n"
    "\tif [ -n \"$xlmem_ended\" ]; then\n"
    "\t\txlmem_out=$xlmem_out$xlmem_gap$xlmem_rest\n"
    "\tfi\n"
    "}\n"
    "\n"
    "if [ -n \"$xlmem_word\" ]; then\n"
    "\txlmem_placed=\n"
    "\txlmem_ended=\n"
    "\txlmem_gap=\n"
    "\txlmem_edit \"${GRUB_CMDLINE_XEN-}\"\n"
    "\tif [ -n \"$xlmem_ended\" ] && [ -z \"$xlmem_placed\" ]; then\n"
    "\t\txlmem_add\n"
    "\tfi\n"
    "\txlmem_end\n"
    "\tGRUB_CMDLINE_XEN=$xlmem_out\n"
    "\tif [ -z \"$xlmem_ended\" ]; then\n"
    "\t\txlmem_gap=\n"
    "\t\txlmem_edit \"${GRUB_CMDLINE_XEN_DEFAULT-}\"\n"
    "\t\tif [ -z \"$xlmem_placed\" ]; then\n"
    "\t\t\txlmem_add\n"
    "\t\tfi\n"
    "\t\txlmem_end\n"
    "\t\tGRUB_CMDLINE_XEN_DEFAULT=$xlmem_out\n"
    "\tfi\n"
    "fi\n"
    "unset -f xlmem_warn xlmem_edit xlmem_add xlmem_end\n"
    "unset -v xlmem_word xlmem_found xlmem_placed xlmem_ended xlmem_gap"
    " xlmem_rest \\\n"
    "\txlmem_out xlmem_each xlmem_behind\n" XLMEM__DROP_IN_END "\n";

/* Words that somebody else has written, into single quotes: what does not fit
 * there, and no size ever has, is left out and warned of. */
static void add_found(char *to, const char *found)
{
    xlmem__str text = {found, strlen(found)}, word;
    size_t at = 0;

    while (xlmem__next_boot_word(text, XLMEM__GRUB_BLANKS, &at, &word)) {
        if (memchr(word.p, '\'', word.len) || memchr(word.p, '\n', word.len))
            continue;
        strcat(to, " ");
        strncat(to, word.p, word.len);
    }
}

char *boot_drop_in_text(const char *word, const char *found)
{
    char *text = malloc(sizeof(before_word) + sizeof(before_found) +
                        sizeof(rest) + strlen(word) + 2 * strlen(found) + 1);

    if (!text)
        return NULL;
    strcpy(text, before_word);
    strcat(text, word);
    strcat(text, before_found);
    add_found(text, found);
    strcat(text, rest);
    return text;
}

/* Up to the quote of the line that begins with @key. */
static bool find_drop_in_value(xlmem__str text, const char *key,
                               xlmem__str *value_r)
{
    xlmem__lines lines = xlmem__lines_of(text.p, text.len);
    xlmem__str line;

    if (!xlmem__str_starts(text, MARK))
        return false;
    while (xlmem__next_line(&lines, &line)) {
        if (!xlmem__skip(&line, key))
            continue;
        *value_r = xlmem__cut(&line, '\'');
        return true;
    }
    return false;
}

bool boot_drop_in_word(xlmem__str text, xlmem__str *word_r)
{
    return find_drop_in_value(text, WORD, word_r);
}

bool boot_drop_in_found(xlmem__str text, xlmem__str *found_r)
{
    return find_drop_in_value(text, FOUND, found_r);
}
