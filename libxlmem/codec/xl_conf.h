/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl.conf, in the grammar of domains' files (codec/xl_cfg.h), being edited. */
#ifndef XLMEM_XL_CONF_H
#define XLMEM_XL_CONF_H

#include "codec/text.h"

/*
 * The file with autoballoon="off": the setting that counts, the last one, gets
 * another value; where there is none a line is added.  All else stays.
 * @text: may be empty.  @buf_r: malloc'd, a NUL behind it.
 * Returns 0; XLMEM_ERROR_PARSE: xl itself could not read the file, before or
 * after (@line_r: where, 0: after); XLMEM_ERROR_NOMEM.
 */
int xlmem__xl_conf_end_autoballoon(xlmem__str text, char **buf_r,
                                   size_t *len_r, size_t *line_r);

#endif /* XLMEM_XL_CONF_H */
