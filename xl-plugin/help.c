/* SPDX-License-Identifier: LGPL-2.1-only */
/* Everything that is written from the table: help, completion, manual. */
#include <string.h>

#include "cmd.h"
#include "output/grid.h"

/* Where the descriptions of options start. */
#define HELP_COLUMN 22
#define HELP_WIDTH 79

static void put_described(FILE *file, const char *what, const char *text)
{
    fprintf(file, "  %-*s", HELP_COLUMN - 2, what);
    if (strlen(what) > HELP_COLUMN - 4)
        fprintf(file, "\n%*s", HELP_COLUMN, "");
    grid_wrap_from(file, text, HELP_COLUMN, HELP_WIDTH);
}

static void put_option(FILE *file, const cmd_opt *opt)
{
    char what[64];

    snprintf(what, sizeof(what), "%c%c%s--%s%s%s", opt->letter ? '-' : ' ',
             opt->letter ? opt->letter : ' ', opt->letter ? ", " : "  ",
             opt->name, opt->arg ? " " : "", opt->arg ? opt->arg : "");
    put_described(file, what, opt->help);
}

static void put_options(FILE *file, const cmd_opt *opts)
{
    for (; opts->name; opts++)
        put_option(file, opts);
}

void help_overview(FILE *file)
{
    const cmd_spec *spec;

    fputs("Usage: xl-memguard [OPTION...] COMMAND [ARGUMENT...]\n"
          "Size dom0 right, and say what Xen and dom0 do with the memory.\n\n"
          "Commands (any unambiguous beginning will do):\n",
          file);
    for (spec = cmd_table; spec->name; spec++) {
        char what[64];

        snprintf(what, sizeof(what), "%s %s", spec->name, spec->synopsis);
        put_described(file, what, spec->desc);
    }
    fputs("\nOptions of every command:\n", file);
    put_options(file, cmd_globals);
    fputs("\nWithout --sysroot and --host the machine it runs on is read.\n"
          "See 'xl-memguard help COMMAND' and xl-memguard(1).\n",
          file);
}

void help_command(FILE *file, const cmd_spec *spec)
{
    fprintf(file, "Usage: xl-memguard %s%s%s%s\n%s.\n", spec->name,
            spec->options[0].name ? " [OPTION...]" : "",
            *spec->synopsis ? " " : "", spec->synopsis, spec->desc);
    fprintf(file, "Example: xl-memguard %s %s\n", spec->name, spec->example);
    if (spec->about)
        fprintf(file, "\n%s", spec->about);
    if (spec->options[0].name) {
        fputs("\nOptions:\n", file);
        put_options(file, spec->options);
    }
    fputs("\nOptions of every command:\n", file);
    put_options(file, cmd_globals);
}

static void put_words(FILE *file, const cmd_opt *opts)
{
    for (; opts->name; opts++) {
        if (opts->letter)
            fprintf(file, " -%c", opts->letter);
        fprintf(file, " --%s", opts->name);
    }
}

static bool is_path(const char *arg)
{
    return arg && (!strcmp(arg, "FILE") || !strcmp(arg, "DIR") ||
                   !strcmp(arg, "PATH"));
}

static bool is_type(const char *arg)
{
    return arg && !strcmp(arg, "TYPE");
}

static bool is_other(const char *arg)
{
    return arg && !is_path(arg) && !is_type(arg);
}

/* "COMMAND,--OPTION | ..." of those options whose argument is like that. */
static void put_some_options(FILE *file, const char *command,
                             const cmd_opt *opts, bool (*is)(const char *arg),
                             const char **between)
{
    for (; opts->name; opts++) {
        if (!is(opts->arg))
            continue;
        fprintf(file, "%s%s,--%s", *between, command, opts->name);
        *between = " | ";
    }
}

static void put_path_options(FILE *file)
{
    const char *between = "";
    const cmd_spec *spec;

    put_some_options(file, "*", cmd_globals, is_path, &between);
    for (spec = cmd_table; spec->name; spec++)
        put_some_options(file, spec->name, spec->options, is_path, &between);
}

/* Of those commands that would offer files. */
static void put_options_of_takers(FILE *file, bool (*is)(const char *arg))
{
    const char *between = "";
    const cmd_spec *spec;

    for (spec = cmd_table; spec->name; spec++)
        if (spec->takes == TAKES_FILES)
            put_some_options(file, spec->name, spec->options, is, &between);
}

static void put_commands(FILE *file, const char *separator)
{
    const cmd_spec *spec;

    for (spec = cmd_table; spec->name; spec++)
        fprintf(file, "%s%s", spec == cmd_table ? "" : separator, spec->name);
}

/* "COMMAND,*", or "COMMAND,COMMAND" where it is the word before, of the
 * commands that take these. */
static void put_takers(FILE *file, cmd_takes takes, bool as_previous)
{
    const cmd_spec *spec;
    const char *between = "";

    for (spec = cmd_table; spec->name; spec++) {
        if (spec->takes != takes)
            continue;
        fprintf(file, "%s%s,%s", between, spec->name,
                as_previous ? spec->name : "*");
        between = " | ";
    }
}

