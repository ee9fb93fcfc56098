/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What of a shell's file is sure to run.  Whoever reads assignments without a
 * shell has to know whether one stands where it may not run (a condition, a
 * loop, a function, a subshell, behind "&&"), and whether something else
 * decides what follows: a file that is read in, eval, return, a here-document.
 */
#ifndef XLMEM_CAPTURE_SHELL_FLOW_H
#define XLMEM_CAPTURE_SHELL_FLOW_H

#include "codec/text.h"

typedef struct xlmem__shell_flow {
    unsigned depth;  /* of if, case, loops, braces */
    unsigned parens; /* of subshells */
    bool joined;     /* the last line ended with && || or | */
} xlmem__shell_flow;

/*
 * Take one statement: a line with those that quotes and backslashes join to
 * it, not empty, neither trailing blanks nor a CR.
 * Returns false where it could set any variable without naming it, or have
 * what follows not read.
 */
bool xlmem__follow_shell(xlmem__shell_flow *flow, xlmem__str code);

/* Whether what stands here may not run, or not in this shell. */
bool xlmem__may_not_run(const xlmem__shell_flow *flow);

/* The name of a variable at the start of *s, which becomes what is behind; of
 * no length: there is none. */
xlmem__str xlmem__take_shell_name(xlmem__str *s);

/* Whether one of @names stands in @line other than as "$NAME" or "${NAME}" and
 * could be given a value there; or as that where a command stands, so that its
 * value would be run. */
bool xlmem__shell_may_set(xlmem__str line, const char *const *names,
                          size_t nr);

#endif /* XLMEM_CAPTURE_SHELL_FLOW_H */
