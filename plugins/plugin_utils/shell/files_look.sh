# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells what configuration files a device has and what its service has read, and changes nothing.
# shellcheck disable=SC2154  # the assignments of paths, loads, ... stand in front of this script

main() {
  echo 'siptls begin'
  command -v openssl >/dev/null || die 'openssl is not installed. Expected: the openssl command, version 1.1.1 or later'
  # Each list has one path on a line, and none is a pattern.
  set -f
  IFS='
'
  # shellcheck disable=SC2086
  list_files $paths
  # shellcheck disable=SC2086
  show_contents $contents
  # shellcheck disable=SC2086
  show_digests $paths $loads
  if [ -n "$state_file" ] && [ -f "$state_file" ]; then
    field stamp
    body "$state_file"
  fi
}

# list_files PATH...: those that are there, as ls shows them, and what an interrupted run left beside them.
list_files() {
  for path in "$@"; do
    staged=${path%/*}/.${path##*/}.siptls
    if [ -e "$staged-new" ] || [ -e "$staged-old" ]; then
      field leftover "$path"
    fi
    if [ -e "$path" ] || [ -L "$path" ]; then
      set -- "$@" "$path"
    fi
    shift
  done
  if [ $# -gt 0 ]; then
    field files
    # The paths have no blanks.
    # shellcheck disable=SC2012
    ls -ld"$numeric" -- "$@" | sed 's/^/ /'
  fi
}

# show_contents PATH...: the contents of those that are there.
show_contents() {
  for path in "$@"; do
    [ -f "$path" ] || continue
    [ -r "$path" ] || die "cannot read $path. Remedy: run with become"
    field content "$path"
    body "$path"
  done
}

# show_digests PATH...: the SHA-256 of those that are there, symlinks followed.
show_digests() {
  for path in "$@"; do
    [ ! -f "$path" ] || set -- "$@" "$path"
    shift
  done
  if [ $# -gt 0 ]; then
    field digests
    digests=$(openssl dgst -sha256 -r "$@") || die 'cannot read a file. Remedy: run with become'
    printf '%s\n' "$digests" | sed 's/^/ /'
  fi
}
