/* SPDX-License-Identifier: LGPL-2.1-only */
#include "config.h"

#include "output/topscreen.h"

#ifdef HAVE_NCURSES

#include <curses.h>
#include <stdlib.h>
#include <unistd.h>

#include "output/term.h"

/* Owned by topscreen_open. */
static SCREEN *terminal;

enum { PAIR_GOOD = 1, PAIR_BAD, PAIR_HEAD };

static void start_colours(void)
{
    if (!has_colors() || getenv("NO_COLOR") || start_color() == ERR)
        return;
    use_default_colors();
    init_pair(PAIR_GOOD, COLOR_GREEN, -1);
    init_pair(PAIR_BAD, COLOR_RED, -1);
    init_pair(PAIR_HEAD, COLOR_CYAN, -1);
}

bool topscreen_open(void)
{
    if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
        return false;
    terminal = newterm(NULL, stdout, stdin);
    if (!terminal)
        return false;
    start_colours();
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    curs_set(0);
    return true;
}

void topscreen_close(void)
{
    endwin();
    delscreen(terminal);
    terminal = NULL;
}

/* Without colours what is bad still stands out. */
static attr_t attributes(top_style style)
{
    static const struct look {
        short pair;
        attr_t with, without;
    } looks[] = {
        [TOP_PLAIN] = {0, A_NORMAL, A_NORMAL},
        [TOP_HEAD] = {PAIR_HEAD, A_BOLD, A_BOLD},
        [TOP_GOOD] = {PAIR_GOOD, A_NORMAL, A_NORMAL},
        [TOP_BAD] = {PAIR_BAD, A_BOLD, A_BOLD},
        [TOP_DIM] = {0, A_DIM, A_NORMAL},
    };
    const struct look *look = &looks[style];

    if (!has_colors() || !COLOR_PAIRS)
        return look->without;
    return look->with | (attr_t)COLOR_PAIR(look->pair);
}

static void put_attr(void *to, unsigned y, unsigned x, top_style style,
                     const char *text)
{
    (void)to;
    attrset((int)attributes(style));
    mvaddstr((int)y, (int)x, text);
}

void topscreen_canvas(top_canvas *canvas_r)
{
    *canvas_r = (top_canvas){
        .width = (unsigned)COLS,
        .height = (unsigned)LINES,
        .utf8 = term_is_utf8(),
        .put = put_attr,
    };
}

void topscreen_clear(void)
{
    erase();
}

void topscreen_show(void)
{
    refresh();
}

top_key topscreen_key(int timeout_ms)
{
    static const struct {
        int code;
        top_key key;
    } keys[] = {
        {'q', TOP_KEY_QUIT},          {'Q', TOP_KEY_QUIT},
        {KEY_UP, TOP_KEY_UP},         {'k', TOP_KEY_UP},
        {KEY_DOWN, TOP_KEY_DOWN},     {'j', TOP_KEY_DOWN},
        {KEY_PPAGE, TOP_KEY_PAGE_UP}, {KEY_NPAGE, TOP_KEY_PAGE_DOWN},
        {' ', TOP_KEY_PAGE_DOWN},     {KEY_HOME, TOP_KEY_HOME},
        {'g', TOP_KEY_HOME},          {KEY_END, TOP_KEY_END},
        {'G', TOP_KEY_END},           {'s', TOP_KEY_ORDER},
        {'b', TOP_KEY_SCALE},
    };
    int code;
    size_t i;

    timeout(timeout_ms);
    code = getch();
    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].code == code)
            return keys[i].key;
    return TOP_KEY_NONE;
}

#else /* !HAVE_NCURSES */

bool topscreen_open(void)
{
    return false;
}

void topscreen_close(void)
{
}

void topscreen_canvas(top_canvas *canvas_r)
{
    *canvas_r = (top_canvas){.width = 0};
}

void topscreen_clear(void)
{
}

void topscreen_show(void)
{
}

top_key topscreen_key(int timeout_ms)
{
    (void)timeout_ms;
    return TOP_KEY_QUIT;
}

#endif
