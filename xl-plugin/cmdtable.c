/* SPDX-License-Identifier: LGPL-2.1-only */
#include "cmd.h"

#include <string.h>

const cmd_opt cmd_globals[NR_GLOBALS + 1] = {
    [GLOBAL_JSON] = {"json", 'j', NULL, "print JSON"},
    [GLOBAL_KEY_VALUE] = {"key-value", 'k', NULL, "print key=value lines"},
    [GLOBAL_DRY_RUN] = {"dry-run", 'N', NULL,
                        "change nothing, say what would be done"},
    [GLOBAL_VERBOSE] = {"verbose", 'v', NULL,
                        "sizes in kB, and say more on standard error"},
    [GLOBAL_SYSROOT] = {"sysroot", 0, "PATH",
                        "read a recorded host: a capture's directory or "
                        "archive"},
    [GLOBAL_HOST] = {"host", 0, "FILE",
                     "read a recorded host: a snapshot in JSON"},
    [GLOBAL_CONFIG] = {"config", 0, "FILE",
                       "read FILE in place of /etc/xen/memguard.conf"},
    [GLOBAL_HELP] = {"help", 'h', NULL, "show help and exit"},
    [GLOBAL_VERSION] = {"version", 0, NULL, "show the version and exit"},
};

/* Of every command that takes a domU. */
#define DOMU_OPTIONS                                                          \
    [DOMU_TYPE] = {"type", 0, "TYPE",                                         \
                   "one of pv, pvh, hvm; pvh where only a size is given"},    \
    [DOMU_VCPUS] = {"vcpus", 0, "N", "its vCPUs"},                            \
    [DOMU_MAXMEM] = {"maxmem", 0, "SIZE", "what it may balloon up to"}

/* Of every command that takes a machine that nobody has yet. */
#define MACHINE_OPTIONS                                                       \
    [MACHINE_RAM] = {"ram", 0, "SIZE",                                        \
                     "of a machine that is assumed: a PC with so much "       \
                     "memory"},                                               \
    [MACHINE_CPUS] = {"cpus", 0, "N",                                         \
                      "its CPUs; unless said one for 4 GiB, "                 \
                      "from 2 to 128"},                                       \
    [MACHINE_XEN] = {"xen", 0, "RELEASE", "its Xen, like 4.17"},              \
    [MACHINE_LINUX] = {"linux", 0, "RELEASE", "its kernel, like 6.1"}

