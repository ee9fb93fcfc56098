/* SPDX-License-Identifier: LGPL-2.1-only */
/* The decision lock of a ledger, its line, and processes that ask for it. */
#ifndef LEDGER_LINE_H
#define LEDGER_LINE_H

#include "ledger_files.h"
#include "sys/queue.h"

#define LONG_MS 60000

static inline size_t nr_in_line(void)
{
    char path[96];
    struct dirent *entry;
    size_t nr = 0;
    DIR *line;

    snprintf(path, sizeof(path), "%s/line", dir);
    line = opendir(path);
    while (line && (entry = readdir(line)))
        nr += entry->d_name[0] != '.';
    if (line)
        closedir(line);
    return nr;
}

static inline void wait_for_line(size_t nr)
{
    int ms;

    for (ms = 0; nr_in_line() != nr; ms++) {
        if (ms == LONG_MS)
            fail_msg("%zu stand in line, not %zu", nr_in_line(), nr);
        sleep_ms(1);
    }
}

static inline xlmem__ledger *another(void)
{
    xlmem__ledger *ledger = NULL;

    if (xlmem__ledger_open(dir, &ledger, &say))
        _exit(98);
    return ledger;
}

/* Has the lock, says so, and keeps it until it is told or killed. */
static inline int holds(int from, int to)
{
    xlmem__ledger *ledger = another();

    if (xlmem__ledger_lock(ledger, LONG_MS, 10 * LONG_MS, &say)) {
        print_error("%s\n", said);
        return 1;
    }
    tell(to);
    hear(from);
    xlmem__ledger_unlock(ledger);
    return 0;
}

static inline int asks_once(int from, int to)
{
    (void)from;
    (void)to;
    return xlmem__ledger_lock(another(), 0, 0, &say) == XLMEM_ERROR_BUSY ? 4
                                                                         : 0;
}

static inline bool can_be_had(void)
{
    beside b = start(asks_once);

    return !end_of(&b);
}

#endif /* LEDGER_LINE_H */
