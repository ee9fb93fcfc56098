/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The smallest PV guest: it spins politely.  The notes are what Xen's domain
 * builder asks of a kernel (xen/include/public/elfnote.h).  A 64-bit PV
 * guest's hypercall is a syscall with its number in rax (hypercall-x86_64.h).
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
#ifdef SHUTDOWN_TICKS
    call ticks
    movabs $SHUTDOWN_TICKS, %rbx
    add %rax, %rbx
1:  pause
    call ticks
    cmp %rbx, %rax
    jb 1b
    mov $29, %eax                       /* sched_op */
    mov $2, %edi                        /* SCHEDOP_shutdown */
    lea reason(%rip), %rsi
    syscall
#endif
2:  pause
    jmp 2b

#ifdef SHUTDOWN_TICKS
ticks:
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    ret

reason:
    .long SHUTDOWN_REASON
#endif

    note 1, .quad _start                /* ENTRY */
    note 3, .quad 0xffffffff80000000    /* VIRT_BASE */
    note 4, .quad 0xffffffff80000000    /* PADDR_OFFSET */
    note 5, .asciz "xen-3.0"            /* XEN_VERSION */
    note 7, .asciz "1"                  /* GUEST_VERSION */
    note 8, .asciz "generic"            /* LOADER */
