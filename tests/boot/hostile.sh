#!/usr/bin/env bash
# Files that nobody should have written.  Each is edited right - by dash and bash
# the line has the word once and all other words as before, and revert gives
# every byte back - or refused with file, line and cure, and nothing is written.
# shellcheck disable=SC1111 # typographic quotes are what is tried
# shellcheck source=tests/boot/lib.sh
. "${XLMEM_SRCDIR:?}/tests/boot/lib.sh"
tree=$scratch/tree
d=GRUB_CMDLINE_XEN_DEFAULT

# put_text KIND TEXT: a host with it; escapes as printf's %b has them.
put_text()
{
    rm -rf "$tree"
    mkdir -p "$tree/etc/default/grub.d" "$tree/var/lib"
    kind=$1
    if [ "$kind" = inline ]; then
        file=etc/default/grub
        rmdir "$tree/etc/default/grub.d"
    else
        file=etc/default/grub.d/xen.cfg
        echo GRUB_TIMEOUT=5 >"$tree/etc/default/grub"
    fi
    printf '%b' "$2" >"$tree/$file"
    files "$tree" >"$scratch/before"
}

# words_by SHELL: what it makes of $tree, a word a line; "unread": it does not.
# In $scratch/others what it makes of variables that are not Xen's.
words_by()
{
    : >"$scratch/others"
    # shellcheck disable=SC2016 # the other shell's
    "$1" -c '[ "$2" = inline ] || set -e
        . "$1/etc/default/grub" >/dev/null
        for x in "$1"/etc/default/grub.d/*.cfg; do
            [ ! -e "$x" ] || . "$x" >/dev/null
        done
        printf "%s\n" "$GRUB_CMDLINE_XEN $GRUB_CMDLINE_XEN_DEFAULT"
        set | grep -E "^(A|B|NOTE|GRUB_TIMEOUT|GRUB_CMDLINE_LINUX)=" >"$3"
        exit 0' sh "$tree" "$kind" "$scratch/others" \
        2>/dev/null </dev/null >"$scratch/said" ||
        echo unread >"$scratch/said"
    tr -s ' \t\r' '\n' <"$scratch/said" | sed '/^$/d'
}

# without_size: standard input without Xen's dom0_mem=.
without_size()
{
    sed '/^--$/,$!{/^dom0_mem=/d}'
}

# other_bytes: of $file without Xen's dom0_mem= up to "--", the quotes and
# blanks around it, and an empty line of ours at the end.
other_bytes()
{
    sed -z 's/\\\r*\n//g; s/["'"'"'\\]//g;
        s/\(no-\)\?dom0_mem=[0-9A-Za-z,:%+-]*//g;
        s/[ \t\r\n]//g; s/GRUB_CMDLINE_XEN_DEFAULT=$//' "$tree/$file"
}

# is_edited KIND TEXT...: right by both shells, and back again.
is_edited()
{
    local text shell
    kind=$1
    shift
    for text; do
        put_text "$kind" "$text"
        for shell in dash bash; do
            words_by $shell >"$scratch/$shell.before"
            mv "$scratch/others" "$scratch/$shell.others"
        done
        other_bytes >"$scratch/bytes"
        exits 0 grub apply $word --root "$tree" --kind "$kind"
        for shell in dash bash; do
            ! grep -qx unread "$scratch/$shell.before" || continue
            words_by $shell >"$scratch/after"
            [ "$(sed '/^--$/,$d' "$scratch/after" | grep '^dom0_mem=')" = \
                $word ] || fail "$kind, $text: by $shell: $(cat "$scratch/after")"
            same "$kind, $text: other variables, by $shell" \
                "$scratch/$shell.others" "$scratch/others"
            without_size <"$scratch/$shell.before" >"$scratch/want"
            without_size <"$scratch/after" >"$scratch/got"
            same "$kind, $text: other words, by $shell" \
                "$scratch/want" "$scratch/got"
        done
        other_bytes >"$scratch/got"
        same "$kind, $text: other bytes" "$scratch/bytes" "$scratch/got"
        exits 0 grub revert --root "$tree" --kind "$kind"
        files "$tree" >"$scratch/now"
        same "$kind, $text: reverted" "$scratch/before" "$scratch/now"
    done
}

