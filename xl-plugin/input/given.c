/* SPDX-License-Identifier: LGPL-2.1-only */
#include "input/given.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private/base.h"

FILE *given_open(const char *path, int *rc_r)
{
    FILE *file;
    int fd;

    *rc_r = xlmem_file_open(path, &fd);
    if (*rc_r)
        return NULL;
    file = fdopen(fd, "r");
    if (!file) {
        *rc_r = XLMEM_ERROR_NOMEM;
        close(fd);
    }
    return file;
}

const char *given_why(int rc)
{
    switch (rc) {
    case XLMEM_ERROR_DIRECTORY:
    case XLMEM_ERROR_SPECIAL:
    case XLMEM_ERROR_LOOP:
    case XLMEM_ERROR_NOMEM:
        return xlmem_strerror(rc);
    default:
        return strerror(errno);
    }
}

int given_read(const char *path, size_t max_bytes, char **text_r,
               size_t *len_r)
{
    int saved, rc;
    FILE *file = given_open(path, &rc);
    char *text;
    size_t len = 0;

    if (!file)
        return rc;
    text = malloc(max_bytes + 1);
    errno = EFBIG;
    if (text)
        len = fread(text, 1, max_bytes + 1, file);
    if (!text)
        rc = XLMEM_ERROR_NOMEM;
    else if (ferror(file))
        rc = XLMEM_ERROR_IO;
    else if (len > max_bytes)
        rc = XLMEM_ERROR_RANGE;
    saved = errno;
    fclose(file);
    errno = saved;
    if (rc) {
        free(text);
        return rc;
    }
    *text_r = text;
    *len_r = len;
    return 0;
}
