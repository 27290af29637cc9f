# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells what configuration files a device has and what its service has loaded, and changes nothing.
# shellcheck disable=SC2154  # the assignments of count, path_1, ... stand in front of this script

main() {
  command -v openssl >/dev/null || die 'openssl is not installed. Expected: the openssl command, version 1.1.1 or later'
  number=0
  while [ "$number" -lt "$count" ]; do
    number=$((number + 1))
    eval "path=\$path_$number new=\$new_$number old=\$old_$number numeric=\$numeric_$number fetch=\$fetch_$number most=\$most_$number"
    eval "original=\${original_$number:-} absent=\${absent_$number:-}"
    look_at
    [ -z "$original" ] || look_at_original
  done
  found=$(digests "$files")
  field digests
  show "$found"
  if [ -n "$state_file" ]; then
    look_at_loads
  fi
}

look_at() {
  folder=${path%/*}
  [ ! -d "$folder" ] || [ -x "$folder/." ] || die "cannot enter $folder. Remedy: run with become"
  [ "$folder" = "${checked-}" ] || refuse_shared "${folder:-/}"
  checked=$folder
  if [ -e "$path" ] || [ -L "$path" ]; then
    # The line for one file: its first words are mode, links, owner and group.
    # shellcheck disable=SC2012
    line=$(ls -ld"$numeric" "$path") || die "cannot look at $path"
    field "listed_$number" "$line"
  fi
  if [ -L "$path" ]; then
    target=$(readlink "$path") || die "cannot look at $path"
    field "target_$number" "$target"
  elif [ -n "$fetch" ] && [ -f "$path" ]; then
    [ -r "$path" ] || die "cannot read $path. Remedy: run with become"
    size=0
    [ -z "$most" ] || size=$(($(wc -c <"$path")))
    if [ "$size" -gt "${most:-0}" ]; then
      field "too_large_$number" "$size"
    else
      field "text_$number"
      body "$path"
    fi
  fi
  if [ -e "$new" ] || [ -e "$old" ] || [ -L "$old" ]; then
    field "left_over_$number" yes
  fi
}

# look_at_original: what was kept of a file before its first change, a copy or that there was none.
look_at_original() {
  if [ -f "$original" ] && [ ! -L "$original" ]; then
    # shellcheck disable=SC2012
    line=$(ls -ldn "$original") || die "cannot look at $original"
    field "original_listed_$number" "$line"
    line=$(digests "$original")
    field "original_digest_$number" "${line%% *}"
    if [ -n "$fetch" ] && [ "$(($(wc -c <"$original")))" -le "$most" ]; then
      field "original_text_$number"
      body "$original"
    fi
  elif [ -f "$absent" ] && [ ! -L "$absent" ]; then
    field "no_original_$number"
    head -c 65536 "$absent" | sed 's/^/ /'
  fi
}

look_at_loads() {
  found=$(digests "$loads")
  field load_digests
  show "$found"
  if [ -f "$state_file" ]; then
    [ -r "$state_file" ] || die "cannot read $state_file. Remedy: run with become"
    field loaded
    body "$state_file"
  fi
}

# show TEXT: the lines of TEXT as the body of the field before.
show() {
  printf '%s\n' "$1" | sed 's/^/ /'
}
