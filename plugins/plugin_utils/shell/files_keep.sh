# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# What files_publish.sh and files_settle.sh share: what is kept of a file, and the record of what the service loads.
#   .NAME.siptls-previous, -none      what was there before a publication that is not accepted yet: the file, or that there was none
#   .NAME.siptls-original, -absent    the same from before the first publication of all
#   .NAME.siptls-first                that these are of the publication that is not accepted yet; where it is taken back, so are they
# shellcheck disable=SC2154  # the assignments of path, first, state_file, ... stand in front of this script, or in the script that calls
# shellcheck disable=SC2317  # functions that "each" calls

# keep_previous: what there was stays beside the file until the new one is accepted; what an earlier run kept is older, and stays.
keep_previous() {
  case $action in
    write | copy | remove) ;;
    *) return 0 ;;
  esac
  [ ! -e "$previous" ] && [ ! -L "$previous" ] && [ ! -e "$none" ] || return 0
  eval "previous_kept_$number=y"
  rm -f "$first"
  if [ -f "$path" ]; then
    ln "$path" "$previous" 2>/dev/null || cp -p "$path" "$previous" ||
      give_up "cannot copy $path to $previous. Remedy: run with become, and check that the disk is not full"
  else
    (umask 077 && : >"$none") || give_up "cannot write $none. Remedy: run with become, and check that the disk is not full"
  fi
}

# forget_previous: of this run, where its files do not stay.
forget_previous() {
  eval "is_of_this_run=\${previous_kept_$number:-}"
  [ -z "$is_of_this_run" ] || rm -f "$previous" "$none" "$first" || :
}

# keep_original: of a file that is about to be changed for the first time, a copy with its owner and mode; or, where there is none, that there
# was none, with the folders that were made for it.
keep_original() {
  eval "keeps_original=\${keep_$number:-}"
  case $keeps_original$action in
    ywrite | yown | yremove) ;;
    *) return 0 ;;
  esac
  if [ -e "$original" ] || [ -e "$absent" ] || was_written "$path"; then
    return 0
  fi
  kept="$kept $number "
  rm -f "$original.siptls-new"
  if [ -n "${keep:-}" ] && { [ -f "$previous" ] || [ -f "$none" ]; }; then
    { rm -f "$first" && (set -C && : >"$first"); } ||
      give_up "cannot write $first. Remedy: run with become, and check that the disk is not full"
  fi
  if [ -f "$path" ] && [ ! -L "$path" ]; then
    cp -p "$path" "$original.siptls-new" && flush "$original.siptls-new" && mv -f "$original.siptls-new" "$original"
  elif [ ! -L "$path" ]; then
    (set -C && printf '%s\n' "$made" >"$original.siptls-new") && flush "$original.siptls-new" && mv -f "$original.siptls-new" "$absent"
  fi || give_up "cannot keep a copy of $path beside it. Remedy: run with become, and check that the disk is not full"
}

# keep_no_original: nothing was changed after all, so the next run is the first.
keep_no_original() {
  case $kept in
    *" $number "*) rm -f "$original" "$absent" "$first" "$original.siptls-new" ;;
  esac
}

# was_written PATH: whether an earlier run has published this file, as the record of what was loaded says. Records of versions before
# 0.4.0 do not tell files that were merely loaded from those that were published: what is not told apart counts as published.
was_written() {
  [ -n "${is_record_read:-}" ] || read_record
  ! is_among "$recorded_as_loaded" "$1" && is_among "$recorded_as_written" "$1"
}

# read_record: once, before this run changes it.
read_record() {
  is_record_read=y
  recorded_as_loaded=
  recorded_as_written=
  [ -f "$state_file" ] || return 0
  recorded_as_loaded=$(sed -n 's/^only-loaded \//\//p' "$state_file")
  recorded_as_written=$(sed -n 's/^[0-9a-z]\{1,\} \//\//p' "$state_file")
}

# is_among LINES LINE
is_among() {
  case "
$1
" in
    *"
$2
"*) return 0 ;;
  esac
  return 1
}

# stamp: what the service loads from here on, for when it has loaded it.
stamp() {
  make_folder "${state_file%/*}" &&
    (echo "reloaded-at $(date +%s)" && digests "$files" && digests "$loads" && only_loaded) >"$state_file.siptls-new"
}

# only_loaded: of what the service loads, the files that neither this run nor an earlier one has published.
only_loaded() {
  while IFS= read -r loaded_path; do
    [ -z "$loaded_path" ] || is_among "$published" "$loaded_path" || was_written "$loaded_path" || printf 'only-loaded %s\n' "$loaded_path"
  done <<EOT
$files
$loads
EOT
}

# forget_loaded: leaves in the record no more than the names of what was written by earlier runs, and of what was not.
forget_loaded() {
  rm -f "$state_file.siptls-new"
  [ -f "$state_file" ] || return 0
  if sed -n -e '/^only-loaded \//p' -e 's/^[0-9a-z]\{1,\} \//written \//p' "$state_file" >"$state_file.siptls-new" 2>/dev/null && [ -s "$state_file.siptls-new" ]; then
    mv -f "$state_file.siptls-new" "$state_file"
  else
    rm -f "$state_file" "$state_file.siptls-new"
  fi
}

# forget_written PATH: out of the record of what was loaded; whatever was loaded of it, its publication was taken back.
forget_written() {
  [ -f "$state_file" ] || return 0
  rm -f "$state_file.siptls-new"
  (
    set -C
    while IFS= read -r line; do
      [ "${line#* }" = "$1" ] || printf '%s\n' "$line"
    done <"$state_file" >"$state_file.siptls-new"
  ) && mv -f "$state_file.siptls-new" "$state_file"
}
