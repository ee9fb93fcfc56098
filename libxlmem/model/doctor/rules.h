/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The doctor's table: rows as JUDGED of model/finding_rules.h, with what
 * memguard-findings(7) says beside it.  A table of its own, because its
 * functions and texts are for the module alone (captures.h).
 *
 *     X(NAME, id, severity, needs, judge, about, text, remedies, risk,
 *       means, check, example)
 *
 * Severity is the usual one; the function may find less or more.  An id that
 * both tables have is one thing seen by two views.
 */
#ifndef XLMEM_MODEL_DOCTOR_RULES_H
#define XLMEM_MODEL_DOCTOR_RULES_H

#include "model/doctor/rules_log.h"
#include "model/doctor/rules_memory.h"
#include "model/doctor/rules_xen.h"

#define XLMEM__DOCTOR_RULES(X)                                                \
    XLMEM__DOCTOR_RULES_MEMORY(X)                                             \
    XLMEM__DOCTOR_RULES_LOG(X)                                                \
    XLMEM__DOCTOR_RULES_XEN(X)

#define XLMEM__BALLOON_AT "sys/devices/system/xen_memory/xen_memory0/"

/*
 * Facts that rules need: name, when it is there (s: the scene, v: its vitals),
 * files.  A first file of NULL: a second reading.
 */
#define XLMEM__DOCTOR_FACTS(X)                                                \
    X(MEM, XLMEM_KNOWS(&v->mem, mem_total_kb) && v->mem.mem_total_kb,         \
      "proc/meminfo", NULL)                                                   \
    X(CACHE, XLMEM_KNOWS(&v->mem, cached_kb), "proc/meminfo", NULL)           \
    X(SRECLAIMABLE, XLMEM_KNOWS(&v->mem, sreclaimable_kb), "proc/meminfo",    \
      NULL)                                                                   \
    X(PARTS, xlmem__knows_parts(&v->mem), "proc/meminfo", NULL)               \
    X(SWAP,                                                                   \
      XLMEM_KNOWS(&v->mem, swap_total_kb) &&                                  \
          XLMEM_KNOWS(&v->mem, swap_free_kb),                                 \
      "proc/meminfo", NULL)                                                   \
    X(SWAPS, XLMEM_KNOWS(&v->state, swap_zfs_kb), "proc/swaps", NULL)         \
    X(COMMITTED, XLMEM_KNOWS(&v->mem, committed_as_kb), "proc/meminfo", NULL) \
    X(HUGE,                                                                   \
      XLMEM_KNOWS(&v->mem, hugepages_free) &&                                 \
          XLMEM_KNOWS(&v->mem, hugepage_size_kb),                             \
      "proc/meminfo", NULL)                                                   \
    X(LOAD,                                                                   \
      XLMEM_KNOWS(&v->load, load1_bp) &&                                      \
          XLMEM_KNOWS(&v->load, tasks_running),                               \
      "proc/loadavg", NULL)                                                   \
    X(BUDDY, xlmem_vitals_has(v, XLMEM_DOC_BUDDYINFO), "proc/buddyinfo",      \
      NULL)                                                                   \
    X(LOG,                                                                    \
      xlmem_vitals_has(v, XLMEM_DOC_DMESG) ||                                 \
          xlmem_vitals_has(v, XLMEM_DOC_PREVIOUS),                            \
      "dmesg", NULL)                                                          \
    X(STORE,                                                                  \
      xlmem_vitals_has(v, XLMEM_DOC_DMESG) ||                                 \
          xlmem_vitals_has(v, XLMEM_DOC_PREVIOUS) ||                          \
          xlmem_vitals_has(v, XLMEM_DOC_XEN_LOGS),                            \
      "dmesg", "var/log/xen")                                                 \
    X(HASH, XLMEM_KNOWS(&v->state, hash_kb), "dmesg", NULL)                   \
    X(RING, xlmem_vitals_has(v, XLMEM_DOC_RING), "xl/dmesg", NULL)            \
    X(BLOCKS,                                                                 \
      XLMEM_KNOWS(&v->state, nr_offline) && XLMEM_KNOWS(&v->state, block_kb), \
      "sys/devices/system/memory", NULL)                                      \
    X(PROCS, xlmem_vitals_has(v, XLMEM_DOC_PROCESSES), "proc", NULL)          \
    X(BALLOON,                                                                \
      XLMEM_KNOWS(&s->host->dom0, balloon_target_kb) &&                       \
          XLMEM_KNOWS(&s->host->dom0, balloon_current_kb),                    \
      XLMEM__BALLOON_AT "target_kb", XLMEM__BALLOON_AT "info/current_kb")     \
    X(FREE, XLMEM_KNOWS(s->host, free_kb), "xl/info", NULL)                   \
    X(TOTAL, XLMEM_KNOWS(s->host, total_kb), "xl/info", NULL)                 \
    X(LINE, s->host->xen_cmdline != NULL, "xl/info", "xl/dmesg")              \
    X(DOMS, s->host->nr_doms || XLMEM_KNOWS(s->host, domains_listed),         \
      "xl/list", NULL)                                                        \
    X(TARGETS, xlmem__knows_targets(s->host), "xenstore/ls",                  \
      "xl/list-l.json")                                                       \
    X(AUTO, s->autoballoon_known, "etc/xen/xl.conf", NULL)                    \
    X(AGAIN, s->before != NULL, NULL, NULL)

enum {
#define XLMEM__DOCTOR_FACT(name, there, file, other) XLMEM__DOCTOR_FACT_##name,
    XLMEM__DOCTOR_FACTS(XLMEM__DOCTOR_FACT)
#undef XLMEM__DOCTOR_FACT
        XLMEM__NR_DOCTOR_FACTS
};

enum {
#define XLMEM__DOCTOR_NEED(name, there, file, other)                          \
    XLMEM__DOCTOR_NEEDS_##name = 1 << XLMEM__DOCTOR_FACT_##name,
    XLMEM__DOCTOR_FACTS(XLMEM__DOCTOR_NEED)
#undef XLMEM__DOCTOR_NEED
};

/* Who gives way to whom: X(the one that says more, the general one). */
#define XLMEM__DOCTOR_SWALLOWS(X)                                             \
    X(BALLOON_STUCK, BALLOON_OFF)                                             \
    X(BOOT_HASH, DOM0_CRASHED)

typedef enum xlmem__doctor_id {
#define XLMEM__DOCTOR_ID(name, ...) XLMEM__DOCTOR_##name,
    XLMEM__DOCTOR_RULES(XLMEM__DOCTOR_ID)
#undef XLMEM__DOCTOR_ID
        XLMEM__NR_DOCTOR_RULES
} xlmem__doctor_id;

#endif /* XLMEM_MODEL_DOCTOR_RULES_H */
