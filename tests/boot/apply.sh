#!/usr/bin/env bash
# Apply and revert on a host whose generator runs: the entries are judged, and
# what they do not bear out is put back.
# shellcheck source=tests/boot/lib.sh
. "${XLMEM_SRCDIR:?}/tests/boot/lib.sh"
needs_chroot
helper=$XLMEM_BUILDDIR/tests/boot/helper

# host NAME: a shape with GRUB, and what it has.
host()
{
    copy_shape "$1"
    add_grub
    files "$tree" >"$scratch/before"
}

# unchanged WHAT: every file is as it was.
unchanged()
{
    files "$tree" >"$scratch/now"
    same "$1: a file differs" "$scratch/before" "$scratch/now"
}

# fails STATUS TEXT: apply does, says so, and leaves nothing behind.
fails()
{
    run_grub apply $word
    [ "$status" = "$1" ] || fail "$2: exit status $status"
    says "$2"
    silent
    unchanged "$2"
}

for shape in 02-debian-xen-cfg 03-debian-split 11-qubes; do
    host $shape
    run_grub apply $word
    [ "$status" = 0 ] || fail "$shape: apply: $(cat "$scratch/err")"
    lines "$tree/boot/grub/grub.cfg" >"$scratch/got"
    same "$shape: entries" "$shapes/$shape/after" "$scratch/got"
    files "$tree" >"$scratch/applied"
    # What the other commands read of such a host.
    run lint -j --sysroot "$tree"
    grep -qF "\"line\": \"$(sed -n 1p "$shapes/$shape/after")\"" \
        "$scratch/out" || fail "$shape: lint reads another line"
    run_grub apply $word
    grep -q 'Nothing to change' "$scratch/out" || fail "$shape: twice"
    files "$tree" >"$scratch/now"
    same "$shape: applied twice" "$scratch/applied" "$scratch/now"
    # Another size, and the way back leads to the beginning.
    run_grub apply dom0_mem=3G,max:3G
    lines "$tree/boot/grub/grub.cfg" | grep -q 'dom0_mem=3G,max:3G' ||
        fail "$shape: another size"
    run_grub revert
    [ "$status" = 0 ] || fail "$shape: revert: $(cat "$scratch/err")"
    unchanged "$shape: reverted"
    run_grub revert
    grep -q 'Nothing to take back' "$scratch/out" || fail "$shape: twice"
    unchanged "$shape: reverted twice"
done

# What takes a shell, and was there when GRUB's configuration was made, is
# dropped without a word.
host 36-function-and-loop
run_grub apply $word
grep -q 'stood there: *dom0_mem=1G dom0_mem=max:2G' "$scratch/out" ||
    fail "what stood there is not said"
! chroot "$tree" /usr/sbin/grub-mkconfig 2>&1 | grep 'is not used' >&2 ||
    fail "a word that the entries had is warned of"
run_grub revert
unchanged "reverted, what takes a shell"

# grub.cfg alone was made anew by somebody without our file: again.
host 06-centos-appended-twice
run_grub apply $word
cp "$tree/boot/grub/grub.cfg" "$scratch/right"
sed -i 's/dom0_mem=[^ ]*//' "$tree/boot/grub/grub.cfg"
run_grub apply $word
same "entries that were lost" "$scratch/right" "$tree/boot/grub/grub.cfg"

# The folder of the drop-in is made, whatever may be done to the file beside it.
host 17-dashes
rm -r "$tree/etc/default/grub.d"
chmod 0444 "$tree/etc/default/grub"
chroot "$tree" /usr/sbin/grub-mkconfig
files "$tree" >"$scratch/before"
run_grub apply $word
[ "$status" = 0 ] || fail "a folder beside a read-only file: exit status $status"
run_grub revert
unchanged "a folder beside a read-only file"
[ ! -e "$tree/etc/default/grub.d" ] || fail "a folder that was made stays"

