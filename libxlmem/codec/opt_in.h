/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a domain's configuration allows the guard to do with its memory. */
#ifndef XLMEM_CODEC_OPT_IN_H
#define XLMEM_CODEC_OPT_IN_H

#include "codec/text.h"

/* Where one of them stands below a domain's path in xenstore, as a decimal
 * number: by the names that XAPI has for them. */
typedef struct xlmem__opt_in_node {
    const char *path;
    size_t offset; /* in xlmem_opt_in */
} xlmem__opt_in_node;

#define XLMEM__OPT_IN_NODES 3
extern const xlmem__opt_in_node xlmem__opt_in_nodes[XLMEM__OPT_IN_NODES];

/* What a node stands for, in @opt_in. */
static inline uint64_t *xlmem__opt_in_at(xlmem_opt_in *opt_in, size_t offset)
{
    return (uint64_t *)(void *)((char *)opt_in + offset);
}

/* One entry, "key=value", into what was read before.  0; XLMEM_ERROR_CONFIG,
 * XLMEM_ERROR_PARSE, XLMEM_ERROR_RANGE, with @where filled. */
int xlmem__opt_in_take(xlmem_opt_in *list, xlmem__str entry, size_t line,
                       xlmem__where *where);

/*
 * All of a file of a domain's own.  The grammar is that of the host's
 * configuration.
 * @list_r: untouched on failure.
 * 0; as above, XLMEM_ERROR_PARSE also for what is no key = value, with @where
 * filled.
 */
int xlmem__opt_in_conf(const char *buf, size_t len, xlmem_opt_in *list_r,
                       xlmem__where *where);

/* All of it was read.  @request: the domain's.  0; XLMEM_ERROR_CONFIG, with
 * @where filled and @opt_in_r untouched. */
int xlmem__opt_in_finish(const xlmem_opt_in *list,
                         const xlmem_need_request *request,
                         xlmem_opt_in *opt_in_r, xlmem__where *where);

#endif /* XLMEM_CODEC_OPT_IN_H */
