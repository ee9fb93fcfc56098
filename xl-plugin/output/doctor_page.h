/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the doctor found, as a page that an administrator attaches to a
 * ticket: the verdict, what it rests on, and pictures of the memory. */
#ifndef XL_MEMGUARD_DOCTOR_PAGE_H
#define XL_MEMGUARD_DOCTOR_PAGE_H

#include <stdio.h>

#include "private/all.h"

typedef struct doctor_page {
    const xlmem_scene *scene; /* with host and vitals */
    const xlmem_findings *found;
    const char *written; /* the moment; NULL: it is a recorded host */
} doctor_page;

/*
 * doctor_page_write: all of it.
 * Returns 0, XLMEM_ERROR_NOMEM; errors of @file are the caller's to find.
 */
int doctor_page_write(const doctor_page *page, FILE *file);

/* Its pictures (doctor_pictures.c): nothing of what is not known.  The first
 * returns as doctor_page_write. */
int doctor_page_map(const xlmem_host *host, FILE *file);
void doctor_page_domains(const xlmem_host *host, FILE *file);
void doctor_page_zones(const xlmem_vitals *vitals, FILE *file);
void doctor_page_memory(const xlmem_vitals *vitals, FILE *file);

#endif /* XL_MEMGUARD_DOCTOR_PAGE_H */
