/* SPDX-License-Identifier: LGPL-2.1-only */
/* How findings are reported, whoever has them: lint, verdicts, predictions,
 * status, enable. */
#ifndef XL_MEMGUARD_FINDING_H
#define XL_MEMGUARD_FINDING_H

#include "output/out.h"
#include "private/all.h"

/* Some of them. */
typedef struct finding_list {
    const xlmem_finding *list;
    size_t nr;      /* there are */
    size_t nr_lost; /* were more than are kept */
} finding_list;

/* Of a list of rows: what people see. */
typedef struct finding_columns {
    const char *severity, *code, *text; /* the heads; NULL: not shown */
    bool has_of; /* the line that it is of comes first */
} finding_columns;

extern const finding_columns finding_of_line;   /* lint's */
extern const finding_columns finding_of_answer; /* reasons */

/* One row of a list; @of: of which line; @of_head: the head of that. */
void finding_put_row(out *o, const xlmem_finding *finding,
                     const finding_columns *columns, const char *of,
                     const char *of_head);

/* A list of rows; @title NULL: for programs only. */
void finding_put_rows(out *o, const char *key, const char *title,
                      const finding_list *findings,
                      const finding_columns *columns);

/*
 * A list of sentences, with what to do, and behind it for programs the list
 * "details" of the same findings whole.  What another finding says better,
 * people are not told, and programs only there.
 * @least: those that are as severe at least.
 */
void finding_put_lines(out *o, const char *key, const char *title,
                       const finding_list *findings, xlmem_severity least);

/* A list of them whole, for programs. */
void finding_put_whole(out *o, const char *key, const finding_list *findings);

/* How many of a list are not shown, for programs as "KEY_lost". */
void finding_put_lost(out *o, const char *key, size_t nr_lost);

/* Rules that could not be applied, and the files they lack; for programs. */
void finding_put_unjudged(out *o, const xlmem_findings *findings);

#endif /* XL_MEMGUARD_FINDING_H */
