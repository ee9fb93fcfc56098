#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# docs/upstream/create-policy: a domain's configuration becomes a question to
# the books, and what has come to no answer in time is refused and held no more.
# shellcheck disable=SC1091,SC2086,SC2154
. "$(dirname "$0")/lib.sh"

mkdir "$scratch/bin"
cat >"$scratch/bin/xl-memguard" <<'END'
#!/bin/sh
# What the books say is in $BOOKS.
case "$1 $2" in
"status -k") echo "guard.mode=${MODE:-enforce}" ;;
"reserve -k") printf 'held.0.%s\n' id=6 uuid=u-0; printf 'held.1.%s\n' id=7 uuid=u-1 ;;
reserve*)
    cat "$2" >"$BOOKS/asked"
    echo "$BOOKS_SAY"
    [ "$BOOKS_SAY" != nothing ] || sleep 60
    [ "$BOOKS_SAY" = yes ]
    ;;
release*) echo "$2" >>"$BOOKS/released" ;;
esac
END
chmod +x "$scratch/bin/xl-memguard"
sed 's/^answer_s=.*/answer_s=1/' docs/upstream/create-policy >"$scratch/policy"

# policy SAY WORD: its exit status, what it said, what it released.
policy()
{
    local r=0

    rm -f "$scratch/asked" "$scratch/released"
    said=$(PATH=$scratch/bin:$PATH BOOKS=$scratch BOOKS_SAY=$1 \
        TMPDIR=$scratch sh "$scratch/policy" "$2" u-1 2>&1 <<'END'
{
  "type": "hvm",
  "name": "a \"b\"",
  "max_memkb": 1048577,
  "target_memkb": 524288,
  "shadow_memkb": 1,
  "max_vcpus": 2
}
END
    ) || r=$?
    echo "$r $said $(cat "$scratch/released" 2>/dev/null)"
}

# is HAVE WANT
is()
{
    [ "$1" = "$2" ] || fail "it says '$1', not '$2'"
}

is "$(policy yes ask)" "0  "
cat >"$scratch/expected" <<'END'
name = "a"
uuid = "u-1"
type = "hvm"
memory = 512
maxmem = 1025
vcpus = 2
shadow_memory = 1
END
diff "$scratch/expected" "$scratch/asked" || fail "it asks something else"
is "$(policy no ask)" "1 no "
is "$(policy nothing ask)" \
    "1 no answer in 1 s; memory comes too slowly. nothing 7"
is "$(policy yes created)" "0  7"
is "$(policy yes failed)" "0  7"
MODE=warn
export MODE
is "$(policy no ask)" "0  "
[ -z "$(find "$scratch" -mindepth 1 -name 'tmp.*')" ] || fail "it leaves something behind"
exit $failed
