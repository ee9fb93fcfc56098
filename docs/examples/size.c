/* SPDX-License-Identifier: LGPL-2.1-only */
/* Print the dom0_mem= that a recorded host should be booted with. */
#include <stdio.h>
#include <xlmem.h>

static void print_message(void *user, int level, const char *text)
{
    (void)user;
    if (level >= 2)
        fprintf(stderr, "size: %s\n", text);
}

int main(int argc, char **argv)
{
    xlmem_ctx *ctx = NULL;
    xlmem_host *host = NULL;
    xlmem_answer *answer = NULL;
    int rc;

    rc = xlmem_ctx_alloc(&ctx, XLMEM_API_VERSION, NULL);
    if (rc)
        goto out;
    xlmem_ctx_set_log(ctx, print_message, NULL);
    rc = argc > 1 ? xlmem_ctx_open_capture(ctx, argv[1])
                  : xlmem_ctx_open_live(ctx);
    if (!rc)
        rc = xlmem_host_read(ctx, &host);
    if (!rc)
        rc = xlmem_answer_alloc(&answer);
    if (!rc)
        rc = xlmem_host_size(host, NULL, answer);
    if (!rc)
        puts(xlmem_answer_text(answer));
out:
    xlmem_answer_free(answer);
    xlmem_host_free(host);
    xlmem_ctx_free(ctx);
    return rc ? 1 : 0;
}
