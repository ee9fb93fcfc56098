/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What is done about findings: a table of remedies in the order in which they
 * are tried, from what is quick and takes nothing to what moves memory.
 *
 *     X(KIND, name, id, decide, measure, what, unit, less, least, about)
 *
 * decide has a finding that is more than a note, and writes what would be
 * done, or why not.  measure is what the finding is judged by; less: of it is
 * better; a change below least is none.  about is for memguard-findings(7):
 * what it does, and when it is refused.
 */
#ifndef XLMEM_MODEL_DOCTOR_REMEDY_H
#define XLMEM_MODEL_DOCTOR_REMEDY_H

#include "model/doctor/doctor.h"
#include "model/doctor/view.h"
#include "private/remedy.h"

/* clang-format off */
#define XLMEM__REMEDIES(X)                                                    \
    X(COMPACT, "compact", "fragmented", compact, blocks,                      \
      "blocks of order 3 or more", COUNT, false, XLMEM__ENOUGH_BLOCKS,        \
      "has the kernel gather its free memory, in all nodes; not while "       \
      "tasks hang, where less is free than the kernel keeps or half "         \
      "of the zone does not move, nor twice in 10 minutes")                   \
    X(DROP, "drop-caches", "fragmented", drop, blocks,                        \
      "blocks of order 3 or more", COUNT, false, XLMEM__ENOUGH_BLOCKS,        \
      "where that did not give 512 blocks more: writes what waits for "       \
      "it, drops the caches and gathers once more; not while tasks "          \
      "wait for I/O, with a twentieth of memory to be written, nor "          \
      "twice in an hour")                                                     \
    X(ONLINE, "online", "hotplug-offline", online, offline,                   \
      "offline", KB, true, 1,                                                 \
      "writes online to the state of each block; one that the kernel "        \
      "refuses stands in no other's way; where nothing adds memory, or "      \
      "what is added comes online by itself, somebody took them offline: "    \
      "only where it is named, --fix hotplug-offline")                        \
    X(TAKE_BACK, "take-back", "released-not-taken", take_back, current,       \
      "dom0 has", KB, false, XLMEM__MIB_KB,                                   \
      "sets dom0's target, and its ceiling in Xen, to what it was "           \
      "booted with; not beyond what Xen has to spare")                        \
    X(GROW, "grow", "low-memory", grow, available,                            \
      "available", KB, false, XLMEM__MIB_KB,                                  \
      "raises dom0's target by what it lacks, in whole sections of "          \
      "128 MiB, beyond its boot-time maximum by memory hotplug one at "       \
      "a time; not where Xen has nothing to spare, or dom0 not 64 MiB "       \
      "and what describing a section takes")                                  \
    X(GROW, "grow", "dom0-shrunk", grow, available,                           \
      "available", KB, false, XLMEM__MIB_KB,                                  \
      "raises dom0's target by what it lacks, in whole sections of "          \
      "128 MiB, beyond its boot-time maximum by memory hotplug one at "       \
      "a time; not where Xen has nothing to spare, or dom0 not 64 MiB "       \
      "and what describing a section takes")                                  \
    X(WAKE, "wake", "balloon-stuck", wake, gap,                               \
      "from its target", KB, true, XLMEM__MIB_KB,                             \
      "sets a target that differs by a page and then the target "             \
      "again; not where dom0 has too little to give, or Xen")                 \
    X(SIZES, "sizes", "targets-contradict", sizes, limit,                     \
      "what limits it", KB, false, 1,                                         \
      "raises static-max, or maxmem, to the target, which stays; a "          \
      "guest's only where it is named, --fix targets-contradict:DOM, "        \
      "and where Xen can spare what the guest may take then")                 \
    X(XL_CONF, "xl.conf", "autoballoon", xl_conf, automatic,                  \
      "autoballoon in force", COUNT, true, 1,                                 \
      "writes autoballoon=\"off\" into xl.conf, and leaves all else "         \
      "there as it is; not into a file that xl cannot read, nor "             \
      "through a link")
/* clang-format on */

/* Not done again within, whoever asks. */
#define XLMEM__MINUTE_MS UINT64_C(60000)
#define XLMEM__COMPACT_AGAIN_MS (10 * XLMEM__MINUTE_MS)
#define XLMEM__DROP_AGAIN_MS (60 * XLMEM__MINUTE_MS)

/* What a remedy is decided by. */
typedef struct xlmem__case {
    const xlmem_scene *scene;
    const xlmem_findings *findings;
    const xlmem_finding *finding;
    xlmem_remedy_past past;
    bool named; /* its domain was */
    bool asked; /* its finding was, or its domain */
} xlmem__case;

typedef void xlmem__decide_fn(const xlmem__case *c, xlmem_remedy *remedy);
typedef bool xlmem__measure_fn(const xlmem_scene *scene,
                               const xlmem_remedy *remedy, uint64_t *value_r);

#define XLMEM__REMEDY_FNS(kind, name, id, decide, measure, ...)               \
    xlmem__decide_fn xlmem__decide_##decide;                                  \
    xlmem__measure_fn xlmem__measure_##measure;
XLMEM__REMEDIES(XLMEM__REMEDY_FNS)
#undef XLMEM__REMEDY_FNS

/* What it does, as a command; why not, of which the first reason stays. */
void xlmem__does(xlmem_remedy *remedy, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void xlmem__refuse(xlmem_remedy *remedy, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Say of each finding whether a remedy could be carried out. */
void xlmem__mark_fixable(const xlmem_scene *scene, xlmem_findings *findings);

#endif /* XLMEM_MODEL_DOCTOR_REMEDY_H */
