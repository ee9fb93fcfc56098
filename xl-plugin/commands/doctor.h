/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the doctor's command and its remedies share. */
#ifndef XL_MEMGUARD_DOCTOR_H
#define XL_MEMGUARD_DOCTOR_H

#include "cmd.h"
#include "output/treatment.h"

/* One reading of a host. */
typedef struct doctor_look {
    xlmem_host host;
    xlmem_vitals vitals;
    xlmem_scene scene;
} doctor_look;

/* Everything of one call. */
typedef struct doctor_call {
    const cmd_run *run;
    xlmem_policy policy;
    bool configured;
    xlmem_policy_report report;
    doctor_look now, before;
    xlmem_findings found; /* by now, and before where there was a reading */
} doctor_call;

/* Read the host once more, in place of what was read, and judge it. */
int doctor_look_again(doctor_call *call, xlmem_ctx *ctx);

/* The exit status for what was found. */
int doctor_status(const xlmem_findings *found);

/* What became of a remedy that was carried out (@treatment->rc), by what is
 * found now and what it is judged by. */
void doctor_measure(const doctor_call *call, xlmem_ctx *ctx,
                    treatment *treatment);

/* Whether what --fix is asked for may be asked for, before anything is opened:
 * EXIT_DONE, or a message was printed. */
int doctor_fix_check(const cmd_run *run);

/*
 * Carry out what remedies the findings have (-N: say which), and report that
 * and what is found then.  Returns the exit status.
 */
int doctor_fix(doctor_call *call, xlmem_ctx *ctx);

#endif /* XL_MEMGUARD_DOCTOR_H */
