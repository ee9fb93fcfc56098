/* SPDX-License-Identifier: LGPL-2.1-only */
/* Which of the doctor's findings the log is told of, and when. */
#ifndef XL_MEMGUARD_NEWS_H
#define XL_MEMGUARD_NEWS_H

#include "private/finding.h"
#include "private/judge.h"

/* As many as are followed at a time: what a look at dom0's memory can find,
 * twice over. */
#define NEWS_ROOM 32

/* One finding of one subject.  Its level is its severity; below a warning, or
 * where it is not found, XLMEM_SEV_NOTE. */
typedef struct news_item {
    const char *id; /* static */
    char subject[XLMEM_SUBJECT_ROOM];
    xlmem_severity said;
    int64_t said_ms;     /* since when it is so; of XLMEM_SEV_NOTE nothing */
    xlmem_severity next; /* what it becomes if it stays; as said: nothing */
    int64_t since_ms;    /* of next */
} news_item;

/* All zero: nothing was said yet. */
typedef struct news {
    size_t nr;
    int64_t looked_ms; /* the last look */
    news_item list[NEWS_ROOM];
} news;

/* A line for the log. */
typedef struct news_change {
    const char *id; /* static */
    char subject[XLMEM_SUBJECT_ROOM];
    xlmem_severity was, is; /* one of them may be XLMEM_SEV_NOTE: new, over */
    uint64_t lasted_ms;     /* it was that for so long */
    const xlmem_finding *finding; /* of this look; NULL: it is not found, as
                                     only what was said before may be */
} news_change;

/*
 * news_look: take note of a look at the host.
 * @found: as the doctor judges it.
 * @now_ms: on the clock of xlmem_vitals.now_ms.
 * @changes_r: NEWS_ROOM of them; what is to be said.
 * Returns how many.
 */
size_t news_look(news *n, const xlmem_findings *found, int64_t now_ms,
                 news_change *changes_r);

#endif /* XL_MEMGUARD_NEWS_H */