# is_refused KIND LINE WHY TEXT...: with the file, that line and that reason.
is_refused()
{
    local line=$2 why=$3 text
    kind=$1
    shift 3
    for text; do
        put_text "$kind" "$text"
        exits 1 grub apply $word --root "$tree" --kind "$kind"
        says "$tree/$file:$line: $why"
        says 'Nothing was written'
        files "$tree" >"$scratch/now"
        same "$kind, $text: something was written" \
            "$scratch/before" "$scratch/now"
    done
}

# ---- what no kind of host has a way around
for kind in inline drop-in; do
    is_refused "$kind" 1 'the variable is made read-only' \
        "readonly $d=\"dom0_mem=1G loglvl=all\"\n" \
        "declare -rx $d=dom0_mem=1G\n"
    is_refused "$kind" 2 'the variable is made read-only' \
        "$d=\"dom0_mem=1G\"\nreadonly $d\n"
    is_refused "$kind" 1 'an array is for bash alone' \
        "$d=(dom0_mem=1G loglvl=all)\n" "${d}[0]=dom0_mem=1G\n" \
        "$d+=(dom0_mem=1G)\n"
    is_refused "$kind" 2 "\$'...' and \$\"...\" are for bash alone" \
        "A=1\n$d=\$'dom0_mem=1G\\\\tloglvl=all'\n" \
        "A=1\n$d=\"a=1\"\$' dom0_mem=1G'\n" \
        "A=1\nexport $d=\$\"dom0_mem=1G\"\n"
    is_refused "$kind" 1 'the value has a line break' \
        "$d=\"dom0_mem=1G\nloglvl=all\"\n" "$d='loglvl=all\ndom0_mem=1G'\n" \
        "$d=\"dom0_mem=1G\n\"\n" "$d=\"dom0_mem=1G\nGRUB_TIMEOUT=5\n" \
        "$d=\"dom0_mem=1G \\\\\r\n  loglvl=all\"\r\n"
    is_refused "$kind" 1 'the value has a character that is not ASCII' \
        "$d=“dom0_mem=1G,max:1G”\n" "$d=“dom0_mem=1G loglvl=all”\n" \
        "$d=\"“dom0_mem=1G”\"\n" "$d=‘dom0_mem=1G’\n" \
        "$d=\"loglvl=all\\0302\\0240dom0_mem=1G\"\n"
    is_refused "$kind" 1 'the file begins with a byte order mark' \
        "\\0357\\0273\\0277$d=\"dom0_mem=1G\"\n" \
        "\\0357\\0273\\0277# a comment\n$d=\"dom0_mem=1G\"\n"
    is_refused "$kind" 2 'the value has a ; or a word that begins with #' \
        "A=1\n$d=\"loglvl=all # dom0_mem=1G\"\n" "A=1\n$d='#dom0_mem=1G'\n" \
        "A=1\nGRUB_CMDLINE_XEN=\"loglvl=all ; smt=0\"\n$d=dom0_mem=1G\n"
    is_refused "$kind" 2 'what stands behind a blank is run as a command' \
        "A=1\n$d =\"dom0_mem=1G\"\n" "A=1\n$d = dom0_mem=1G\n" \
        "A=1\n$d= \"dom0_mem=1G a=1\"\n" "A=1\n$d=dom0_mem=1G noreboot\n" \
        "A=1\nB=2 $d=dom0_mem=1G \\\\\n  noreboot\n$d=a\n"
    is_refused "$kind" 1 'the value has one of < > & | { }, or a $ that names no' \
        "$d=\"dom0_mem=1G a=}b\"\n" "$d=\"dom0_mem=1G a=$ b\"\n" \
        "$d='dom0_mem=1G a=\$'\n$d=\"\$$d b\"\n"
    is_refused "$kind" 1 'the value ends with a $ that names no variable, or' \
        "$d='dom0_mem=1G a=\${b'\n" "$d='dom0_mem=1G a=\$'\n" \
        "$d='dom0_mem=1G a=\${'\n$d=\"\${$d}b\"\n"
    is_refused "$kind" 1 'the value leaves a quote open or ends with a' \
        "$d='dom0_mem=1G note=\"a'\n" "$d='dom0_mem=1G a\\\\'\n" \
        "GRUB_CMDLINE_XEN='note=\"a'\nGRUB_CMDLINE_XEN=\"\$GRUB_CMDLINE_XEN b'\"\n"
    is_refused "$kind" 3 'dom0_mem= has a quote or a backslash' \
        "A=1\n\n$d='a \"dom0_mem=1G\"'\n"
    is_edited "$kind" \
        "$d=\"dom0_mem=1G loglvl=all\"" '' '# no line end' \
        "$d=dom0_mem=1G\r\n" "export $d='dom0_mem=1G a=1'\n" \
        "A=\$'x'; B=(a b); readonly A\n$d=\"dom0_mem=1G a=\\\\\$b\"\n" \
        "# $d=“dom0_mem=9G\n# don't\n$d=\"dom0_mem=1G a=1\" # it's \"\n" \
        "NOTE='a\nb “c”'\n$d=\"dom0_mem=1G \\\\\n  loglvl=all\"\n" \
        "$d=\"\"dom0_mem=1G\"\"\n" "IFS=,\n$d=\"dom0_mem=1G,max:1G a=1\"\n" \
        "GRUB_CMDLINE_XEN=\"a -- quiet\"\n$d=\"dom0_mem=1G\"\n" \
        "$d=\"loglvl=all --- dom0_mem=1G ivrs_ioapic[5]=00:14.0 *\"\n" \
        "$d=\"dom0_mem=1G crashkernel=406M\\\\<4G\"; B=2\n" \
        "export GRUB_CMDLINE_XEN=a $d='dom0_mem=1G b'\nexport A $d\n" \
        "A=1 $d=\"a dom0_mem=\"'1G'\",max:2G b\" \\\\\n GRUB_CMDLINE_XEN=x\n" \
        "$d=\"dom0_mem=1G a=#1 b\\\\;c\"; B=2 # ; #\n" \
        "$d=dom0_mem=\"1G\" # \"\n" "$d=\"a dom0_\\\\\nmem=1G b\"\n" \
        "$d='dom0_mem=1G a=\$'\n$d=\"\${$d}b c\"\n"
