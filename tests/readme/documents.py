#!/usr/bin/env python3
"""What the documents promise: commands, paths, links, options, tags of the job store, the length of lines.

SPDX-License-Identifier: LGPL-2.1-or-later

Usage: documents.py TOP commands DOCUMENT    prints the commands that a document tells to type, one a line
       documents.py TOP check                checks the rest; prints "ok - ..." and "not ok - ..."
"""

import glob
import os
import re
import sys

PRUNED = {'.git', '.check', '.try', 'node_modules', 'autom4te.cache', 'conformance', 'generated'}
ROOMS = r'(?:build|debian|packaging|dlls|docs|include|libs|programs|tests|tools)'

# Lines of code in documents that nobody is asked to type.
LISTING = re.compile(r'[A-Za-z./]+/ {2,}\S|\w+\.c:\d+: ')

# Which file knows the options of a command.
TOOLS = {
    'wine-bits': 'tools/wine-bits', 'wine-bits-setup': 'tools/wine-bits-setup', 
    'wine-bits-wait': 'tools/wine-bits-wait',
    'bits-upload-server': 'tests/upload/server_main.c', 'check': 'tools/check', 'try': 'tools/try',
    'run-conformance': 'tests/run-conformance', 'make-transcript': 'tools/make-transcript',
    'compare-conformance': 'tools/compare-conformance', 
    'run.cmd': 'tests/kit/runner.c', 'bench': 'tools/bench',
    'check-in-chroot': 'tools/check-in-chroot', 'fuzz': 'tools/fuzz', 
    'release': 'tools/release', 'configure': 'configure.ac', 'coverage': 'tools/coverage',
    'rules-check': 'tools/rules-check',
}


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def files(top, endings):
    for directory, names, found in os.walk(top):
        names[:] = sorted(set(names) - PRUNED)
        for name in sorted(found):
            if name.endswith(endings):
                yield os.path.relpath(os.path.join(directory, name), top)


def indented(text):
    """The lines of indented blocks of code: after an empty line or another one of them, outside of fences."""
    before, fenced = '', False
    for line in text.split('\n'):
        if line.startswith('```'):
            fenced = not fenced
        elif not fenced and re.match(r'    \S', line) and (not before or before.startswith('    ')):
            yield line[4:]
        before = line


def commands(text):
    for line in indented(text):
        if not LISTING.match(line):
            # "command      what it does"
            yield re.split(r' {6,}', line)[0] if not line.startswith('#') else ''


# --- checks ------------------------------------------------------------------------------------

def slug(heading):
    heading = re.sub(r'[`*_]', '', heading.strip().lower())
    return re.sub(r'[^\w\- ]', '', heading).replace(' ', '-')


def broken_links(top, name, text):
    for target in re.findall(r'\]\(([^)\s]+)\)', text):
        if re.match(r'[a-z]+:', target):
            continue
        path, _, anchor = target.partition('#')
        path = os.path.join(top, os.path.dirname(name), path) if path else os.path.join(top, name)
        path = os.path.normpath(path)
        if not os.path.exists(path):
            yield target
        elif anchor and path.endswith('.md'):
            headings = re.findall(r'^#+ (.*)$', read(path), re.M)
            if anchor not in map(slug, headings):
                yield target


def missing_paths(top, text):
    """Paths in `...` that do not exist. A name in capitals is a placeholder; .c and .h may be left out."""
    for path in re.findall(r'`(' + ROOMS + r'/[^`\s]*)`', text):
        pattern = re.sub(r'\{[^}]*\}', '*', path).rstrip('/')
        if re.search(r'/[A-Z_]{3,}', path) and not os.path.exists(os.path.join(top, path)):
            continue
        if not glob.glob(os.path.join(top, pattern)) and not glob.glob(os.path.join(top, pattern + '.*')):
            yield path


def code(text):
    yield from indented(text)
    yield from re.findall(r'`([^`\n]+)`', text)


def unknown_options(top, text):
    names = '|'.join(map(re.escape, sorted(TOOLS, key=len, reverse=True)))
    for line in code(text):
        match = re.search(r'(?:^|[\s/])(' + names + r')(?=\s|$)(.*)', line)
        if not match or not os.path.exists(os.path.join(top, TOOLS[match.group(1)])):
            continue
        known = read(os.path.join(top, TOOLS[match.group(1)]))
        for option in re.findall(r'(?<=\s)--([a-z][a-z-]+)', match.group(2).split('|')[0]):
            if match.group(1) == 'configure':
                option = re.sub('^(enable|disable|with|without)-', '', option)
            if option not in known:
                yield f'{match.group(1)} --{option}'


