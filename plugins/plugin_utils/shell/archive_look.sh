# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells which archive is unpacked at a path, and changes nothing.
# shellcheck disable=SC2154  # the assignment of path stands in front of this script

main() {
  refuse_shared "${path%/*}"
  command -v tar >/dev/null || die 'tar is not installed'
  if [ -L "$path" ]; then
    target=$(readlink "$path") || die "cannot look at $path. Remedy: run with become"
    [ -d "$path" ] || target=
    field unpacked "$target"
  elif [ -e "$path" ]; then
    die "$path is there already and is no link. Expected: nothing, or what this task made. Remedy: move it away, or name another path"
  fi
}
