#!/usr/bin/env bash
# Each recorded boot configuration: applied, looked at as its grub-mkconfig
# does, applied again, reverted.
# shellcheck source=tests/boot/lib.sh
. "${XLMEM_SRCDIR:?}/tests/boot/lib.sh"

# sourced SHELL: both lines of $tree by a shell, as grub-mkconfig reads them.
sourced()
{
    # shellcheck disable=SC2016 # the other shell's
    # Fedora's and its kin ask a file of theirs that no shape has.
    "$1" -c '[ "$2" = inline ] || set -e
        . "$1/etc/default/grub" >/dev/null
        [ "$2" = inline ] ||
            for x in "$1"/etc/default/grub.d/*.cfg; do
                [ ! -e "$x" ] || . "$x" >/dev/null
            done
        printf "%s\n%s\n" "$GRUB_CMDLINE_XEN $GRUB_CMDLINE_XEN_DEFAULT" \
            "$GRUB_CMDLINE_XEN"' sh "$tree" "$kind" 2>"$scratch/warned" |
        tr -d '\r' | sed 's/[ \t][ \t]*/ /g; s/^ //; s/ $//'
}

for shape in "$shapes"/*/; do
    name=$(basename "$shape")
    [ -e "$shape/after" ] || continue
    copy_shape "$name"
    for shell in dash bash; do
        sourced $shell >"$scratch/got"
        same "$name: before, by $shell" "$shape/before" "$scratch/got"
    done
    files "$tree" >"$scratch/before"
    exits 0 grub apply $word -N -j --root "$tree" --kind "$kind"
    files "$tree" >"$scratch/now"
    same "$name: a dry run writes nothing" "$scratch/before" "$scratch/now"
    exits 0 grub apply $word -j --root "$tree" --kind "$kind"
    for shell in dash bash; do
        sourced $shell >"$scratch/got"
        same "$name: after, by $shell" "$shape/after" "$scratch/got"
        case $name in
        # A CR before the line's end makes another word of it; what takes a
        # shell was not found.
        26-crlf-drop-in | 36-function-and-loop) ;;
        *)
            ! grep 'is not used' "$scratch/warned" >&2 ||
                fail "$name: a word that was found there is warned of"
            ;;
        esac
    done
    files "$tree" >"$scratch/applied"
    exits 0 grub apply $word -j --root "$tree" --kind "$kind"
    grep -q '"changed": false' "$scratch/out" || fail "$name: not idempotent"
    files "$tree" >"$scratch/now"
    same "$name: applied twice" "$scratch/applied" "$scratch/now"
    exits 0 grub revert -j --root "$tree" --kind "$kind"
    files "$tree" >"$scratch/now"
    same "$name: reverted" "$scratch/before" "$scratch/now"
done
exit $failed
