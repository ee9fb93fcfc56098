/* SPDX-License-Identifier: LGPL-2.1-only */
/* The answer of the look after the last boot, as it is kept until the next:
 * /run/xlmem/boot.json, written by "grub verify --record". */
#ifndef XL_MEMGUARD_BOOT_RECORD_H
#define XL_MEMGUARD_BOOT_RECORD_H

#include "boot/tree.h"

#define BOOT_RECORD_DIR "run/xlmem"
#define BOOT_RECORD BOOT_RECORD_DIR "/boot.json"

typedef struct boot_record {
    char answer[16]; /* a boot_answer_name */
    char reason[640];
    bool matches; /* it is as intended */
} boot_record;

/* false: there is none, or it is no such file. */
bool boot_record_read(const boot_tree *tree, boot_record *record_r);
bool boot_record_parse(xlmem__str text, boot_record *record_r);

#endif /* XL_MEMGUARD_BOOT_RECORD_H */
