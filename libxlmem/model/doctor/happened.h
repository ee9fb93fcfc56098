/* SPDX-License-Identifier: LGPL-2.1-only */
/* What logs say has happened: what its rules share (logs.c, kills.c). */
#ifndef XLMEM_MODEL_DOCTOR_HAPPENED_H
#define XLMEM_MODEL_DOCTOR_HAPPENED_H

#include <string.h>

#include "model/doctor/doctor.h"

/* A finding of an event, as severe as its age leaves it. */
xlmem_finding *xlmem__find_event(xlmem__sink sink, xlmem__doctor_id id,
                                 xlmem_severity severity,
                                 const xlmem_log_event *e);

/* "once, at least 5 h ago", "3 times before the last boot (4 more not
 * printed)". */
typedef struct xlmem__often {
    char text[112];
} xlmem__often;

xlmem__often xlmem__how_often(const xlmem_log_event *e);

/* It begins with one of @names, the last of which is NULL. */
bool xlmem__names_any(const char *comm, const char *const *names);

static inline bool xlmem__has_order(const xlmem_log_event *e)
{
    return XLMEM_KNOWS(e, order);
}

/* Names in logs are others'. */
static inline xlmem__quoted xlmem__quote_name(const char *text)
{
    return xlmem__quote((xlmem__str){text, strlen(text)});
}

#endif /* XLMEM_MODEL_DOCTOR_HAPPENED_H */
