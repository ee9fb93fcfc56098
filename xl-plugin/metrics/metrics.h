/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A host as numbers that somebody keeps and draws: docs/design/metrics.md.
 *
 *   commands/metrics.c   reads a host into a scene
 *     table.c            what there is: a row a metric
 *       of_*.c           where each row's samples come from
 *         exposition.c   two forms of text
 *
 * A fact that is not known has no sample: unknown is not 0.
 */
#ifndef XL_MEMGUARD_METRICS_H
#define XL_MEMGUARD_METRICS_H

#include "metrics/balloons.h"
#include "metrics/exposition.h"
#include "private/admissions.h"
#include "private/guard.h"
#include "private/judge.h"
#include "private/moves.h"

/* What metrics are made of: values that somebody has read.  Borrowed. */
typedef struct metrics_scene {
    const xlmem_host *host;
    const xlmem_account *account; /* NULL: not known */
    const xlmem_policy *policy;
    const xlmem_vitals *vitals;
    const xlmem_findings *found;              /* the doctor's */
    const xlmem_fragmentation *fragmentation; /* XLMEM_NR_ORDERS of them */
    const xlmem_guarded *guarded;
    size_t nr_guarded;
    const xlmem_admissions *admissions; /* NULL: nobody counts */
    const xlmem_moves *moves;           /* NULL: nobody counts */
    const balloon_state *balloons; /* of each domain, as the host lists them */
    const bool *named;    /* the same: it is told from all others by its name
                             and uuid */
    bool live;            /* this machine, of which all was looked for */
    bool mode_known;      /* how it is, or was, guarded */
    bool boot_known;      /* the last boot was looked at: */
    bool boot_matches;    /* it is as intended */
    bool timed;           /* known: */
    uint64_t timestamp_s; /* when all this was read, since 1970 */
    bool domains;         /* series of each domain are wanted */
} metrics_scene;

/* A row of the table. */
typedef struct metric {
    metric_family family;
    void (*put)(const metrics_scene *scene, exposition *e);
} metric;

extern const metric metrics_table[]; /* ends with a family without a name */

/* metrics_write: all that is known of the scene.  The stream is the caller's,
 * and has its errors. */
void metrics_write(const metrics_scene *scene, exposition_format format,
                   FILE *file);

/*
 * metrics_named: which domains a series can be of.  Two that end and begin
 * under one name and uuid would be one series twice, for which a reader drops
 * all others as well: the dying have none, and of those that are alike the
 * youngest.
 * @named_r: malloc'd, one for each of the host's domains; the caller frees it.
 * Returns 0, XLMEM_ERROR_NOMEM.
 */
int metrics_named(const xlmem_host *host, bool **named_r);

/* The rows' functions. */
void metric_build(const metrics_scene *scene, exposition *e);
void metric_timestamp(const metrics_scene *scene, exposition *e);
void metric_host_total(const metrics_scene *scene, exposition *e);
void metric_host_places(const metrics_scene *scene, exposition *e);
void metric_host_usable(const metrics_scene *scene, exposition *e);
void metric_largest(const metrics_scene *scene, exposition *e);
void metric_ledger_count(const metrics_scene *scene, exposition *e);
void metric_ledger_size(const metrics_scene *scene, exposition *e);
void metric_dom0_memory(const metrics_scene *scene, exposition *e);
void metric_dom0_blocks(const metrics_scene *scene, exposition *e);
void metric_dom0_fragmentation(const metrics_scene *scene, exposition *e);
void metric_dom0_stalled(const metrics_scene *scene, exposition *e);
void metric_domain_memory(const metrics_scene *scene, exposition *e);
void metric_domain_balloon(const metrics_scene *scene, exposition *e);
void metric_admissions(const metrics_scene *scene, exposition *e);
void metric_admission_mode(const metrics_scene *scene, exposition *e);
void metric_moves(const metrics_scene *scene, exposition *e);
void metric_moved(const metrics_scene *scene, exposition *e);
void metric_guarded(const metrics_scene *scene, exposition *e);
void metric_monitors(const metrics_scene *scene, exposition *e);
void metric_findings(const metrics_scene *scene, exposition *e);
void metric_boot(const metrics_scene *scene, exposition *e);

#endif /* XL_MEMGUARD_METRICS_H */
