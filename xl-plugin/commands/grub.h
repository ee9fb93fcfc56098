/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard grub: what its actions share with their reports. */
#ifndef XL_MEMGUARD_GRUB_H
#define XL_MEMGUARD_GRUB_H

#include "boot/change.h"
#include "boot/diff.h"
#include "boot/sources.h"
#include "boot/verify.h"
#include "cmd.h"

/* One invocation. */
typedef struct grub_run {
    const cmd_run *run;
    boot_tree tree;
    boot_host host;
    boot_intent intent;
    char word[XLMEM__BOOT_WORD_MAX]; /* apply's */
    char boot_id[40];
    xlmem_host facts;
    bool has_facts;
    xlmem_lint_report lint; /* of the word */
} grub_run;

/* grub_facts.c */
bool grub_has_xen(const grub_run *g);
void grub_read_boot_id(grub_run *g);
bool grub_may_have_facts(const grub_run *g);
int grub_read_facts(grub_run *g); /* 0 or an XLMEM_ERROR_*, with a message */

/* The word that is asked for, or computed; whether it does here.  Each returns
 * the exit status; a message was printed. */
int grub_take_word(grub_run *g);
int grub_judge_word(grub_run *g);

/* Each returns the exit status. */
int grub_report_show(const grub_run *g, const boot_entries *menu,
                     const char *words);
int grub_report_apply(const grub_run *g, const boot_result *result);
int grub_report_revert(const grub_run *g, const boot_result *result);
int grub_report_verify(const grub_run *g, const boot_check *check);

/* Nothing is written on such a host: what to write, and where. */
int grub_report_foreign(const grub_run *g, const boot_foreign *foreign);

#endif /* XL_MEMGUARD_GRUB_H */
