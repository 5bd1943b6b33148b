# shellcheck shell=bash
# How tools/bench measures: programs, services, tables. Sourced by it, and uses its variables.
#
# SPDX-License-Identifier: LGPL-2.1-or-later

measure_failed=''
server_pin=''

# The first two cores that we may use: one for the servers, one for everything that is started from here on.
pin_down()
{
    local cores
    [ -z "$quick" ] || return
    read -r -a cores < <(cores_allowed)
    if [ ${#cores[@]} -lt 2 ] || ! taskset -cp "${cores[1]}" $$ >/dev/null; then
        say "nothing is pinned: there is one core only"
        return
    fi
    server_pin="taskset -c ${cores[0]}"
    say "servers run on core ${cores[0]}, everything else on core ${cores[1]}; load $(cut -d' ' -f1 /proc/loadavg)"
}

cores_allowed()
{
    local list part
    list=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
    for part in ${list//,/ }; do seq -s ' ' "${part%-*}" "${part#*-}"; done | tr '\n' ' '
}

# --- processes of a prefix ------------------------------------------------------------

# pid_with PREFIX FILE: the process of the prefix that has loaded a DLL, or runs a program, of that name.
pid_with()
{
    local entry
    for entry in /proc/[0-9]*; do
        grep -qzFx "WINEPREFIX=$1" "$entry/environ" 2>/dev/null || continue
        if grep -q "/$2\$" "$entry/maps" 2>/dev/null || grep -qE "(^|/)$2" "$entry/comm" 2>/dev/null; then
            printf '%s' "${entry#/proc/}"
            return
        fi
    done
}

# CPU seconds of a process so far, of all its threads.
cpu_of()
{
    local text rest
    [ -n "$1" ] && text=$(cat "/proc/$1/stat" 2>/dev/null) || { echo 0; return; }
    rest=${text##*) }
    # shellcheck disable=SC2086
    set -- $rest
    awk -v ticks=$((${12} + ${13})) 'BEGIN { printf "%.2f\n", ticks / 100 }'
}

status_of() { awk -v name="$2:" '$1 == name { print $2 }' "/proc/$1/status" 2>/dev/null; }
forget_peak() { [ -z "$1" ] || echo 5 2>/dev/null >"/proc/$1/clear_refs"; }

# --- figures -------------------------------------------------------------------------------

# record CASE ROW VALUE [CPU [WINESERVER [PEAK_KIB]]]
record() { printf '%s|%s|%s|%s|%s|%s\n' "$1" "$2" "$3" "${4:-}" "${5:-}" "${6:-}" >>"$scratch/results/$1"; }

# cannot PREFIX TEXT: something is not measured. That Wine's own service fails now and then is no failure of ours.
cannot()
{
    [ "$1" = plain ] || measure_failed=yes
    say "not measured: $1: $2"
    [ ! -f "$scratch/output" ] || grep -v '^    ' "$scratch/output" | tail -n 12
}

# Empty the directory for files that arrive, unless keep says otherwise.
fresh() { [ -n "${keep:-}" ] || find "$scratch/out" -mindepth 1 -delete; }

# native CASE ROW COMMAND...: time a native program.
native()
{
    local case=$1 row=$2 TIMEFORMAT='%R %U %S' code real user system
    shift 2
    fresh
    { time "$@" >"$scratch/output" 2>&1 </dev/null; } 2>"$scratch/time"
    code=$?
    [ $code = 0 ] || cannot native "$case: $row ended with $code"
    read -r real user system <"$scratch/time"
    record "$case" "$row" "$real" "$(awk -v a="$user" -v b="$system" 'BEGIN { print a + b }')"
}

# bench PREFIX MEASURE [NAME=VALUE]...: run the client; its output is in $scratch/output.
bench()
{
    local prefix=$1
    shift
    WINEPREFIX=$scratch/$prefix timeout -k 5 "$time_limit" "$wine" "$program" "$@" >"$scratch/output" 2>&1 </dev/null
    local code=$?
    tr -d '\r' <"$scratch/output" >"$scratch/output.txt"
    mv "$scratch/output.txt" "$scratch/output"
    [ $code = 0 ] && grep -q ' 0 failures), 0 skipped\.$' "$scratch/output" && return
    cannot "$prefix" "$* ended with $code"
    return 1
}

# What the last client said of a result.
result() { awk -v name="$1" '$1 == "result" && $2 == name { value = $3 } END { print value }' "$scratch/output"; }
seconds() { result "$1" | awk '{ printf "%.4f\n", $1 / 1000 }'; }

# loop CASE ROW MEASURE [NAME=VALUE]...: a measure without a service.
loop()
{
    local case=$1 row=$2 server before
    shift 2
    fresh
    server=$(pid_with "$scratch/ours" wineserver)
    before=$(cpu_of "$server")
    bench ours "$@" && record "$case" "$row" "$(seconds total_ms)" '' "$(difference "$before" "$(cpu_of "$server")")"
}

difference() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b - a }'; }

# service PREFIX CLASS CASE ROW MEASURE [NAME=VALUE]...: a measure of a service. CLASS: bits or do.
service()
{
    local prefix=$1 class=$2 case=$3 row=$4 dll=qmgr.dll pid server cpu before
    shift 4
    fresh
    [ "$class" = bits ] || dll=dosvc.dll
    bench "$prefix" activate class="$class" || return
    pid=$(pid_with "$scratch/$prefix" "$dll")
    server=$(pid_with "$scratch/$prefix" wineserver)
    [ -n "$pid" ] && [ -n "$server" ] || { cannot "$prefix" "$case: the service is not to be found"; return; }
    forget_peak "$pid"
    cpu=$(cpu_of "$pid") before=$(cpu_of "$server")
    [ "$prefix" = ours ] || set -- "$@" builtin=1
    bench "$prefix" "$@" || return
    record "$case" "$row" "$(seconds total_ms)" "$(difference "$cpu" "$(cpu_of "$pid")")" \
        "$(difference "$before" "$(cpu_of "$server")")" "$(status_of "$pid" VmHWM)"
}

# watch_threads PID FILE: write the highest number of threads into FILE when $scratch/watch goes away.
watch_threads()
{
    local most=0 now
    while [ -e "$scratch/watch" ]; do
        now=$(status_of "$1" Threads)
        [ "${now:-0}" -le "$most" ] || most=$now
        sleep 0.02
    done
    echo "$most" >"$2"
}

# --- tables --------------------------------------------------------------------------------------

# table CASE TITLE [UNIT]: rows in the order in which they came, ratios to the first; also in $scratch/tables.
table() { [ ! -s "$scratch/results/$1" ] || print_table "$@" | tee -a "$scratch/tables"; }

print_table()
{
    local unit=${3:-s}
    printf '\n%s\n' "$2"
    awk -F'|' -v unit="$unit" '
        function sorted(row,    i, j, t) {
            for (i = 2; i <= n[row]; i++)
                for (j = i; j > 1 && v[row, j - 1] > v[row, j]; j--) { t = v[row, j]; v[row, j] = v[row, j - 1]; v[row, j - 1] = t }
        }
        function median(text,    parts, count, i, j, t) {
            count = split(text, parts, " ")
            for (i = 2; i <= count; i++)
                for (j = i; j > 1 && parts[j - 1] + 0 > parts[j] + 0; j--) { t = parts[j]; parts[j] = parts[j - 1]; parts[j - 1] = t }
            return count ? parts[int((count + 1) / 2)] : ""
        }
        !($2 in n) { order[++rows] = $2 }
        { v[$2, ++n[$2]] = $3 * (unit == "ms" ? 1000 : 1); cpu[$2] = cpu[$2] " " $4; server[$2] = server[$2] " " $5
          if ($6 / 1024 > peak[$2]) peak[$2] = $6 / 1024 }
        END {
            printf "%-38s %9s %9s %9s %7s %7s %10s %9s\n", "", "min " unit, "median", "max", "ratio", "CPU s", "wineserver", "peak MiB"
            for (i = 1; i <= rows; i++) {
                row = order[i]; sorted(row); m = v[row, int((n[row] + 1) / 2)]
                if (i == 1) base = m
                printf "%-38s %9.3f %9.3f %9.3f %7s %7s %10s %9s\n", row, v[row, 1], m, v[row, n[row]], \
                    (base ? sprintf("%.2f", m / base) : ""), median(cpu[row]), median(server[row]), \
                    (peak[row] ? sprintf("%.1f", peak[row]) : "")
            }
        }' "$scratch/results/$1"
}
