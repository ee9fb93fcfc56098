/* SPDX-License-Identifier: LGPL-2.1-only */
/* A directory that was named: what is in it, in the order of the shell's "*",
 * names that begin with a dot left out, by bytes. */
#ifndef XL_MEMGUARD_FOLDER_H
#define XL_MEMGUARD_FOLDER_H

#include <dirent.h>

/* "DIR/NAME", malloc'd; NULL without memory. */
char *folder_join(const char *dir, const char *name);

/* How many, or -1 and errno.  @list_r: malloc'd, as are its entries. */
int folder_list(const char *dir, struct dirent ***list_r);

#endif /* XL_MEMGUARD_FOLDER_H */
