/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the kernel of this guest says of its memory. */
#ifndef XLMEM_GUEST_FACTS_H
#define XLMEM_GUEST_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_UNKNOWN UINT64_MAX

enum guest_fact {
    GUEST_TOTAL_KB,
    GUEST_FREE_KB,
    GUEST_AVAILABLE_KB, /* before Linux 3.14, which has no MemAvailable: free,
                           and the page cache that is not shared memory */
    GUEST_SWAP_USED_KB,
    GUEST_BALLOON_KB, /* what Xen has given it, and what it was asked for */
    GUEST_BALLOON_TARGET_KB,
    GUEST_PSI_SOME10_BP, /* pressure/memory since the last look, in 1/10 000;
                            at the first avg10, of ten seconds */
    GUEST_PSI_FULL10_BP,
    GUEST_NR_FACTS,
};

/* A quantity that is not known is GUEST_UNKNOWN. */
struct guest_facts {
    uint64_t is[GUEST_NR_FACTS];
    uint64_t some_us, full_us; /* pressure/memory, total: since the boot */
};

/* The files they are read from: open descriptors, -1: it is not there. */
struct guest_files {
    int meminfo, pressure, balloon, balloon_target;
};

/* @root: "" or a folder that stands for /. */
void guest_files_open(struct guest_files *files, const char *root);
void guest_facts_read(struct guest_facts *facts,
                      const struct guest_files *files);

/* Of the texts of /proc; NUL-terminated. */
void guest_parse_meminfo(struct guest_facts *facts, const char *text);
void guest_parse_pressure(struct guest_facts *facts, const char *text);

/*
 * Pressure of the @ms since what was read before, instead of avg10: that
 * lingers for ten seconds after memory has come, in which the host would give
 * more and more.  A shorter time than a second says little, a stall of 10 ms
 * is half of 20: @facts has then what the one before found, and its counters.
 * Returns whether it is that since.
 */
bool guest_pressure_since(struct guest_facts *facts,
                          const struct guest_facts *before, int64_t ms);

/* What cannot be taken without swapping; GUEST_UNKNOWN. */
uint64_t guest_used_kb(const struct guest_facts *facts);

/* As the report's node has them, "total_kb=912092 free_kb=...": what is
 * unknown is left out.  256 bytes are enough. */
#define GUEST_REPORT_MAX 256
void guest_format(const struct guest_facts *facts, char *text, size_t len);

#endif /* XLMEM_GUEST_FACTS_H */
