/* SPDX-License-Identifier: LGPL-2.1-only */
/* A file that appears complete or not at all. */
#ifndef XL_MEMGUARD_ATOMIC_H
#define XL_MEMGUARD_ATOMIC_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

typedef struct atomic_file {
    FILE *stream; /* write here */
    int dir;      /* below which both names are; AT_FDCWD: as any path */
    char path[PATH_MAX];
    char temporary[PATH_MAX]; /* "": written in place, or nameless */
    bool nameless;            /* until it is whole */
} atomic_file;

/*
 * atomic_open: through links to what they lead to, which keeps its owner and
 * its mode; a device or a pipe is written into as it stands.
 * atomic_replace: in a directory in which others may write.  No link is
 * followed at the end of the path, whenever somebody puts one there: whatever
 * has that name is replaced, but for a directory, by a file of this process
 * with this mode.  Where the filesystem has files without a name, who is
 * killed while writing leaves nothing behind: a directory would fill up, a
 * file each minute.  The name that it has for the moment between the two last
 * steps of atomic_commit may be left.
 * False with errno set; nothing is left behind.
 */
bool atomic_open(atomic_file *file, const char *path);
bool atomic_replace(atomic_file *file, const char *path, mode_t mode);

/* After either.  False with errno set; nothing is left behind. */
bool atomic_commit(atomic_file *file);
void atomic_abandon(atomic_file *file);

#endif /* XL_MEMGUARD_ATOMIC_H */
