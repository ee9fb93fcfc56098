/* SPDX-License-Identifier: LGPL-2.1-only */
/* What every command does first: open the host it was pointed at.  One that
 * --ram assumes is a snapshot alone. */
#ifndef XL_MEMGUARD_SESSION_H
#define XL_MEMGUARD_SESSION_H

#include "cmd.h"

/*
 * session_open: a context on this machine or on the recorded host that
 * --sysroot or --host names.  Messages go to standard error.
 * Returns 0 or an XLMEM_ERROR_*; a message was printed.
 */
int session_open(const cmd_run *run, xlmem_ctx **ctx_r);

/*
 * session_snapshot: open, read everything, close.
 * @host_r: must be initialised.
 */
int session_snapshot(const cmd_run *run, uint32_t wants, xlmem_host *host_r);

/* The same for who can tell something of a machine without Xen: this one, if
 * none is below it. */
int session_open_any(const cmd_run *run, xlmem_ctx **ctx_r);
int session_snapshot_any(const cmd_run *run, uint32_t wants,
                         xlmem_host *host_r);

/* session_is_live: it is this machine that the command was pointed at. */
bool session_is_live(const cmd_run *run);

/*
 * session_take_gaps: whether a file of a recorded host could not be read since
 * this was asked last.  Who asks sees to it that the answer says so, and
 * session_close_out does not.
 */
bool session_take_gaps(void);

/* session_out: a report on standard output in the format asked for; NULL
 * without memory (a message was printed). */
out *session_out(const cmd_run *run);

/*
 * session_status: @status, but not EXIT_DONE where a file of the recorded host
 * could not be read: what was written is of the others.
 * session_close_out: end the report.  Returns that, or EXIT_FAILED.
 */
int session_status(int status);
int session_close_out(out *o, int status);

/*
 * session_line: a command's arguments as one Xen command line; a bare
 * dom0_mem value ("2G,max:2G") gets its "dom0_mem=".
 * Returns malloc'd text; NULL without memory or with words that cannot be
 * Xen options (a message was printed, @status_r is set).
 */
char *session_line(const cmd_run *run, int *status_r);

#endif /* XL_MEMGUARD_SESSION_H */
