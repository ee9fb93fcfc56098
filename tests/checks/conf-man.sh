#!/usr/bin/env bash
# memguard.conf(5) and the installed file have the keys of the parser's table,
# with its values and defaults.
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"

pod=docs/man/memguard.conf.5.pod
conf=hotplug/memguard.conf
# NAME|VALUES|DEFAULT of each row of the table in codec/conf_keys.c.
rows=$(sed -n '/xlmem__conf_keys\[\]/,/^};/p' libxlmem/codec/conf_keys.c |
    tr -d '\n' | sed 's/{"/\n{"/g' |
    sed -nE 's/^\{"([a-z0-9_]+)", *"(([^"\\]|\\.)*)", *"(([^"\\]|\\.)*)"\},.*/\1|\2|\4/p' |
    sed 's/\\"/"/g')
[ -n "$rows" ] || complain "no key found in codec/conf_keys.c"

while IFS='|' read -r name values default; do
    item=$(awk -v n="=item B<$name>" '$0 == n { on = 1; next }
        /^=(item|back)/ { on = 0 } on' "$pod")
    [ -n "$item" ] || { complain "$pod has no $name"; continue; }
    grep -qxF "Values: $values.  Default: $default." <<<"$item" ||
        complain "$pod, $name: not \"Values: $values.  Default: $default.\""
    grep -qE "^#?$name = $default\$" "$conf" || [ "$name" = mode ] ||
        complain "$conf has no $name = $default"
done <<<"$rows"
diff <(cut -d'|' -f1 <<<"$rows" | sort) \
    <(sed -n 's/^=item B<\(.*\)>$/\1/p' "$pod" | sort) ||
    complain "keys of the parser (<) and of $pod (>) differ"

# The same of the list in a domain's file: NAME|WANTS.
rows=$(sed -n '/^} keys\[\] = {/,/^};/p' libxlmem/codec/opt_in.c | tr -d '\n' |
    sed 's/{"/\n{"/g' |
    sed -nE 's/^\{"([a-z_]+)", *"[a-z_]+ is ([^"]*)",.*/\1|\2/p')
[ -n "$rows" ] || complain "no key found in codec/opt_in.c"
while IFS='|' read -r name wants; do
    grep -qE "^=item .*C<$name>" "$pod" || complain "$pod has no $name"
    grep -qiF "$wants" "$pod" || complain "$pod, $name: not \"$wants\""
done <<<"$rows"
exit $bad
