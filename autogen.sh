#!/bin/sh
# Make ./configure after a fresh clone.
cd "$(dirname "$0")" || exit 1
command -v autoreconf >/dev/null || { echo "autogen.sh: autoreconf is missing; on Debian install the package autoconf" >&2; exit 1; }
command -v automake >/dev/null || { echo "autogen.sh: automake is missing; on Debian install the package automake" >&2; exit 1; }
exec autoreconf -fi
