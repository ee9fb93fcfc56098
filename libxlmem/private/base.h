/* SPDX-License-Identifier: LGPL-2.1-only */
/* Exit statuses, and sizes as people write them. */
#ifndef XLMEM_PRIVATE_BASE_H
#define XLMEM_PRIVATE_BASE_H

#include "xlmem/result.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/*
 * xlmem_exit_status: the exit status a command reports for a code.
 * @rc: 0 or an XLMEM_ERROR_*.
 * Returns 0 for 0, else 1, 3, 4 or 5 (see xl-memguard(1)).
 */
int xlmem_exit_status(int rc);

/*
 * xlmem_parse_size_kb: read a size as people write it: "512M", "2G", "1.5G"
 * is refused, "2097152K", "1T"; the suffix K, M, G or T (either case, without
 * B or iB) is required, so that "512" cannot be misread.
 * @str: the text, nothing before or behind the size.
 * @kb_r: the size in kB.
 * Returns 0; XLMEM_ERROR_PARSE; XLMEM_ERROR_RANGE when it is not below 2^64
 * bytes.
 */
int xlmem_parse_size_kb(const char *str, uint64_t *kb_r);

/*
 * xlmem_format_size_kb: write a size for people, in the largest unit that
 * keeps it exact to one decimal ("3028 MiB", "1.5 GiB", "912092 kB").
 * @buf, @len: where to; 32 bytes are enough for any size.
 * @kb: the size in kB.
 * Returns @buf.
 */
const char *xlmem_format_size_kb(char *buf, size_t len, uint64_t kb);

/*
 * xlmem_file_open: open what somebody has named, to be read.  Files, and pipes
 * without a name, <(ssh HOST ...) for example: a FIFO would be waited for, and
 * opening a device is an act.
 * @fd_r: close it.
 * Returns 0; XLMEM_ERROR_DIRECTORY, XLMEM_ERROR_SPECIAL; another error, of
 * which errno says more.
 */
int xlmem_file_open(const char *path, int *fd_r);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_BASE_H */
