/* SPDX-License-Identifier: LGPL-2.1-only */
/* What an administrator should look at, as status shows it first. */
#ifndef XL_MEMGUARD_FINDINGS_H
#define XL_MEMGUARD_FINDINGS_H

#include "output/books.h"
#include "commands/guarding.h"

/* More are counted and not shown. */
#define FINDINGS_MAX 40
#define FINDING_MAX 320

typedef struct findings {
    size_t nr;
    char text[FINDINGS_MAX][FINDING_MAX];
} findings;

/* What is looked at. */
typedef struct findings_of {
    const books *books;
    const guarding *guarding;
    const xlmem_policy_report *report;
    bool configured;  /* there is a configuration */
    bool live;        /* ... and none means that there is no guard */
    bool autoballoon; /* xl makes room for creates itself */
} findings_of;

void findings_make(findings *f, const findings_of *of);

/* The verdict, and each of them. */
void findings_put(out *o, const findings *f, const books *b);

#endif /* XL_MEMGUARD_FINDINGS_H */
