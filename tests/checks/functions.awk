# SPDX-License-Identifier: LGPL-2.1-only
# NUMBER FUNCTION FILE, and "static", of each function that is defined: how many
# parameters it has, a buffer or list with its length as one, "..." as none.
function count(args,    i, c, depth, n, part, parts) {
    n = parts = depth = 0
    part = ""
    args = args ","
    for (i = 1; i <= length(args); i++) {
        c = substr(args, i, 1)
        depth += (c == "(") - (c == ")")
        if (c != "," || depth) {
            part = part c
            continue
        }
        # A length stands behind what it is the length of.
        if (part !~ /\.\.\.$/ &&
            !(parts && last ~ /[*\]]/ &&
              part ~ /^ *size_t +([a-z0-9_]+_)?(len|nr|room)$/))
            n++
        last = part
        part = ""
        parts++
    }
    return n
}
FNR == 1 { text = "" }
/^\{/ {
    gsub(/\/\*[^*]*\*\//, "", text)
    own = text ~ /(^|[ )])static / ? "static" : ""
    gsub(/__attribute__ *\(\([^)]*\)+\)/, "", text)
    if (match(text, /[a-zA-Z0-9_]+\(.*\) *$/)) {
        name = args = substr(text, RSTART)
        sub(/\(.*/, "", name)
        sub(/^[^(]*\(/, "", args)
        sub(/\) *$/, "", args)
        print count(args), name, FILENAME, own
    }
    text = ""
    next
}
/^[a-zA-Z_]/ && !/;$/ { text = text == "" || /^static/ ? $0 : text " " $0; next }
/;$/ || /^\}/ || /^$/ || /^#/ || /^\/\*/ || /^ \*/ { text = ""; next }
text != "" { text = text " " $0 }
