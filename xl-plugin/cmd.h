/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The commands of xl-memguard.  One table says everything about them; the
 * parser, the help, bash's completion and the manual page's synopsis and
 * options are made from it.
 */
#ifndef XL_MEMGUARD_CMD_H
#define XL_MEMGUARD_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "output/out.h"
#include "private/all.h"

/* Exit statuses beside those of xlmem_exit_status. */
#define EXIT_DONE 0
#define EXIT_FAILED 1
#define EXIT_USAGE 2
#define EXIT_FINDINGS 3
#define EXIT_UNKNOWN 5 /* what was asked cannot be told */

#define CMD_OPTIONS_MAX 12

typedef struct cmd_opt {
    const char *name;
    char letter;     /* 0: long form only */
    const char *arg; /* its argument's name; NULL: it takes none */
    const char *help;
} cmd_opt;

/* Options that every command takes, before or behind its name. */
enum {
    GLOBAL_JSON,
    GLOBAL_KEY_VALUE,
    GLOBAL_DRY_RUN,
    GLOBAL_VERBOSE,
    GLOBAL_SYSROOT,
    GLOBAL_HOST,
    GLOBAL_CONFIG,
    GLOBAL_HELP,
    GLOBAL_VERSION,
    NR_GLOBALS
};

/* One invocation.  A value is NULL when the option was not given; that of an
 * option without argument is "". */
typedef struct cmd_run {
    const struct cmd_spec *spec;
    const char *global[NR_GLOBALS];
    const char *value[CMD_OPTIONS_MAX];
    xlmem_machine machine; /* --ram's; nothing is known without it */
    int argc;
    char **argv; /* its arguments, options taken out */
} cmd_run;

/* What its arguments name, beside words of our own: for completion. */
typedef enum cmd_takes {
    TAKES_WORDS,
    TAKES_FILES,
    TAKES_DOMAIN, /* its first argument; the others are words */
} cmd_takes;

typedef struct cmd_spec {
    const char *name;
    int (*handler)(const cmd_run *run); /* returns the exit status */
    bool can_dryrun;
    bool modifies; /* leaves something behind when it succeeds */
    const char *desc;
    const char *synopsis; /* its arguments; "" for none */
    int min_args, max_args;
    cmd_takes takes;
    const char *example; /* arguments that make sense */
    bool two_hosts;      /* --sysroot and --host may name one each */
    bool takes_machine;  /* its options begin with those of a machine */
    const char *words;   /* its first argument's choices; NULL: none */
    const char *about;   /* what its arguments do, whole lines; or NULL */
    const char *surplus; /* what to do with one argument too many; or NULL */
    cmd_opt options[CMD_OPTIONS_MAX + 1]; /* ends with a NULL name */
} cmd_spec;

/* What describes a machine that nobody has stands first in each command that
 * takes one. */
enum {
    MACHINE_RAM,
    MACHINE_CPUS,
    MACHINE_XEN,
    MACHINE_LINUX,
    NR_MACHINE_OPTIONS
};
enum {
    SIZE_DOMUS = NR_MACHINE_OPTIONS,
    SIZE_HVM,
    SIZE_VIFS,
    SIZE_VBDS,
    SIZE_EXTRA,
    SIZE_GROWTH,
    SIZE_COMPARE
};
enum { MAP_SVG = NR_MACHINE_OPTIONS };
/* What describes a domU stands first in each command that takes one. */
enum { DOMU_TYPE, DOMU_VCPUS, DOMU_MAXMEM, NR_DOMU_OPTIONS };
enum { RESERVE_FOR = NR_DOMU_OPTIONS, RESERVE_WAIT };
enum { RELEASE_ALL };
enum { CHECK_WAIT = NR_DOMU_OPTIONS, CHECK_ALL, CHECK_SAVED };
enum { DOM0_WAIT, DOM0_FORCE };
enum { ENABLE_FORCE, ENABLE_WARN };
enum { TOP_INTERVAL, TOP_ONCE };
enum { GRUB_ROOT, GRUB_KIND, GRUB_UPDATE, GRUB_FORCE, GRUB_RECORD };
enum { METRICS_FORMAT, METRICS_TEXTFILE, METRICS_NO_DOMAINS };
enum { FLEET_WITHOUT, FLEET_LOSE, FLEET_GIVERS, FLEET_FORMAT, FLEET_TEXTFILE };
enum { DOCTOR_FIX, DOCTOR_ONLY, DOCTOR_WATCH, DOCTOR_HTML };

