# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of wine-bits for bash.

_wine_bits()
{
    local current=$2 previous=$3 word command=
    local options='--prefix --help'
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
        list|get|cancel|wait|monitor|log|status|report) command=$word; break ;;
        esac
    done
    case $previous in
    --prefix|--from|--output-dir)
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        compopt -o filenames 2>/dev/null
        return ;;
    --checksum)
        mapfile -t COMPREPLY < <(compgen -W 'sha256: sha512: sha1: md5:' -- "$current")
        compopt -o nospace 2>/dev/null
        return ;;
    --timeout|--header) return ;;
    esac
    case $command in
    list) options="$options --watch --json" ;;
    get) options="$options --output-dir --checksum --header --continue --timeout --quiet --json" ;;
    cancel) options="$options --all" ;;
    wait) options="$options --timeout --from" ;;
    log) options="$options --verbose --from" ;;
    status|report) options="$options --from" ;;
    esac
    case $command$current in
    *-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current"); [[ $current = -* ]] && return ;;
    esac
    case $command in
    '') mapfile -t COMPREPLY < <(compgen -W 'list get cancel wait monitor log status report' -- "$current") ;;
    log) mapfile -t COMPREPLY < <(compgen -W 'on off path' -- "$current") ;;
    cancel)
        mapfile -t COMPREPLY < <(compgen -W "$(wine-bits list 2>/dev/null |
            sed -n 's/^{\([0-9A-F-]*\)}.*/\1/p')" -- "${current^^}") ;;
    get|report)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        compopt -o filenames 2>/dev/null ;;
    esac
}
complete -F _wine_bits wine-bits
