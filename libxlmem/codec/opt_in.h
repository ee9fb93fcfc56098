/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a domain's configuration allows the guard to do with its memory. */
#ifndef XLMEM_CODEC_OPT_IN_H
#define XLMEM_CODEC_OPT_IN_H

#include "codec/text.h"

/* A list that is being read. */
typedef struct xlmem__opt_in {
    xlmem_opt_in got;
    uint64_t given; /* which keys */
} xlmem__opt_in;

/* One entry, "key=value".  0; XLMEM_ERROR_CONFIG, XLMEM_ERROR_PARSE,
 * XLMEM_ERROR_RANGE, with @where filled. */
int xlmem__opt_in_take(xlmem__opt_in *list, xlmem__str entry, size_t line,
                       xlmem__where *where);

/* All of it was read.  @request: the domain's.  0; XLMEM_ERROR_CONFIG, with
 * @where filled and @opt_in_r untouched. */
int xlmem__opt_in_finish(const xlmem__opt_in *list,
                         const xlmem_need_request *request,
                         xlmem_opt_in *opt_in_r, xlmem__where *where);

#endif /* XLMEM_CODEC_OPT_IN_H */
