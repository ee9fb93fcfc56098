/* SPDX-License-Identifier: LGPL-2.1-only */
#include "boot/odd_grub.h"

#include "codec/facts.h"

bool odd_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_';
}

/* A byte that no backslash is before, outside of single quotes.  False: no
 * script is read that has such a $ or brace. */
static bool take_variable(odd_grub *grub, char c)
{
    const odd_variable was = grub->in;
    const bool names = odd_is_letter(c) || xlmem__is_one_of(c, "@*#?");

    grub->in = ODD_VARIABLE_NONE;
    if (was == ODD_VARIABLE_DOLLAR) {
        if (c == '{')
            grub->in = ODD_VARIABLE_BRACE;
        return names || c == '{' || (c == '"' && !grub->quote);
    }
    if (was == ODD_VARIABLE_NAME && c == '}')
        return true;
    if (was != ODD_VARIABLE_NONE) {
        grub->in = ODD_VARIABLE_NAME;
        return names;
    }
    if (c == '$')
        grub->in = ODD_VARIABLE_DOLLAR;
    return grub->quote || !xlmem__is_one_of(c, "{}");
}

void odd_grub_take(odd_grub *grub, char c)
{
    const bool escaped = grub->escape;

    if (grub->quote != '\'' && !escaped && !grub->unsure &&
        !take_variable(grub, c))
        grub->unread = true;
    grub->escape = !escaped && c == '\\' && grub->quote != '\'';
    if (!escaped && grub->quote)
        grub->quote = c == grub->quote ? '\0' : grub->quote;
    else if (!escaped && xlmem__is_one_of(c, "'\""))
        grub->quote = c;
    else if (!escaped && (c == ';' || (c == '#' && grub->blank)))
        grub->ended = true;
    else if (!escaped && xlmem__is_one_of(c, "<>&|"))
        grub->unread = true;
    grub->blank = !escaped && !grub->quote && xlmem__is_one_of(c, " \t");
}

void odd_grub_take_unknown(odd_grub *grub)
{
    grub->unsure = grub->unsure || grub->in != ODD_VARIABLE_NONE;
    grub->in = ODD_VARIABLE_NONE;
    grub->escape = grub->blank = false;
}