def unknown_switches(top, text):
    known = ''.join(read(path) for path in glob.glob(os.path.join(top, 'programs/bitsadmin/*.c'))).lower()
    for line in code(text):
        match = re.match(r'(?:wine )?bitsadmin (.*)', line)
        for switch in re.findall(r'(?<!\S)/([a-z]+)', match.group(1) if match else ''):
            if f'"{switch}"' not in known and f'"/{switch}"' not in known:
                yield f'bitsadmin /{switch}'


def unknown_channels(top, text):
    sources = [path for tree in ('libs', 'dlls') for path in glob.glob(os.path.join(top, tree, '**/*.c'), recursive=True)]
    known = set(re.findall(r'DEBUG_CHANNEL\((\w+)\)', ''.join(map(read, sources))))
    for channels in re.findall(r'(?:WINEDEBUG=|`)((?:\+\w+,?)+)', text):
        yield from (channel for channel in re.findall(r'\+(\w+)', channels) if channel not in known)


def check_document(top, name):
    text = read(os.path.join(top, name))
    for what, found in (('links', broken_links(top, name, text)), ('paths', missing_paths(top, text)),
                        ('options', unknown_options(top, text)), ('switches', unknown_switches(top, text)),
                        ('debug channels', unknown_channels(top, text))):
        found = sorted(set(found))
        result(not found, f'{name}: all {what} exist' + (': ' + ', '.join(found) if found else ''))


def check_tags(top):
    """Every tag that job_record.c writes is explained in docs/journal-format.md."""
    source = read(os.path.join(top, 'libs/transfer/jobs/job_record.c'))
    text = read(os.path.join(top, 'docs/journal-format.md'))
    rows = re.findall(r'^\| ([\d, ]+)[^|]*\|', text.split("## What a job's record contains")[-1], re.M)
    told = {int(number) for row in rows for number in re.findall(r'\d+', row)}
    missing = [tag for tag, number in re.findall(r'^    (TAG_\w+) = (\d+),', source, re.M)
               if int(number) < 100 and int(number) not in told]
    for kind, name in (('FILE', 'a file'), ('UPLOAD', "an upload's session")):
        paragraph = re.search(f'^Fields of {name}: .*?\n\n', text, re.S | re.M)
        told = {int(number) for number in re.findall(r'\b(\d+) ', paragraph.group(0))} if paragraph else set()
        missing += [tag for tag, number in re.findall(rf'^    ({kind}_TAG_\w+) = (\d+),', source, re.M)
                    if int(number) not in told]
    result(not missing, 'docs/journal-format.md explains every tag' +
           (': not ' + ', '.join(missing) if missing else ''))


def check_rooms(top):
    """Every file of libs/transfer has its place in docs/architecture.md."""
    text = read(os.path.join(top, 'docs/architecture.md'))
    rows = '\n'.join(re.findall(r'^\| `libs/(?:transfer|store|base)[/\w]*` \|.*$', text, re.M))
    rooms = re.findall(r'`(\w+)`', rows)
    names = [os.path.basename(path)[:-2] for path in glob.glob(os.path.join(top, 'libs/transfer/*/*.c'))]
    homeless = sorted(name for name in names if not any(name.startswith(room) for room in rooms))
    result(not homeless, 'docs/architecture.md knows every part of libs/transfer' +
           (': not ' + ', '.join(homeless) if homeless else ''))
    sources = {os.path.basename(name) for name in files(top, ('.c', '.h'))}
    gone = sorted({name for name in re.findall(r'`(?:[\w/]+/)?(\w+\.[ch])`', text) if name not in sources})
    result(not gone, 'docs/architecture.md names files that exist' + (': not ' + ', '.join(gone) if gone else ''))


def check_lines(top):
    """No line of C is longer than docs/contributing.md says."""
    text = read(os.path.join(top, 'docs/contributing.md'))
    limit = int(re.search(r'lines up to (\d+) characters', text).group(1))
    good = True
    for name in files(top, ('.c', '.h')):
        for number, line in enumerate(read(os.path.join(top, name)).split('\n'), 1):
            if len(line) > limit:
                result(False, f'{name}:{number} is longer than {limit} characters')
                good = False
    if good:
        result(True, f'no line of C is longer than {limit} characters')


def result(good, text):
    global failed
    print(('ok - ' if good else 'not ok - ') + text)
    failed = failed or not good


failed = False


def main():
    top = sys.argv[1]
    if sys.argv[2] == 'commands':
        for command in commands(read(os.path.join(top, sys.argv[3]))):
            if command:
                print(command)
        return 0
    for name in files(top, '.md'):
        check_document(top, name)
    check_tags(top)
    check_rooms(top)
    check_lines(top)
    return failed


if __name__ == '__main__':
    sys.exit(main())
