/* SPDX-License-Identifier: LGPL-2.1-only */
/* Whether a host runs with the size that it was told to have, and if not, why:
 * five answers, decided by values alone. */
#ifndef XL_MEMGUARD_BOOT_VERIFY_H
#define XL_MEMGUARD_BOOT_VERIFY_H

#include "boot/entries.h"
#include "boot/intent.h"

typedef enum boot_answer {
    BOOT_AS_INTENDED,
    BOOT_NO_REBOOT,  /* the host has not been booted since */
    BOOT_NOT_XEN,    /* it has, and runs without Xen */
    BOOT_OTHER_LINE, /* with Xen, and Xen got another line */
    BOOT_OTHER_SIZE, /* Xen got the word, and dom0 has another size */
    BOOT_NO_INTENT,  /* nothing was applied */
    BOOT_UNKNOWN,    /* the host does not tell */
} boot_answer;

/* What is known of the host as it runs. */
typedef struct boot_facts {
    bool xen; /* there is one */
    bool xen_known;
    const char *xen_line;  /* as Xen shows it; NULL: not known */
    const char *boot_id;   /* "": not known */
    uint64_t size_kb;      /* that the word asks for; 0: not a fixed one */
    uint64_t dom0_kb;      /* what dom0 has; 0: not known */
    uint64_t predicted_kb; /* what Xen makes of the word here; 0: not known */
    uint64_t ram_kb;       /* the machine's; 0: not known */
    const boot_entries *menu;  /* NULL: none, or not GRUB */
    const char *default_entry; /* GRUB_DEFAULT or the saved one; NULL */
} boot_facts;

typedef struct boot_check {
    boot_answer answer;
    char reason[640]; /* a sentence or two; "" where it is as intended */
} boot_check;

/* Xen keeps 1024 bytes of its line with the NUL (xen_commandline_t,
 * public/version.h): a longer one is cut, and Xen does not say so. */
#define BOOT_XEN_LINE_MAX 1023

void boot_verify(const boot_intent *intent, const boot_facts *facts,
                 boot_check *check_r);

/* "as-intended", "no-reboot", "not-xen", "other-line", "other-size",
 * "no-intent", "unknown". */
const char *boot_answer_name(boot_answer answer);

/* The size and the maximum that a word asks for in kB; 0: relative, or
 * none. */
uint64_t boot_word_kb(const char *word);

#endif /* XL_MEMGUARD_BOOT_VERIFY_H */
