# shellcheck shell=bash
# The jobs of a prefix: what "wine-bits list" and "wine-bits cancel" do.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by wine-bits, whose functions and variables it uses: fail, must, bits, scratch, arguments and the options.

# --- numbers for people -----------------------------------------------------------------

# 1234567 -> 1.2 MB, in $text
format_size()
{
    local units='kMGTP' size=$1 index=0
    case $size in ''|*[!0-9]*) text='?'; return ;; esac
    if [ "$size" -lt 1000 ]; then
        text="$size B"
        return
    fi
    # In tenths of the unit.
    size=$((size / 100))
    while [ "$size" -ge 10000 ] && [ "$index" -lt 4 ]; do size=$((size / 1000)) index=$((index + 1)); done
    if [ "$size" -lt 1000 ]; then text="$((size / 10)).$((size % 10)) ${units:index:1}B"
    else text="$((size / 10)) ${units:index:1}B"
    fi
}

# Of done and total, in $percent; empty while the total is not known.
find_percent()
{
    percent=
    case $2 in *[!0-9]*|'') return ;; esac
    if [ "$2" = 0 ]; then percent=100; else percent=$(($1 * 100 / $2)); fi
}

# A text as a string of JSON, in $text. Control characters, which no name has, are left out.
json_string()
{
    text=${1//[[:cntrl:]]/}
    text=${text//\\/\\\\}
    text=\"${text//\"/\\\"}\"
}

# --- jobs ------------------------------------------------------------------------------

# A line of bitsadmin: {ID} 'name' STATE files / files bytes / bytes
job_pattern="^(\{[0-9A-F-]+\}) '(.*)' ([A-Z_]+) ([0-9]+) / ([0-9]+) ([0-9]+) / ([0-9]+|UNKNOWN)\$"

# The text of a job's error in $reason: "The server ... (0x80190194)".
find_reason()
{
    bits /geterror "$1"
    reason=$(sed -n 's/^ERROR CODE: *\(0x[0-9a-f]*\)\( - \(.*\)\)\{0,1\}$/\3 (\1)/p' "$scratch/out" | head -n 1)
    reason=${reason# }
    [ -n "$reason" ] || reason="no reason is known"
}

# Bytes per second of a job since the last look at it, smoothed a little, in $rate; empty at the first.
declare -A last_times=() last_bytes=() rates=()
measure_rate()
{
    local id=$1 bytes=$2 now=${EPOCHREALTIME//[!0-9]/} elapsed
    rate=
    if [ -n "${last_times[$id]:-}" ] && [ "$bytes" -ge "${last_bytes[$id]}" ]; then
        elapsed=$((now - last_times[$id]))
        [ "$elapsed" -gt 0 ] || elapsed=1
        rate=$(((bytes - last_bytes[$id]) * 1000000 / elapsed))
        [ -z "${rates[$id]:-}" ] || rate=$(((2 * rates[$id] + rate) / 3))
        rates[$id]=$rate
    fi
    last_times[$id]=$now last_bytes[$id]=$bytes
}

# --- list --------------------------------------------------------------------------------

# Why jobs do not go on, in ${job_reasons[ID]}: what has failed, what they wait for. $scratch/out stays as it is.
declare -A job_reasons=()
find_reasons()
{
    local id text
    job_reasons=()
    grep -qE "' (QUEUED|TRANSIENT_ERROR|ERROR) [0-9]" "$scratch/out" || return 0
    cp "$scratch/out" "$scratch/jobs"
    bits /list /verbose
    while IFS=$'\t' read -r id text; do
        job_reasons[$id]=${job_reasons[$id]:+${job_reasons[$id]}; }$text
    done < <(awk '/^GUID: / { id = $2 }
        sub(/^ERROR CODE: +/, "") { code = $1; sub(/^[^ ]+ - /, ""); print id "\t" $0 " (" code ")" }
        sub(/^WAITS FOR: /, "") { print id "\twaits for " $0 }' "$scratch/out")
    cp "$scratch/jobs" "$scratch/out"
}

# print_table [SPEED]: what list_jobs has found; with a column for the speed when it is looked at again and again.
print_table()
{
    local line text found='' size percent rate speed=() format='%-38s %-15s %5s %10s'
    [ -z "${1:-}" ] || format="$format %12s"
    find_reasons
    while IFS= read -r line; do
        [[ $line =~ $job_pattern ]] || continue
        # shellcheck disable=SC2059
        [ -n "$found" ] || printf "$format  %s\n" ID STATE DONE SIZE ${1:+SPEED} NAME
        found=yes
        find_percent "${BASH_REMATCH[6]}" "${BASH_REMATCH[7]}"
        format_size "${BASH_REMATCH[7]}"
        size=$text
        if [ -n "${1:-}" ]; then
            measure_rate "${BASH_REMATCH[1]}" "${BASH_REMATCH[6]}"
            speed=('')
            if [ "${rate:-0}" != 0 ]; then format_size "$rate"; speed=("$text/s"); fi
        fi
        # shellcheck disable=SC2059
        printf "$format  %s\n" "${BASH_REMATCH[1]}" "${BASH_REMATCH[3]}" "${percent:-?}${percent:+%}" "$size" \
            ${speed[@]+"${speed[@]}"} "${BASH_REMATCH[2]}"
        [ -z "${job_reasons[${BASH_REMATCH[1]}]:-}" ] || printf '    %s\n' "${job_reasons[${BASH_REMATCH[1]}]}"
    done <"$scratch/out"
    [ -n "$found" ] || echo "No jobs."
}

# One object for each job; the error of those that have one.
print_json()
{
    local line text between='' total reason name id state rest
    cp "$scratch/out" "$scratch/jobs"
    printf '['
    while IFS= read -r line; do
        [[ $line =~ $job_pattern ]] || continue
        id=${BASH_REMATCH[1]} name=${BASH_REMATCH[2]} state=${BASH_REMATCH[3]}
        total=${BASH_REMATCH[7]}
        [ "$total" != UNKNOWN ] || total=null
        rest="\"files\": ${BASH_REMATCH[5]}, \"files_done\": ${BASH_REMATCH[4]}, \"bytes\": $total"
        rest="$rest, \"bytes_done\": ${BASH_REMATCH[6]}"
        reason=null
        case $state in
        ERROR|TRANSIENT_ERROR) find_reason "$id"; json_string "$reason"; reason=$text ;;
        esac
        json_string "$name"
        printf '%s\n  {"id": "%s", "name": %s, "state": "%s", %s, "error": %s}' "$between" "$id" "$text" "$state" \
            "$rest" "$reason"
        between=,
    done <"$scratch/jobs"
    printf '%s]\n' "${between:+
}"
}

# Until Ctrl+C; on a terminal over itself.
watch_jobs()
{
    trap 'exit 0' INT TERM
    while :; do
        list_jobs
        print_table speed >"$scratch/table"
        if [ -t 1 ]; then printf '\033[H\033[J'; fi
        cat "$scratch/table"
        [ -t 1 ] || echo
        sleep "$watch_interval"
    done
}

do_list()
{
    if [ -n "$watch" ]; then watch_jobs; fi
    list_jobs
    if [ -n "$json" ]; then print_json; else print_table; fi
}

# --- cancel ------------------------------------------------------------------------------

do_cancel()
{
    local wanted line matches=()
    if [ -n "$all" ]; then
        must "the jobs could not be cancelled" /reset
        sed '/^[[:space:]]*$/d' "$scratch/out"
        return
    fi
    wanted=${arguments[0]#\{}
    wanted=${wanted%\}}
    wanted=${wanted^^}
    case $wanted in ''|*[!0-9A-F-]*) fail 2 "${arguments[0]} is no ID; $me list shows them" ;; esac
    list_jobs
    while IFS= read -r line; do
        [[ $line =~ $job_pattern ]] && [[ ${BASH_REMATCH[1]} = "{$wanted"* ]] && matches+=("${BASH_REMATCH[1]}")
    done <"$scratch/out"
    case ${#matches[@]} in
    0) fail 2 "there is no job ${arguments[0]}; $me list shows them" ;;
    1) ;;
    *) fail 2 "the IDs of ${#matches[@]} jobs begin with ${arguments[0]}; give more of it" ;;
    esac
    must "the job could not be cancelled" /cancel "${matches[0]}"
    echo "Cancelled ${matches[0]}."
}
