/* SPDX-License-Identifier: LGPL-2.1-only */
#include "commands/mode_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "input/given.h"
#include "input/policy.h"
#include "output/atomic.h"
#include "private/guard.h"

/* What is in it, malloc'd; NULL where there is none, nor anything that could
 * be one: too large, or a device. */
static bool read_old(const char *path, char **text_r, size_t *len_r)
{
    *text_r = NULL;
    *len_r = 0;
    switch (given_read(path, CONF_MAX_BYTES, text_r, len_r)) {
    case 0:
    case XLMEM_ERROR_DIRECTORY:
    case XLMEM_ERROR_SPECIAL:
    case XLMEM_ERROR_RANGE:
        return true;
    default:
        return errno == ENOENT;
    }
}

static bool write_new(const char *path, const char *text, size_t len)
{
    atomic_file file;

    if (!atomic_open(&file, path))
        return false;
    if (fwrite(text, 1, len, file.stream) != len) {
        atomic_abandon(&file);
        return false;
    }
    return atomic_commit(&file);
}

bool mode_file_set(const char *path, xlmem_mode mode)
{
    char *old, *text;
    size_t len;
    int saved;
    bool ok;

    if (!read_old(path, &old, &len))
        return false;
    ok = !xlmem_mode_edit(old, len, mode, &text, &len);
    free(old);
    if (!ok) {
        errno = ENOMEM;
        return false;
    }
    ok = write_new(path, text, len);
    saved = errno;
    free(text);
    errno = saved;
    return ok;
}