done

# ---- a word of several assignments, with other lines between its bytes
x=GRUB_CMDLINE_XEN
is_refused inline 3 'no change of single words' \
    "$x=\"dom0_mem=1G\"\nGRUB_CMDLINE_LINUX=\"root=/dev/md0\"\n$x=\"\$$x,max:1G\"\n" \
    "$x=\"dom0_mem=\"\nGRUB_TIMEOUT=5\n$x=\"\${$x}4G\"\n" \
    "$d=dom0_mem=1G\nGRUB_TIMEOUT=5\n$d=\"\${$d},max:1G\"\n" \
    "$d=dom0_mem=1G\nGRUB_TIMEOUT=5\n$x=\"\$$d,max:2G\" $d=\n"
is_refused inline 1 'no change of single words' \
    "$x=dom0_mem=1G GRUB_TIMEOUT=5 $x=\"\$$x,max:1G\"\n"
is_edited drop-in \
    "$x=\"dom0_mem=1G\"\nGRUB_CMDLINE_LINUX=\"root=/dev/md0\"\n$x=\"\$$x,max:1G\"\n" \
    "$x=dom0_mem=1G GRUB_TIMEOUT=5 $x=\"\$$x,max:1G\"\n"
is_edited inline \
    "$x=\"dom0_mem=1G a\"\nGRUB_TIMEOUT=5 GRUB_CMDLINE_LINUX='root=/dev/md0'\n$x=\"\$$x b\"\n" \
    "$d='-- quiet'\nGRUB_TIMEOUT=5\n$x=\"a \"\nGRUB_CMDLINE_LINUX=x\n"

# ---- of a length that no line of Xen's has
is_refused inline 2 'the value has more than 4096 bytes' \
    "A=1\n$d=\"dom0_mem=1G $(printf %05000d 0)\"\n"
is_edited drop-in "$d=\"dom0_mem=1G $(printf %05000d 0)\"\n"
is_edited inline "NOTE=$(printf %05000d 0)\n$d=\"dom0_mem=1G a\"\n"

# ---- what takes a shell: refused where the file is edited, done behind it
while IFS= read -r text; do
    is_refused inline 1 'only a shell can tell' "$text\n"
    is_edited drop-in "$text\n"
