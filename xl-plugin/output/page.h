/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A page for a browser: one file that needs no other, no script and no
 * network, in light, in dark and on paper.
 *
 * Whoever writes to it writes tags as they are, and every text that is not
 * his own with page_text: a guest's name, a process' or a log line may hold
 * anything.  A page forbids itself scripts and whatever is outside of it
 * (Content-Security-Policy), should one be missed.
 *
 * Errors of the stream stay with the stream: its owner looks.
 */
#ifndef XL_MEMGUARD_PAGE_H
#define XL_MEMGUARD_PAGE_H

#include <stdio.h>

/* The look of it: page_style.c. */
extern const char page_style[];

/* Everything before and behind what is on it. */
void page_begin(FILE *file, const char *title);
void page_end(FILE *file);

/* Any text, between tags and between quotes of an attribute. */
void page_text(FILE *file, const char *text);

/* <TAG class="CLASS">TEXT</TAG>; @class NULL: none. */
void page_element(FILE *file, const char *tag, const char *class,
                  const char *text);

/* <h2>; sections stand below each other. */
void page_section(FILE *file, const char *class, const char *head);
void page_section_end(FILE *file);

/* Cells of a table of two columns: what, and how much of it. */
void page_fact(FILE *file, const char *what, const char *value);

#endif /* XL_MEMGUARD_PAGE_H */
