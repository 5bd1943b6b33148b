# shellcheck shell=bash
# One file that explains a failure: what "wine-bits report" writes.
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by wine-bits, whose functions and variables it uses: fail, bits, sibling, wine, prefix, scratch, arguments.

# How much of a log is worth sending.
report_log_lines=3000

# The words by which somebody can be recognised, "word<TAB>replacement" a line; longer ones first, as one may be part
# of another.
report_secrets()
{
    local user host name
    user=$(id -un 2>/dev/null)
    host=$(hostname 2>/dev/null || uname -n)
    {
        printf '%s\tPREFIX\n' "$prefix"
        printf '%s\tHOME\n' "${HOME%/}"
        # What stands in the comma-separated field of passwd: the name of a person.
        getent passwd "$user" 2>/dev/null | cut -d: -f5 | tr ',' '\n' | sed 's/$/\tUSER/'
        printf '%s\tUSER\n' "$user"
        printf '%s\tCOMPUTER\n' "$host" "${host%%.*}" "$(hostname -f 2>/dev/null)"
    } | awk -F'\t' 'length($1) > 2 { printf "%d\t%s\n", length($1), $0 }' | sort -rn | cut -f2-
    # In a prefix the user has a folder of his name, whatever his name is on the host now.
    for name in "$prefix"/dosdevices/c:/users/*; do
        name=${name##*/}
        case $name in '*'|Public|crossover) ;; *) printf '%s\tUSER\n' "$name" ;; esac
    done
}

