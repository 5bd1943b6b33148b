#!/usr/bin/env python3
"""Carry out an entry for Bottles or Lutris on a prefix, with a local copy of what it downloads.

SPDX-License-Identifier: LGPL-2.1-or-later

Usage: entries.py bottles|lutris ENTRY ARCHIVE PREFIX CACHE

Does what the manager's documentation says of each action that the entry uses, and fails at any other. $WINE runs
programs of the prefix.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import sys

import yaml


def fail(text):
    sys.exit('entries: ' + text)


def only(step, *keys):
    """A key that the documentation does not know is a mistake of the entry."""
    extra = set(step) - set(keys)
    if extra:
        fail(f'unknown keys: {sorted(extra)}')


def digest(path, kind):
    with open(path, 'rb') as file:
        return hashlib.new(kind, file.read()).hexdigest()


def run(command, **options):
    if subprocess.run(command, stdin=subprocess.DEVNULL, **options).returncode:
        fail(f'failed: {command}')


class Bottles:
    """A dependency of Bottles: steps with an action each; temp/ is where archives are unpacked, by their name."""

    def __init__(self, archive, prefix, cache):
        self.archive, self.prefix, self.cache = archive, prefix, cache

    def carry_out(self, entry):
        only(entry, 'Name', 'Description', 'Provider', 'License', 'License_url', 'Dependencies', 'Steps')
        for step in entry['Steps']:
            getattr(self, step.pop('action'))(step)

    def place(self, url):
        if not url.startswith('temp/'):
            fail(f'{url} is not unpacked by this entry')
        return os.path.join(self.cache, url[len('temp/'):])

    def archive_extract(self, step):
        only(step, 'file_name', 'url', 'file_checksum', 'file_size')
        if os.path.basename(step['url']) != step['file_name'] or step['file_name'] != os.path.basename(self.archive):
            fail(f'{step["file_name"]} is not what a release contains')
        if digest(self.archive, 'md5') != step['file_checksum'] or os.path.getsize(self.archive) != step['file_size']:
            fail('the archive is another one')
        target = os.path.join(self.cache, step['file_name'].removesuffix('.tar.xz'))
        os.makedirs(target)
        run(['tar', '-C', target, '-xf', self.archive])

    def copy_dll(self, step):
        only(step, 'url', 'file_name', 'dest')
        target = os.path.join(self.prefix, 'drive_c/windows', {'win32': 'syswow64', 'win64': 'system32'}[step['dest']])
        if not os.path.exists(os.path.join(target, 'ntdll.dll')):
            return
        files = glob.glob(os.path.join(self.place(step['url']), step['file_name']))
        if not files:
            fail(f'no file in {step["url"]}')
        for file in files:
            path = os.path.join(target, os.path.basename(file))
            if os.path.lexists(path):
                os.remove(path)
            shutil.copyfile(file, path)

    def install_exe(self, step):
        only(step, 'file_name', 'url', 'arguments')
        run([os.environ['WINE'], os.path.join(self.place(step['url']), step['file_name']), step['arguments']],
            env=dict(os.environ, WINEPREFIX=self.prefix))


class Lutris:
    """An installer of Lutris: files by name, steps that use them; $CACHE, $GAMEDIR and $WINEBIN are its variables."""

    def __init__(self, archive, prefix, cache):
        self.archive, self.files = archive, {}
        self.variables = {'$CACHE': cache, '$GAMEDIR': prefix, '$WINEBIN': os.environ['WINE']}

    def expand(self, text):
        for name, value in self.variables.items():
            text = text.replace(name, value)
        if '$' in text:
            fail(f'unknown variable in {text}')
        return text

    def carry_out(self, entry):
        only(entry, 'name', 'game_slug', 'version', 'slug', 'runner', 'description', 'script')
        only(entry['script'], 'files', 'installer')
        for file in entry['script']['files']:
            (name, about), = file.items()
            self.fetch(name, about)
        for step in entry['script']['installer']:
            (action, about), = step.items()
            getattr(self, action)(about)

    def fetch(self, name, about):
        only(about, 'url', 'filename', 'checksum')
        if os.path.basename(about['url']) != about['filename'] or about['filename'] != os.path.basename(self.archive):
            fail(f'{about["filename"]} is not what a release contains')
        kind, value = about['checksum'].split(':')
        if digest(self.archive, kind) != value:
            fail('the archive is another one')
        self.files[name] = self.archive

    def extract(self, step):
        only(step, 'file', 'dst')
        target = self.expand(step['dst'])
        os.makedirs(target)
        run(['tar', '-C', target, '-xf', self.files[step['file']]])

    def execute(self, step):
        only(step, 'file', 'args', 'env')
        added = {name: self.expand(value) for name, value in step.get('env', {}).items()}
        run([self.expand(step['file'])] + self.expand(step['args']).split(), env=dict(os.environ, **added))


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    manager = {'bottles': Bottles, 'lutris': Lutris}[sys.argv[1]]
    with open(sys.argv[2], encoding='utf-8') as file:
        entry = yaml.safe_load(file)
    manager(*sys.argv[3:6]).carry_out(entry)


if __name__ == '__main__':
    main()
