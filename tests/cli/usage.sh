#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# How the command takes its command line: names, prefixes, options, mistakes.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
host=tests/fixtures/hosts/qemu-16g

# No command, help in all its forms.
exits 2
says "Usage: xl-memguard"
silent
for args in help --help -h "help size" "size --help" "-h size" "si -h" \
    "size --cpus 4 --help"; do
    exits 0 $args
    grep -q '^Usage: xl-memguard' "$scratch/out" || fail "$args: no help"
done
exits 0 --version
grep -q '^xl-memguard [0-9]' "$scratch/out" || fail "no version"

# With the library of another build, whose structs are others.
if ! grep -q __asan_init "$XLMEM_BUILDDIR/libxlmem/.libs/libxlmem.so"; then
    echo '_Bool xlmem_layout_is(const void *s, unsigned long n);
        _Bool xlmem_layout_is(const void *s, unsigned long n)
        { return !s && !n; }' |
        ${CC:-cc} -shared -fPIC -o "$scratch/other.so" -x c -
    LD_PRELOAD=$scratch/other.so exits 1 status --sysroot $host
    says "are not of one build"
fi

# Globals before and behind, prefixes of commands and of options.
exits 0 map -j --sysroot $host
cp "$scratch/out" "$scratch/map"
for args in "-j --sysroot $host map" "--json map --sysroot=$host" \
    "--sysroot $host ma --js" "-jv map --sysr $host" "-N map -j --sysroot $host"; do
    exits 0 $args
    same "$args" "$scratch/map" "$scratch/out"
done

# A bare value is taken for dom0_mem's; several words make one line.
exits 0 predict dom0_mem=2G,max:2G --sysroot $host
cp "$scratch/out" "$scratch/prediction"
exits 0 predict 2G,max:2G --sysroot $host
same "a bare size" "$scratch/prediction" "$scratch/out"
exits 0 predict -k dom0_mem=2G,max:2G dom0_max_vcpus=2 --sysroot $host
grep -qx 'xen_arg=dom0_mem=2G,max:2G dom0_max_vcpus=2' "$scratch/out" ||
    fail "words are not one line"
exits 0 predict --sysroot $host -- -1G
grep -qx 'dom0_mem=-1G' "$scratch/out" || fail "no negative size"

# mistake TEXT ARG...: usage errors say what is wrong and print no report.
mistake()
{
    local text=$1
    shift
    exits 2 "$@"
    says "$text"
    silent
}
mistake "there is no command 'frob'" frob
mistake "there is no command ''" ''
mistake "'s' is short for more than one command: size, status, set" s
mistake "'s' is short for more than one command: size, status, set" help s
mistake "there is no option '--frob'" --frob map
mistake "there is no option '-x'" map -x
mistake "there is no option '-1'; a negative size" predict -1G
mistake "'--h' is short for more than one option" map --h
mistake "option '--json=1' takes no argument" map --json=1
mistake "option '--sysroot' needs an argument" map --sysroot
mistake "SPEC is missing, for example" predict
mistake "xl-memguard predict 4G" size 4G
mistake "'x' is one argument too many" map x
mistake "write 'dom0_mem=2G'" predict 2G 4G
mistake "exclude each other" map -j -k --sysroot $host
mistake "exclude each other" map --host x --sysroot $host
mistake "'12x' is not a number" size --domus 12x --sysroot $host
mistake "'' is not a number" size --domus '' --sysroot $host
mistake "'-1' is not a number" size --domus=-1 --sysroot $host
mistake "is not a number" size --vifs 18446744073709551616 --sysroot $host
mistake "--domus: '18446744073709551615' is more than the 32751" \
    size --domus 18446744073709551615 --sysroot $host
mistake "--vbds: '32752' is more than" size --vbds 32752 --sysroot $host
mistake "'512' is not a size" size --extra 512 --sysroot $host
mistake "'2GB' is not a size" size --extra 2GB --sysroot $host
mistake "more than there can be" size --growth 99999999999T --sysroot $host
mistake "cannot be more" size --domus 3 --hvm 4 --sysroot $host
mistake "both want standard output" map --svg - -j --sysroot $host
mistake "SIZE: '1536' is not a size" dom0 1536 -N --sysroot $host
mistake "a recorded host stays as it is" dom0 1536M --sysroot $host
mistake "one argument too many" dom0 1G 2G
mistake "a run of its own: xl-memguard check b.cfg" check a.cfg b.cfg
mistake "--wait: 'x' is not a number" dom0 1G --wait x
mistake "there is no command 'x'" help x
says "see 'xl-memguard help'"
exits 1 check 20 --sysroot $host
says "20: No such file or directory"
says "a size has a suffix, K, M, G or T: 20M"
exits 1 check 20GiB --sysroot $host
says "a size has a suffix, K, M, G or T: 20G"
exits 1 check 20M.cfg --sysroot $host
grep -q "a size has" "$scratch/err" && fail "a name is taken for a size"
mistake "--for: 0 s would be over at once" reserve 1G --for 0 -N --sysroot $host
mistake "--for: 'x' is not a number" reserve 1G --for x -N --sysroot $host
mistake "'31536001' is more than" reserve 1G --for 31536001 -N --sysroot $host
mistake "'86401' is more than" reserve 1G --wait 86401 -N --sysroot $host
mistake "name reservations, or say --all" release --sysroot $host
mistake "name reservations, or say --all" release --all 1-0 --sysroot $host
mistake "a recorded host is not changed" enable --sysroot $host
mistake "a recorded host stays as it is; -N" reserve 1G --sysroot $host
mistake "a recorded host stays as it is; -N" release --all --sysroot $host

