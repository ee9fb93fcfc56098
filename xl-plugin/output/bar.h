/* SPDX-License-Identifier: LGPL-2.1-only */
/* A bar of amounts, drawn with characters. */
#ifndef XL_MEMGUARD_BAR_H
#define XL_MEMGUARD_BAR_H

#include <stdbool.h>
#include <stdio.h>

#include "output/out.h"

/*
 * bar_print: the bar, the labels of its ends, and a legend with the sum of
 * each class.  A cell shows the class that has most of it.
 */
void bar_print(const out_bar *bar, const out *o);

#endif /* XL_MEMGUARD_BAR_H */
