/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A value as GRUB's script reads it, once the shell has taken its quotes and
 * backslashes: by quotes, backslashes and variables of its own
 * (script/yylex.l, 2.00 to 2.12).
 */
#ifndef XL_MEMGUARD_BOOT_ODD_GRUB_H
#define XL_MEMGUARD_BOOT_ODD_GRUB_H

#include <stdbool.h>

typedef enum odd_variable {
    ODD_VARIABLE_NONE,
    ODD_VARIABLE_DOLLAR, /* behind a $ */
    ODD_VARIABLE_BRACE,  /* behind ${ */
    ODD_VARIABLE_NAME,   /* behind more */
} odd_variable;

/* Begins as {.blank = true}. */
typedef struct odd_grub {
    char quote;         /* that the next byte is in */
    bool escape, blank; /* behind a backslash; a blank, or nothing */
    odd_variable in;    /* the next byte is */
    bool unsure;        /* what the shell puts into one is not known */
    bool ended, unread; /* the command ends early; no script is read */
} odd_grub;

void odd_grub_take(odd_grub *grub, char c);

/* Bytes that only a shell knows. */
void odd_grub_take_unknown(odd_grub *grub);

/* Of a variable's name, for GRUB as for the shell. */
bool odd_is_letter(char c);

#endif /* XL_MEMGUARD_BOOT_ODD_GRUB_H */
