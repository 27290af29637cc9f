# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Ends what files_publish.sh left open: files that were published and are neither accepted nor taken back. With deed "previous", what
# there was before comes back, one rename for each file; with "accepted", it is removed.
# shellcheck disable=SC2154  # the assignments of count, deed, path_1, ... stand in front of this script

main() {
  checked=${state_file%/*}
  [ ! -d "$checked/" ] || refuse_shared "${checked:-/}"
  number=0
  while [ "$number" -lt "$count" ]; do
    number=$((number + 1))
    eval "path=\$path_$number new=\$new_$number previous=\$previous_$number none=\$none_$number first=\$first_$number"
    eval "original=\$original_$number absent=\$absent_$number"
    folder=${path%/*}
    [ -d "$folder/" ] || continue
    [ "$folder" = "$checked" ] || refuse_shared "${folder:-/}"
    checked=$folder
    "$deed"
    [ ! -d "$folder/" ] || flush "$folder/"
  done
  field settled "$deed"
}

# previous: what was there before comes back. Its other name goes last, so a run that is interrupted is completed by the next one.
previous() {
  if [ -f "$previous" ] && [ ! -L "$previous" ]; then
    { rm -f "$new" && bring_back; } || die "cannot bring $path back from $previous. Remedy: run with become"
  elif [ -f "$none" ] && [ ! -L "$none" ]; then
    rm -f "$path" || die "cannot remove $path. Remedy: run with become"
  else
    return 0
  fi
  folders=
  if [ -f "$first" ] && [ ! -L "$first" ]; then
    never_published || die "cannot remove $original, or what $state_file says of $path. Remedy: run with become"
  fi
  rm -f "$first" "$previous" "$none" || die "cannot remove $previous and $none. Remedy: run with become"
  drop_folders
}

# drop_folders: those that were made for the file, where nothing is in them.
drop_folders() {
  while IFS= read -r made; do
    case ${path%/*}/ in
      "${made:-/}"/*) rmdir "$made" 2>/dev/null || : ;;
    esac
  done <<EOT
$folders
EOT
}

# bring_back: one rename; nothing where an interrupted run has done it, for mv refuses two names of one file.
bring_back() {
  [ ! -f "$path" ] || [ "$(inode "$path")" != "$(inode "$previous")" ] || return 0
  [ ! -d "$path" ] && { ln "$previous" "$new" 2>/dev/null || cp -p "$previous" "$new"; } && mv -f "$new" "$path" && rm -f "$new"
}

inode() {
  # shellcheck disable=SC2012  # the number alone
  ls -di "$1" | sed 's/^ *\([0-9]*\) .*/\1/'
}

# never_published: the file is as it was before its first publication, and so is what is known of it.
never_published() {
  forget_written "$path" || return 1
  [ ! -f "$absent" ] || [ -L "$absent" ] || folders=$(head -c 65536 "$absent")
  rm -f "$original" "$absent"
}

accepted() {
  rm -f "$first" "$previous" "$none" || die "cannot remove $previous and $none. Remedy: run with become"
}
