/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files before ours say, as grub-mkconfig reads them.  All of these
 * are 0 or XLMEM_ERROR_NOMEM: nothing is judged then. */
#ifndef XL_MEMGUARD_BOOT_SOURCES_H
#define XL_MEMGUARD_BOOT_SOURCES_H

#include "boot/host.h"

/* What dom0_mem= words the files of a GRUB host have, ours left out; @before:
 * those that are read before ours.  malloc'd; NULL: only a shell can tell. */
int boot_find_words(const boot_tree *tree, const boot_host *host, bool before,
                    char **words_r);

/* A line that our drop-in cannot be put behind, or a file (0) beside it. */
typedef struct boot_bad_source {
    char file[BOOT_PATH_MAX];
    size_t line;
    const char *why; /* boot/odd.h, a size in quotes (boot/inline.h), or what
                        keeps the file from being read; NULL: none is bad */
} boot_bad_source;

/* In a file that is read before the drop-in; one that cannot be read, behind
 * it as well. */
int boot_find_bad_source(const boot_tree *tree, const boot_host *host,
                         boot_bad_source *bad_r);

/*
 * What the files that are read behind the drop-in leave of @word, where that
 * is not the word alone: the next boot will have something else.
 */
typedef struct boot_undone {
    char file[BOOT_PATH_MAX];
    size_t line;      /* 0: the word is left alone */
    char leaves[256]; /* dom0_mem= words; "": none */
    bool unknown;     /* it takes a shell to tell */
    const char *why;  /* boot/odd.h, of a line behind the drop-in; or NULL */
} boot_undone;

int boot_find_undone(const boot_tree *tree, const boot_host *host,
                     const char *word, boot_undone *undone_r);

/* What is wrong with them, and cannot be seen in the line that they make.
 * @word: that is to be applied; NULL: what the drop-in there has. */
int boot_lint_sources(const boot_tree *tree, const boot_host *host,
                      const char *word, xlmem_findings *found_r);

#endif /* XL_MEMGUARD_BOOT_SOURCES_H */
