# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of wine-bits for fish.

set -l commands list get cancel wait monitor log status report

complete -c wine-bits -f -n "not __fish_seen_subcommand_from $commands" -a list -d 'The jobs of the prefix'
complete -c wine-bits -f -n "not __fish_seen_subcommand_from $commands" -a get -d 'Download files'
complete -c wine-bits -f -n "not __fish_seen_subcommand_from $commands" -a cancel -d 'Cancel a job'
complete -c wine-bits -f -n "not __fish_seen_subcommand_from $commands" -a wait -d 'Wait until no job goes on by itself'
complete -c wine-bits -f -n "not __fish_seen_subcommand_from $commands" -a monitor -d 'A window that shows the jobs'
complete -c wine-bits -f -n "not __fish_seen_subcommand_from $commands" -a log -d 'The log file'
complete -c wine-bits -f -n "not __fish_seen_subcommand_from $commands" -a status -d 'What is installed and in use'
complete -c wine-bits -f -n "not __fish_seen_subcommand_from $commands" -a report -d 'Everything that explains a failure'

complete -c wine-bits -l prefix -r -a '(__fish_complete_directories)' -d 'The Wine prefix'
complete -c wine-bits -l help -d 'A summary'
complete -c wine-bits -n '__fish_seen_subcommand_from list' -l watch -d 'Again and again'
complete -c wine-bits -n '__fish_seen_subcommand_from list get' -l json -d 'As JSON'
complete -c wine-bits -n '__fish_seen_subcommand_from get' -l output-dir -r -a '(__fish_complete_directories)' \
    -d 'Where files go'
complete -c wine-bits -n '__fish_seen_subcommand_from get' -l checksum -x -a 'sha256: sha512: sha1: md5:' \
    -d 'Keep the file only with this checksum'
complete -c wine-bits -n '__fish_seen_subcommand_from get' -l header -x -d 'A line of the request'
complete -c wine-bits -n '__fish_seen_subcommand_from get' -l continue -d 'Keep what is there when interrupted'
complete -c wine-bits -n '__fish_seen_subcommand_from get wait' -l timeout -x -d 'Seconds'
complete -c wine-bits -n '__fish_seen_subcommand_from get' -l quiet -d 'No progress'
complete -c wine-bits -n '__fish_seen_subcommand_from cancel' -l all -d 'All jobs'
complete -c wine-bits -n '__fish_seen_subcommand_from log' -l verbose -d 'Every call'
complete -c wine-bits -n '__fish_seen_subcommand_from wait log status report' -l from -r \
    -a '(__fish_complete_directories)' -d 'Where the DLLs are'
complete -c wine-bits -f -n '__fish_seen_subcommand_from log' -a 'on off path'
complete -c wine-bits -f -n '__fish_seen_subcommand_from cancel' \
    -a "(wine-bits list 2>/dev/null | string replace -rf '^\{([0-9A-F-]+)\} *([A-Z_]+).*  (.*)\$' '\$1\t\$2 \$3')"
