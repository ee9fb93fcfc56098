/* SPDX-License-Identifier: LGPL-2.1-only */
/* A directory of our own: nobody else may have put anything into it. */
#ifndef XLMEM_FOLDER_H
#define XLMEM_FOLDER_H

#include <sys/stat.h>

#include "sys/sys.h"

typedef struct xlmem__folder {
    int fd;     /* -1: not open */
    char *path; /* for messages, and whether it is there still */
    dev_t dev;  /* which one it is */
    ino_t ino;
} xlmem__folder;

/*
 * Open, and make with @mode where it is not there.
 * Returns 0; XLMEM_ERROR_PERM (not ours, a link, or others may write to it),
 * XLMEM_ERROR_IO, XLMEM_ERROR_NOMEM.
 * @msg, here and below: one line with the path and the system's reason.
 */
int xlmem__folder_open(const char *path, mode_t mode, xlmem__folder *folder,
                       xlmem__msg *msg);
void xlmem__folder_close(xlmem__folder *folder);

/* Whether it is still what is found at its path: somebody may have removed it,
 * or put another one in its place. */
bool xlmem__folder_is_there(const xlmem__folder *folder);

/* Say what the system said of a name in it, "" of itself; returns the code. */
int xlmem__folder_fail(const xlmem__folder *folder, const char *name, int err,
                       xlmem__msg *msg);

/* Whether what was opened is ours: of the given kind (S_IFREG), our user's,
 * writable for nobody else. */
int xlmem__folder_check(const xlmem__folder *folder, const char *name, int fd,
                        mode_t kind, xlmem__msg *msg);

#endif /* XLMEM_FOLDER_H */
