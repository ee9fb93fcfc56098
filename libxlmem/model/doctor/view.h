/* SPDX-License-Identifier: LGPL-2.1-only */
/* The doctor, for whoever asks it. */
#ifndef XLMEM_MODEL_DOCTOR_VIEW_H
#define XLMEM_MODEL_DOCTOR_VIEW_H

#include "private/all.h"
#include "private/remedy.h"

/* What xlmem_judge is for its table: the doctor's view. */
void xlmem__doctor(const xlmem_scene *scene, xlmem_findings *findings_r);

/* The id of its nth rule; NULL behind the last. */
const char *xlmem__doctor_id_at(size_t n);

/* What xlmem_remedies_plan and its kin are: model/doctor/remedy.h. */
void xlmem__remedies_plan(const xlmem_scene *scene,
                          const xlmem_findings *findings,
                          const xlmem_remedy_scope *scope,
                          xlmem_remedies *remedies_r);
bool xlmem__remedy_measure(const xlmem_scene *scene,
                           const xlmem_remedy *remedy, uint64_t *value_r);
/* The id of the nth finding that has one, each once; NULL behind the last. */
const char *xlmem__remedy_id_at(size_t n);

/* As xlmem_attend_look and _done: model/doctor/attend.c. */
xlmem_remedy_kind xlmem__attend_look(xlmem_attend *attend,
                                     const xlmem_findings *findings,
                                     int64_t now_ms);
void xlmem__attend_done(xlmem_attend *attend, xlmem_remedy_kind kind,
                        xlmem_attend_result result);

/* As xlmem_fragmentation_of. */
void xlmem__fragmentation(const xlmem_vitals *vitals, unsigned order,
                          xlmem_fragmentation *worst_r);

/* Whether pagetypeinfo matters, by what was read before it: what cannot be
 * moved does where pieces are too small. */
bool xlmem__needs_types(const xlmem_vitals *numbers);

#endif /* XLMEM_MODEL_DOCTOR_VIEW_H */
