/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A program of somebody else's, built against the header of one day and run
 * with the library of another: it prints what it gets of a recorded host.
 *
 * usage: client CAPTURE
 */
#include <inttypes.h>
#include <stdio.h>
#include <xlmem.h>

static const struct {
    const char *name;
    xlmem_host_fact fact;
} facts[] = {
    {"total", XLMEM_HOST_TOTAL_KB},
    {"ram", XLMEM_HOST_RAM_KB},
    {"mem_total", XLMEM_HOST_DOM0_MEM_TOTAL_KB},
    {"mem_available", XLMEM_HOST_DOM0_MEM_AVAILABLE_KB},
    {"slab", XLMEM_HOST_DOM0_SLAB_KB},
    {"committed", XLMEM_HOST_DOM0_COMMITTED_KB},
    {"target", XLMEM_HOST_DOM0_TARGET_KB},
    {"linux_major", XLMEM_HOST_DOM0_LINUX_MAJOR},
    {"nr_cpus", XLMEM_HOST_DOM0_NR_CPUS},
    {"load1", XLMEM_HOST_DOM0_LOAD1_BP},
#ifdef WITH_HUGETLB
    {"hugetlb", XLMEM_HOST_DOM0_HUGETLB_KB},
#endif
};

static void show(const char *name, bool known, const uint64_t *value)
{
    if (known)
        printf("%s %" PRIu64 "\n", name, *value);
    else
        printf("%s unknown\n", name);
}

static void show_host(const xlmem_host *host)
{
    const xlmem_dom *dom;
    uint64_t value = 0;
    size_t n;

    for (n = 0; n < sizeof(facts) / sizeof(facts[0]); n++)
        show(facts[n].name, xlmem_host_get(host, facts[n].fact, &value),
             &value);
    for (n = 0; (dom = xlmem_host_dom(host, n)); n++) {
        show("domain", xlmem_dom_get(dom, XLMEM_DOMAIN_ID, &value), &value);
        show("tot", xlmem_dom_get(dom, XLMEM_DOMAIN_TOT_KB, &value), &value);
        show("maxmem", xlmem_dom_get(dom, XLMEM_DOMAIN_MAXMEM_KB, &value),
             &value);
    }
}

/* A domain of 1 GiB. */
static int ask(const xlmem_host *host, const xlmem_policy *policy,
               xlmem_request *request, xlmem_answer *answer)
{
    const xlmem_finding *finding;
    uint64_t value = 0;
    size_t n;
    int rc;

    xlmem_request_set(request, XLMEM_REQUEST_TYPE, XLMEM_DOM_PVH);
    xlmem_request_set(request, XLMEM_REQUEST_VCPUS, 2);
    xlmem_request_set(request, XLMEM_REQUEST_MEMORY_KB, 1 << 20);
    rc = xlmem_host_admit(host, policy, request, answer);
    printf("admit %d: %s\n", rc, xlmem_answer_text(answer));
    show("need", xlmem_answer_get(answer, XLMEM_FIGURE_NEED_KB, &value),
         &value);
    for (n = 0; (finding = xlmem_answer_finding(answer, n)); n++)
        printf("finding %s\n",
               xlmem_finding_text(finding, XLMEM_FINDING_SENTENCE));
    rc = xlmem_host_size(host, NULL, answer);
    if (!rc)
        printf("size %s\n", xlmem_answer_text(answer));
    return rc;
}

int main(int argc, char **argv)
{
    xlmem_ctx *ctx = NULL;
    xlmem_host *host = NULL;
    xlmem_policy *policy = NULL;
    xlmem_request *request = NULL;
    xlmem_answer *answer = NULL;
    int rc = xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL);

    if (!rc)
        rc = xlmem_ctx_open_capture(ctx, argc > 1 ? argv[1] : "");
    if (!rc)
        rc = xlmem_host_read(ctx, &host);
    if (!rc)
        rc = xlmem_policy_alloc(&policy);
    if (!rc)
        rc = xlmem_request_alloc(&request);
    if (!rc)
        rc = xlmem_answer_alloc(&answer);
    if (!rc) {
        show_host(host);
        rc = ask(host, policy, request, answer);
    }
    xlmem_answer_free(answer);
    xlmem_request_free(request);
    xlmem_policy_free(policy);
    xlmem_host_free(host);
    xlmem_ctx_free(ctx);
    return rc ? 1 : 0;
}