# ---- what the generator does is judged
host 02-debian-xen-cfg
touch "$tree/fail"
files "$tree" >"$scratch/before"
fails 1 'grub.d is broken'
rm "$tree/fail"
touch "$tree/no-xen"
chroot "$tree" /usr/sbin/grub-mkconfig
files "$tree" >"$scratch/before"
fails 1 'no entry of /boot/grub/grub.cfg loads Xen'
rm "$tree/no-xen"
# A file behind ours.
# shellcheck disable=SC2016 # the file's
echo 'GRUB_CMDLINE_XEN_DEFAULT="$GRUB_CMDLINE_XEN_DEFAULT dom0_mem=max:9G"' \
    >"$tree/etc/default/grub.d/zzz.cfg"
chroot "$tree" /usr/sbin/grub-mkconfig
files "$tree" >"$scratch/before"
fails 1 '/etc/default/grub.d/zzz.cfg:1 behind /etc/default/grub.d/zz-xlmem.cfg says otherwise'
rm "$tree/etc/default/grub.d/zzz.cfg"
# An entry that somebody has written.
printf '%s\n' '### BEGIN /etc/grub.d/40_custom ###' "menuentry 'mine' {" \
    '  multiboot2 /boot/xen.gz dom0_mem=3G' '}' >"$tree/mine"
chroot "$tree" /usr/sbin/grub-mkconfig
files "$tree" >"$scratch/before"
fails 1 'dom0_mem=3G in place of dom0_mem=2G,max:2G: /etc/grub.d/40_custom has it so'
# ... also where it was copied from one of 20_linux_xen's.
sed -i 's/xen.gz/xen.gz placeholder/' "$tree/mine"
chroot "$tree" /usr/sbin/grub-mkconfig
files "$tree" >"$scratch/before"
fails 1 'dom0_mem=3G in place of dom0_mem=2G,max:2G: /etc/grub.d/40_custom has it so'
rm "$tree/mine"
# It ends in the middle of grub.cfg.
chroot "$tree" /usr/sbin/grub-mkconfig
cp "$tree/boot/grub/grub.cfg" "$scratch/right"
touch "$tree/full"
run_grub apply $word
[ "$status" = 1 ] || fail "a full /boot: exit status $status"
same "a full /boot: grub.cfg" "$scratch/right" "$tree/boot/grub/grub.cfg"
[ ! -e "$tree/etc/default/grub.d/zz-xlmem.cfg" ] || fail "a full /boot: drop-in"
[ ! -e "$tree/var/lib/xlmem" ] || fail "a full /boot: an intention stays"

# ---- what changes nothing
host 06-centos-appended-twice
mkdir -p "$tree/var/lib/dpkg" "$tree/var/lib/xlmem/boot"
touch "$tree/var/lib/dpkg/lock"
files "$tree" >"$scratch/before"
wrapper=("$helper" lock "$tree/var/lib/dpkg/lock")
fails 4 'is installing packages'
mkdir -p "$tree/var/lib/xlmem/boot"
wrapper=("$helper" folder "$tree/var/lib/xlmem/boot")
fails 4 'another xl memguard grub is at work'
wrapper=()
rm -rf "$tree/var/lib/xlmem"
ln "$tree/etc/default/grub" "$tree/etc/other"
files "$tree" >"$scratch/before"
fails 1 'has another name'
rm "$tree/etc/other"
mv "$tree/etc/default/grub" "$tree/etc/default/real"
ln -s real "$tree/etc/default/grub"
files "$tree" >"$scratch/before"
fails 1 'is a link'
rm "$tree/etc/default/grub"
mv "$tree/etc/default/real" "$tree/etc/default/grub"
files "$tree" >"$scratch/before"
if chattr +i "$tree/etc/default/grub" 2>/dev/null; then
    fails 1 'is immutable'
    chattr -i "$tree/etc/default/grub"
