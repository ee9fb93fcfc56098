/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The documents of the machine that this runs on which only look like files
 * (sys/machine.h says which):
 *
 *     dmesg            /dev/kmsg
 *     dmesg-previous   the kernel's log of the boot before, from the journal
 *                      or what syslog has written
 *     var/log/...      the end of a file, which may have grown for years
 */
#ifndef XLMEM_LOGS_H
#define XLMEM_LOGS_H

#include "private/backend.h"

/* As read_file of a backend; @root: of xlmem__root_open("/"). */
int xlmem__machine_log(int root, const char *path, char **buf_r,
                       size_t *len_r);

#endif /* XLMEM_LOGS_H */
