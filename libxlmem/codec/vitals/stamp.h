/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What stands before the message of a line of a log:
 *
 *     [   12.345678] text               dmesg
 *     <4>[   12.345678] [ T123] text    with priority and caller
 *     [Thu Nov 26 21:25:13 2026] text   dmesg -T
 *     [Nov26 21:25] text                dmesg -e, whose next lines have
 *     [  +0.000012] text                what has passed
 *     <30>[   12.345678] text           a program's, through /dev/kmsg
 *     kern  :warn  : [   12.345678] text                  dmesg -x
 *     2026-11-26T21:25:13,123456+01:00 text    dmesg --time-format iso
 *     4,1200,4200000001,-;text          a record of /dev/kmsg
 *     Nov 26 21:25:13 host kernel: [   12.345678] text    syslog, journalctl
 *     Nov 26 21:25:13 kernel: text      of klogd alone
 *     Nov 26 21:25:13 host kern.warn kernel: text         busybox
 *     2026-11-26T21:25:13.1+01:00 host xenstored[812]: text
 *     <4>1 2026-11-26T21:25:13.1+01:00 host kernel - - - text    RFC 5424
 *     [   12.345678] host kernel: text  journalctl -o short-monotonic
 *     Thu 2026-11-26 21:25:13 CET host kernel: text       -o short-full
 *     1795728313.123456 host kernel: text                 -o short-unix
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
    bool program;     /* a program's, by its facility or its name */
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
