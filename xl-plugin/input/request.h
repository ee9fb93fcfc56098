/* SPDX-License-Identifier: LGPL-2.1-only */
/* The domU that a command is asked about: CFG|SIZE and its options. */
#ifndef XL_MEMGUARD_REQUEST_H
#define XL_MEMGUARD_REQUEST_H

#include "cmd.h"

/*
 * request_get: argv[0] is a size or else the name of a file; what the options
 * say (DOMU_* in the command's table) wins over what the file says.
 * @domu: filled; of a size alone uuid and name are "".
 * Returns EXIT_DONE, or another exit status (a message was printed).
 */
int request_get(const cmd_run *run, xlmem_domu *domu);

/* A message about a domain's file fits. */
#define REQUEST_ERR_MAX 320

/*
 * request_read: a domain's configuration file; on a live host as xl reads it,
 * else by the library's own reader.
 * @err: why not, without the file's name; always filled on failure.
 * Returns 0 or an XLMEM_ERROR_*; nothing is printed.
 */
int request_read(const cmd_run *run, const char *path, xlmem_domu *domu,
                 char *err, size_t err_len);

/* Say what of its file xl passes over, if anything. */
void request_say_ignored(const char *path, const xlmem_domu *domu);

#endif /* XL_MEMGUARD_REQUEST_H */
