/* SPDX-License-Identifier: LGPL-2.1-only */
/* The command line, by getopt_long with options from the table. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "output/term.h"

/* What getopt_long returns for the n-th global, and command option. */
#define VAL_GLOBAL 0x100
#define VAL_COMMAND 0x200

typedef struct parser {
    struct option options[NR_GLOBALS + CMD_OPTIONS_MAX + 1];
    size_t nr;
    char letters[2 * (NR_GLOBALS + CMD_OPTIONS_MAX) + 3];
} parser;

/* Somebody was told already that memory ended. */
static bool told_memory;

void cmd_message(const char *fmt, ...)
{
    char text[1024], *safe;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    safe = term_escape(text, !term_is_utf8());
    if (!safe || strstr(text, xlmem_strerror(XLMEM_ERROR_NOMEM)))
        told_memory = true;
    fprintf(stderr, "xl-memguard: %s\n", safe ? safe : "out of memory");
    free(safe);
}

const char *cmd_strerror(int error)
{
    return error == ENOMEM ? xlmem_strerror(XLMEM_ERROR_NOMEM)
                           : strerror(error);
}

int cmd_failed(int rc)
{
    if (rc == XLMEM_ERROR_NOMEM && !told_memory)
        cmd_message("%s", xlmem_strerror(rc));
    return xlmem_exit_status(rc);
}

int cmd_usage(const cmd_spec *spec, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    cmd_message("%s%s%s", spec ? spec->name : "", spec ? ": " : "", text);
    cmd_message("see 'xl-memguard help%s%s'", spec ? " " : "",
                spec ? spec->name : "");
    return EXIT_USAGE;
}

static void add_options(parser *p, const cmd_opt *opts, int val)
{
    size_t len = strlen(p->letters);
    int i;

    for (i = 0; opts[i].name; i++) {
        p->options[p->nr++] = (struct option){
            opts[i].name,
            opts[i].arg ? required_argument : no_argument,
            NULL,
            val + i,
        };
        if (!opts[i].letter)
            continue;
        p->letters[len++] = opts[i].letter;
        if (opts[i].arg)
            p->letters[len++] = ':';
    }
}

/* How many options a long word could stand for. */
static size_t count_matches(const parser *p, const char *word)
{
    size_t len = strcspn(word + 2, "="), nr = 0, i;

    for (i = 0; i < p->nr; i++)
        nr += !strncmp(p->options[i].name, word + 2, len);
    return nr;
}

/* What getopt_long found wrong, said so that it can be mended. */
static int complain_of_option(const cmd_spec *spec, const parser *p, int opt,
                              const char *word)
{
    if (opt == ':' && optopt < VAL_GLOBAL)
        return cmd_usage(spec, "option '-%c' needs an argument", optopt);
    if (opt == ':')
        return cmd_usage(spec, "option '%s' needs an argument", word);
    if (optopt >= '0' && optopt <= '9')
        return cmd_usage(spec,
                         "there is no option '-%c'; a negative size is "
                         "written 'dom0_mem=-1G'",
                         optopt);
    if (optopt > 0 && optopt < VAL_GLOBAL)
        return cmd_usage(spec, "there is no option '-%c'", optopt);
    if (optopt)
        return cmd_usage(spec, "option '%s' takes no argument", word);
    if (count_matches(p, word) > 1)
        return cmd_usage(spec, "'%s' is short for more than one option", word);
    return cmd_usage(spec, "there is no option '%s'", word);
}

/* Note option @opt, as getopt_long returned it.  What is asked of a command
 * is asked once: of two answers one would not be given, and nobody told. */
static int take_option(cmd_run *run, int opt, const char *value)
{
    int i;

    for (i = 0; i < NR_GLOBALS; i++)
        if (opt == VAL_GLOBAL + i || opt == cmd_globals[i].letter)
            run->global[i] = value;
    for (i = 0; i < CMD_OPTIONS_MAX; i++) {
        if (opt != VAL_COMMAND + i)
            continue;
        if (run->value[i] && run->spec->options[i].arg)
            return cmd_usage(run->spec, "option '--%s' is there twice",
                             run->spec->options[i].name);
        run->value[i] = value;
    }
    return EXIT_DONE;
}

/* Parse the options of argv[1...]; @spec NULL: up to the command's name. */
static int parse_options(int argc, char **argv, cmd_run *run)
{
    parser p = {.nr = 0, .letters = "+:"};
    int opt, status = EXIT_DONE;

    if (run->spec) {
        p.letters[0] = ':';
        p.letters[1] = '\0';
        add_options(&p, run->spec->options, VAL_COMMAND);
    }
    add_options(&p, cmd_globals, VAL_GLOBAL);
    opterr = 0;
    optind = 0;
    while (!status &&
           (opt = getopt_long(argc, argv, p.letters, p.options, NULL)) != -1)
        status = opt == '?' || opt == ':'
                     ? complain_of_option(run->spec, &p, opt, argv[optind - 1])
                     : take_option(run, opt, optarg ? optarg : "");
    return status;
}