fi
# What the generator leaves there could not be put back.
ln "$tree/boot/grub/grub.cfg" "$tree/boot/grub/other"
files "$tree" >"$scratch/before"
fails 1 'boot/grub/grub.cfg has another name'
ln -sf other "$tree/boot/grub/grub.cfg"
files "$tree" >"$scratch/before"
fails 1 'boot/grub/grub.cfg is a link'
mv "$tree/boot/grub/other" "$tree/boot/grub/grub.cfg"
mv "$tree/boot/grub" "$tree/boot/real"
ln -s real "$tree/boot/grub"
files "$tree" >"$scratch/before"
fails 1 'boot/grub: a link or a file is on the way there'
rm "$tree/boot/grub"
mv "$tree/boot/real" "$tree/boot/grub"
files "$tree" >"$scratch/before"
if chattr +i "$tree/boot/grub/grub.cfg" 2>/dev/null; then
    fails 1 'boot/grub/grub.cfg cannot be written: '
    chattr -i "$tree/boot/grub/grub.cfg"
fi
chmod 444 "$tree/etc/default/grub"
files "$tree" >"$scratch/before"
fails 1 'is read-only'
chmod 644 "$tree/etc/default/grub"
mkdir -p "$tree/var/lib/xlmem/boot"
echo '{}' >"$tree/var/lib/xlmem/boot/intent.json"
files "$tree" >"$scratch/before"
fails 1 'is not what it was written as'
rm "$tree/var/lib/xlmem/boot/intent.json"
host 02-debian-xen-cfg
echo '# mine' >"$tree/etc/default/grub.d/zz-xlmem.cfg"
files "$tree" >"$scratch/before"
fails 1 'was not written by xl memguard grub'

# ---- what belongs to a file stays with it
host 06-centos-appended-twice
chmod 640 "$tree/etc/default/grub"
chown 12:34 "$tree/etc/default/grub"
setfattr -n user.label -v boot "$tree/etc/default/grub" 2>/dev/null || :
attributes()
{
    stat -c '%a %u %g' "$tree/etc/default/grub"
    getfattr -d "$tree/etc/default/grub" 2>/dev/null || :
}
attributes >"$scratch/want"
run_grub apply $word
attributes >"$scratch/got"
same "attributes, applied" "$scratch/want" "$scratch/got"
run_grub revert
attributes >"$scratch/got"
same "attributes, reverted" "$scratch/want" "$scratch/got"

# ---- edited since: the word goes, the rest stays
host 06-centos-appended-twice
run_grub apply $word
sed -i 's/^GRUB_TIMEOUT=5/GRUB_TIMEOUT=9/' "$tree/etc/default/grub"
run_grub revert
[ "$status" = 0 ] || fail "edited: exit status $status"
grep -q 'Somebody has changed' "$scratch/out" || fail "edited: nothing said"
grep -q 'stood there before.*dom0_mem=2048M,max:2048M' "$scratch/out" ||
    fail "edited: what stood there is not said"
sed 's/^GRUB_TIMEOUT=5/GRUB_TIMEOUT=9/; 9s/dom0_mem=[^ ]* //' \
    "$shapes/06-centos-appended-twice/etc/default/grub" >"$scratch/want"
same "edited since" "$scratch/want" "$tree/etc/default/grub"
[ ! -e "$tree/var/lib/xlmem" ] || fail "edited: an intention stays"
# Edited, and applied again: still no byte of theirs is lost.
host 06-centos-appended-twice
run_grub apply $word
sed -i 's/^GRUB_TIMEOUT=5/GRUB_TIMEOUT=9/' "$tree/etc/default/grub"
run_grub apply dom0_mem=3G,max:3G
run_grub revert
same "edited since and applied" "$scratch/want" "$tree/etc/default/grub"
# Their own size stays.
host 06-centos-appended-twice
run_grub apply $word
sed -i "s/$word/dom0_mem=8G/" "$tree/etc/default/grub"
cp "$tree/etc/default/grub" "$scratch/want"
run_grub revert
grep -q 'dom0_mem=8G stands there' "$scratch/out" || fail "theirs is not named"
same "their own size" "$scratch/want" "$tree/etc/default/grub"
# A drop-in that was edited does nothing any more.
host 02-debian-xen-cfg
run_grub apply $word
echo '# a note' >>"$tree/etc/default/grub.d/zz-xlmem.cfg"
run_grub revert
tail -n 1 "$tree/etc/default/grub.d/zz-xlmem.cfg" | grep -q '# a note' ||
    fail "a note is lost"
