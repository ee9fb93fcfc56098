/* SPDX-License-Identifier: LGPL-2.1-only */
/* The smallest PVH guest: it sleeps.  One note: where to enter, 32 bits. */
    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 4, 18                      /* PHYS32_ENTRY */
    .asciz "Xen"
    .long _start

    .text
    .globl _start
_start:
    sti
    hlt
    jmp _start
