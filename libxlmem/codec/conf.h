/* SPDX-License-Identifier: LGPL-2.1-only */
/* /etc/xen/memguard.conf: xl.conf's grammar, as far as its keys need it. */
#ifndef XLMEM_CONF_H
#define XLMEM_CONF_H

#include "codec/text.h"

/* One key, as memguard.conf(5) and the parser both have it. */
typedef struct xlmem__conf_key {
    const char *name;
    const char *values; /* what may stand behind the equals sign */
    const char *unset;  /* the default */
    const char *meaning;
} xlmem__conf_key;

/* The table; *nr_r keys. */
const xlmem__conf_key *xlmem__conf_keys(size_t *nr_r);

/*
 * Read a configuration.  @policy_r is replaced on success only: a bad file
 * leaves the last good policy in force.
 * Returns 0; XLMEM_ERROR_PARSE; XLMEM_ERROR_RANGE; XLMEM_ERROR_CONFIG for an
 * unknown key or one given twice.
 */
int xlmem__parse_conf(const char *buf, size_t len, xlmem_policy *policy_r,
                      xlmem__where *where);

#endif /* XLMEM_CONF_H */