done <<'END'
declare -x GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1G a=1"
: "${GRUB_CMDLINE_XEN_DEFAULT:="dom0_mem=1G a=1"}"
read -r GRUB_CMDLINE_XEN_DEFAULT </dev/null
f() { GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1G a=1"; }; f
printf -v GRUB_CMDLINE_XEN_DEFAULT %s "dom0_mem=1G a=1"
for v in XEN XEN_DEFAULT; do export "GRUB_CMDLINE_$v=dom0_mem=1G a=1"; done
export GRUB_CMDLINE_"XEN_DEFAULT"="dom0_mem=1G a=1"
export GRUB_CMDLINE_X\\\\EN_DEFAULT=dom0_mem=1G
v=XEN; export GRUB_CMDLINE_$v=dom0_mem=1G
true && GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1G a=1"
{ GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1G a=1"; }
GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=$((1024 * 2))M a=1"
GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1G a=1" >/dev/null
GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1G a=1" 2>/dev/null
case x in x) GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1G a=1";; esac
GRUB_CMDLINE_XEN_DEFAULT=dom0_mem=1G:~root
END

# ---- what looks wrong and is not, or is gone when the file is read
while IFS= read -r text; do
    is_edited drop-in "$text\n"
done <<'END'
GRUB_CMDLINE_XEN="loglvl=all $(echo "it's" | wc -c)"\nA='\n'
GRUB_CMDLINE_XEN_DEFAULT="$(\n echo noreboot\n)"
GRUB_CMDLINE_XEN_DEFAULT="a=`\n echo 1`"
GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1G\nb"\nGRUB_CMDLINE_XEN_DEFAULT=a=1
GRUB_CMDLINE_XEN=“dom0_mem=1G”\nif :; then GRUB_CMDLINE_XEN=a=1; fi
if false; then GRUB_CMDLINE_XEN='a\nb'; readonly GRUB_CMDLINE_XEN; fi
cat <<A >/dev/null\nGRUB_CMDLINE_XEN_DEFAULT="a\nb"\nreadonly GRUB_CMDLINE_XEN\nA
echo readonly GRUB_CMDLINE_XEN is not set >&2
echo declare -r GRUB_CMDLINE_XEN_DEFAULT=a
echo GRUB_CMDLINE_XEN_DEFAULT="a\nb"
GRUB_CMDLINE_XEN="note='a"\nGRUB_CMDLINE_XEN="$GRUB_CMDLINE_XEN b'"
unset GRUB_CMDLINE_XEN_DEFAULT
END
is_refused inline 2 'only a shell can tell' \
    "$d=\"\"\nA='\\\\' \$$d\n" "$d=\nA=\"\\\\\"\"'\\\\' \$$d\n"
put_text drop-in "$d=“dom0_mem=1G”\n"
echo "$d=a=1" >"$tree/etc/default/grub.d/xfe.cfg"
exits 0 grub apply $word --root "$tree" --kind drop-in

# ---- a file that is read behind ours
# is_undone FILE TEXT WHAT: found by apply, -N and show.
is_undone()
{
    local how
    put_text drop-in "$d=\"dom0_mem=1G loglvl=all\"\n"
    printf '%b' "$2" >"$tree/etc/default/grub.d/$1"
    for how in 'apply -N' apply show; do
        # shellcheck disable=SC2086 # words
        set -- "$1" "$2" "$3" $how
        [ "$4" = show ] || set -- "$@" $word
        exits 0 grub "${@:4}" -j --root "$tree" --kind drop-in
        grep -qF "$3" "$scratch/out" || {
            cat "$scratch/out" >&2
            fail "$1, $how: not found: $3"
        }
        ! grep -q '"masked"' "$scratch/out" || fail "$1: masked"
    done
}
is_undone zzz.cfg "# mine\n$d=\"\$$d dom0_mem=max:9G\"\n" \
    'line 2 of etc/default/grub.d/zzz.cfg leaves dom0_mem=2G,max:2G dom0_mem=max:9G in place of'
is_undone zzz.cfg "$d=\"ucode=scan\"\n" \
    'line 1 of etc/default/grub.d/zzz.cfg leaves no dom0_mem= in place of'
is_undone zzz.cfg "A=1\nif true; then $d=dom0_mem=9G; fi\n" \
    'only a shell can tell what line 2 of etc/default/grub.d/zzz.cfg leaves of'
is_undone zz-xlmem.cfg.cfg "GRUB_CMDLINE_XEN=dom0_mem=4G\n" \
    'line 1 of etc/default/grub.d/zz-xlmem.cfg.cfg leaves'
is_undone zzz.cfg "unset $d\n" 'Rename the file so that it sorts before'
# Where it would be refused as well, the cure is not another name.
is_undone zzz.cfg "A=1\nreadonly $d\n" \
    'line 2 of etc/default/grub.d/zzz.cfg leaves of dom0_mem=2G,max:2G: the variable is made read-only'
is_undone zzz.cfg "unset A $d\n$d='a\nb'\n" \
    'line 2 of etc/default/grub.d/zzz.cfg leaves of dom0_mem=2G,max:2G: the value has a line break'
is_undone zzz.cfg "$d=“a”\n" 'Take the size out there"'
put_text drop-in "if true; then $d=dom0_mem=1G; fi\n"
echo "$d=\"\$$d ucode=scan\"" >"$tree/etc/default/grub.d/zzz.cfg"
exits 0 grub apply $word -j --root "$tree" --kind drop-in
! grep -q '"undone"' "$scratch/out" || fail "another option undoes the size"
echo 'A=“x”' >"$tree/etc/default/grub.d/zzz.cfg"
exits 0 grub show -j --root "$tree" --kind drop-in
! grep -q '"undone"' "$scratch/out" || fail "nothing of ours undoes the size"

# ---- a file that no shell can read, and what of it is named
# is_unread TEXT LINE: on a host whose other files are right.
is_unread()
{
    local how said
    put_text drop-in "$d=\"dom0_mem=1G loglvl=all\"\n"
    printf '%b' "$1" >"$tree/etc/default/grub"
    for how in "apply $word" show; do
        # shellcheck disable=SC2086 # words
        exits 0 grub $how -j --root "$tree" --kind drop-in
        grep -q '"unread"' "$scratch/out" || fail "$1, $how: not found"
        grep -qF "line $2 of etc/default/grub, says sh: " "$scratch/out" || {
            cat "$scratch/out" >&2
            fail "$1, $how: not line $2"
        }
        # What this sh says, whole: dash's behind "sh: 4: ", bash's behind
        # "sh: line 4: ".
        said=$(sh -n <"$tree/etc/default/grub" 2>&1 |
            sed -n '1s/^[^:]*:\( line\)\? [0-9]*: //p')
        said=${said//\\/\\\\}
        grep -qF "says sh: ${said//\"/\\\"}. Mend it there" \
            "$scratch/out" || fail "$1, $how: not whole: $said"
    done
}
is_unread 'A=1\nGRUB_CMDLINE_LINUX="quiet\nGRUB_TIMEOUT=3\n' 2
is_unread "A=1\nB=2\nC='x\n" 3
is_unread 'A=1; fi\n' 1
is_unread 'A=1\nB=2\n)\n' 3
is_unread 'if :; then\nA=1' 2
is_unread 'if :; then\nA=1\n' 2
is_unread 'A=1\n\n\n\nB=`x\n' 5
put_text drop-in "if :; then\n$d=\"dom0_mem=1G\"\nfi\ncat <<A >&2\n'\nA\n"
exits 0 grub show -j --root "$tree" --kind drop-in
! grep -q '"unread"' "$scratch/out" || fail "what a shell can read is not read"

# ---- names that are no files: what GRUB's generator waits for is refused, what
# it passes over is passed over, and what is wrong beside it is found
put_text drop-in "A=1\nreadonly $d\n"
mkfifo "$tree/etc/default/grub.d/fifo.cfg"
exits 1 grub apply $word --root "$tree" --kind drop-in
says "$tree/etc/default/grub.d/fifo.cfg: it is a FIFO, a socket or a device"
exits 0 grub show -j --root "$tree" --kind drop-in
grep -q '"unread"' "$scratch/out" || fail "show does not tell of a FIFO"
rm "$tree/etc/default/grub.d/fifo.cfg"
ln -s circle.cfg "$tree/etc/default/grub.d/circle.cfg"
ln -s nothing "$tree/etc/default/grub.d/dangling.cfg"
mkdir "$tree/etc/default/grub.d/folder.cfg"
mknod "$tree/etc/default/grub.d/null.cfg" c 1 3 2>/dev/null || :
for n in $(seq 70); do
    : >"$tree/etc/default/grub.d/$n.cfg"
done
exits 1 grub apply $word --root "$tree" --kind drop-in
says "$tree/$file:2: the variable is made read-only"
rm "$tree/etc/default/grub" "$tree/$file"
mkfifo "$tree/etc/default/grub"
exits 0 grub apply $word --root "$tree" --kind drop-in
exits 1 grub apply $word --root "$tree" --kind inline
says 'is a FIFO'
exit $failed
