/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What stands before the message of a line of a log:
 *
 *     [   12.345678] text               dmesg
 *     <4>[   12.345678] [ T123] text    with priority and caller
 *     [Thu Nov 26 21:25:13 2026] text   dmesg -T
 *     Nov 26 21:25:13 host kernel: [   12.345678] text    syslog, journalctl
 *     2026-11-26T21:25:13.1+01:00 host xenstored[812]: text
 *     (XEN) [2026-11-26 21:25:13] text  xl dmesg
 *     [   12.345678] (XEN) text
 *     MESSAGE=text                      journalctl -o export
 */
#ifndef XLMEM_VITALS_STAMP_H
#define XLMEM_VITALS_STAMP_H

#include "codec/text.h"

typedef struct xlmem__stamp {
    bool has_ms, has_s;
    uint64_t ms;      /* since that boot */
    uint64_t s;       /* since 1970, by the log's calendar */
    bool zoned;       /* and that is UTC */
    bool xen;         /* it is Xen's line */
    xlmem__str ident; /* "kernel", "xenstored"; empty: not said */
} xlmem__stamp;

/*
 * Take the prefixes off *line.
 * @now_s: roughly now, by which a date without a year is one; 0: not known,
 *   and such a date is not either.
 */
void xlmem__stamp_take(xlmem__str *line, uint64_t now_s,
                       xlmem__stamp *stamp_r);

#endif /* XLMEM_VITALS_STAMP_H */
