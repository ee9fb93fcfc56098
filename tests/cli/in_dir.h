/* SPDX-License-Identifier: LGPL-2.1-only */
/* Each test in a directory of its own, with a path in it for one file. */
#ifndef XLMEM_IN_DIR_H
#define XLMEM_IN_DIR_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/xlmem-cli-XXXXXX";
static char path[64];

static inline int make_dir(void **state)
{
    (void)state;
    strcpy(dir + strlen(dir) - 6, "XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/file", dir);
    return 0;
}

static inline int remove_dir(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "%s/file", dir);
    unlink(path);
    return rmdir(dir);
}

#define IN_DIR(test)                                                          \
    cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

#endif /* XLMEM_IN_DIR_H */
