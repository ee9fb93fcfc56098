/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Questions of the public header, put to those who decide.  A decision that
 * leaves what it was given as it was when it fails is made in the answer.
 */
#include <stdlib.h>

#include "api/answer_parts.h"
#include "api/request_parts.h"
#include "model/advice.h"
#include "xlmem/decide.h"

/* A host of which nothing is known. */
static const xlmem_host nothing;

int xlmem_host_account(const xlmem_host *host, const xlmem_policy *policy,
                       xlmem_answer *answer)
{
    xlmem_account account;
    int rc = xlmem_account_of(host, policy, &account);

    if (rc)
        return rc;
    answer->kind = XLMEM__ANSWER_ACCOUNT;
    answer->is.account = account;
    return 0;
}

int xlmem_host_need(const xlmem_host *host, xlmem_request *request,
                    xlmem_answer *answer)
{
    xlmem_need need;
    int rc =
        xlmem_need_of(host ? host : &nothing, &request->domu.request, &need);

    if (rc)
        return rc;
    XLMEM_SET(&request->guard, need_kb, need.need_kb);
    XLMEM_SET(&request->guard, dom0_need_kb, need.dom0_need_kb);
    XLMEM_SET(&request->guard, dom0_build_kb, need.dom0_build_kb);
    if (!answer)
        return 0;
    answer->kind = XLMEM__ANSWER_NEED;
    answer->is.need = need;
    return 0;
}

int xlmem_host_admit(const xlmem_host *host, const xlmem_policy *policy,
                     const xlmem_request *request, xlmem_answer *answer)
{
    uint64_t need_kb, dom0_need_kb;
    xlmem_verdict *verdict = &answer->is.verdict;
    int rc = xlmem__request_need(host, request, &need_kb, &dom0_need_kb);

    if (!rc)
        rc = xlmem_admit(host, policy, need_kb, dom0_need_kb, verdict);
    if (!rc && request->guard.no_plan)
        rc = xlmem_refuse_plan(verdict);
    if (!rc || xlmem_is_refusal(rc))
        xlmem__answer_verdict(answer, xlmem__guard_request_of(request).name);
    return rc;
}

int xlmem_host_advise(const xlmem_host *host, const xlmem_policy *policy,
                      const xlmem_request *request, xlmem_answer *answer)
{
    const xlmem_need_request *domain = &request->domu.request;
    xlmem_question question = {.like = domain->type ? domain : NULL,
                               .no_plan = request->guard.no_plan};
    xlmem_advice *advice;
    int rc = xlmem__request_need(host, request, &question.need_kb,
                                 &question.dom0_need_kb);

    if (rc)
        return rc;
    advice = malloc(sizeof(*advice));
    rc = advice ? xlmem_advise(host, policy, &question, advice)
                : XLMEM_ERROR_NOMEM;
    if (!rc) {
        answer->kind = XLMEM__ANSWER_FINDINGS;
        xlmem__advice_findings(advice, host, &answer->is.findings);
    }
    free(advice);
    return rc;
}

int xlmem_host_size(const xlmem_host *host, const xlmem_request *request,
                    xlmem_answer *answer)
{
    /* What fails may have begun to fill it. */
    xlmem_recommendation *size = malloc(sizeof(*size));
    int rc = XLMEM_ERROR_NOMEM;

    if (size)
        rc = xlmem_size(host, request ? &request->size : NULL, size);
    if (!rc || rc == XLMEM_ERROR_INFEASIBLE) {
        answer->kind = XLMEM__ANSWER_SIZE;
        answer->is.size = *size;
    }
    free(size);
    return rc;
}

int xlmem_host_predict(const xlmem_host *host, const char *line,
                       xlmem_answer *answer)
{
    int rc = xlmem_predict(host, line, &answer->is.prediction);

    if (!rc)
        answer->kind = XLMEM__ANSWER_PREDICTION;
    return rc;
}

int xlmem_host_lint(const xlmem_host *host, const char *line,
                    xlmem_answer *answer)
{
    int rc = xlmem_lint(host, line, &answer->is.lint);

    if (!rc)
        answer->kind = XLMEM__ANSWER_LINT;
    return rc;
}

int xlmem_host_judge(const xlmem_host *host, const xlmem_policy *policy,
                     xlmem_answer *answer)
{
    xlmem_account account;
    xlmem_scene scene = {.host = host, .policy = policy};
    int rc = xlmem_account_of(host, policy, &account);

    if (rc && rc != XLMEM_ERROR_UNKNOWN)
        return rc;
    if (!rc)
        scene.account = &account;
    answer->kind = XLMEM__ANSWER_FINDINGS;
    xlmem_judge(&scene, XLMEM_VIEW_STATUS, &answer->is.findings);
    return 0;
}
