/* SPDX-License-Identifier: LGPL-2.1-only */
/* What became of a remedy. */
#ifndef XL_MEMGUARD_TREATMENT_H
#define XL_MEMGUARD_TREATMENT_H

#include "output/out.h"
#include "private/remedy.h"

typedef enum treatment_result {
    TREATMENT_WOULD,     /* -N: it would be carried out */
    TREATMENT_REFUSED,   /* not tried */
    TREATMENT_FAILED,    /* could not be carried out */
    TREATMENT_NO_BETTER, /* carried out, and nothing to be seen of it */
    TREATMENT_BETTER,    /* and the finding is still there */
    TREATMENT_CURED,
    NR_TREATMENT_RESULTS
} treatment_result;

typedef struct treatment {
    xlmem_remedy remedy;
    treatment_result result;
    bool after_known;
    uint64_t after;
    int rc;                      /* of carrying it out */
    char why[XLMEM_REMEDY_ROOM]; /* not, or not wholly; "": nothing to say */
} treatment;

/* What a remedy is for, the gravest first; NULL: it is not found. */
const xlmem_finding *treatment_finding(const xlmem_findings *found,
                                       const xlmem_remedy *remedy);

/* "cured", in a word of every format. */
const char *treatment_word(treatment_result result);

/* @list, @nr: in the order in which they were carried out. */
void treatment_put(out *o, const treatment *list, size_t nr, bool dry);

/* The exit status for what is found after: @status, unless one is worse. */
int treatment_status(const treatment *list, size_t nr, int status);

/* Carried out, and neither it nor another remedy for the same made it any
 * better. */
#define EXIT_NO_BETTER 64

#endif /* XL_MEMGUARD_TREATMENT_H */
