# shellcheck shell=bash
# Downloading: what "wine-bits get" does.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by wine-bits, whose functions and variables it uses: fail, must, bits, run, scratch, arguments, the options and
# what wine-bits-jobs.sh has. Each download has a number, by which the arrays are indexed, and a job of its own.

urls=()         # what was asked for
files=()        # where it goes: absolute
jobs=()         # its job; empty when it has ended
states=()       # of BITS
done_bytes=()
total_bytes=()
results=()      # empty while it goes on, then: done, failed, damaged
reasons=()      # of failures
declare -A index_of=() # by job

# --- where files go ------------------------------------------------------------------------

# The name of a file for the last part of a URL's path, in $name: %-escapes are decoded, except for those of characters
# that no file name of Windows may have, and where the whole would be no name or no UTF-8.
decode_name()
{
    local rest=$1 encoded=$1 byte
    name=
    while [[ $rest =~ ^([^%]*)%([0-9A-Fa-f]{2})(.*)$ ]]; do
        name+=${BASH_REMATCH[1]}
        byte=${BASH_REMATCH[2]}
        rest=${BASH_REMATCH[3]}
        case ${byte^^} in
        [01]?|7F|22|2A|2F|3A|3C|3E|3F|5C|7C) name+=%$byte ;;
        *) printf -v byte '%b' "\\x$byte"; name+=$byte ;;
        esac
    done
    name+=$rest
    case $name in
    ''|*.|*' ') name=$encoded ;;
    *) printf '%s' "$name" | iconv -f UTF-8 -t UTF-8 >/dev/null 2>&1 || name=$encoded ;;
    esac
}

