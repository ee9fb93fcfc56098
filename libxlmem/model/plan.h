/* SPDX-License-Identifier: LGPL-2.1-only */
/* Plans: who makes them, admission or a move of dom0, adds step by step. */
#ifndef XLMEM_MODEL_PLAN_H
#define XLMEM_MODEL_PLAN_H

#include <stdbool.h>

#include "private/all.h"

/* Whether it has a balloon give. */
bool xlmem__step_shrinks(const xlmem_step *step);

/* How much; 0 of any other step. */
uint64_t xlmem__step_gives_kb(const xlmem_step *step);

/* Whether what it took is owed: the guard's are, when their hold has ended. */
bool xlmem__step_is_owed(const xlmem_step *step);

/* Whether it says that its domain is being saved or migrated, for as long as
 * who wrote it lives. */
bool xlmem__step_is_leaving(const xlmem_step *step);

/* Whether a target that it set leaves what is owed of the domain owed: that of
 * an administrator does not, it is the domain's size now. */
bool xlmem__step_is_witness(const xlmem_step *step);

/*
 * Add a step: one that shrinks after the last that does, any other at the end.
 * Returns whether there was room.
 */
bool xlmem__plan_add(xlmem_plan *plan, const xlmem_step *step);

/* How many of its steps shrink: they come first. */
size_t xlmem__plan_nr_shrinking(const xlmem_plan *plan);

#endif /* XLMEM_MODEL_PLAN_H */
