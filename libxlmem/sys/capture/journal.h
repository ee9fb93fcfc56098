/* SPDX-License-Identifier: LGPL-2.1-only */
/* The kernel's log of the boot before this, out of systemd's journal. */
#ifndef XLMEM_JOURNAL_H
#define XLMEM_JOURNAL_H

#include "sys/text.h"

/*
 * Append the last of its lines as dmesg shows them.  libsystemd is looked for
 * when it is needed.
 * @folder: of journal files; NULL: this machine's.
 * Returns 0; XLMEM_ERROR_NOTFOUND (no libsystemd, no journal, no boot before),
 * XLMEM_ERROR_IO, XLMEM_ERROR_NOMEM.
 */
int xlmem__journal_read(const char *folder, xlmem__text *text);

#endif /* XLMEM_JOURNAL_H */