# A recorded host is looked at; nothing is reserved or released on it.
exits 0 reserve --sysroot $host
grep -qx 'Nothing is reserved.' "$scratch/out" || fail "something is reserved"
# Nor is it counted: that is of this machine, whose /run is an empty one here.
if unshare -m true 2>/dev/null; then
    unshare -m --propagation private sh -c '
        mount -t tmpfs none /run || exit
        "$@" >/dev/null 2>&1
        find /run -mindepth 1' sh "$memguard" reserve 1G -N --sysroot $host \
        >"$scratch/left" || fail "no /run of its own"
    [ ! -s "$scratch/left" ] || fail "left in /run: $(cat "$scratch/left")"
else
    echo "SKIP: what a recorded host leaves in /run: no mount namespace"
fi
exits 1 release 1-0 -N --sysroot $host
says "there is no reservation 1-0"
exits 0 release --all -N -j --sysroot $host
exits 0 release --all -N --sysroot $host
grep -qx 'Nothing is reserved by hand.' "$scratch/out" ||
    fail "nothing to release: $(cat "$scratch/out")"
exits 0 help set
grep -q '^  file      take the range of /etc/xen/memguard.d/' "$scratch/out" ||
    fail "help set: $(cat "$scratch/out")"

mistake "CFG|SIZE is missing, for example" check --sysroot $host
mistake "exclude each other" check 512M --host x --sysroot $host
mistake "--wait: nothing changes on a recorded host" \
    check 512M --wait 3 --sysroot $host
mistake "--wait: '1s' is not a number" check 512M --wait 1s --sysroot $host
mistake "--wait goes with CFG|SIZE" check --all x --wait 3 --sysroot $host
mistake "--type goes with CFG|SIZE" check --host x --type pv
mistake "--saved goes with --all" check 512M --saved x --sysroot $host
mistake "name the directory" check --all --sysroot $host

# What xendomains would find in its directory.
exits 1 check --all "$scratch/none" --sysroot $host
says "$scratch/none: No such file"
silent
mkdir "$scratch/auto" "$scratch/auto/sub"
exits 0 check --all "$scratch/auto" --sysroot $host
says "auto/sub: no file, passed over"
grep -q 'Nothing is to be started' "$scratch/out" || fail "something starts"
printf 'name = "hidden"\nmemory = 999999\n' >"$scratch/auto/.hidden"
ln -s "$PWD/tests/fixtures/auto/40-small.cfg" "$scratch/auto/link"
ln -s nowhere "$scratch/auto/dangling"
exits 3 check --all "$scratch/auto" -k --sysroot $host
grep -qx 'nr_up=1' "$scratch/out" || fail "the link is not followed"
grep -q hidden "$scratch/out" && fail "a hidden file is started"
says "auto/dangling: No such file"

# Escapes in what the user typed do not reach the terminal.
mistake 'no command '"'"'\x1b[31m' "$(printf '\033[31m')"

# A small stack is made larger; where it may not be, that is said.
soft=$(ulimit -Ss)
ulimit -Ss 48
exits 0 predict dom0_mem=2G --sysroot $host
ulimit -Ss "$soft"
if ! (ulimit -Hs 128 && ulimit -Hs 256) 2>/dev/null; then
    status=0
    (ulimit -s 128 && "$memguard" version) >/dev/null 2>"$scratch/err" ||
        status=$?
    [ "$status" = 1 ] || fail "with a small stack: exit status $status"
    says "the stack is limited to less than 256 KiB (ulimit -s)"
fi

# Without Xen and without a recorded host: one sentence with the way out.
if [ ! -e /sys/hypervisor/type ]; then
    exits 1 status
    says "use --sysroot or --host"
    [ "$(wc -l <"$scratch/err")" = 1 ] || fail "more than one sentence"
    silent
fi
exits 2 size --sysroot $host --extra 1G --extra ''
says "option '--extra' is there twice"
exit $failed
