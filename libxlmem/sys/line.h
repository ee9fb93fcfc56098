/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Those who wait for the decision lock, in the order in which they asked.
 *
 *     DIR/line/TIME.PID.START.SPACE     an empty file for each; TIME is
 *                                       CLOCK_BOOTTIME, in ns, 20 digits
 *
 * The line says whose turn it is and nothing else: who has the lock is the
 * lock's own business (sys/decision_lock.c), so nothing that goes wrong here
 * lets two decide at once.  Nothing is written into the files: that would fail
 * where no file may grow (ulimit -f 0).
 */
#ifndef XLMEM_LINE_H
#define XLMEM_LINE_H

#include "sys/folder.h"
#include "sys/process.h"

#define XLMEM__LINE_DIR "line"

#define XLMEM__PLACE_MAX (21 + XLMEM__PROCESS_TEXT_MAX)

typedef struct xlmem__line_seen {
    size_t nr_before; /* who stand before us; all without a place */
    bool present;     /* our own place is there */
    char first[XLMEM__PLACE_MAX]; /* who stands first; "": nobody before us */
} xlmem__line_seen;

/* Stand at the end: @place_r is ours from then on.  Returns 0 or errno. */
int xlmem__line_join(const xlmem__folder *folder, const xlmem__process *self,
                     char place_r[XLMEM__PLACE_MAX]);

/* Stand where we stood before we were taken out. */
void xlmem__line_join_again(const xlmem__folder *folder, const char *place);

/* Take ourselves out, or somebody who does not come.  false: he is there. */
bool xlmem__line_leave(const xlmem__folder *folder, const char *place);

/*
 * Who stands before us; the dead at the front are taken out on the way.
 * @place: "": at the end.  A line that cannot be read is empty.
 */
void xlmem__line_look(const xlmem__folder *folder, const char *place,
                      const xlmem__process *self, xlmem__line_seen *seen_r);

#endif /* XLMEM_LINE_H */
