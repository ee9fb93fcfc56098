/* SPDX-License-Identifier: LGPL-2.1-only */
#include "engine/facts/uuids.h"

#include <stdlib.h>
#include <string.h>

#include "private/all.h"

int xlmem__uuids_init(xlmem__uuids *set, size_t most)
{
    set->nr_buckets = 4;
    while (set->nr_buckets / 4 < most)
        set->nr_buckets *= 2;
    set->buckets = calloc(set->nr_buckets, sizeof(*set->buckets));
    return set->buckets ? 0 : XLMEM_ERROR_NOMEM;
}

void xlmem__uuids_dispose(xlmem__uuids *set)
{
    free(set->buckets);
    set->buckets = NULL;
}

/* Of all 36 characters.  Of a shorter text what is behind its end counts as
 * well: it is the same as none that was added. */
static uint64_t uuid_hash(const char uuid[37])
{
    uint64_t words[4], sum = 0;

    memcpy(&sum, uuid + sizeof(words), 4);
    memcpy(words, uuid, sizeof(words));
    sum += words[0] ^ (words[1] << 1) ^ (words[2] << 2) ^ (words[3] << 3);
    /* 2^64 over the golden ratio: the upper bits depend on all others. */
    return (sum * UINT64_C(0x9e3779b97f4a7c15)) >> 32;
}

/* Its bucket, or the free one where it would be. */
static xlmem__uuid_bucket *bucket_of(const xlmem__uuids *set,
                                     const char uuid[37], uint64_t hash)
{
    size_t at = hash & (set->nr_buckets - 1);

    while (set->buckets[at].uuid && (set->buckets[at].hash != hash ||
                                     strcmp(set->buckets[at].uuid, uuid)))
        at = (at + 1) & (set->nr_buckets - 1);
    return &set->buckets[at];
}

void xlmem__uuids_add(xlmem__uuids *set, const char uuid[37])
{
    const uint64_t hash = uuid_hash(uuid);

    *bucket_of(set, uuid, hash) =
        (xlmem__uuid_bucket){uuid, hash, XLMEM__NO_DOM};
}

xlmem__uuid_bucket *xlmem__uuids_find(const xlmem__uuids *set,
                                      const char uuid[37])
{
    xlmem__uuid_bucket *bucket = bucket_of(set, uuid, uuid_hash(uuid));

    return bucket->uuid ? bucket : NULL;
}
