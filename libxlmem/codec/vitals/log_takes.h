/* SPDX-License-Identifier: LGPL-2.1-only */
/* The functions of the table's rows, and what they share. */
#ifndef XLMEM_VITALS_LOG_TAKES_H
#define XLMEM_VITALS_LOG_TAKES_H

#include "codec/vitals/log_parts.h"

xlmem__log_take xlmem__log_take_alloc;
xlmem__log_take xlmem__log_take_stall;
xlmem__log_take xlmem__log_take_vmemmap;
xlmem__log_take xlmem__log_take_vmalloc;
xlmem__log_take xlmem__log_take_oom;
xlmem__log_take xlmem__log_take_cpuset;
xlmem__log_take xlmem__log_take_kill;
xlmem__log_take xlmem__log_take_killed;
xlmem__log_take xlmem__log_take_oom_panic;
xlmem__log_take xlmem__log_take_low_panic;
xlmem__log_take xlmem__log_take_figures;
xlmem__log_take xlmem__log_take_squeeze;
xlmem__log_take xlmem__log_take_backend;
xlmem__log_take xlmem__log_take_swiotlb;
xlmem__log_take xlmem__log_take_hotplug;
xlmem__log_take xlmem__log_take_hung;
xlmem__log_take xlmem__log_take_hash;
xlmem__log_take xlmem__log_take_boot;
xlmem__log_take xlmem__log_take_over;
xlmem__log_take xlmem__log_take_extent;
xlmem__log_take xlmem__log_take_pod;
xlmem__log_take xlmem__log_take_pod_cache;
xlmem__log_take xlmem__log_take_pool;
xlmem__log_take xlmem__log_take_crash;
xlmem__log_take xlmem__log_take_threshold;
xlmem__log_take xlmem__log_take_loglevel;
xlmem__log_take xlmem__log_take_build;
xlmem__log_take xlmem__log_take_claim;
xlmem__log_take xlmem__log_take_free;
xlmem__log_take xlmem__log_take_balloon_dead;
xlmem__log_take xlmem__log_take_balloon_oops;
xlmem__log_take xlmem__log_take_cgroup_kill;
xlmem__log_take xlmem__log_take_cgroup_sign;
xlmem__log_take xlmem__log_take_constraint;
xlmem__log_take xlmem__log_take_device_error;
xlmem__log_take xlmem__log_take_dom0_crash;
xlmem__log_take xlmem__log_take_grant_frames;
xlmem__log_take xlmem__log_take_hard_quota;
xlmem__log_take xlmem__log_take_soft_over;
xlmem__log_take xlmem__log_take_hard_over;
xlmem__log_take xlmem__log_take_soft_quota;
xlmem__log_take xlmem__log_take_suppressed;

/* Count an event of one line; true. */
bool xlmem__log_count_line(xlmem__log_reader *log,
                           const xlmem_log_event *event);
/* The same of one without fields. */
bool xlmem__log_take_plain(xlmem__log_reader *log, const xlmem__log_line *line,
                           xlmem_log_kind kind);
/* What stands before @word; nothing where it does not stand. */
xlmem__str xlmem__log_before(xlmem__str text, const char *word);
void xlmem__log_set_who(xlmem_log_event *event, xlmem__str who);
/* The number of base 16 behind @word. */
bool xlmem__log_hex_past(xlmem__str text, const char *word, uint64_t *value_r);
/* "order:4" or "order=4"; -1: somebody asked for it. */
void xlmem__log_take_order(xlmem_log_event *event, xlmem__str text);
/* A fact of the boot. */
void xlmem__log_take_state(xlmem__log_reader *log, size_t offset,
                           uint64_t value, size_t line);

#endif /* XLMEM_VITALS_LOG_TAKES_H */
