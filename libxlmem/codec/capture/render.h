/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * From facts back to the text an administrator would have saved, as the
 * parsers of text.h read it: parse(render(h)) is h as far as the text can say
 * it (`xl` rounds to MiB and seconds).
 */
#ifndef XLMEM_RENDER_H
#define XLMEM_RENDER_H

#include "private/all.h"

/* @text_r: malloc'd; stays as it is where nothing is known that the document
 * could say.  0 or XLMEM_ERROR_NOMEM. */
typedef int xlmem__renderer(const xlmem_host *host, char **text_r);

xlmem__renderer xlmem__render_xl_info;      /* xl/info */
xlmem__renderer xlmem__render_xl_list;      /* xl/list */
xlmem__renderer xlmem__render_xl_list_long; /* xl/list-l.json */
xlmem__renderer xlmem__render_e820;         /* xen/e820 */
xlmem__renderer xlmem__render_xenstore_ls;  /* xenstore/ls */

#endif /* XLMEM_RENDER_H */