# Take out of the standard input what is nobody's business, and keep what explains a failure: of an address its scheme,
# port and extension, of hosts that they differ; numbers, codes, states, GUIDs, names of our own files.
report_clean()
{
    LC_ALL=C awk -v secrets="$1" '
    # Replace each occurrence of a fixed text, in any case, that is no part of a longer word.
    function replace_word(line, word, by,    at, lower, before, after, done) {
        done = ""
        word = tolower(word)
        while ((at = index(tolower(line), word))) {
            before = at > 1 ? substr(line, at - 1, 1) : ""
            after = substr(line, at + length(word), 1)
            if (before ~ /[A-Za-z0-9]/ || after ~ /[A-Za-z0-9]/) done = done substr(line, 1, at + length(word) - 1)
            else done = done substr(line, 1, at - 1) by
            line = substr(line, at + length(word))
        }
        return done line
    }
    function host_name(host) {
        if (host ~ /^(127\.[0-9.]+|localhost|\[::1\])$/) return host
        if (!(host in hosts)) hosts[host] = "HOST" ++host_count
        return hosts[host]
    }
    function clean_url(url,    scheme, rest, host, port, path, extension) {
        scheme = substr(url, 1, index(url, "://") + 2)
        rest = substr(url, length(scheme) + 1)
        match(rest, /^[^\/?#]*/)
        host = substr(rest, 1, RLENGTH)
        path = substr(rest, RLENGTH + 1)
        sub(/^.*@/, "", host)
        port = match(host, /:[0-9]+$/) ? substr(host, RSTART) : ""
        host = substr(host, 1, length(host) - length(port))
        sub(/[?#].*/, "", path)
        extension = match(path, /\.[A-Za-z0-9]+$/) && RLENGTH <= 6 ? substr(path, RSTART) : ""
        return scheme (scheme ~ /^file:/ ? "" : host_name(host) port) (path == "" ? "" : "/PATH" extension)
    }
    # Replace what matches a pattern by what clean() makes of it; what was replaced is not looked at again.
    function clean_all(line, pattern, kind,    done, start, size) {
        done = ""
        while (match(line, pattern)) {
            start = RSTART
            size = RLENGTH
            done = done substr(line, 1, start - 1) clean(substr(line, start, size), kind)
            line = substr(line, start + size)
        }
        return done line
    }
    function clean(found, kind,    extension) {
        if (kind == "url") return clean_url(found)
        if (kind == "ip") return host_name(found)
        if (kind == "sid") return "SID"
        if (kind == "text") {
            # A wide string of the log that is none of the words above: a name that somebody gave.
            if (found ~ /^L"(\{[-0-9A-Fa-f]+\}|[A-Za-z]+:\/\/[^ ]*|[A-Za-z]:\\+PATH[.A-Za-z0-9]*|[A-Za-z]:\001.*|[0-9]*)"$/) return found
            return "L\"TEXT\""
        }
        # Files of Windows and of ours are known everywhere. The mark hides them from the next patterns.
        if (kind == "system") { sub(/:/, ":\001", found); return found }
        extension = match(found, /\.[A-Za-z0-9]+$/) && RLENGTH <= 6 ? substr(found, RSTART) : ""
        if (kind == "unix") return "/PATH" extension
        return (kind == "unc" ? "\\\\HOST\\PATH" : substr(found, 1, 2) "\\PATH") extension
    }
    BEGIN {
        while ((getline line < secrets) > 0)
            if (split(line, parts, "\t") == 2) { words[++word_count] = parts[1]; replacements[word_count] = parts[2] }
    }
    {
        line = $0
        line = clean_all(line, "[A-Za-z][A-Za-z0-9+.-]*://[^ \t\"<>|'"'"']+", "url")
        line = clean_all(line, "[Cc]:\\\\+[Ww][Ii][Nn][Dd][Oo][Ww][Ss]\\\\+[Ss][Yy][Ss]([Tt][Ee][Mm]32|[Ww][Oo][Ww]64)" \
            "\\\\+[A-Za-z0-9._-]*", "system")
        # Blanks are allowed in names of files: up to a quote, the arrow of a listing, or the end.
        arrow = index(line, " -> ")
        head = arrow ? substr(line, 1, arrow - 1) : line
        tail = arrow ? substr(line, arrow) : ""
        line = clean_paths(head) clean_paths(tail)
        line = clean_all(line, "S-1-5-21-[0-9-]+", "sid")
        line = clean_all(line, "L\"[^\"]*\"", "text")
        for (i = 1; i <= word_count; i++) line = replace_word(line, words[i], replacements[i])
        line = clean_all(line, "(^|/)(home|media|mnt|run/media)/[^\"]*", "unix")
        line = clean_all(line, "[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+", "ip")
        gsub(/\001/, "", line)
        print line
    }
    function clean_paths(line) {
        line = clean_all(line, "\\\\\\\\[^\\\\\"<>|*?]+\\\\[^\"<>|*?'"'"']*", "unc")
        return clean_all(line, "[A-Za-z]:\\\\[^\"<>|*?'"'"']*", "path")
    }'
}

report_title() { printf '\n== %s\n\n' "$*"; }

report_machine()
{
    local name
    report_title "Machine"
    printf 'Wine:      %s\n' "$("$wine" --version 2>&1 | tail -n 1)"
    printf 'Kernel:    %s\n' "$(uname -srm)"
    printf 'System:    %s\n' "$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' /etc/os-release 2>/dev/null)"
    printf 'Locale:    %s, %s\n' "${LC_ALL:-${LC_CTYPE:-${LANG:-none}}}" "$(locale charmap 2>/dev/null)"
    printf 'Free:      %s in the prefix\n' "$(df -Ph "$prefix" 2>/dev/null | awk 'NR == 2 { print $4 }')"
    for name in WINEARCH WINEDLLOVERRIDES WINEDLLPATH WINEDEBUG WINEESYNC WINEFSYNC http_proxy https_proxy all_proxy; do
        [ -z "${!name:-}" ] || printf '%-10s %s\n' "$name" "${!name}"
    done
}

report_status()
{
    report_title "What is in use"
    sibling wine-bits-setup status 2>&1
}

# What a program called its job, and for whom it runs, says nothing of a failure.
report_jobs()
{
    report_title "Jobs of BITS"
    if [ -z "$bitsadmin" ]; then
        printf 'They are not looked at: wine-bits is not installed.\n'
        return
    fi
    bits /list /allusers /verbose
    tr -d '\r' <"$scratch/raw" | LC_ALL=C sed "
        /^BITSADMIN version/d; /^BITS administration/d; /^(C) Copyright/d
        s/\(DISPLAY:\) .*/\1 TEXT/; s/\(OWNER:\) .*/\1 USER/
        s/\(NOTIFICATION COMMAND LINE:\) \(none\)*.*/\1 \2 .../; s/\(PROXY [A-Z ]*LIST:\) .*/\1 .../
        /^DESCRIPTION:/,/^JOB FILES/{/^JOB FILES/!d}" | sed '/./,$!d'
}

report_settings()
{
    local key
    report_title "Settings"
    for key in 'HKLM\Software\wine-bits' 'HKLM\Software\Policies\Microsoft\Windows\BITS' \
        'HKLM\Software\Policies\Microsoft\Windows\DeliveryOptimization' \
        'HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings'; do
        run reg query "$key" /s /reg:64 && sed '/^$/d' "$scratch/out"
    done
}

# From the last start of a service on; a start of the other one a moment later does not count.
report_log()
{
    local path
    report_title "Log since the last start"
    path=$(sibling wine-bits-setup log path 2>/dev/null)
    if [ ! -f "$path" ]; then
        printf 'There is none. To have one: %s log on --verbose; then make it fail again.\n' "$me"
        return
    fi
    cat "$path.1" "$path" 2>/dev/null | tail -n "$report_log_lines" | tr -d '\r' | LC_ALL=C awk '
        { lines[NR] = $0 }
        / (BITS|DoSvc) [0-9][^ ]* starts$/ { start[$0 ~ / BITS / ? "BITS" : "DoSvc"] = NR }
        END {
            first = 1
            for (service in start) if (first == 1 || start[service] < first) first = start[service]
            for (i = first; i <= NR; i++) print lines[i]
        }'
}

do_report()
{
    local file=${arguments[0]:-wine-bits-report.txt}
    [ ! -d "$file" ] || file=$file/wine-bits-report.txt
    report_secrets >"$scratch/secrets"
    {
        printf 'Report of wine-bits. Names, addresses, paths and secrets have been taken out.\n'
        report_machine
        report_status
        report_jobs
        report_settings
        report_log
    } >"$scratch/report" 2>&1
    (umask 077 && report_clean "$scratch/secrets" <"$scratch/report" >"$file") 2>/dev/null ||
        fail 1 "cannot write $file; name another file: $me report FILE"
    printf '%s\n' "$file"
    warn "read it before you send it: it must not say more than you want to tell"
}
