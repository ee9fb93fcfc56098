/* SPDX-License-Identifier: LGPL-2.1-only */
/* A terminal to draw the live view on, by ncurses. */
#ifndef XL_MEMGUARD_TOPSCREEN_H
#define XL_MEMGUARD_TOPSCREEN_H

#include "output/topview.h"

/* What a key means. */
typedef enum top_key {
    TOP_KEY_NONE, /* the time is over, or the screen has another size */
    TOP_KEY_QUIT,
    TOP_KEY_UP,
    TOP_KEY_DOWN,
    TOP_KEY_PAGE_UP,
    TOP_KEY_PAGE_DOWN,
    TOP_KEY_HOME,
    TOP_KEY_END,
    TOP_KEY_ORDER,
    TOP_KEY_SCALE,
} top_key;

/* topscreen_open: take the terminal.  False where there is none that can be
 * drawn on, or ncurses was not built in. */
bool topscreen_open(void);
void topscreen_close(void);

/* The screen as it is now. */
void topscreen_canvas(top_canvas *canvas_r);

void topscreen_clear(void);
void topscreen_show(void);

/* Wait for a key. */
top_key topscreen_key(int timeout_ms);

#endif /* XL_MEMGUARD_TOPSCREEN_H */
