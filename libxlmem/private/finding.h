/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A finding: one thing that somebody should know of a host, of a command line
 * or of a decision.  Lint's items, the reasons of a verdict, a prediction's
 * warnings, what status shows and what stands in the way of enable are all of
 * this type, and come from one table of rules: docs/design/findings.md.
 */
#ifndef XLMEM_PRIVATE_FINDING_H
#define XLMEM_PRIVATE_FINDING_H

#include "private/host.h"
#include "xlmem/answer.h"

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/* A number that a finding rests on. */
typedef struct xlmem_evidence {
    const char *what; /* "MemAvailable"; static */
    uint64_t value;
    xlmem_unit unit;
    xlmem_source source; /* where it was read; file NULL: computed, or asked
                            of the running Xen */
} xlmem_evidence;

#define XLMEM_EVIDENCE_MAX 6

/* Room for the sentence of a finding and for its remedies, with a NUL each. */
#define XLMEM_FINDING_ROOM 448

/* Room for a path, or for a domain's name and id. */
#define XLMEM_SUBJECT_ROOM 136

/* A value without owned memory; copy it as it is. */
struct xlmem_finding {
    const char *id; /* stable, "no-max" for example; static */
    xlmem_severity severity;
    bool fixable;        /* the command can carry out the remedy */
    uint8_t nr_evidence; /* kept */
    uint8_t nr_remedies; /* kept */
    uint8_t nr_cut;      /* sentences, remedies, pieces of evidence that did
                             not fit; a sentence that is cut ends in "..." */
    uint16_t used;       /* of text */
    const char *risk;    /* of the remedy; static; NULL: none */
    const char *swallowed_by; /* the id of what says more; NULL: nothing */
    uint64_t subject_id;      /* a domain's; 0: none, or dom0 */
    char subject[XLMEM_SUBJECT_ROOM]; /* "dom0", "web3 (id 7)", a file; "" the
                             host, or the line.  A guest's name is in it and
                             in the text as it is: escape them */
    xlmem_evidence evidence[XLMEM_EVIDENCE_MAX];
    char
        text[XLMEM_FINDING_ROOM]; /* a sentence; behind its NUL the remedies */
};

/*
 * xlmem_finding_line: a finding as one line for people: its sentence, and
 * behind a colon what to do.
 * @buf, @len: where to; XLMEM_FINDING_ROOM is enough.
 * Returns @buf.  Since: 0.1
 */
const char *xlmem_finding_line(const xlmem_finding *finding, char *buf,
                               size_t len);

/*
 * xlmem_evidence_text: "MemAvailable: 912092 kB", "load: 28.10".
 * @buf, @len: where to; 96 bytes are enough.
 * Returns @buf.  Since: 0.1
 */
const char *xlmem_evidence_text(const xlmem_evidence *evidence, char *buf,
                                size_t len);

/* xlmem_severity_name: "note", "warning", "error", "critical".  Since: 0.1 */
const char *xlmem_severity_name(xlmem_severity severity);

/*
 * xlmem_finding_is: whether a finding is in a list, by its id.
 * Since: 0.1
 */
bool xlmem_finding_is(const xlmem_finding *list, size_t nr, const char *id);

/* Whose business a rule is; more than one may be. */
typedef enum xlmem_view {
    XLMEM_VIEW_LINT = 1 << 0,    /* of a command line */
    XLMEM_VIEW_PREDICT = 1 << 1, /* of a boot with it; of dom0's size */
    XLMEM_VIEW_ADMIT = 1 << 2,   /* why a create is refused, or waits */
    XLMEM_VIEW_DOM0 = 1 << 3,    /* why dom0 is not moved */
    XLMEM_VIEW_CHECK = 1 << 4,   /* what a verdict leaves open */
    XLMEM_VIEW_STATUS = 1 << 5,  /* what to look at on a host */
    XLMEM_VIEW_ENABLE = 1 << 6,  /* what stands in the way of enforcing;
                                    notes do not */
    XLMEM_VIEW_DOCTOR = 1 << 7,  /* what is wrong with a host's memory; a table
                                    of its own: model/doctor/rules.h */
} xlmem_view;

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#endif /* XLMEM_PRIVATE_FINDING_H */
