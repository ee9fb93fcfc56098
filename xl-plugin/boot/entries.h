/* SPDX-License-Identifier: LGPL-2.1-only */
/* What GRUB would boot: the menu entries of a grub.cfg that load Xen. */
#ifndef XL_MEMGUARD_BOOT_ENTRIES_H
#define XL_MEMGUARD_BOOT_ENTRIES_H

#include "codec/capture/boot_words.h"

typedef struct boot_entry {
    char *title; /* as GRUB shows it, behind its menus: "a>b" */
    char *id; /* likewise, by $menuentry_id_option; "" where there is none */
    char *number;  /* likewise, by its place: "1>0" */
    char *args;    /* what Xen gets, with one blank between words */
    char *xen;     /* the file that is loaded */
    size_t line;   /* of the command that loads it; 1 = first */
    char *script;  /* of /etc/grub.d that wrote it; "": nothing says so */
    bool made;     /* by 20_linux_xen, of GRUB_CMDLINE_XEN* */
    bool recovery; /* the entry without GRUB_CMDLINE_XEN_DEFAULT */
} boot_entry;

typedef struct boot_entries {
    size_t nr;
    boot_entry *list;
    size_t nr_other; /* entries that load no Xen */
    char *wanted;    /* the last "set default="; NULL: there is none */
} boot_entries;

/* 0, XLMEM_ERROR_NOMEM; nothing in it is malformed enough to fail. */
int boot_entries_of(xlmem__str text, boot_entries *entries_r);
void boot_entries_dispose(boot_entries *entries);

/* What is wrong with the entries. */
typedef enum boot_flaw {
    BOOT_FLAW_NONE,
    BOOT_FLAW_NO_ENTRY, /* none loads Xen, recovery apart */
    BOOT_FLAW_WORD,     /* one has not the word, or not it alone */
} boot_flaw;

/* @word: "": no entry may have any. @entry_r: whose; may be NULL. */
boot_flaw boot_judge_entries(const boot_entries *entries, const char *word,
                             const boot_entry **entry_r);

/*
 * The entry that is booted where nobody chooses: @wanted is GRUB_DEFAULT's
 * value in grub.cfg, a number or a title or an id, with ">" between those of
 * menus.  NULL: none of those that load Xen.
 */
const boot_entry *boot_find_entry(const boot_entries *entries,
                                  const char *wanted);

/* The dom0_mem= words that Xen reads of a line, a blank between them:
 * malloc'd, NULL without memory. */
char *boot_dom0_mem_of(const char *args);

#endif /* XL_MEMGUARD_BOOT_ENTRIES_H */
