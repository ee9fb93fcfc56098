#!/usr/bin/env bash
# An arrow only ever points downward: which folder may include what.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

# includes DIR: FILE INCLUDED pairs.
includes()
{
    grep -rnoE --include='*.[ch]' '^# *include *[<"][^>"]+' "$1" |
        sed -E 's/^([^:]*):[0-9]+:# *include *[<"]/\1 /'
}

# only DIR REGEX: whatever DIR includes matches.
only()
{
    local found
    found=$(includes "$1" | grep -vE " ($2)\$" || true)
    [ -z "$found" ] || complain "$1 may not include:
$found"
}

pure='(assert|limits|stdbool|stddef|stdint|stdio|stdlib|strings?|inttypes|stdarg)\.h'
# What decides, and what has effects.
values='private/(all|advice|dom0|domids|pace|printable|remedy|xen)\.h'
effects='private/(admissions|guard|backend|daemon|layout|monitor|moves)\.h'

only libxlmem/xlmem "$pure|xlmem/[a-z]+\.h"
only libxlmem/private "$pure|(xlmem|private)/[a-z0-9]+\.h|setjmp\.h|yajl/yajl_gen\.h"
only libxlmem/model "$pure|$values|model/((doctor|fleet)/)?[a-z0-9_]+\.(h|def)"
only libxlmem/codec "$pure|$values|(model|codec|codec/capture|codec/vitals)/[a-z0-9_]+\.(h|def)|yajl/.*|private/yajl_memory\.h"
only libxlmem/engine \
    "$pure|$values|$effects|(model|codec|codec/capture|codec/vitals|engine|engine/(balance|capture|doctor|facts|guard))/[a-z0-9_]+\.(h|def)"
only libxlmem/api \
    "$pure|$values|$effects|xlmem/[a-z]+\.h|(codec|engine/guard|api|model)/[a-z0-9_]+\.h"
# Rooms.  What only recorded hosts need is in a module of its own (captures.h),
# which the guard never loads: the module alone looks in.  The host's facts are
# below the guard, and what both stand on is below them.
includes libxlmem | grep -E ' ([a-z]*/capture|codec/vitals)/' |
    grep -vE '^libxlmem/(codec/vitals/[a-z0-9_]+\.[ch]|[a-z]+/capture/[a-z0-9_]+\.[ch]|captures_module\.c) ' &&
    complain "only what is in the module for captures may include it"
# The doctor's rules are in that module too, and nothing else stands on them.
includes libxlmem | grep ' model/doctor/' |
    grep -vE '^libxlmem/(model/doctor/[a-z0-9_]+\.[ch]|captures_module\.c) ' &&
    complain "only what is in the module for captures may include it"
# So is the packing, which the command alone has.
includes libxlmem | grep ' model/fleet/' |
    grep -v '^libxlmem/model/fleet/' &&
    complain "nothing may stand on model/fleet but the command"
includes libxlmem/engine/capture | grep -E ' engine/(guard|balance)/' &&
    complain "engine/capture may include neither engine/guard nor engine/balance"
includes libxlmem/engine/facts | grep -E ' engine/(guard|balance)/' &&
    complain "engine/facts may include neither engine/guard nor engine/balance"
includes libxlmem/engine/guard | grep ' engine/balance/' &&
    complain "engine/guard may not include engine/balance"
# The doctor's effects stand on the guard's, and nothing stands on them.
includes libxlmem | grep ' engine/doctor/' | grep -v '^libxlmem/engine/doctor/' &&
    complain "nothing may include engine/doctor"
includes libxlmem/engine/doctor | grep -E ' engine/balance/' &&
    complain "engine/doctor may not include engine/balance"
includes libxlmem |
    grep -E '^libxlmem/engine/[a-z0-9_]+\.[ch] engine/(facts|guard|balance)/' &&
    complain "engine's own files may include neither facts nor guard nor balance"
includes libxlmem/sys | grep -E ' engine/' &&
    complain "sys may not include engine"
includes libxlmem | grep -E ' (libxl|xenctrl|xenstore|xentoollog|xenevtchn)' |
    grep -v '^libxlmem/sys/' && complain "Xen headers belong in sys"
