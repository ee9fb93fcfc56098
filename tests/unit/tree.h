/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a test has made below a directory is taken away. */
#ifndef XLMEM_TREE_H
#define XLMEM_TREE_H

#include <ftw.h>
#include <stdio.h>

static inline int remove_one(const char *path, const struct stat *st, int type,
                             struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* 0, or not all could be. */
static inline int remove_tree(const char *dir)
{
    return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif /* XLMEM_TREE_H */
