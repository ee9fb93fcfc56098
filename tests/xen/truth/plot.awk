# SPDX-License-Identifier: LGPL-2.1-only
# Predicted against measured as SVG.  Input, tab-separated: group, measured
# kB, predicted kB.  Left: one against the other, both logarithmic.  Right:
# what lies between them, with the promised band.
# Variables: title, unit (kB or ppm of the measured), low and high (the band).

function log10(x) { return log(x) / log(10) }
function max(a, b) { return a > b ? a : b }
function x_left(v) { return 70 + (log10(v) - lo) / (hi - lo) * 300 }
function y_left(v) { return 350 - (log10(v) - lo) / (hi - lo) * 290 }
function x_right(v) { return 490 + (log10(v) - lo) / (hi - lo) * 300 }
function y_right(d) { return 350 - (d - dlo) / (dhi - dlo) * 290 }
function size(kb)
{
    if (kb >= 1048576) return sprintf("%g GiB", kb / 1048576)
    return kb >= 1024 ? sprintf("%g MiB", kb / 1024) : kb " kB"
}
function text(x, y, anchor, s)
{
    printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", \
        x, y, anchor, s
}
function line(x1, y1, x2, y2, class)
{
    printf "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", \
        class, x1, y1, x2, y2
}
function dot(x, y, group)
{
    printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.2\" fill=\"%s\"/>\n", \
        x, y, colour[group]
}

BEGIN {
    FS = "\t"
    split("#0072b2 #d55e00 #009e73 #cc79a7 #e69f00 #56b4e9 #000000 #999999 " \
        "#7f3c8d #80ba5a #a5672d #f97b72", \
        palette, " ")
    dlo = low
    dhi = high
}
{
    n++
    group[n] = $1
    measured[n] = $2
    diff[n] = $3 - $2
    if (unit == "ppm") diff[n] = diff[n] * 1000000 / $2
    predicted[n] = $3
    if (!($1 in colour)) {
        colour[$1] = palette[groups++ % 12 + 1]
        name[groups] = $1
    }
    if (n == 1 || $2 < least) least = $2
    most = max(most, max($2, $3))
    if (diff[n] < dlo) dlo = diff[n]
    if (diff[n] > dhi) dhi = diff[n]
}
END {
    lo = log10(least) - 0.1
    hi = log10(most) + 0.1
    margin = (dhi - dlo) / 10
    dlo -= margin
    dhi += margin
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"820\" height=\"" \
        420 + 18 * int((groups + 3) / 4) "\" font-family=\"sans-serif\" font-size=\"12\">"
    print "<style>.axis{stroke:#333}.grid{stroke:#ddd}" \
        ".band{stroke:#b00;stroke-dasharray:5 4}.same{stroke:#999}</style>"
    print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
    text(410, 24, "middle", title " (" n " rows)")
    for (kb = 65536; kb <= most * 1.3; kb *= hi - lo > 1.3 ? 4 : 2) {
        if (log10(kb) < lo || log10(kb) > hi) continue
        line(x_left(kb), 60, x_left(kb), 350, "grid")
        line(70, y_left(kb), 370, y_left(kb), "grid")
        line(x_right(kb), 60, x_right(kb), 350, "grid")
        text(x_left(kb), 366, "middle", size(kb))
        text(64, y_left(kb) + 4, "end", size(kb))
        text(x_right(kb), 366, "middle", size(kb))
    }
    step = (dhi - dlo) / 6
    scale = exp(int(log10(step) + 10) * log(10) - 10 * log(10))
    step = int(step / scale + 1) * scale
    for (d = int(dlo / step) * step; d <= dhi; d += step) {
        if (d < dlo) continue
        line(490, y_right(d), 790, y_right(d), "grid")
        text(484, y_right(d) + 4, "end", d == 0 ? "0" : sprintf("%g", d))
    }
    line(x_left(exp(lo * log(10))), 350, 370, 60, "same")
    line(490, y_right(low), 790, y_right(low), "band")
    line(490, y_right(high), 790, y_right(high), "band")
    line(70, 350, 370, 350, "axis")
    line(70, 60, 70, 350, "axis")
    line(490, 350, 790, 350, "axis")
    line(490, 60, 490, 350, "axis")
    text(220, 388, "middle", "measured")
    text(70, 50, "start", "predicted")
    text(640, 388, "middle", "measured")
    text(490, 50, "start", "predicted - measured, " \
        unit "; dashed: promised")
    for (i = 1; i <= n; i++) {
        dot(x_left(measured[i]), y_left(predicted[i]), group[i])
        dot(x_right(measured[i]), y_right(diff[i]), group[i])
    }
    for (g = 1; g <= groups; g++) {
        x = 70 + (g - 1) % 4 * 185
        y = 412 + 18 * int((g - 1) / 4)
        dot(x, y - 4, name[g])
        text(x + 9, y, "start", name[g])
    }
    print "</svg>"
}