includes libxlmem | grep -E ' yajl' | grep -vE '^libxlmem/(codec/json(_push)?\.c|private/yajl_memory\.h)' &&
    complain "yajl belongs in codec/json, json_push and private/yajl_memory"
includes xl-plugin | grep -vE ' sys/(inotify|ioctl|mman|prctl|random|resource|sendfile|socket|stat|syscall|timerfd|un|wait)\.h$' |
    grep -vE '^xl-plugin/(boot/|commands/fleet[a-z_]*\.[ch] model/fleet/fleet\.h$)' |
    grep -E ' ((model|codec|engine|sys)/|xenctrl|libxl)' &&
    complain "xl-plugin uses what the library exports only"
# The boot editor is in the command alone, with copies of what it needs.
includes xl-plugin/boot | grep -E ' (engine/|sys/(sys\.|live|ledger|line|module)|xenctrl|libxl|cmd\.h|input/|output/|commands/)' &&
    complain "the boot editor stands on codec and model, and knows of no command"
# Metrics are values and a writer, as output is.
includes xl-plugin/metrics | grep -E ' (cmd\.h|(input|commands|guard|boot|daemon)/)' &&
    complain "metrics know of no command"
includes xl-plugin/output | grep ' metrics/' &&
    complain "output may not include metrics"
# Its rooms: output below the frame (cmd.h), below input, below commands.
includes xl-plugin/output | grep -E ' (cmd\.h|(input|commands|guard)/)' &&
    complain "output knows of no command"
includes xl-plugin/input | grep -E ' (commands|guard)/' &&
    complain "input may not include commands"
includes xl-plugin | grep -E '^xl-plugin/[a-z0-9_]+\.[ch] (input|commands)/' &&
    complain "what all commands share may not include any"
includes xl-plugin | grep -E ' (event2|systemd)/' |
    grep -v '^xl-plugin/daemon/' && complain "the loop is the daemon's"
includes xl-plugin | grep -E ' daemon/' | grep -v '^xl-plugin/daemon/' &&
    complain "nothing stands on the daemon"
includes xl-plugin | grep -E ' yajl' | grep -v '^xl-plugin/output/out_json\.c' &&
    complain "yajl belongs in output/out_json.c"
# What runs in guests stands alone, and knows nothing of Xen's headers.
only hotplug/guest "(assert|errno|fcntl|poll|signal|std(bool|def|int|io|lib)|string|sys/mman|time|unistd|facts|pace|store)\.h"
# What changes the host's memory is done in one place.
grep -rnE -- '->(set_target_kb|set_maximum_kb|online_added) *\(' libxlmem |
    grep -v '^libxlmem/engine/guard/targets\.c:' &&
    complain "only engine/guard/targets.c sets targets and maxima"
grep -rnE -- '->(write_setting|replace_file|sync_files) *\(' libxlmem |
    grep -vE '^libxlmem/(engine/doctor/|sys/live_machine\.c:)' &&
    complain "only engine/doctor writes what is the kernel's and the host's"
grep -nwE '(float|double|malloc|calloc|realloc|clock_gettime|time|errno|getenv)' \
    --include='*.c' -r libxlmem/model |
    grep -vE '^libxlmem/model/(host|map|tracker|trial)\.c:.*\<(malloc|calloc|realloc)\>' |
    grep -vE ':[0-9]+:( \*|/\*| *\*|.*/\*.*\<time\>)' |
    grep -E '\<(malloc|calloc|realloc|clock_gettime|getenv|time) *\(|\<(float|double|errno)\>' &&
    complain "model decides on values alone: no floats, clock, errno, heap"
# A header that needs another one to stand before it is found by its own file,
# which begins with it; or with the system's, and then all of ours by name.
find libxlmem xl-plugin -name '*.c' -exec awk '
    FNR == 1 { first = ""; own = FILENAME; sub(/^[^\/]*\//, "", own)
               sub(/c$/, "h", own); own = "\"" own "\"" }
    /^#include/ && $2 != "\"config.h\"" && first == "" { first = $2 }
    /^#include "/ && $2 == own && first != own && first !~ /^</ {
        print FILENAME " does not begin with " own; wrong = 1 }
    END { exit wrong }' {} + ||
    complain "who has a header begins with it"
exit $bad
