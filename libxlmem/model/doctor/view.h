/* SPDX-License-Identifier: LGPL-2.1-only */
/* The doctor, for whoever asks it. */
#ifndef XLMEM_MODEL_DOCTOR_VIEW_H
#define XLMEM_MODEL_DOCTOR_VIEW_H

#include "private/all.h"

/* What xlmem_judge is for its table: the doctor's view. */
void xlmem__doctor(const xlmem_scene *scene, xlmem_findings *findings_r);

/* The id of its nth rule; NULL behind the last. */
const char *xlmem__doctor_id_at(size_t n);

#endif /* XLMEM_MODEL_DOCTOR_VIEW_H */