/* The commands that begin with @prefix: "size, status, set". */
static const char *name_all(const char *prefix, char *buf, size_t len)
{
    const cmd_spec *spec;
    size_t used = 0;

    buf[0] = '\0';
    for (spec = cmd_table; spec->name && used < len; spec++)
        if (!strncmp(spec->name, prefix, strlen(prefix)))
            used += (size_t)snprintf(buf + used, len - used, "%s%s",
                                     used ? ", " : "", spec->name);
    return buf;
}

int cmd_get_spec(const char *name, const cmd_spec **spec_r)
{
    char names[128];
    size_t nr;

    *spec_r = cmd_find(name, &nr);
    if (*spec_r)
        return EXIT_DONE;
    if (nr > 1)
        return cmd_usage(NULL, "'%s' is short for more than one command: %s",
                         name, name_all(name, names, sizeof(names)));
    return cmd_usage(NULL, "there is no command '%s'", name);
}

static int check_count(const cmd_run *run)
{
    const cmd_spec *spec = run->spec;

    if (run->argc < spec->min_args)
        return cmd_usage(spec, "%s is missing, for example: xl-memguard %s %s",
                         spec->synopsis, spec->name, spec->example);
    if (run->argc > spec->max_args)
        return cmd_usage(spec, "'%s' is one argument too many%s%s%s",
                         run->argv[spec->max_args], spec->surplus ? "; " : "",
                         spec->surplus ? spec->surplus : "",
                         spec->surplus ? run->argv[spec->max_args] : "");
    if (run->global[GLOBAL_DRY_RUN] && !spec->can_dryrun)
        return cmd_usage(spec, "there is no dry run of this command");
    if (run->global[GLOBAL_JSON] && run->global[GLOBAL_KEY_VALUE])
        return cmd_usage(spec, "--json and --key-value exclude each other");
    if (run->global[GLOBAL_SYSROOT] && run->global[GLOBAL_HOST] &&
        !spec->two_hosts)
        return cmd_usage(spec, "--sysroot and --host exclude each other");
    return EXIT_DONE;
}

int cmd_parse(int argc, char **argv, cmd_run *run_r)
{
    cmd_run run = {.spec = NULL};
    int status = parse_options(argc, argv, &run), first = optind;

    if (status)
        return status;
    if (run.global[GLOBAL_VERSION] || first >= argc) {
        *run_r = run;
        return EXIT_DONE;
    }
    status = cmd_get_spec(argv[first], &run.spec);
    if (status)
        return status;
    status = parse_options(argc - first, argv + first, &run);
    if (status)
        return status;
    run.argv = argv + first + optind;
    run.argc = argc - first - optind;
    if (!run.global[GLOBAL_HELP] && !run.global[GLOBAL_VERSION]) {
        status = check_count(&run);
        if (!status)
            status = cmd_take_machine(&run, &run.machine);
    }
    if (!status)
        *run_r = run;
    return status;
}

/* ------------------------------------------------- numbers and sizes --- */

/* A plain decimal number below 2^64. */
static bool parse_count(const char *text, uint64_t *count_r)
{
    uint64_t count = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' ||
            __builtin_mul_overflow(count, 10, &count) ||
            __builtin_add_overflow(count, (uint64_t)(*text - '0'), &count))
            return false;
    }
    *count_r = count;
    return true;
}

int cmd_get_count(const cmd_run *run, int n, uint64_t max, uint64_t *count_r)
{
    const char *name = run->spec->options[n].name, *text = run->value[n];

    if (!parse_count(text, count_r))
        return cmd_usage(run->spec, "--%s: '%s' is not a number", name, text);
    if (*count_r > max)
        return cmd_usage(run->spec,
                         "--%s: '%s' is more than the %llu there can be", name,
                         text, (unsigned long long)max);
    return EXIT_DONE;
}

int cmd_get_size(const cmd_run *run, const char *what, const char *text,
                 uint64_t *kb_r)
{
    int rc = xlmem_parse_size_kb(text, kb_r);

    if (!rc)
        return EXIT_DONE;
    if (rc == XLMEM_ERROR_RANGE)
        return cmd_usage(run->spec, "%s: '%s' is more than there can be", what,
                         text);
    return cmd_usage(run->spec,
                     "%s: '%s' is not a size; write it like 512M or 2G", what,
                     text);
}
