/* SPDX-License-Identifier: LGPL-2.1-only */
/* DomUs that are to start one after another, and the report about them. */
#ifndef XL_MEMGUARD_STARTS_H
#define XL_MEMGUARD_STARTS_H

#include "input/request.h"

typedef enum starts_state {
    STARTS_JUDGED,  /* start has the answer; before: it is to be judged */
    STARTS_SKIPPED, /* why: it will run already, or must not run */
    STARTS_BROKEN,  /* why: nothing is known of what it needs */
} starts_state;

typedef struct starts_row {
    char *file; /* its configuration or image; NULL: it runs; owned */
    bool saved; /* an image */
    starts_state state;
    xlmem_domu domu;
    xlmem_start start;
    char why[REQUEST_ERR_MAX];
} starts_row;

typedef struct starts {
    xlmem_host host; /* they start on */
    xlmem_policy policy;
    size_t nr, room;
    starts_row *rows; /* owned */
    /* answered */
    xlmem_startup_sum sum;
} starts;

void starts_init(starts *s);
void starts_dispose(starts *s);

/* A row more; NULL without memory (a message was printed). */
starts_row *starts_add(starts *s);

/* Decide on each row that is not skipped or broken.  Returns 0 or an
 * XLMEM_ERROR_* (a message was printed). */
int starts_judge(starts *s);

/* The first lines, where some are down: how many, which, on whose account.
 * @one, @many: "does not come up", "do not come up". */
void starts_say_down(out *o, const starts *s, const char *one,
                     const char *many);

/* The report below its first lines, and the exit status. */
int starts_report(out *o, const starts *s);

#endif /* XL_MEMGUARD_STARTS_H */
