/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the doctor's rules share. */
#ifndef XLMEM_MODEL_DOCTOR_DOCTOR_H
#define XLMEM_MODEL_DOCTOR_DOCTOR_H

#include "model/checked.h"
#include "model/doctor/rules.h"
#include "model/doctor/view.h"
#include "model/judge.h"

/* Blocks of order 3: one block device with a full ring (fragmented.c). */
#define XLMEM__ENOUGH_BLOCKS 512

/* By xlmem__doctor_id. */
extern const xlmem__rule xlmem__doctor_rules[XLMEM__NR_DOCTOR_RULES];

#define XLMEM__DOCTOR_FN(name, id, severity, needs, judge, ...)               \
    xlmem__judge_fn xlmem__doctor_##judge;
XLMEM__DOCTOR_RULES(XLMEM__DOCTOR_FN)
#undef XLMEM__DOCTOR_FN

bool xlmem__knows_targets(const xlmem_host *host);
bool xlmem__knows_parts(const xlmem_vitals_mem *mem);

/* ------------------------------------------------------------ findings --- */

xlmem_finding *xlmem__doctor_find(xlmem__sink sink, xlmem__doctor_id id,
                                  xlmem_severity severity);
void xlmem__doctor_tell(xlmem_finding *finding, xlmem__doctor_id id);
void xlmem__doctor_cure(xlmem_finding *finding, xlmem__doctor_id id);
void xlmem__doctor_leave_open(xlmem__sink sink, xlmem__doctor_id id,
                              const char *file);
void xlmem__doctor_judged_some(xlmem__sink sink, xlmem__doctor_id id);

/* A quantity of a group of vitals, with where it was read. */
#define XLMEM__PROVE_VITAL(finding, what, group, f, unit)                     \
    xlmem__prove(finding, what, (group)->f, unit, XLMEM_SOURCE_OF(group, f))
#define XLMEM__PROVE_MEM(finding, what, scene, f)                             \
    XLMEM__PROVE_VITAL(finding, what, &(scene)->vitals->mem, f, XLMEM_UNIT_KB)

void xlmem__prove_count(xlmem_finding *finding, const char *what, uint64_t nr);

/* ------------------------------------------ what several rules look at --- */

/* Xen runs below: it, its domains or dom0's balloon have been seen, or
 * xenstored has been asked. */
bool xlmem__has_xen(const xlmem_scene *scene);

/* meminfo and buddyinfo are of one moment and one machine, or one of them is
 * not known.  Where not, no rule may use both. */
bool xlmem__one_moment(const xlmem_scene *scene);

/* What can be had without taking it from anybody. */
typedef struct xlmem__avail {
    bool known;               /* low and high are */
    bool estimated;           /* not MemAvailable */
    uint64_t low_kb, high_kb; /* it is between them; both alike: it is that */
    bool arc;                 /* what ZFS can give back is counted */
    bool foreign; /* a container's view: nothing is to be judged by it */
} xlmem__avail;

xlmem__avail xlmem__available(const xlmem_vitals *vitals);

/* Set aside as huge pages, used or not. */
uint64_t xlmem__huge_kb(const xlmem_vitals_mem *mem);

/* How low memory is: NOTE for not at all. */
xlmem_severity xlmem__low_memory(const xlmem_scene *scene);

/* Tasks stall for memory where a quarter of it is free: as a rule a group's
 * own limit makes them (memory.high, memory.max), which the host's pressure
 * counts.  What can be had is no sign: a cache that is read again can. */
bool xlmem__group_stalls(const xlmem_vitals *vitals);

/* How much more would have to be available for it not to come again soon; 0
 * where enough is, or it is not known. */
uint64_t xlmem__lacks_kb(const xlmem_scene *scene);

/*
 * A size of dom0 that gives it @more_kb, in whole sections of memory hotplug,
 * or what of it Xen has to spare.  Returns false where it cannot be grown, or
 * what is needed for that is not known.
 */
bool xlmem__grown_kb(const xlmem_scene *scene, uint64_t more_kb,
                     uint64_t *size_kb_r);

/* The command that grows dom0 so, or that tells how far it can be. */
void xlmem__say_growth(xlmem_finding *finding, const xlmem_scene *scene,
                       uint64_t more_kb);

/* The policy by which a remedy moves dom0. */
xlmem_policy xlmem__remedy_policy(const xlmem_scene *scene);

/* dom0's balloon is above its target, and dom0 has too little to give. */
bool xlmem__cannot_give(const xlmem_scene *scene);

/* What dom0 was booted with; false where that is not known. */
bool xlmem__booted_kb(const xlmem_host *host, uint64_t *kb_r);

/* Two sizes of a domain that do not go together; low NULL: there are none. */
typedef struct xlmem__contradiction {
    xlmem_severity severity;
    const char *low, *high;
    uint64_t low_kb, high_kb;
} xlmem__contradiction;

xlmem__contradiction xlmem__contradiction_of(const xlmem_scene *scene,
                                             const xlmem_dom *dom);

/* What does not move, compaction does not gather. */
bool xlmem__is_pinned(const xlmem_vitals_zone *zone);

/* Less is free than kswapd keeps: there is nothing to gather. */
bool xlmem__is_short_of_high(const xlmem_vitals_zone *zone);

/* The zones of some node are fragmented. */
bool xlmem__is_fragmented(const xlmem_scene *scene);

/* Older than a day, or of an earlier boot: one step down. */
bool xlmem__is_old(const xlmem_log_event *event);
xlmem_severity xlmem__aged(xlmem_severity severity,
                           const xlmem_log_event *event);

/* Each event of a kind. */
#define XLMEM__EACH_EVENT(e, scene, k)                                        \
    for ((e) = (scene)->vitals->events;                                       \
         (e) < (scene)->vitals->events + (scene)->vitals->nr_events; (e)++)   \
        if ((e)->kind == (k))

#endif /* XLMEM_MODEL_DOCTOR_DOCTOR_H */
