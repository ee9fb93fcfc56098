#!/usr/bin/env bash
# Killed at each system call that changes something, of an apply, of one with
# another size and of a revert: the host boots the old line or the new one, and
# the next command finishes what was begun.
# shellcheck source=tests/boot/lib.sh
. "${XLMEM_SRCDIR:?}/tests/boot/lib.sh"
needs_chroot
helper=$XLMEM_BUILDDIR/tests/boot/helper
[ "$(uname -m)" = x86_64 ] || exit 77

# Odd: what comes next alternates.  1: all of them, two minutes.
step=${XLMEM_KILL_STEP:-7}
other=dom0_mem=3G,max:3G

# boots WHAT LINE...: both menus that there may be - the one in /boot and the one
# that would be made now - have one of the lines in their entry, and are whole.
boots()
{
    local what=$1 now line
    shift
    for now in stands made; do
        [ $now = stands ] || chroot "$tree" /usr/sbin/grub-mkconfig
        line=$(lines "$tree/boot/grub/grub.cfg" | head -n 1)
        case "|$1|$2|${3-}|" in
        *"|$line|"*) ;;
        *) fail "$what, what $now: '$line'" ;;
        esac
    done
}

# killed_at N ARG...: 0 killed, 77 it has ended.
killed_at()
{
    local n=$1
    shift
    "$helper" kill "$n" "$memguard" grub "$@" --root "$tree" --update \
        >/dev/null 2>"$scratch/err" </dev/null
}

# kept: the files that are of interest.
kept()
{
    files "$tree" | grep -E ' \./(etc|boot|var)/'
}

# as_in DIR: the tree's files as there; its programs stay.
as_in()
{
    rm -rf "${tree:?}/etc" "${tree:?}/boot" "${tree:?}/var"
    cp -a "$1/etc" "$1/boot" "$tree/"
    [ ! -e "$1/var" ] || cp -a "$1/var" "$tree/"
}

# goes_back AFTER_WHAT: a revert ends in the beginning.
goes_back()
{
    run_grub revert
    [ "$status" = 0 ] || fail "$1, revert: $(cat "$scratch/err")"
    kept >"$scratch/now"
    same "$1, reverted" "$scratch/before" "$scratch/now"
}

# rows SHAPE: every death of the three.
rows()
{
    local shape=$1 n old new=$word another what
    old=$(sed -n 1p "$shapes/$shape/before")
    new=$(sed -n 1p "$shapes/$shape/after")
    another=${new/$word/$other}
    copy_shape "$shape"
    add_grub
    cp -a "$tree" "$scratch/fresh"
    kept >"$scratch/before"
    run_grub apply $word
    cp -a "$tree" "$scratch/applied"
    kept | grep -vE 'intent.json|xlmem/boot/grub.cfg' >"$scratch/after"

    for what in apply reapply revert; do
        for ((n = 1; ; n += step)); do
            case $what in
            apply) as_in "$scratch/fresh" ;;
            *) as_in "$scratch/applied" ;;
            esac
            case $what in
            apply) killed_at $n apply $word ;;
            reapply) killed_at $n apply $other ;;
            revert) killed_at $n revert ;;
            esac && status=0 || status=$?
            [ $status = 77 ] && break
            [ $status = 0 ] || { fail "helper: $status"; break; }
            boots "$shape: $what, killed at $n" "$old" "$new" "$another"
            # Whichever comes next ends it, and then all goes back.
            if ((n % 2)); then
                run_grub apply $word
                [ "$status" = 0 ] ||
                    fail "$what $n, apply: $(cat "$scratch/err")"
                kept | grep -vE 'intent.json|xlmem/boot/grub.cfg' >"$scratch/now"
                same "$shape: $what, killed at $n, applied" "$scratch/after" \
                    "$scratch/now"
            fi
            goes_back "$shape: $what, killed at $n"
            ((failed)) && break
        done
        echo "$shape: $what: killed at each of some $n places, by $step"
        ((n > 40)) || fail "$shape: $what has $n places only"
    done
    rm -rf "$scratch/fresh" "$scratch/applied"
}

# failed_at N ARG...: its status; 77: it has no such call.
failed_at()
{
    local n=$1
    shift
    "$helper" fail "$n" "$memguard" grub "$@" --root "$tree" --update \
        >/dev/null 2>"$scratch/err" </dev/null
}

# failures SHAPE: each of those calls fails, of an apply and of a revert.  What is
# said to be as before is, and a revert ends in the beginning.
failures()
{
    local shape=$1 n old new what
    old=$(sed -n 1p "$shapes/$shape/before")
    new=$(sed -n 1p "$shapes/$shape/after")
    copy_shape "$shape"
    add_grub
    cp -a "$tree" "$scratch/fresh"
    kept >"$scratch/before"
    run_grub apply $word
    cp -a "$tree" "$scratch/applied"
    for what in apply revert; do
        for ((n = 1; ; n += step / 4 + 1)); do
            if [ $what = apply ]; then
                as_in "$scratch/fresh"
                failed_at $n apply $word && status=0 || status=$?
            else
                as_in "$scratch/applied"
                failed_at $n revert && status=0 || status=$?
            fi
            [ $status = 77 ] && break
            ((status < 2)) || fail "$what, $n fails: exit status $status"
            [ $status = 0 ] || [ -s "$scratch/err" ] ||
                fail "$what, $n fails, and nothing is said"
            boots "$shape: $what, $n fails" "$old" "$new"
            if grep -q 'All is as it was before' "$scratch/err"; then
                kept >"$scratch/now"
                same "$shape: $what, $n fails" "$scratch/before" "$scratch/now"
            fi
            goes_back "$shape: $what, $n failed"
            ((failed)) && break
        done
        echo "$shape: $what: $((n - 1)) calls fail, by $((step / 4 + 1))"
        ((n > 20)) || fail "$shape: $what has $n calls only"
    done
    rm -rf "$scratch/fresh" "$scratch/applied"
}

failures 02-debian-xen-cfg
failures 06-centos-appended-twice
rows 02-debian-xen-cfg
rows 06-centos-appended-twice
exit $failed
