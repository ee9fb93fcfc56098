/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a capture must not hold: passwords, keys, guests' command lines, and
 * bytes that a terminal would obey.
 */
#ifndef XLMEM_SCRUB_H
#define XLMEM_SCRUB_H

#include "codec/text.h"

/* What stands for a secret. */
#define XLMEM__BLANK "***"

/*
 * A copy of a text in which the values of secrets are blank and all but
 * printable UTF-8 is '?'.  A secret is the value behind a name that says so
 * and "=" or ":" ("vncpasswd=x", "\"passwd\": \"x\"", "rd.luks.key = x"), the
 * value of "cmdline", and the user in "scheme://user:password@host".
 * @copy_r: malloc'd and NUL-terminated.  0 or XLMEM_ERROR_NOMEM.
 */
int xlmem__scrub(const char *buf, size_t len, char **copy_r, size_t *len_r);

/* The same for the output of xenstore-ls -fp, of which only the nodes stay
 * that a snapshot reads. */
int xlmem__scrub_xenstore(const char *buf, size_t len, char **copy_r,
                          size_t *len_r);

/* Scrub an owned text in place of itself; NULL stays NULL. */
int xlmem__scrub_text(char **text);

#endif /* XLMEM_SCRUB_H */
