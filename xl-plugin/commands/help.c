/* SPDX-License-Identifier: LGPL-2.1-only */
/* xl-memguard help, xl-memguard version. */
#include "input/session.h"

int cmd_help(const cmd_run *run)
{
    const cmd_spec *spec;
    int status;

    if (!run->argc) {
        help_overview(stdout);
        return EXIT_DONE;
    }
    status = cmd_get_spec(run->argv[0], &spec);
    if (status)
        return status;
    help_command(stdout, spec);
    return EXIT_DONE;
}

int cmd_version(const cmd_run *run)
{
    out *o;

    if (!run->global[GLOBAL_JSON] && !run->global[GLOBAL_KEY_VALUE]) {
        printf("xl-memguard %s\n", xlmem_version());
        return EXIT_DONE;
    }
    o = session_out(run);
    if (!o)
        return EXIT_FAILED;
    out_text(o, "xlmem", NULL, xlmem_version());
    return session_close_out(o, EXIT_DONE);
}
