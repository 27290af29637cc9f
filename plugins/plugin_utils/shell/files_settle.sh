# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Ends what files_publish.sh left open: files that were published and are neither accepted nor taken back. With deed "previous", what
# there was before comes back, one rename for each file; with "accepted", it is removed.
# shellcheck disable=SC2154  # the assignments of count, deed, path_1, ... stand in front of this script

main() {
  checked=
  number=0
  while [ "$number" -lt "$count" ]; do
    number=$((number + 1))
    eval "path=\$path_$number previous=\$previous_$number none=\$none_$number"
    folder=${path%/*}
    [ -d "$folder/" ] || continue
    [ "$folder" = "$checked" ] || refuse_shared "${folder:-/}"
    checked=$folder
    "$deed"
    flush "$folder/"
  done
  field settled "$deed"
}

previous() {
  if [ -f "$previous" ] && [ ! -L "$previous" ]; then
    { [ ! -d "$path" ] && mv -f "$previous" "$path"; } || die "cannot bring $path back from $previous. Remedy: run with become"
  elif [ -f "$none" ] && [ ! -L "$none" ]; then
    rm -f "$path" || die "cannot remove $path. Remedy: run with become"
  fi
  rm -f "$none" || die "cannot remove $none. Remedy: run with become"
}

accepted() {
  rm -f "$previous" "$none" || die "cannot remove $previous and $none. Remedy: run with become"
}
