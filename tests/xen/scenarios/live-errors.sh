# shellcheck shell=bash
# bed: xen="dom0_mem=1G,max:1G" sets=full,smoke timeout=300
# What is wrong with a host that cannot be read is told apart, in one line.
FACTS=/usr/libexec/xlmem/xlmem-facts
MODULES=/usr/lib/x86_64-linux-gnu/xlmem
said=/run/live-said

# refuses WHAT [ARGS...]: fails with status 1, soon, and says WHAT.
refuses()
{
    local r=0 want=$1

    shift
    timeout 60 $FACTS "$@" >/dev/null 2>"$said" || r=$?
    cat "$said"
    assert_eq "$r" 1 "exit status"
    assert_match "$want" "$said"
    assert_eq "$(wc -l <"$said")" 1 "number of lines"
}

xenstored_pid()
{
    local comm

    for comm in /proc/[0-9]*/comm; do
        case $(cat "$comm" 2>/dev/null) in
        xenstored | oxenstored) basename "$(dirname "$comm")" ;;
        esac
    done
}

$FACTS >/dev/null
# Kernels differ in who may look into the directory.
refuses 'not privileged: no access to /dev/xen/privcmd; run as root' -u 65534

release=$(basename "$MODULES"/xen-*)
mv "$MODULES/$release" "$MODULES/xen-4.2"
refuses "no module for Xen ${release#xen-}: $MODULES/$release/live.so: .*installed: 4.2\\)"
mv "$MODULES/xen-4.2" "$MODULES/$release"

mkdir -p /run/empty
mount -o bind /run/empty /dev/xen
mount -o bind /run/empty /proc/xen
refuses 'neither /dev/xen/privcmd nor /proc/xen/privcmd exists'
umount /dev/xen
umount /proc/xen

mount -t tmpfs tmpfs /sys/hypervisor
refuses 'does not run under Xen: /sys/hypervisor/type'
umount /sys/hypervisor

pid=$(xenstored_pid)
assert [ -n "$pid" ]
kill -STOP "$pid"
refuses 'xenstored does not answer on .*/xenstored/socket within 5 s'
kill -CONT "$pid"
$FACTS >/dev/null

kill -KILL "$pid"
refuses 'xenstored is not running: .*/xenstored/socket: Connection refused'
rm -f /run/xenstored/socket
refuses 'xenstored does not answer on /dev/xen/xenbus within 5 s'

# Whoever tidies up behind us needs the toolstack.
"$(echo /usr/lib/xen-[0-9]*/bin/xenstored)" --pid-file /run/xen/xenstored.pid
wait_for 30 xenstore-exists /
