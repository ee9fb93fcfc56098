/* SPDX-License-Identifier: LGPL-2.1-only */
/* The files that grub-mkconfig reads before it makes an entry, ours apart. */
#ifndef XL_MEMGUARD_BOOT_SOURCE_FILES_H
#define XL_MEMGUARD_BOOT_SOURCE_FILES_H

#include "boot/host.h"
#include "codec/capture/texts.h"
#include "model/lint_files.h"
#include "sys/text.h"

typedef struct boot_source {
    char *path;
    size_t at; /* where it begins */
} boot_source;

/* All of the files in one text. */
typedef struct boot_sources {
    xlmem__text all;
    size_t behind; /* where those begin that are read behind our drop-in */
    size_t nr;
    boot_source *files;
    /* The first that a shell would read and that was not read here. */
    char stuck[BOOT_PATH_MAX]; /* "": none */
    const char *why;           /* for a person */
} boot_sources;

/* 0 or XLMEM_ERROR_NOMEM; a file or folder that is not there has no text. */
int boot_read_sources(const boot_tree *tree, const boot_host *host,
                      boot_sources *sources_r);
void boot_free_sources(boot_sources *sources);

xlmem__str boot_all_sources(const boot_sources *sources);

/* What is read before our drop-in. */
xlmem__str boot_before_ours(const boot_sources *sources);

/* A file as it is, without the line break that parts it from the next. */
xlmem__str boot_source_text(const boot_sources *sources, size_t i);

/* Where a byte of the text stands. */
xlmem__file_line boot_source_place(const boot_sources *sources, const char *p,
                                   xlmem__str word);

#endif /* XL_MEMGUARD_BOOT_SOURCE_FILES_H */
