/* SPDX-License-Identifier: LGPL-2.1-only */
/* A file that appears complete or not at all; a device or a pipe is written
 * into as it stands. */
#ifndef XL_MEMGUARD_ATOMIC_H
#define XL_MEMGUARD_ATOMIC_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct atomic_file {
    FILE *stream; /* write here */
    char path[PATH_MAX];
    char temporary[PATH_MAX]; /* "": written in place */
} atomic_file;

/* False with errno set; nothing is left behind. */
bool atomic_open(atomic_file *file, const char *path);
bool atomic_commit(atomic_file *file);
void atomic_abandon(atomic_file *file);

#endif /* XL_MEMGUARD_ATOMIC_H */
