/* SPDX-License-Identifier: LGPL-2.1-only */
/* What of this machine is read and written by the module for captures. */
#include "config.h"

#include <stdio.h>

#include "sys/live.h"

/* Where there is none, what it would do is unsupported, and why is said; what
 * only failed may be there the next time. */
static int need_machine(live_ctx *live, char *err, size_t err_len)
{
    int rc;

    if (live->machine)
        return 0;
    rc = live->open_machine
             ? live->open_machine(&live->machine, &live->machine_user, err,
                                  err_len)
             : XLMEM_ERROR_UNSUPPORTED;
    if (!live->open_machine && err_len)
        snprintf(err, err_len, "nothing here reads the machine itself");
    return !rc || rc == XLMEM_ERROR_NOMEM || rc == XLMEM_ERROR_IO
               ? rc
               : XLMEM_ERROR_UNSUPPORTED;
}

/* A warning, as xlmem_log_fn counts (xlmem/context.h). */
#define LEVEL_WARN 2

static int need_to_read(live_ctx *live)
{
    char text[512] = "";
    int rc = need_machine(live, text, sizeof(text));

    if (rc && live->log.fn && !live->machine_said)
        live->log.fn(live->log.user, LEVEL_WARN, text);
    live->machine_said = rc;
    return rc;
}

int live_read_log(live_ctx *live, const char *path, char **buf_r,
                  size_t *len_r)
{
    int rc = need_to_read(live);

    return rc ? rc
              : live->machine->read_file(live->machine_user, path, buf_r,
                                         len_r);
}

int live_read_processes(void *user, struct xlmem_vitals_procs *procs_r)
{
    live_ctx *live = user;
    int rc = need_to_read(live);

    return rc ? rc
              : live->machine->read_processes(live->machine_user, procs_r);
}

int live_read_holders(void *user, struct xlmem_vitals_procs *procs)
{
    live_ctx *live = user;
    int rc = need_to_read(live);

    return rc ? rc : live->machine->read_holders(live->machine_user, procs);
}

int live_write_setting(void *user, const char *path, const char *value,
                       char *err, size_t err_len)
{
    live_ctx *live = user;
    int rc = need_machine(live, err, err_len);

    return rc ? rc
              : live->machine->write_setting(live->machine_user, path, value,
                                             err, err_len);
}

int live_replace_file(void *user, const char *path, const char *text,
                      size_t len, char *err, size_t err_len)
{
    live_ctx *live = user;
    int rc = need_machine(live, err, err_len);

    return rc ? rc
              : live->machine->replace_file(live->machine_user, path, text,
                                            len, err, err_len);
}

int live_sync_files(void *user, char *err, size_t err_len)
{
    live_ctx *live = user;
    int rc = need_machine(live, err, err_len);

    return rc ? rc
              : live->machine->sync_files(live->machine_user, err, err_len);
}

void live_machine_close(live_ctx *live)
{
    if (live->machine)
        live->machine->close(live->machine_user);
    live->machine = NULL;
}
