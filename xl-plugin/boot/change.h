/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Apply and revert.  Each is a row of steps of which every one leaves a host
 * that boots the old line or the new one, and after which, should it be the
 * last, the next apply or revert finishes:
 *
 *     the intention, the file as it was and as it will be   nothing is changed
 *     the file                             the next grub.cfg would be the new
 *     the generator, and the judgement of its entries
 *     the intention: applied
 *
 * What the entries do not bear out is put back, and grub.cfg made again.
 */
#ifndef XL_MEMGUARD_BOOT_CHANGE_H
#define XL_MEMGUARD_BOOT_CHANGE_H

#include "boot/generate.h"
#include "boot/inline.h"
#include "boot/intent.h"

typedef struct boot_order {
    const boot_tree *tree;
    const boot_host *host;
    const char *word;    /* apply's */
    bool dry;            /* say what would be done */
    bool generate;       /* run GRUB's generator, where it has a part */
    const char *boot_id; /* of this boot; "": not known */
    uint64_t when, ram_kb;
} boot_order;

/* A file as it is and as it is to be. */
typedef struct boot_texts {
    xlmem__str now, then; /* malloc'd; p NULL: there is none */
} boot_texts;

typedef struct boot_result {
    bool changed;     /* the file; of a dry run: it would be */
    bool generated;   /* grub.cfg was made anew */
    bool rolled_back; /* and did not have what it should: all is as before */
    bool edited;      /* somebody else has changed the file since apply */
    bool none;        /* revert: there was nothing to take back */
    boot_host host;   /* as it was applied: a revert goes by that */
    boot_texts file;
    boot_entries before, after; /* GRUB's, where there are */
    bool menu_before, menu_after;
    boot_edit edit;   /* what it found: old words, dead lines */
    char old[512];    /* words that stood there before the first apply */
    char stands[512]; /* revert: dom0_mem= of others that stays there */
    boot_msg msg;     /* why it failed */
} boot_result;

/* 0 or an XLMEM_ERROR_*, with a message; @result_r filled in any case. */
int boot_apply(const boot_order *order, boot_result *result_r);
int boot_revert(const boot_order *order, boot_result *result_r);
void boot_result_dispose(boot_result *result);

#endif /* XL_MEMGUARD_BOOT_CHANGE_H */
