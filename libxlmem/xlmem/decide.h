/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Questions about a host.  They neither block, nor log, nor touch the system:
 * the same host gives the same answer, on any machine.  A sum has its terms,
 * each with the source of its number; how they are made and how well they
 * agree with real hosts is in docs/design/admission.md and truth.md.
 *
 * @answer, of each: filled when it returns 0, and where it is said; otherwise
 * as before.
 */
#ifndef XLMEM_API_DECIDE_H
#define XLMEM_API_DECIDE_H

#include <xlmem/answer.h>
#include <xlmem/facts.h>
#include <xlmem/policy.h>
#include <xlmem/request.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

/*
 * xlmem_host_account: do a host's books.
 * @host: what is free and the list of domains must be known.
 * @answer: the figures of the books.
 * Returns 0; XLMEM_ERROR_UNKNOWN.  Linear in the number of domains and
 * reservations.  Since: 0.1
 */
int xlmem_host_account(const xlmem_host *host, const xlmem_policy *policy,
                       xlmem_answer *answer);

/*
 * xlmem_host_need: what a create takes out of Xen's free memory and out of
 * dom0's, as this host's toolstack and Xen do it.  Never less than what is
 * taken, and at most 128 KiB more.
 * @host: its Xen release and paging; where they are not known, or it is NULL,
 *   the dearest.
 * @request: its need is set to that.
 * @answer: the three needs, and their terms; may be NULL.
 * Returns 0; XLMEM_ERROR_UNKNOWN without type or memory; XLMEM_ERROR_INVAL for
 * no vCPU; XLMEM_ERROR_RANGE when it does not fit 64 bits.  Since: 0.1
 */
int xlmem_host_need(const xlmem_host *host, xlmem_request *request,
                    xlmem_answer *answer);

/*
 * xlmem_host_admit: may a domain start?
 * @request: its need; where that is not known, as xlmem_host_need has it.
 * @answer: also for a refusal: the verdict's figures, the reasons as findings,
 *   and the plan's steps.  After plan, with no steps: it waits for what is
 *   coming or for others to be built.
 * Returns 0 (admit, or admit after plan); XLMEM_ERROR_NO_HEADROOM (not now:
 * Xen's side or dom0's is short, whatever others give, or what they would have
 * to give where the request says XLMEM_REQUEST_NO_PLAN);
 * XLMEM_ERROR_INFEASIBLE (never: it would not fit were all other domUs gone
 * and dom0 at its floor); XLMEM_ERROR_UNKNOWN; the errors of xlmem_host_need.
 * Since: 0.1
 */
int xlmem_host_admit(const xlmem_host *host, const xlmem_policy *policy,
                     const xlmem_request *request, xlmem_answer *answer);

/*
 * xlmem_host_advise: what would make a domain start that is refused, or that
 * waits for others: the fewest domUs, and of these the least.  Each cure was
 * tried on the host.
 * @request: as for xlmem_host_admit.
 * @answer: the advice as findings, best first, each a sentence with its
 *   commands as the remedy; none where nothing helps.
 * Returns 0; XLMEM_ERROR_UNKNOWN; XLMEM_ERROR_NOMEM; the errors of
 * xlmem_host_need.  Some decisions for each domain.  Since: 0.1
 */
int xlmem_host_advise(const xlmem_host *host, const xlmem_policy *policy,
                      const xlmem_request *request, xlmem_answer *answer);

/*
 * xlmem_host_size: compute dom0_mem=X,max:Y for a host.
 * @host: its memory must be known.
 * @request: what dom0 is sized for; known quantities win over what the host
 *   shows; may be NULL.
 * @answer: the figures of its size, of a boot with it, and the terms of X;
 *   also for XLMEM_ERROR_INFEASIBLE, so that a refusal can show its numbers.
 * Returns 0; XLMEM_ERROR_UNKNOWN when the host's memory is not known;
 * XLMEM_ERROR_UNSUPPORTED on Arm, which is not modelled;
 * XLMEM_ERROR_INFEASIBLE when nothing sensible fits; XLMEM_ERROR_RANGE when
 * the request overflows.  Since: 0.1
 */
int xlmem_host_size(const xlmem_host *host, const xlmem_request *request,
                    xlmem_answer *answer);

/*
 * xlmem_host_predict: what a dom0_mem= line would yield on this host.
 * @host: its map or total must be known; its present boot calibrates.
 * @line: Xen's command line or "dom0_mem=..." alone ("" = no dom0_mem).
 *   Other options that matter (dom0=pvh, crashkernel=, dom0_max_vcpus=,
 *   iommu=) are taken from it, and where it is "dom0_mem=" alone, from the
 *   line the host was booted with.
 * @answer: the figures of a boot, and warnings as findings.
 * Returns 0; XLMEM_ERROR_PARSE when Xen would reject the value as a whole;
 * XLMEM_ERROR_UNKNOWN when the host's memory is not known;
 * XLMEM_ERROR_UNSUPPORTED on Arm, which is not modelled;
 * XLMEM_ERROR_INFEASIBLE when dom0 could not boot with it.  Since: 0.1
 */
int xlmem_host_predict(const xlmem_host *host, const char *line,
                       xlmem_answer *answer);

/*
 * xlmem_host_lint: what is wrong with the memory options of a Xen command
 * line.
 * @host: for what depends on the machine's size; may be NULL.
 * @line: Xen's whole command line, or "dom0_mem=..." alone, or a value as
 *   bare as "2G,max:2G" (no option of Xen begins with a digit, "-", "min:" or
 *   "max:").
 * @answer: XLMEM_FIGURE_OK and findings.
 * Returns 0 whatever is found; XLMEM_ERROR_INVAL without a line.  Since: 0.1
 */
int xlmem_host_lint(const xlmem_host *host, const char *line,
                    xlmem_answer *answer);

/*
 * xlmem_host_judge: what an administrator should look at on a host: of its
 * domains and of its books.  Of how it is guarded nothing is said.
 * @host: what is not known of it, nothing is found of.
 * @answer: findings, most severe first.
 * Returns 0 whatever is found.  Linear in the number of domains.  Since: 0.1
 */
int xlmem_host_judge(const xlmem_host *host, const xlmem_policy *policy,
                     xlmem_answer *answer);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif /* XLMEM_API_DECIDE_H */
