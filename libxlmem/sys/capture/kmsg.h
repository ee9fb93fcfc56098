/* SPDX-License-Identifier: LGPL-2.1-only */
/* The kernel's log as dmesg(1) shows it. */
#ifndef XLMEM_KMSG_H
#define XLMEM_KMSG_H

#include "sys/text.h"

/*
 * Append one record of /dev/kmsg ("PRIO,SEQ,USEC,FLAGS;TEXT\n KEY=VALUE\n")
 * as "[SEC.USEC] TEXT\n", behind "<PRIO>" where a program wrote it and not the
 * kernel.  Returns 0, XLMEM_ERROR_PARSE for something else,
 * XLMEM_ERROR_NOMEM, XLMEM_ERROR_RANGE.
 */
int xlmem__kmsg_render(xlmem__str record, xlmem__text *text);

/*
 * Append a buffer of syslog(2) ("<6>[    0.000000] TEXT\n"...) without the
 * kernel's priorities; programs' stay.
 */
int xlmem__klog_render(xlmem__str buf, xlmem__text *text);

/*
 * The whole log, without waiting.  Returns 0, XLMEM_ERROR_PERM,
 * XLMEM_ERROR_IO, XLMEM_ERROR_NOMEM, XLMEM_ERROR_RANGE.
 */
int xlmem__kmsg_read(xlmem__text *text);

#endif /* XLMEM_KMSG_H */
