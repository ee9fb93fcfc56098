/* SPDX-License-Identifier: LGPL-2.1-only */
#include "commands/picture.h"

#include <errno.h>
#include <string.h>

#include "output/atomic.h"

bool picture_is_report(const char *path)
{
    return path && !strcmp(path, "-");
}

int picture_check(const cmd_run *run, const char *option, const char *path)
{
    if (picture_is_report(path) &&
        (run->global[GLOBAL_JSON] || run->global[GLOBAL_KEY_VALUE]))
        return cmd_usage(run->spec,
                         "'%s -' and the report both want standard output; "
                         "name a file",
                         option);
    return EXIT_DONE;
}

static int picture_failed(const char *path)
{
    cmd_message("cannot write %s: %s", path, cmd_strerror(errno));
    return EXIT_FAILED;
}

static int write_to_file(const char *path, picture_fn *write, const void *what)
{
    atomic_file file = {.stream = NULL};
    int rc;

    if (!atomic_open(&file, path))
        return picture_failed(path);
    rc = write(file.stream, what);
    if (rc) {
        cmd_message("%s", xlmem_strerror(rc));
        atomic_abandon(&file);
        return cmd_failed(rc);
    }
    return atomic_commit(&file) ? EXIT_DONE : picture_failed(path);
}

int picture_write(const cmd_run *run, const char *path, picture_fn *write,
                  const void *what)
{
    int rc;

    if (!picture_is_report(path)) {
        if (!run->global[GLOBAL_DRY_RUN])
            return write_to_file(path, write, what);
        cmd_message("would write %s", path);
        return EXIT_DONE;
    }
    rc = write(stdout, what);
    if (rc)
        cmd_message("%s", xlmem_strerror(rc));
    return cmd_failed(rc);
}
