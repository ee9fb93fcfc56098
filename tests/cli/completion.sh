#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# What the tab key offers, of xl-memguard and of 'xl memguard'; the latter with
# a bash-completion and an xl of the test's own (with the real ones:
# debian/tests/completion).
# shellcheck disable=SC1090,SC1091,SC2154,SC2317 # files and functions by name
. "$(dirname "$0")/lib.sh"

# A host with domains, one of which has a name that is a command.
mkdir "$scratch/bin"
cat >"$scratch/bin/xl-memguard" <<END
#!/bin/sh
'$memguard' --sysroot tests/fixtures/hosts/many-domus-128g "\$@" |
    sed 's,=guest003\$,=web \$(touch $scratch/was-run),'
END
chmod +x "$scratch/bin/xl-memguard"
PATH=$scratch/bin:$PATH
# shellcheck source=/dev/null
. xl-plugin/completion/xl-memguard

# complete_words WORD...: what is offered for the last of them, a line each.
# As bash does: by the function that is registered, once more after 124.
complete_words()
{
    local function r=0
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    function=$(complete -p "$1" | sed 's/.* -F \([^ ]*\) .*/\1/')
    "$function" "$@" 2>"$scratch/err" || r=$?
    if [ "$r" = 124 ]; then
        complete_words "$@"
        return
    fi
    printf '%s\n' "${COMPREPLY[@]}"
}

# offers EXPECTED WORD...: nothing but this.
offers()
{
    local want=$1 got
    shift
    got=$(complete_words "$@")
    [ "$got" = "$want" ] || fail "$*: offers '$got', not '$want'"
}

# has EXPECTED WORD...: this beside others.
has()
{
    local want=$1
    shift
    complete_words "$@" | grep -qxF -- "$want" || fail "$*: no $want"
}

offers predict xl-memguard pre
has --growth xl-memguard size --gr
offers '' xl-memguard map --gr
has --type xl-memguard check --ty
offers $'pv\npvh' xl-memguard check --type pv
offers '' xl-memguard reserve --vcpus ''
has README.md xl-memguard reserve --vcpus 2 READ
has README.md xl-memguard map --svg READ

# Domains: as they are to be typed, and only where one is wanted.
offers guest042 xl-memguard set guest042
has guest099 xl-memguard set ''
offers "web\\ \\\$\\(touch\\ $scratch/was-run\\)" xl-memguard set we
[ ! -e "$scratch/was-run" ] || fail "a domain's name was run"
offers '' xl-memguard set guest001 guest0
offers '' xl-memguard status guest0
has --json xl-memguard set --j

# xl's own completion, which is read when it is first needed.
cat >"$scratch/xl" <<'END'
_xl() { COMPREPLY=("xl's own $COMP_CWORD"); }
complete -F _xl -o nospace -o default xl xen
END
_comp_load()
{
    echo "$1" >>"$scratch/loaded"
    . "$scratch/$1"
}
. xl-plugin/completion/eager/zz-xl-memguard
. xl-plugin/completion/eager/zz-xl-memguard
[ ! -e "$scratch/loaded" ] || fail "xl's file is read when a shell starts"
complete_words xl cre >"$scratch/out"
grep -qx "xl's own 1" "$scratch/out" || fail "xl's own is not asked at first"
grep -qx xl "$scratch/loaded" || fail "xl's file is not read"
[ "$(complete -p xl)" = "complete -o default -o nospace -F _xl_memguard_of_xl xl" ] ||
    fail "xl's options are lost: $(complete -p xl)"
through_xl()
{
    offers "xl's own 1" xl cre
    offers "xl's own 2" xl list x
    offers "xl's own 2" xl -v memguard
    offers predict xl memguard pre
    offers guest042 xl memguard set guest042
    offers apply xl -vN memguard grub a
}
through_xl

# Read once more, as by ". ~/.bashrc".
. xl-plugin/completion/eager/zz-xl-memguard
through_xl

# Somebody has wrapped it meanwhile, who asks it in turn.
(
    wrapper() { _xl_memguard_of_xl "$@"; }
    complete -F wrapper xl
    . xl-plugin/completion/eager/zz-xl-memguard
    complete_words xl cre >/dev/null
    offers predict xl memguard pre
    exit "$failed"
) || fail "two that ask each other"

# And where it lies beside ours: in the order in which the shell reads them,
# which is that of any language.
mkdir "$scratch/eager"
cp xl-plugin/completion/eager/* "$scratch/eager/"
for name in xl xl.sh; do
    complete -r xl
    _xl_memguard_xls=
    cp "$scratch/xl" "$scratch/eager/$name"
    for file in "$scratch"/eager/*; do
        . "$file"
    done
    through_xl
    rm "$scratch/eager/$name"
done

# There is none.
complete -r xl
: >"$scratch/xl"
_xl_memguard_xls=
. xl-plugin/completion/eager/zz-xl-memguard
complete_words xl cre >"$scratch/out"
offers '' xl cre
offers predict xl memguard pre

# The package is gone, and this file of it is left.
(
    complete -r xl
    # shellcheck disable=SC2123 # meant
    PATH=$scratch/nowhere
    . xl-plugin/completion/eager/zz-xl-memguard
    complete -p xl 2>/dev/null
) && fail "xl is completed by what is gone"

cd tests/fixtures/auto || exit
offers 10-web1.cfg xl-memguard check 10
offers 20-db1.cfg xl-memguard reserve --for 9 20
offers 20-db1.cfg xl-memguard doctor --html 20
exit "$failed"