# Sets files[index]: an absolute path, in a directory that exists. wanted is a file, a directory, or empty.
find_target()
{
    local index=$1 file=${2:-.} url=${urls[$1]} name directory
    name=${url%%[?#]*}
    decode_name "${name##*/}"
    if [ -d "$file" ]; then
        [ -n "$name" ] && [[ ${url#*://} = */* ]] ||
            fail 1 "the URL names no file; give its name: $me get '$url' FILE"
        file=${file%/}/$name
    fi
    [ ! -d "$file" ] || fail 1 "$file is a directory"
    case $file in
    */*) directory=${file%/*}/ ;;
    *) directory=. ;;
    esac
    [ -d "$directory" ] || fail 1 "the directory $directory does not exist; make it with: mkdir -p '$directory'"
    [ -w "$directory" ] || fail 1 "permission denied writing to $directory"
    directory=$(cd "$directory" && pwd -P) || fail 1 "cannot enter $directory"
    files[index]=${directory%/}/${file##*/}
}

# Sets urls and files.
find_targets()
{
    local index other
    if [ ${#arguments[@]} = 2 ] && ! is_url "${arguments[1]}"; then
        urls=("${arguments[0]}")
        find_target 0 "${arguments[1]}"
        return
    fi
    urls=("${arguments[@]}")
    if [ -n "$output_dir" ] && [ ! -d "$output_dir" ]; then
        fail 1 "the directory $output_dir does not exist; make it with: mkdir -p '$output_dir'"
    fi
    for index in "${!urls[@]}"; do
        find_target "$index" "${output_dir:-.}"
        for ((other = 0; other < index; other++)); do
            [ "${files[other]}" != "${files[index]}" ] ||
                fail 1 "${urls[other]} and ${urls[index]} would be the same file, ${files[index]}; get them one by one"
        done
    done
}

# --- jobs -------------------------------------------------------------------------------------

# What the job of a download that may be continued has as its description.
job_mark() { printf 'wine-bits get %s' "$(printf '%s\n' "${urls[$1]}" "${files[$1]}" | sha256sum | cut -d' ' -f1)"; }

# Sets jobs[index] to what an interrupted "get --continue" has left, and goes on with it.
find_old_job()
{
    local index=$1 line mark id state
    mark=$(job_mark "$index")
    list_jobs
    cp "$scratch/out" "$scratch/jobs"
    while IFS= read -r line; do
        [[ $line =~ $job_pattern ]] || continue
        id=${BASH_REMATCH[1]} state=${BASH_REMATCH[3]}
        bits /getdescription "$id" && [ "$(head -n 1 "$scratch/out")" = "$mark" ] || continue
        jobs[index]=$id
        case $state in
        SUSPENDED|ERROR|TRANSIENT_ERROR) must "the job cannot be continued" /resume "$id" ;;
        esac
        return
    done <"$scratch/jobs"
    return 1
}

# Sets jobs[index].
create_job()
{
    local index=$1 target job problem="the job cannot be prepared"
    run winepath.exe -w "${files[index]}"
    IFS= read -r target <"$scratch/out"
    [ -n "$target" ] || fail 2 "Wine has no name for ${files[index]}; does $prefix have a drive for it?"

    must "no job could be created; what $me status says may help" /create "${files[index]##*/}"
    job=$(grep -o -m 1 '{[0-9A-F-]*}' "$scratch/out") || { show_output; fail 2 "bitsadmin.exe created no job"; }
    # From here on it is cancelled whatever happens.
    jobs[index]=$job
    must "$problem" /addfile "$job" "${urls[index]}" "$target"
    must "$problem" /setpriority "$job" FOREGROUND
    must "$problem" /setminretrydelay "$job" "$retry_delay"
    [ -z "$timeout" ] || must "$problem" /setnoprogresstimeout "$job" "$timeout"
    [ ${#headers[@]} = 0 ] || must "$problem" /setcustomheaders "$job" "${headers[@]}"
    [ -z "$continue" ] || must "$problem" /setdescription "$job" "$(job_mark "$index")"
    must "the job cannot be started" /resume "$job"
}

# Whatever ends this program: its jobs must not stay behind.
drop_jobs()
{
    local index
    for index in "${!jobs[@]}"; do
        [ -n "${jobs[index]}" ] || continue
        bits /cancel "${jobs[index]}"
        jobs[index]=
    done
}

interrupted()
{
    local index
    trap '' INT TERM HUP
    end_line
    if [ -n "$continue" ]; then
        for index in "${!jobs[@]}"; do
            [ -z "${jobs[index]}" ] || bits /suspend "${jobs[index]}"
            jobs[index]=
        done
        warn "interrupted; to go on, run the same command again"
    else
        warn "interrupted; what was not complete has been dropped (--continue keeps it)"
        drop_jobs
    fi
    exit "$1"
}

# --- progress ------------------------------------------------------------------------------------

on_line=            # the cursor stands behind a progress line
end_line()
{
    [ -z "$on_line" ] || printf '\n' >&2
    on_line=
}

# [====>     ]  43%, no wider than given, in $bar; empty where there is nothing to show.
draw_bar()
{
    local width=$(($1 - 7))
    bar=
    [ -n "$percent" ] && [ "$width" -ge 5 ] || return 0
    [ "$width" -le 40 ] || width=40
    printf -v bar '%*s' $((percent * width / 100)) ''
    bar=${bar// /=}
    [ "$percent" = 100 ] || bar=$bar'>'
    printf -v bar '[%-*s] %3d%%' "$width" "${bar:0:width}" "$percent"
}

# One line for all of it, which is written over.
show_line()
{
    local columns line text bar rate sum=0 all=0 index ended=0 state=
    for index in "${!urls[@]}"; do
        sum=$((sum + done_bytes[index]))
        case ${total_bytes[index]} in
        *[!0-9]*|'') all= ;;
        *) [ -z "$all" ] || all=$((all + total_bytes[index])) ;;
        esac
        [ -z "${results[index]}" ] || ended=$((ended + 1))
        state=${states[index]}
    done
    find_percent "$sum" "$all"
    format_size "$sum"
    line="  $text"
    format_size "$all"
    [ -z "$percent" ] || line="$line of $text"
    measure_rate all "$sum"
    format_size "${rate:-0}"
    line="$line  $text/s"
    if [ ${#urls[@]} != 1 ]; then line="$line  $ended of ${#urls[@]} files"
    elif [ "$state" != TRANSFERRING ] && [ "$state" != TRANSFERRED ]; then line="$line  ${state,,}"
    fi
    columns=$( (stty size <&2) 2>/dev/null)
    columns=${columns##* }
    [ "${columns:-0}" -ge 20 ] || columns=80
    draw_bar $((columns - 1 - ${#line}))
    line=$bar$line
    printf '\r%s\033[K' "${line:0:columns-1}" >&2
    on_line=yes
}

# Not a terminal: a line when a state changes, and after each tenth.
told=()
tell_line()
{
    local index=$1 now text line percent
    find_percent "${done_bytes[index]}" "${total_bytes[index]}"
    now=${states[index]}-${percent:+$((percent / 10))}
    [ "$now" != "${told[index]:-}" ] || return 0
    told[index]=$now
    format_size "${done_bytes[index]}"
    line="${states[index]}${percent:+ $percent%}, $text"
    format_size "${total_bytes[index]}"
    [ ${#urls[@]} = 1 ] || line="${files[index]##*/}: $line"
    printf '%s of %s\n' "$line" "$text" >&2
}

show_progress()
{
    local index
    [ -z "$quiet" ] || return 0
    if [ -t 2 ]; then
        show_line
        return
    fi
    for index in "${!urls[@]}"; do
        [ -n "${results[index]}" ] || [ -z "${states[index]}" ] || tell_line "$index"
    done
}

# Tell, once per reason, why nothing goes on.
show_obstacle()
{
    local index=$1 reason
    find_reason "${jobs[index]}"
    [ "$reason" != "${reasons[index]}" ] || return 0
    reasons[index]=$reason
    end_line
    warn "$reason"
    warn "BITS tries again after $retry_delay seconds; press Ctrl+C to abort, or use --timeout"
}

# --- the end of a download --------------------------------------------------------------------------

# give_up INDEX RESULT REASON
give_up()
{
    results[$1]=$2
    reasons[$1]=$3
    end_line
    warn "${urls[$1]} cannot be downloaded: $3"
}

# Whether the file has the checksum that was asked for; $reason says what it has instead. It does not have its name yet.
has_checksum()
{
    local index=$1 name sum
    [ -n "$checksum" ] || return 0
    bits /gettemporaryname "${jobs[index]}" 0
    # Of its name BITS chose the last part alone.
    name=$(head -n 1 "$scratch/out")
    name=${files[index]%/*}/${name##*\\}
    sum=$("${checksum%%:*}sum" -- "$name" 2>"$scratch/err" | cut -d' ' -f1 | tr -d '\\')
    [ "$sum" != "${checksum#*:}" ] || return 0
    reason="its ${checksum%%:*} checksum is ${sum:-not known}, expected ${checksum#*:}"
    return 1
}

# It is all there: under its name, if it is what it should be.
finish()
{
    local index=$1 reason
    end_line
    if ! has_checksum "$index"; then
        give_up "$index" damaged "$reason"
        bits /cancel "${jobs[index]}"
        jobs[index]=
        return
    fi
    must "${files[index]} could not be put in its place" /complete "${jobs[index]}"
    jobs[index]=
    [ -f "${files[index]}" ] || fail 2 "BITS has completed the job, but there is no ${files[index]}"
    results[index]=done
    reasons[index]=
    [ -n "$quiet$json" ] || printf '%s\n' "${files[index]}"
}

# --- following ---------------------------------------------------------------------------------------

# Sets states, done_bytes and total_bytes. The state of a job that is not there any more is empty.
look_at_jobs()
{
    local line index
    list_jobs
    for index in "${!urls[@]}"; do [ -n "${results[index]}" ] || states[index]=; done
    while IFS= read -r line; do
        [[ $line =~ $job_pattern ]] || continue
        index=${index_of[${BASH_REMATCH[1]}]:-}
        [ -n "$index" ] || continue
        states[index]=${BASH_REMATCH[3]}
        done_bytes[index]=${BASH_REMATCH[6]}
        total_bytes[index]=${BASH_REMATCH[7]}
    done <"$scratch/out"
}

# What the state of a download's job means for it.
follow_job()
{
    local index=$1 reason
    case ${states[index]} in
    TRANSFERRED) finish "$index" ;;
    ERROR)
        find_reason "${jobs[index]}"
        give_up "$index" failed "$reason"
        bits /cancel "${jobs[index]}"
        jobs[index]= ;;
    SUSPENDED) give_up "$index" failed "somebody else has suspended the job" ;;
    TRANSIENT_ERROR) show_obstacle "$index" ;;
    ''|CANCELLED|ACKNOWLEDGED)
        give_up "$index" failed "its job is gone; somebody else has ended it"
        jobs[index]= ;;
    esac
}

# Until all have ended.
follow_jobs()
{
    local index running=yes
    while :; do
        look_at_jobs
        show_progress
        running=
        for index in "${!urls[@]}"; do
            [ -z "${results[index]}" ] || continue
            follow_job "$index"
            [ -n "${results[index]}" ] || running=yes
        done
        [ -n "$running" ] || return 0
        sleep "$look_interval"
    done
}

# --- the results -----------------------------------------------------------------------------------------

print_results()
{
    local index text line between=
    printf '['
    for index in "${!urls[@]}"; do
        json_string "${urls[index]}"
        line="\"url\": $text"
        json_string "${files[index]}"
        line="$line, \"file\": $text, \"result\": \"${results[index]}\", \"bytes\": ${done_bytes[index]}"
        text=null
        [ -z "${reasons[index]}" ] || json_string "${reasons[index]}"
        printf '%s\n  {%s, "error": %s}' "$between" "$line" "$text"
        between=,
    done
    printf '\n]\n'
}

# Who has waited for long does something else by now.
notify_end()
{
    local limit=${WINE_BITS_NOTIFY:-30} title="Download complete" index names=
    case $limit in ''|*[!0-9]*) return ;; esac
    [ "$SECONDS" -ge "$limit" ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || return
    for index in "${!urls[@]}"; do
        [ "${results[index]}" = done ] || title="Download failed"
        names="$names${names:+, }${files[index]##*/}"
    done
    notify "$title" "$names"
}

do_get()
{
    local index code=0
    find_targets
    for index in "${!urls[@]}"; do
        jobs[index]='' states[index]='' done_bytes[index]=0 total_bytes[index]='' results[index]='' reasons[index]=''
    done
    trap 'drop_jobs; rm -rf "$scratch"' EXIT
    trap 'interrupted 130' INT
    trap 'interrupted 143' TERM HUP
    for index in "${!urls[@]}"; do
        { [ -n "$continue" ] && find_old_job "$index"; } || create_job "$index"
        index_of[${jobs[index]}]=$index
    done
    follow_jobs
    notify_end
    [ -z "$json" ] || print_results
    for index in "${!urls[@]}"; do
        case ${results[index]} in
        failed) code=2 ;;
        damaged) [ "$code" != 0 ] || code=3 ;;
        esac
    done
    exit "$code"
}
