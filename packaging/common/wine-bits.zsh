#compdef wine-bits
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of wine-bits for zsh.

_wine_bits_jobs()
{
    local -a ids
    ids=(${(f)"$(wine-bits list 2>/dev/null | sed -n 's/^{\([0-9A-F-]*\)} *\([A-Z_]*\).*  \(.*\)$/\1:\2 \3/p')"})
    _describe -t jobs job ids
}

_wine_bits()
{
    local -a commands common
    local line state
    commands=(
        'list:the jobs of the prefix'
        'get:download files'
        'cancel:cancel a job'
        'wait:wait until no job goes on by itself'
        'monitor:a window that shows and controls the jobs'
        'log:the log file'
        'status:what is installed and in use'
        'report:write everything that explains a failure into a file'
    )
    common=('--prefix[the Wine prefix]:prefix:_directories' '--help[a summary]')
    _arguments -C $common '1:command:->command' '*::argument:->argument'
    case $state in
    command) _describe -t commands command commands ;;
    argument)
        case $line[1] in
        list) _arguments $common '(--json)--watch[again and again]' '(--watch)--json[as JSON]' ;;
        get)
            _arguments $common '--output-dir[where files go]:directory:_directories' \
                '--checksum[keep the file only with this checksum]:checksum:(sha256\: sha512\: sha1\: md5\:)' \
                '*--header[a line of the request]:header:' '--continue[keep what is there when interrupted]' \
                '--timeout[seconds without a byte]:seconds:' '--quiet[no progress]' '--json[results as JSON]' \
                '1:URL:_urls' '*:URL or file:_files' ;;
        cancel) _arguments $common '--all[all jobs]' '1:job:_wine_bits_jobs' ;;
        wait) _arguments $common '--timeout[seconds]:seconds:' '--from[the DLLs]:directory:_directories' ;;
        log)
            _arguments $common '--verbose[every call]' '--from[the DLLs]:directory:_directories' '1:what:(on off path)' ;;
        status) _arguments $common '--from[the DLLs]:directory:_directories' ;;
        report) _arguments $common '--from[the DLLs]:directory:_directories' '1:file:_files' ;;
        esac ;;
    esac
}

_wine_bits "$@"