static void put_completion_head(FILE *file)
{
    fputs("# bash completion for xl-memguard          -*- shell-script -*-\n"
          "# Made by 'xl-memguard --xl-memguard-completion'.\n\n"
          "# Whoever may create a domain chooses its name: it is quoted, and "
          "never given\n# to 'compgen -W', which expands.\n"
          "_xl_memguard_domains()\n{\n"
          "    local name\n"
          "    while IFS= read -r name; do\n"
          "        printf -v name %q \"$name\"\n"
          "        [[ $name != \"$1\"* ]] || COMPREPLY+=(\"$name\")\n"
          "    done < <(xl-memguard status -k 2> /dev/null |\n"
          "        sed -n 's/^domains\\.[0-9]*\\.name=//p')\n"
          "}\n\n"
          "_xl_memguard()\n{\n"
          "    local cur prev word files='' command=''\n"
          "    cur=${COMP_WORDS[COMP_CWORD]}\n"
          "    prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD - 1}\"; do\n"
          "        case $word in\n        ",
          file);
    put_commands(file, " | ");
    fputs(")\n            command=$word\n            break\n            ;;\n"
          "        esac\n    done\n"
          "    COMPREPLY=()\n",
          file);
}

/* What is no word of ours: files, and domains where nothing but the command
 * stands before.  Of a number there is nothing to offer. */
static void put_completion_names(FILE *file)
{
    fputs("    case $command,$prev in\n    ", file);
    put_path_options(file);
    fputs(") files=yes ;;\n    ", file);
    put_options_of_takers(file, is_type);
    fputs(")\n"
          "        mapfile -t COMPREPLY < <(compgen -W 'pv pvh hvm' -- "
          "\"$cur\")\n        return\n        ;;\n    ",
          file);
    put_options_of_takers(file, is_other);
    fputs(") return ;;\n    ", file);
    put_takers(file, TAKES_DOMAIN, true);
    fputs(")\n        [[ $cur == -* ]] || {\n"
          "            _xl_memguard_domains \"$cur\"\n"
          "            return\n        }\n        ;;\n"
          "    esac\n"
          "    case $command,$cur in\n"
          "    *,-*) ;;\n    ",
          file);
    put_takers(file, TAKES_FILES, false);
    fputs(") files=yes ;;\n"
          "    esac\n"
          "    if [ -n \"$files\" ]; then\n"
          "        compopt -o filenames 2> /dev/null\n"
          "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
          "        return\n    fi\n",
          file);
}

void help_completion(FILE *file)
{
    const cmd_spec *spec;

    put_completion_head(file);
    put_completion_names(file);
    fputs("    local options=\"", file);
    put_words(file, cmd_globals);
    fputs("\" words=\n    case $command in\n", file);
    for (spec = cmd_table; spec->name; spec++) {
        if (!spec->options[0].name)
            continue;
        fprintf(file, "    %s)\n        options+=\"", spec->name);
        put_words(file, spec->options);
        if (spec->words)
            fprintf(file, "\"\n        words=\"%s", spec->words);
        fputs("\"\n        ;;\n", file);
    }
    fputs("    '' | help)\n        words=\"", file);
    put_commands(file, " ");
    fputs("\"\n        ;;\n    esac\n"
          "    [[ $cur == -* ]] && words=$options\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
          "} &&\n    complete -F _xl_memguard xl-memguard\n",
          file);
}

static void pod_options(FILE *file, const cmd_opt *opts)
{
    fputs("=over 4\n\n", file);
    for (; opts->name; opts++) {
        fputs("=item ", file);
        if (opts->letter)
            fprintf(file, "B<-%c>, ", opts->letter);
        fprintf(file, "B<--%s>", opts->name);
        if (opts->arg)
            fprintf(file, " I<%s>", opts->arg);
        fprintf(file, "\n\n%c%s.\n\n", opts->help[0] - 'a' + 'A',
                opts->help + 1);
    }
    fputs("=back\n\n", file);
}

void help_pod(FILE *file)
{
    const cmd_spec *spec;

    fputs("=head1 SYNOPSIS\n\n"
          "B<xl-memguard> [I<option>...] I<command> [I<argument>...]\n\n",
          file);
    for (spec = cmd_table; spec->name; spec++) {
        const cmd_opt *opt;

        fprintf(file, "B<xl-memguard %s>", spec->name);
        for (opt = spec->options; opt->name; opt++) {
            fprintf(file, " [B<--%s>", opt->name);
            fprintf(file, opt->arg ? " I<%s>]" : "%s]",
                    opt->arg ? opt->arg : "");
        }
        if (*spec->synopsis)
            fprintf(file, " I<%s>", spec->synopsis);
        fputs("\n\n", file);
    }
    fputs("=head1 OPTIONS\n\nEvery command takes these, before or behind its "
          "name.\n\n",
          file);
    pod_options(file, cmd_globals);
    for (spec = cmd_table; spec->name; spec++) {
        if (!spec->options[0].name)
            continue;
        fprintf(file, "Options of B<%s>:\n\n", spec->name);
        pod_options(file, spec->options);
    }
}
