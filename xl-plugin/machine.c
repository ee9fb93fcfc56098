/* SPDX-License-Identifier: LGPL-2.1-only */
/* A machine that nobody has yet, as options describe it. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

/* As many as Xen 4.20 can be built for (NR_CPUS, xen/arch/Kconfig). */
#define CPUS_MAX 16383

/* Less holds no Xen and dom0; more than 16 TiB no Xen but one built for it
 * (CONFIG_BIGMEM, xen/arch/x86/Kconfig, 4.14 to 4.20). */
#define RAM_LEAST_KB UINT64_C(65536)
#define RAM_MOST_KB (UINT64_C(16) << 30)

/* A number of a release: no kernel's or Xen's has four digits. */
#define RELEASE_MAX 999

static bool take_of_release(const char **text, uint64_t *number_r)
{
    char *end;

    if (**text < '0' || **text > '9')
        return false;
    *number_r = strtoull(*text, &end, 10);
    *text = end;
    return *number_r <= RELEASE_MAX;
}

/* "4.17", "4.17.5-pre", "6.1.0-37-amd64": two numbers, and what follows. */
static int get_release(const cmd_run *run, int n, uint64_t *major_r,
                       uint64_t *minor_r)
{
    const char *name = run->spec->options[n].name, *text = run->value[n];

    if (take_of_release(&text, major_r) && *text++ == '.' &&
        take_of_release(&text, minor_r) && (!*text || strchr(".-+~_", *text)))
        return EXIT_DONE;
    return cmd_usage(run->spec, "--%s: '%s' is no release; write it like %s",
                     name, run->value[n], n == MACHINE_XEN ? "4.17" : "6.1");
}

static int take_releases(const cmd_run *run, xlmem_machine *m)
{
    uint64_t major, minor;
    int status = EXIT_DONE;

    if (run->value[MACHINE_XEN]) {
        status = get_release(run, MACHINE_XEN, &major, &minor);
        if (status)
            return status;
        XLMEM_SET(m, xen_major, major);
        XLMEM_SET(m, xen_minor, minor);
    }
    if (run->value[MACHINE_LINUX]) {
        status = get_release(run, MACHINE_LINUX, &major, &minor);
        if (status)
            return status;
        XLMEM_SET(m, linux_major, major);
        XLMEM_SET(m, linux_minor, minor);
    }
    return status;
}

static int take_ram(const cmd_run *run, xlmem_machine *m)
{
    uint64_t kb;
    int status = cmd_get_size(run, "--ram", run->value[MACHINE_RAM], &kb);

    if (status)
        return status;
    if (kb < RAM_LEAST_KB || kb > RAM_MOST_KB)
        return cmd_usage(run->spec, "--ram: Xen runs on no machine with %s",
                         run->value[MACHINE_RAM]);
    XLMEM_SET(m, ram_kb, kb);
    return EXIT_DONE;
}

static int take_cpus(const cmd_run *run, xlmem_machine *m)
{
    uint64_t cpus;
    int status;

    if (!run->value[MACHINE_CPUS])
        return EXIT_DONE;
    status = cmd_get_count(run, MACHINE_CPUS, CPUS_MAX, &cpus);
    if (status)
        return status;
    if (!cpus)
        return cmd_usage(run->spec, "--cpus: a machine has at least one");
    XLMEM_SET(m, nr_cpus, cpus);
    return EXIT_DONE;
}

/* What is said of a machine is of one that --ram makes. */
static int check_alone(const cmd_run *run)
{
    int i;

    for (i = MACHINE_RAM + 1; i < NR_MACHINE_OPTIONS; i++)
        if (run->value[i])
            return cmd_usage(run->spec,
                             "--%s describes the machine of --ram SIZE, "
                             "which is missing",
                             run->spec->options[i].name);
    return EXIT_DONE;
}

int cmd_take_machine(const cmd_run *run, xlmem_machine *machine_r)
{
    int status;

    memset(machine_r, 0, sizeof(*machine_r));
    if (!run->spec->takes_machine)
        return EXIT_DONE;
    if (!run->value[MACHINE_RAM])
        return check_alone(run);
    if (run->global[GLOBAL_SYSROOT] || run->global[GLOBAL_HOST])
        return cmd_usage(run->spec, "--ram and %s exclude each other",
                         run->global[GLOBAL_HOST] ? "--host" : "--sysroot");
    status = take_ram(run, machine_r);
    if (!status)
        status = take_cpus(run, machine_r);
    return status ? status : take_releases(run, machine_r);
}

bool cmd_has_machine(const cmd_run *run)
{
    return XLMEM_KNOWS(&run->machine, ram_kb);
}
