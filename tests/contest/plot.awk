# SPDX-License-Identifier: LGPL-2.1-only
# What each player left short over a trace, as SVG.  Input: TRACE.tsv of
# tests/contest/contest.  Variables: title.

function x_of(s) { return 70 + s / seconds * 700 }
function y_of(gib) { return 330 - gib / most * 280 }
function text(x, y, anchor, s)
{
    printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", \
        x, y, anchor, s
}
function line(x1, y1, x2, y2, colour)
{
    printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" " \
        "stroke=\"%s\"/>\n", x1, y1, x2, y2, colour
}
function step_for(range, parts,    step)
{
    for (step = 0.1; range / step > parts; step *= 10) {
        if (range / (step * 2) <= parts) return step * 2
        if (range / (step * 5) <= parts) return step * 5
    }
    return step
}

BEGIN {
    FS = "\t"
    split("#999999 #e69f00 #f0c674 #d55e00 #0072b2 #009e73", colour, " ")
}
NR == 1 {
    for (i = 2; i <= NF; i++) name[i] = $i
    players = NF
    next
}
{
    n++
    time[n] = seconds = $1
    for (i = 2; i <= NF; i++) {
        lacks[i, n] = $i
        if ($i > most) most = $i
    }
}
END {
    if (most == 0) most = 1
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" " \
        "height=\"400\" font-family=\"sans-serif\" font-size=\"12\">"
    print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
    text(420, 24, "middle", title)
    text(70, 42, "start", "GiB that domains lack")
    step = step_for(most, 6)
    for (gib = 0; gib <= most; gib += step) {
        line(70, y_of(gib), 770, y_of(gib), "#ddd")
        text(64, y_of(gib) + 4, "end", sprintf("%g", gib))
    }
    hour = seconds > 10000
    step = hour ? 14400 : step_for(seconds, 8)
    for (s = 0; s <= seconds; s += step) {
        line(x_of(s), 330, x_of(s), 335, "#333")
        text(x_of(s), 350, "middle", hour ? s / 3600 " h" : s " s")
    }
    line(70, 330, 770, 330, "#333")
    for (i = 2; i <= players; i++) {
        printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" " \
            "points=\"", colour[i - 1], (i > players - 2 ? 2 : 1.2)
        for (j = 1; j <= n; j++)
            printf "%.1f,%.1f ", x_of(time[j]), y_of(lacks[i, j])
        print "\"/>"
        x = 40 + (i - 2) * 126
        line(x, 376, x + 16, 376, colour[i - 1])
        text(x + 20, 380, "start", name[i])
    }
    print "</svg>"
}
