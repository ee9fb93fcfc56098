/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What was meant, kept in /var/lib/xlmem/boot until it is taken back:
 *
 *     intent.json   the word, the file, when, for how much memory, how far
 *                   it is
 *     before        the file as it was; none where there was no file
 *     after         the file as it was left
 *     next          as it is being left now: "after" of an apply in progress
 *     grub.cfg      GRUB's configuration before it was made anew
 *
 * Files are compared as a whole.  intent.json is there before anything is
 * changed, and is the first to go: without it the others mean nothing.
 */
#ifndef XL_MEMGUARD_BOOT_INTENT_H
#define XL_MEMGUARD_BOOT_INTENT_H

#include "boot/tree.h"
#include "codec/capture/boot_words.h"

#define BOOT_STATE_DIR "var/lib/xlmem/boot"
#define BOOT_STATE_INTENT BOOT_STATE_DIR "/intent.json"
#define BOOT_STATE_BEFORE BOOT_STATE_DIR "/before"
#define BOOT_STATE_AFTER BOOT_STATE_DIR "/after"
#define BOOT_STATE_NEXT BOOT_STATE_DIR "/next"
#define BOOT_STATE_MENU BOOT_STATE_DIR "/grub.cfg"

typedef enum boot_state {
    BOOT_STATE_NONE,
    BOOT_STATE_APPLYING,
    BOOT_STATE_APPLIED,
    BOOT_STATE_REVERTING,
} boot_state;

typedef struct boot_intent {
    boot_state state;
    char word[XLMEM__BOOT_WORD_MAX];
    char kind[16];
    char file[BOOT_PATH_MAX];
    char old[512];    /* words that stood there before */
    char boot_id[40]; /* of the boot it was written in; "": not known */
    uint64_t when;    /* seconds since 1970 */
    uint64_t ram_kb;  /* the machine's then; 0: not known */
    bool existed;     /* the file was there before */
    bool made_folder; /* its folder was not */
    bool edited;      /* somebody else has changed the file since */
} boot_intent;

/* 0, also where there is none (BOOT_STATE_NONE); XLMEM_ERROR_PARSE and others
 * with a message. */
int boot_intent_read(const boot_tree *tree, boot_intent *intent_r,
                     boot_msg *msg);
int boot_intent_write(const boot_tree *tree, const boot_intent *intent,
                      boot_msg *msg);

/* The text alone, for both. */
char *boot_intent_text(const boot_intent *intent);
bool boot_intent_parse(xlmem__str text, boot_intent *intent_r);

/* All of it gone, the folder too where nothing else is in it. */
int boot_intent_forget(const boot_tree *tree, boot_msg *msg);

/*
 * One at a time.  *fd_r: close it to end that.  XLMEM_ERROR_BUSY and others
 * with a message.  GRUB's generator has it too: should we die while it runs,
 * nobody starts a second one before it has ended.
 */
int boot_intent_lock(const boot_tree *tree, int *fd_r, boot_msg *msg);

const char *boot_state_name(boot_state state);

#endif /* XL_MEMGUARD_BOOT_INTENT_H */
