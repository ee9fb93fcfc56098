/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Small writes in somebody else's process, whose limit for the size of files
 * (ulimit -f) is none of our business.
 *
 * A write beyond the limit raises SIGXFSZ, of which a program dies that never
 * asked for it: the signal is blocked in this thread around the write, and one
 * that the write has raised is taken away.  What must be written raises the
 * limit for that moment, where that is allowed: root may.  What can be done
 * without (a counter, a copy) does not.
 */
#ifndef XLMEM_SMALL_WRITE_H
#define XLMEM_SMALL_WRITE_H

#include <stddef.h>

/*
 * Write at the beginning of a file.  Two threads of a process must not be in
 * here at once: each would put back the limit that the other has set.
 * Returns 0, or errno: ENOSPC also for a part, EFBIG for the limit.
 */
int xlmem__small_write(int fd, const void *buf, size_t len);

/*
 * Write where the descriptor stands, or with O_APPEND at the end; the limit
 * stays as it is.  Any number of threads may.
 * Returns 0, or errno: ENOSPC also for a part, EFBIG for the limit.
 */
int xlmem__write_quietly(int fd, const void *buf, size_t len);

#endif /* XLMEM_SMALL_WRITE_H */