extern const cmd_spec cmd_table[]; /* ends with a NULL name */
extern const cmd_opt cmd_globals[NR_GLOBALS + 1];

int cmd_size(const cmd_run *run);
int cmd_check(const cmd_run *run);
int cmd_predict(const cmd_run *run);
int cmd_lint(const cmd_run *run);
int cmd_map(const cmd_run *run);
int cmd_status(const cmd_run *run);
int cmd_metrics(const cmd_run *run);
int cmd_doctor(const cmd_run *run);
int cmd_balance(const cmd_run *run);
int cmd_set(const cmd_run *run);
int cmd_top(const cmd_run *run);
int cmd_reserve(const cmd_run *run);
int cmd_release(const cmd_run *run);
int cmd_daemon(const cmd_run *run);
int cmd_dom0(const cmd_run *run);
int cmd_enable(const cmd_run *run);
int cmd_fleet(const cmd_run *run);
int cmd_grub(const cmd_run *run);
int cmd_capture(const cmd_run *run);
int cmd_help(const cmd_run *run);
int cmd_version(const cmd_run *run);

/*
 * cmd_find: the command of this name or unambiguous prefix.
 * @nr_r: how many the prefix fits; more than one: it is ambiguous.
 * Returns NULL when it is none or ambiguous.
 */
const cmd_spec *cmd_find(const char *name, size_t *nr_r);

/*
 * cmd_get_spec: the same, of a name that somebody typed.
 * Returns EXIT_DONE or EXIT_USAGE (a message was printed).
 */
int cmd_get_spec(const char *name, const cmd_spec **spec_r);

/*
 * cmd_parse: take a command line apart.
 * @run_r: filled on success; argv is permuted, run_r points into it.
 * Returns EXIT_DONE or EXIT_USAGE (a message was printed).
 */
int cmd_parse(int argc, char **argv, cmd_run *run_r);

/* Messages on standard error: "xl-memguard: ...". */
void cmd_message(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * cmd_failed: what ends a command whose call into the library has failed with
 * @rc, which the library has said; of memory that ended it may have had no
 * log to say it to.
 * Returns the exit status.
 */
int cmd_failed(int rc);

/* cmd_strerror: what an errno value means; of memory in our own words. */
const char *cmd_strerror(int error);

/*
 * cmd_usage: a message about how a command was called, then where help is.
 * Returns EXIT_USAGE.
 */
int cmd_usage(const cmd_spec *spec, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * What a command is given as a number or a size.  Each returns EXIT_DONE, or
 * EXIT_USAGE (a message was printed).
 * cmd_get_count: option @n, which was given: a decimal number up to @max.
 * cmd_get_size: @text with one of the suffixes K, M, G, T; @what: its name in
 *   the message.
 */
int cmd_get_count(const cmd_run *run, int n, uint64_t max, uint64_t *count_r);
int cmd_get_size(const cmd_run *run, const char *what, const char *text,
                 uint64_t *kb_r);

/*
 * cmd_take_machine: what a command's options say of a machine that is assumed.
 * @machine_r: nothing known without --ram.
 * Returns EXIT_DONE, or EXIT_USAGE (a message was printed).
 */
int cmd_take_machine(const cmd_run *run, xlmem_machine *machine_r);

/* cmd_has_machine: it is such a machine that the command is asked of. */
bool cmd_has_machine(const cmd_run *run);

/* Help of the whole command, and of one command. */
void help_overview(FILE *file);
void help_command(FILE *file, const cmd_spec *spec);

/* The parts of the completion script and the manual made from the table. */
void help_completion(FILE *file);
void help_pod(FILE *file);

#endif /* XL_MEMGUARD_CMD_H */