lines "$tree/boot/grub/grub.cfg" >"$scratch/got"
same "an edited drop-in" "$shapes/02-debian-xen-cfg/before" "$scratch/got"
# One that nothing is kept of goes.
host 02-debian-xen-cfg
run_grub apply $word
rm -rf "$tree/var/lib/xlmem"
run_grub revert
unchanged "a drop-in that nothing is kept of"

# A revert whose generator fails leaves the grub.cfg that it found, not that of
# the apply, whose kernels may be gone.
host 02-debian-xen-cfg
run_grub apply $word
sed -i 's/xen-4.17/xen-4.20/' "$tree/boot/grub/grub.cfg"
cp "$tree/boot/grub/grub.cfg" "$scratch/want"
touch "$tree/fail"
run_grub revert
[ "$status" = 1 ] || fail "a revert without a generator: exit status $status"
says 'grub.d is broken'
same "grub.cfg of a failed revert" "$scratch/want" "$tree/boot/grub/grub.cfg"
rm "$tree/fail"
run_grub revert
unchanged "reverted at last"

# ---- a size that does not do
exits 1 grub apply dom0_mem=4M,max:4M --root "$tree" --kind inline
says '--force'
exits 0 grub apply dom0_mem=4M,max:4M -N --force --root "$tree" --kind inline
exits 2 grub apply '2G;reboot' --root "$tree"
exits 2 grub frob
exits 2 grub verify x
exits 2 grub apply --root "$tree"
exits 2 grub show --kind lilo
# Of a size for a recorded host: refused where it would not get it.
exits 1 grub apply 7G,max:7G -N --root "$tree" --kind inline \
    --sysroot tests/fixtures/hosts/qemu-4g
says 'dom0 would get'
exits 0 grub apply -N --root "$tree" --kind inline \
    --sysroot tests/fixtures/hosts/qemu-4g
# What lint finds in the line that a host was booted with, verify tells.
host 02-debian-xen-cfg
run_grub apply 2G
exits 0 grub verify -j --root "$tree" --sysroot tests/fixtures/hosts/qemu-4g-nomax
grep -q '"answer": "as-intended"' "$scratch/out" || fail "verify: another answer"
grep -q '"code": "no-max"' "$scratch/out" || fail "verify: no finding"
! grep -q '"severity": "note"' "$scratch/out" || fail "verify: a note"
exits 0 grub verify --root "$tree" --sysroot tests/fixtures/hosts/qemu-4g-nomax
grep -q '^What lint finds in the line that Xen was booted with' \
    "$scratch/out" || fail "verify: nothing for people"
# Before there is a Xen the size is this machine's own, whatever boots it.
if ! grep -qsx xen /sys/hypervisor/type; then
    run grub apply -N
    grep -q 'does not run under Xen' "$scratch/err" &&
        fail "no size before the first Xen"
fi

# What stands there again is what the files have then.
host 02-debian-xen-cfg
run_grub apply $word
echo 'GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=5G smt=0"' \
    >"$tree/etc/default/grub.d/xen.cfg"
exits 0 grub revert -j --root "$tree" --update
grep -q '"old": "dom0_mem=5G"' "$scratch/out" || fail "revert: another word"

# ---- several at once: each is done or told to wait, and nothing is left of it
# one N ARG...: its status in at.N.
one()
{
    local n=$1 status=0
    shift
    "$memguard" grub "$@" --root "$tree" --update >/dev/null \
        2>"$scratch/err.$n" </dev/null || status=$?
    echo $status >"$scratch/at.$n"
}
host 06-centos-appended-twice
for round in 1 2 3 4 5 6 7 8; do
    for n in 1 2 3; do
        one $n apply "dom0_mem=${n}G,max:${n}G" &
        one r$n revert &
    done
    wait
    ! grep -vx '[04]' "$scratch"/at.* >&2 || {
        cat "$scratch"/err.* >&2
        fail "at once, round $round"
    }
    grep -qx 0 "$scratch"/at.* || fail "at once, round $round: none was done"
    run_grub revert
    unchanged "at once, round $round"
done
exit $failed
