# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What every script on a device begins with.

set -eu
umask 077
LC_ALL=C
export LC_ALL
# A connection that breaks must not stop a publication half-way: what has begun is finished.
trap '' HUP PIPE

# die TEXT: ends the script; TEXT reaches the operator, with the host's name in front.
die() {
  printf 'siptls: %s\n' "$1" >&2
  exit 1
}

# field NAME [VALUE]: a line of the answer.
field() {
  printf '%s %s\n' "$1" "${2:-}"
}

# body FILE: the lines of FILE as the body of the field before.
body() {
  sed 's/^/ /' "$1"
  echo
}

# flush PATH...: waits until these are on the disk; where sync knows no operands, until everything is.
flush() {
  sync "$@" 2>/dev/null || sync
}

# rename_into FILE DIRECTORY: one rename(2), to the same name in DIRECTORY, in place of what has that name there.
# mv would follow a symlink to a directory named as the target itself, but not one that it finds inside its target.
rename_into() {
  mv -f "$1" "$2/" || die "cannot rename $1 into $2"
}
