/* SPDX-License-Identifier: LGPL-2.1-only */
#include "commands/textfile.h"

#include <errno.h>
#include <string.h>

/* For slips of who types a path, /dev/stdout for one.  Whoever may write in
 * the directory can change what is there afterwards: atomic_replace follows
 * nothing. */
static bool is_no_file(const char *path)
{
    struct stat st;
    const bool there = !lstat(path, &st);

    if (there && S_ISLNK(st.st_mode))
        cmd_message("cannot write %s: it is a link; name what it leads to",
                    path);
    else if (there && !S_ISREG(st.st_mode))
        cmd_message("cannot write %s: it is there already, and no file", path);
    else
        return false;
    return true;
}

static int write_failed(const char *path)
{
    cmd_message("cannot write %s: %s", path, cmd_strerror(errno));
    return EXIT_FAILED;
}

int textfile_begin(textfile *file, const cmd_run *run, const char *path)
{
    *file = (textfile){.path = path};
    if (is_no_file(path))
        return EXIT_FAILED;
    if (run->global[GLOBAL_DRY_RUN]) {
        cmd_message("would write %s", path);
        return EXIT_DONE;
    }
    if (!atomic_replace(&file->file, path, 0644))
        return write_failed(path);
    file->stream = file->file.stream;
    return EXIT_DONE;
}

int textfile_end(textfile *file)
{
    return atomic_commit(&file->file) ? EXIT_DONE : write_failed(file->path);
}
