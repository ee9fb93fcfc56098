/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The smallest PV guest: it spins politely.  The notes are what Xen's domain
 * builder asks of a kernel (xen/include/public/elfnote.h).
 */
    .macro note type:req, value:vararg
    .pushsection .note.Xen, "a", @note
    .balign 4
    .long 4, 3f - 2f, \type
    .asciz "Xen"
2:  \value
3:  .balign 4
    .popsection
    .endm

    .text
    .globl _start
_start:
    pause
    jmp _start

    note 1, .quad _start                /* ENTRY */
    note 3, .quad 0xffffffff80000000    /* VIRT_BASE */
    note 4, .quad 0xffffffff80000000    /* PADDR_OFFSET */
    note 5, .asciz "xen-3.0"            /* XEN_VERSION */
    note 7, .asciz "1"                  /* GUEST_VERSION */
    note 8, .asciz "generic"            /* LOADER */