const cmd_spec cmd_table[] = {
    {
        .name = "size",
        .handler = cmd_size,
        .can_dryrun = true,
        .desc = "Compute the right dom0_mem= for this host",
        .synopsis = "",
        .example = "--domus 20 --vifs 2",
        .surplus = "to see what a size yields: xl-memguard predict ",
        .takes_machine = true,
        .options =
            {
                MACHINE_OPTIONS,
                [SIZE_DOMUS] = {"domus", 0, "N",
                                "domUs that shall run at once"},
                [SIZE_HVM] = {"hvm", 0, "N",
                              "of which HVM, with a device model in dom0"},
                [SIZE_VIFS] = {"vifs", 0, "N", "network interfaces per domU"},
                [SIZE_VBDS] = {"vbds", 0, "N", "block devices per domU"},
                [SIZE_EXTRA] = {"extra", 0, "SIZE",
                                "for what else runs in dom0 (ZFS, Ceph ...)"},
                [SIZE_GROWTH] = {"growth", 0, "SIZE",
                                 "room to grow above the size at boot"},
                [SIZE_COMPARE] = {"compare", 0, NULL,
                                  "show what other formulas say"},
            },
    },
    {
        .name = "predict",
        .handler = cmd_predict,
        .can_dryrun = true,
        .desc = "Tell what a dom0_mem= line would yield on this host",
        .synopsis = "SPEC",
        .min_args = 1,
        .max_args = 64,
        .example = "dom0_mem=2G,max:2G",
        .takes_machine = true,
        .options = {MACHINE_OPTIONS},
    },
    {
        .name = "lint",
        .handler = cmd_lint,
        .can_dryrun = true,
        .desc = "Check the memory options of a Xen command line",
        .synopsis = "[LINE]",
        .max_args = 64,
        .example = "dom0_mem=2G,max:2G",
        .takes_machine = true,
        .options = {MACHINE_OPTIONS},
    },
    {
        .name = "map",
        .handler = cmd_map,
        .can_dryrun = true,
        .modifies = true,
        .desc = "Draw the host's memory map and who has the memory",
        .synopsis = "",
        .example = "--svg host.svg",
        .takes_machine = true,
        .options =
            {
                MACHINE_OPTIONS,
                [MAP_SVG] = {"svg", 0, "FILE",
                             "write the drawing as SVG; '-' is standard "
                             "output"},
            },
    },
    {
        .name = "status",
        .handler = cmd_status,
        .can_dryrun = true,
        .desc = "Show where the host's memory is",
        .synopsis = "",
        .example = "-j",
    },
    {
        .name = "doctor",
        .handler = cmd_doctor,
        .can_dryrun = true,
        .modifies = true,
        .desc = "Tell what is wrong with a host's memory, and cure it",
        .synopsis = "[ID[:DOM]...]",
        .max_args = 64,
        .example = "-v",
        .words = "fragmented hotplug-offline released-not-taken low-memory "
                 "dom0-shrunk balloon-stuck targets-contradict autoballoon",
        .options =
            {
                [DOCTOR_FIX] = {"fix", 0, NULL,
                                "carry out the remedies of what is found, or "
                                "of these IDs; -N shows them"},
                [DOCTOR_ONLY] = {"only", 0, "ID",
                                 "judge by this rule alone, see "
                                 "memguard-findings(7)"},
                [DOCTOR_WATCH] = {"watch", 0, "SECS",
                                  "look twice, so far apart; what one look "
                                  "does not tell shows at 40 to 60"},
                [DOCTOR_HTML] = {"html", 0, "FILE",
                                 "write it as one page for a browser, with "
                                 "pictures; '-' is standard output"},
            },
    },
    {
        .name = "top",
        .handler = cmd_top,
        .can_dryrun = true,
        .desc = "Watch the memory of all domains as it moves",
        .synopsis = "",
        .example = "--interval 1",
        .options =
            {
                [TOP_INTERVAL] = {"interval", 0, "SECS",
                                  "look again after so long; 2 unless said"},
                [TOP_ONCE] = {"once", 0, NULL,
                              "print one picture, with all domains"},
            },
    },
    {
        .name = "metrics",
        .handler = cmd_metrics,
        .can_dryrun = true,
        .modifies = true,
        .desc = "Print the host as metrics for Prometheus",
        .synopsis = "",
        .example = "--no-domains",
        .options =
            {
                [METRICS_FORMAT] = {"format", 0, "FORMAT",
                                    "prometheus (text 0.0.4; this unless "
                                    "said) or openmetrics"},
                [METRICS_TEXTFILE] = {"textfile", 0, "FILE",
                                      "write FILE, whole or not at all, for "
                                      "the node exporter"},
                [METRICS_NO_DOMAINS] = {"no-domains", 0, NULL,
                                        "without the series of each domain"},
            },
    },
    {
        .name = "check",
        .handler = cmd_check,
        .can_dryrun = true,
        .desc = "Tell whether a domain may start, and what would help",
        .synopsis = "[CFG|SIZE|DIR]",
        .max_args = 1,
        .two_hosts = true,
        .takes = TAKES_FILES,
        .example = "512M",
        .surplus = "it takes a run of its own: xl-memguard check ",
        .options =
            {
                DOMU_OPTIONS,
                [CHECK_WAIT] = {"wait", 0, "SECS",
                                "wait so long for it to fit"},
                [CHECK_ALL] =
                    {"all", 0, NULL,
                     "tell whether all in DIR come up after a reboot"},
                [CHECK_SAVED] = {"saved", 0, "DIR",
                                 "with --all: images restored before them"},
            },
    },
    {
        .name = "reserve",
        .handler = cmd_reserve,
        .can_dryrun = true,
        .modifies = true,
        .desc =
            "Reserve memory for a domain to come, or list what is reserved",
        .synopsis = "[CFG|SIZE]",
        .max_args = 1,
        .takes = TAKES_FILES,
        .example = "4G --for 600",
        .options =
            {
                DOMU_OPTIONS,
                [RESERVE_FOR] = {"for", 0, "SECS",
                                 "how long it lasts; 300 unless said"},
                [RESERVE_WAIT] = {"wait", 0, "SECS",
                                  "how long to wait for the memory"},
            },
    },
    {
        .name = "release",
        .handler = cmd_release,
        .can_dryrun = true,
        .modifies = true,
        .desc = "End reservations made by 'reserve'",
        .synopsis = "[ID...]",
        .max_args = 64,
        .example = "4711-0",
        .options =
            {
                [RELEASE_ALL] = {"all", 0, NULL, "all of them"},
            },
    },
    {
        .name = "dom0",
        .handler = cmd_dom0,
        .can_dryrun = true,
        .modifies = true,
        .desc = "Show how far dom0 can be moved, or give it a size",
        .synopsis = "[SIZE]",
        .max_args = 1,
        .example = "1536M",
        .options =
            {
                [DOM0_WAIT] = {"wait", 0, "SECS",
                               "give up when its balloon stands still for so "
                               "long; 10 where not given"},
                [DOM0_FORCE] = {"force", 0, NULL,
                                "give up floor, reserve and headroom"},
            },
    },
    {
        .name = "balance",
        .handler = cmd_balance,
        .can_dryrun = true,
        .modifies = true,
        .desc = "Move memory to the domains that need it, once",
        .synopsis = "",
        .example = "-N",
    },
    {
        .name = "set",
        .handler = cmd_set,
        .can_dryrun = true,
        .modifies = true,
        .desc = "Show or set the sizes a running domain may have",
        .synopsis = "DOM [min=SIZE] [max=SIZE] [weight=N]|auto|file",
        .min_args = 1,
        .max_args = 4,
        .takes = TAKES_DOMAIN,
        .example = "web1 min=512M max=2G",
        .about =
            "DOM is a domain's name, or digits for its id. Without more its "
            "range is shown.\n"
            "  min=SIZE  others may take its memory down to this\n"
            "  max=SIZE  it is given no more than this while memory moves\n"
            "  weight=N  its share where there is not enough for all; 256 "
            "unless said\n"
            "  auto      let it move with demand again after an xl mem-set\n"
            "  file      take the range of /etc/xen/memguard.d/NAME.conf\n",
    },
    {
        .name = "enable",
        .handler = cmd_enable,
        .can_dryrun = true,
        .modifies = true,
        .desc = "Have creates that do not fit refused from now on",
        .synopsis = "",
        .example = "-N",
        .options =
            {
                [ENABLE_FORCE] = {"force", 0, NULL,
                                  "whatever stands in the way"},
                [ENABLE_WARN] = {"warn", 0, NULL,
                                 "the way back: have them logged only"},
            },
    },
    {
        .name = "daemon",
        .handler = cmd_daemon,
        .modifies = true,
        .desc = "Move memory to where it is wanted, as a service",
        .synopsis = "",
        .example = "-v",
    },
    {
        .name = "grub",
        .handler = cmd_grub,
        .can_dryrun = true,
        .modifies = true,
        .desc = "Have the next boot give dom0 the size that was computed",
        .synopsis = "[show|apply [SPEC]|verify|revert]",
        .max_args = 2,
        .example = "apply dom0_mem=2G,max:2G",
        .words = "show apply verify revert",
        .options =
            {
                [GRUB_ROOT] = {"root", 0, "DIR",
                               "work on the host that is mounted at DIR"},
                [GRUB_KIND] = {"kind", 0, "KIND",
                               "how it boots: drop-in, inline or xen.cfg"},
                [GRUB_UPDATE] = {"update", 0, NULL,
                                 "with --root: run GRUB's generator there"},
                [GRUB_FORCE] = {"force", 0, NULL,
                                "apply a size that this host would not boot "
                                "with, or not get"},
                [GRUB_RECORD] = {"record", 0, NULL,
                                 "verify: keep the answer in "
                                 "/run/xlmem/boot.json"},
            },
    },
    {
        .name = "fleet",
        .handler = cmd_fleet,
        .can_dryrun = true,
        .desc = "Tell whether recorded hosts could take each other's domUs",
        .synopsis = "[check|evacuate NAME] HOST...",
        .min_args = 1,
        .max_args = 4096,
        .takes = TAKES_FILES,
        .example = "check captures/",
        .words = "check evacuate",
        .about =
            "HOST is a capture, a snapshot in JSON, or a directory of them; "
            "its name is the\nfile's.\n"
            "  check          would the domUs of each host run on the "
            "others?\n"
            "  evacuate NAME  in which order can the domUs of NAME leave "
            "it?\n",
        .options =
            {
                [FLEET_WITHOUT] = {"without", 0, "NAMES",
                                   "check: these are lost, joined by commas"},
                [FLEET_LOSE] = {"lose", 0, "K",
                                "check: any K hosts are lost at once; 1 "
                                "unless said"},
                [FLEET_GIVERS] = {"givers", 0, NULL,
                                  "check: count what a guard that enforces "
                                  "could have dom0 and domUs give"},
                [FLEET_FORMAT] = {"format", 0, "FORMAT",
                                  "evacuate: commands for xl or pacemaker; "
                                  "also alone: a file for htools"},
                [FLEET_TEXTFILE] = {"textfile", 0, "FILE",
                                    "check: write what it says into FILE too, "
                                    "as a metric"},
            },
    },
    {
        .name = "capture",
        .handler = cmd_capture,
        .modifies = true,
        .desc = "Record this host's facts for another machine or a report",
        .synopsis = "DIR|FILE.tar.gz",
        .min_args = 1,
        .max_args = 1,
        .takes = TAKES_FILES,
        .example = "host1.tar.gz",
    },
    {
        .name = "help",
        .handler = cmd_help,
        .can_dryrun = true,
        .desc = "Show help, of one command or of all",
        .synopsis = "[COMMAND]",
        .max_args = 1,
        .example = "size",
    },
    {
        .name = "version",
        .handler = cmd_version,
        .can_dryrun = true,
        .desc = "Show the version",
        .synopsis = "",
        .example = "-j",
    },
    {.name = NULL},
};

const cmd_spec *cmd_find(const char *name, size_t *nr_r)
{
    const cmd_spec *spec, *found = NULL;
    size_t len = strlen(name);

    *nr_r = 0;
    for (spec = cmd_table; spec->name; spec++) {
        if (!strcmp(spec->name, name)) {
            *nr_r = 1;
            return spec;
        }
        if (len && !strncmp(spec->name, name, len)) {
            found = spec;
            ++*nr_r;
        }
    }
    return *nr_r == 1 ? found : NULL;
}
