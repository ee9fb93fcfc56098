/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A look at all processes that cannot be held up by any of them: of /proc/PID
 * only stat and wchan are opened, and the folder of its threads.  cmdline,
 * environ, maps, smaps, numa_maps and mem take the process's mmap lock, and
 * stack the one that an execve holds.
 */
#ifndef XLMEM_PROCESSES_H
#define XLMEM_PROCESSES_H

#include "sys/capture/look.h"

/*
 * @proc: "/proc".  @limits: NULL: those of a doctor's look.
 * What was not counted to its end is unknown.
 * 0, XLMEM_ERROR_NOTFOUND, XLMEM_ERROR_PERM, XLMEM_ERROR_IO,
 * XLMEM_ERROR_NOMEM.
 */
int xlmem__processes_read(const char *proc, const xlmem__look_limits *limits,
                          xlmem_vitals_procs *procs_r);

#endif /* XLMEM_PROCESSES_H */
