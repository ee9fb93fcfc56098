/* SPDX-License-Identifier: LGPL-2.1-only */
/* What is wrong with dom0_mem= in the files that boot lines are made of, and
 * cannot be seen in the line. */
#ifndef XLMEM_LINT_FILES_H
#define XLMEM_LINT_FILES_H

#include "model/finding.h"

/* A place in a file; borrowed. */
typedef struct xlmem__file_line {
    const char *file;
    size_t line; /* 1 = the first; 0: the file as a whole */
    xlmem__str word;
} xlmem__file_line;

#define XLMEM__FILE_LINES_MAX 8

/* Where GRUB's files have the word, beside where it counts. */
typedef struct xlmem__boot_uses {
    bool in_both; /* GRUB_CMDLINE_XEN and GRUB_CMDLINE_XEN_DEFAULT */
    size_t nr_dead, nr_linux, nr_masked;
    xlmem__file_line dead[XLMEM__FILE_LINES_MAX];    /* a later line wins */
    xlmem__file_line linuxes[XLMEM__FILE_LINES_MAX]; /* GRUB_CMDLINE_LINUX* */
    xlmem__file_line masked[XLMEM__FILE_LINES_MAX];  /* our drop-in drops it,
                                        and it is not what was found then */
    size_t nr_unread;
    xlmem__file_line unread[XLMEM__FILE_LINES_MAX]; /* word: what sh says, safe
                                                       to print */
    const char *applied;     /* the drop-in's word; NULL: there is none */
    xlmem__file_line undone; /* is read behind it, and leaves another; file
                                NULL: nothing does */
    const char *leaves; /* those words; "": none; NULL: it takes a shell */
    const char *why; /* is wrong there wherever the file sorts, with the cure;
                        NULL: nothing is */
} xlmem__boot_uses;

void xlmem__lint_files(const xlmem__boot_uses *uses, xlmem__sink to);

#endif /* XLMEM_LINT_FILES_H */
