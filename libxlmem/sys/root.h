/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Documents below a directory that cannot be left: links and ".." are
 * resolved as if the directory were "/" (a link in a copied /etc leads to the
 * copy's file), and only regular files are opened for reading: a FIFO would
 * block, and opening a device is an act.
 */
#ifndef XLMEM_ROOT_H
#define XLMEM_ROOT_H

#include <dirent.h>
#include <time.h>

#include "private/backend.h"

/* Names a directory may have before it is refused; /proc has one for each
 * process, a few for each domU. */
#define XLMEM__NAMES_MAX 65536

/* The xlmem code for what the system says; ENOENT: XLMEM_ERROR_NOTFOUND. */
int xlmem__rc_of_errno(int err);

/* *fd_r: close it.  0 or as read_file of a backend. */
int xlmem__root_open(const char *path, int *fd_r);

/* Whether @name is there below the directory @path.  Needs no descriptor, and
 * follows links of @path and of @name's directories as the system does. */
bool xlmem__root_has(const char *path, const char *name);

/* read_file, stream_file and list_dir of a backend (private/backend.h). */
int xlmem__root_read(int root, const char *path, char **buf_r, size_t *len_r);
int xlmem__root_stream(int root, const char *path, xlmem_piece_fn *fn,
                       void *arg);
int xlmem__root_list(int root, const char *path, char ***names_r,
                     size_t *nr_r);

/* A document below proc/ or sys/ of a host that runs, with half the calls. */
int xlmem__root_read_kernels(int root, const char *path, char **buf_r,
                             size_t *len_r);

/* The whole lines of the last @max bytes of a document, as read_file. */
int xlmem__root_read_tail(int root, const char *path, size_t max, char **buf_r,
                          size_t *len_r);

/* All of a descriptor that is not a document of a root, bounded likewise. */
int xlmem__read_fd(int fd, char **buf_r, size_t *len_r);

void xlmem__free_names(char **names, size_t nr);

/* A clock in milliseconds; 0: it cannot be read. */
int64_t xlmem__time_ms(clockid_t clock);
/* CLOCK_BOOTTIME's. */
int64_t xlmem__now_ms(void *user);

/* A directory below @dir, itself no link; NULL: errno. */
DIR *xlmem__open_dir_at(int dir, const char *path);

#endif /* XLMEM_ROOT_H */
