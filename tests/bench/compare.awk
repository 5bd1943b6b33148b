# What got slower between two outputs of tools/bench: awk -f compare.awk STORED NEW
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A row is slower by more than noise when its median is above the longest time of the stored run and at least 5 %
# above the stored median, and its shortest time is above the stored median. What others do is printed where it
# differs as much, since a slower machine makes all slower, but is no failure. Rows that a table no longer has are
# failures, tables that were not measured are not.
#
# Exit code: 1 if something of ours got slower, or is gone; 2 if the stored file has no table.

function is_peer(row) { return row ~ /^(curl|aria2|wget|Winsock|WinHTTP|Wine's own|IStream::Write alone)/ }

# A row of a table: three times with three decimals behind a name of up to 38 characters.
function is_row() { return title != "" && match($0, /( +[0-9]+\.[0-9][0-9][0-9])( +[0-9]+\.[0-9][0-9][0-9])( +[0-9]+\.[0-9][0-9][0-9])/) }

FNR == 1 { file++; title = ""; previous = "" }
# The line above the heading is the table's name.
/^ +min (s|ms|times) +median +max/ { title = previous; if (file == 2) measured[title] = 1; next }
/^[[:space:]]*$/ { if (previous != "") title = ""; previous = ""; next }
is_row() {
    name = substr($0, 1, RSTART - 1)
    sub(/^ +/, "", name)
    split(substr($0, RSTART, RLENGTH), times, " ")
    key = title SUBSEP name
    if (file == 1) { order[++count] = key; titles[count] = title; names[count] = name; min[key] = times[1]; median[key] = times[2]; max[key] = times[3] }
    else { found[key] = 1; new_min[key] = times[1]; new_median[key] = times[2]; new_max[key] = times[3] }
    next
}
{ previous = $0; sub(/^ +/, "", previous) }

END {
    if (!count) { print "compare: the stored file has no table of tools/bench" > "/dev/stderr"; exit 2 }
    for (i = 1; i <= count; i++) {
        key = order[i]
        if (!(titles[i] in measured)) continue
        if (!(key in found)) {
            if (is_peer(names[i])) continue
            printf "gone: %s: %s\n", titles[i], names[i]
            failed = 1
            continue
        }
        compared++
        if (new_median[key] <= max[key] || new_median[key] < median[key] * 1.05 || new_min[key] <= median[key]) continue
        printf "%s: %s: %s: %s, %s, %s instead of %s, %s, %s (%.2f times)\n", is_peer(names[i]) ? "peer" : "slower", \
            titles[i], names[i], new_min[key], new_median[key], new_max[key], min[key], median[key], max[key], \
            (median[key] > 0 ? new_median[key] / median[key] : 0)
        if (!is_peer(names[i])) failed = 1
    }
    if (!failed) printf "nothing of ours is slower than in the stored run: %d rows compared\n", compared
    exit failed
}
