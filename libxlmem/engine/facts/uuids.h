/* SPDX-License-Identifier: LGPL-2.1-only */
/* Uuids to be found again: those of the ledger, by each domain's. */
#ifndef XLMEM_UUIDS_H
#define XLMEM_UUIDS_H

#include <stddef.h>
#include <stdint.h>

/* Nobody, in place of a domain. */
#define XLMEM__NO_DOM SIZE_MAX

typedef struct xlmem__uuid_bucket {
    const char *uuid; /* borrowed; NULL: the bucket is free */
    uint64_t hash;
    size_t first_dom; /* the user's: the first that has it, by its place */
} xlmem__uuid_bucket;

typedef struct xlmem__uuids {
    size_t nr_buckets; /* a power of two; four times as many as uuids */
    xlmem__uuid_bucket *buckets;
} xlmem__uuids;

/* Room for @most.  Returns 0, XLMEM_ERROR_NOMEM; dispose of it either way. */
int xlmem__uuids_init(xlmem__uuids *set, size_t most);
void xlmem__uuids_dispose(xlmem__uuids *set);

/* @uuid: has 36 characters; is there already, or is added. */
void xlmem__uuids_add(xlmem__uuids *set, const char uuid[37]);

/* The bucket of a uuid, of whatever length; NULL: it is not among them. */
xlmem__uuid_bucket *xlmem__uuids_find(const xlmem__uuids *set,
                                      const char uuid[37]);

#endif /* XLMEM_UUIDS_H */
