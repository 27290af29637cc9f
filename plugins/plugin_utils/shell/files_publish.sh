# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Publishes configuration files together: stages each beside its target, validates them, switches to them by one rename each
# and reloads the service. Whatever fails after the first rename, the old files come back and the service is reloaded with them.
# With "rehearsal" set, it stages elsewhere, validates, and ends there.
# shellcheck disable=SC2154  # the assignments of count, path_1, ... stand in front of this script
# shellcheck disable=SC2317  # functions that "each" calls
# shellcheck disable=SC2034  # kept, published: files_keep.sh reads them

main() {
  mkdir "$work" || die "cannot make $work on the device"
  trap 'rm -rf "$work" || :' EXIT
  # What commands say goes to a file without a name, so that a service that a reload starts holds nothing of this connection.
  exec 3>"$work/said"
  exec 4<"$work/said"
  rm -f "$work/said"
  made=
  kept=
  published=
  so_far=
  if [ -z "$rehearsal" ]; then
    rmdir "$work"
    # Its name is free again, and may be somebody else's
    trap - EXIT
    refuse_shared_folders
    [ "$(digests "$files")" = "$seen" ] || answer changed_meanwhile
    each clean_up
  fi
  each stage
  validate_all
  [ -z "$rehearsal" ] || answer published
  [ -z "$reload" ] || stay_out_of_calls
  flush_staged
  each back_up
  [ -z "${keep:-}" ] || each keep_previous
  each keep_original
  switched=0
  if ! { each switch; } 2>&3; then
    not_switched
  fi
  flush_folders
  if [ -n "$reload" ]; then
    load
  fi
  so_far='the files are in place, but '
  each clean_up
  each drop_folders
  answer published
}

# refuse_shared_folders: of the files and of the record of what is loaded.
refuse_shared_folders() {
  checked=
  each refuse_shared_folder
  path=$state_file
  refuse_shared_folder
}

refuse_shared_folder() {
  [ -n "$path" ] && [ "${path%/*}" != "$checked" ] || return 0
  checked=${path%/*}
  refuse_shared "${checked:-/}"
}

# each FUNCTION: calls it for every step with the variables of that step, until one fails.
each() {
  number=0
  while [ "$number" -lt "$count" ]; do
    number=$((number + 1))
    eval "action=\$action_$number path=\$path_$number new=\$new_$number old=\$old_$number"
    eval "previous=\${previous_$number:-} none=\${none_$number:-} first=\${first_$number:-}"
    eval "original=\${original_$number:-} absent=\${absent_$number:-}"
    "$1" || return 1
  done
}

# answer NAME [VALUE [TEXT]]: ends the script with this answer. It comes last: a connection that is gone must not stop the work.
answer() {
  reply "$@"
  [ -z "${again:-}" ] || reply again "$again" "$again_said"
  [ -z "${lost:-}" ] || field lost "$lost"
  finish
  exit 0
}

reply() {
  field "$1" "${2:-}"
  [ -z "${3:-}" ] || printf '%s\n' "$3" | sed 's/^/ /'
}

# run COMMAND: as a service expects to be started: signals as they were, a usual umask, nothing to read, nothing held open.
run() {
  cat <&4 >/dev/null
  (
    trap - HUP PIPE
    unset LC_ALL
    umask 022
    exec /bin/sh -c "$1"
  ) </dev/null >&3 2>&1 3>&- 4<&-
}

clean_up() {
  rm -f "$new" "$old" || die "${so_far}cannot remove $new and $old. Remedy: run with become"
}

# give_up TEXT: ends the script before anything was switched, with nothing left behind.
give_up() {
  withdraw
  die "$1"
}

withdraw() {
  if [ -z "$rehearsal" ]; then
    each clean_up
    each forget_previous
    each keep_no_original
    while IFS= read -r folder; do
      [ -z "$folder" ] || rmdir "$folder" 2>/dev/null || :
    done <<EOT
$made
EOT
  fi
}

# make_folder FOLDER: and those above it; remembers what it made, the deepest first.
make_folder() {
  [ -n "$1" ] && [ ! -d "$1" ] || return 0
  make_folder "${1%/*}" && (umask 022 && mkdir "$1") || [ -d "$1" ] || return 1
  made="$1
$made"
}

stage() {
  case $action in
    write | own | copy) ;;
    *) return 0 ;;
  esac
  if [ -z "$rehearsal" ]; then
    make_folder "${path%/*}" || give_up "cannot make the folder ${path%/*}. Remedy: run with become"
  fi
  eval "content=\$content_$number digest=\$digest_$number owner=\$owner_$number group=\$group_$number mode=\$mode_$number"
  write_staged || give_up "cannot write $new. Remedy: run with become, and check that the disk is not full"
  if [ -z "$rehearsal" ]; then
    keep_owner
    [ -z "$owner$group" ] || chown -h "$owner${group:+:$group}" "$new" ||
      give_up "cannot give $path to $owner${group:+:$group}. Remedy: run with become, and check that the device has this owner and group"
    chmod "$mode" "$new" || give_up "cannot set the mode of $path"
  fi
}

# write_staged: a new file, 0600 from the first byte, and never through a link that somebody put there.
write_staged() {
  if [ "$action" = own ]; then
    (set -C && cat "$path" >"$new")
  elif [ "$action" = copy ]; then
    [ ! -L "$original" ] && (set -C && cat "$original" >"$new")
  else
    (set -C && printf '%s' "$content" >"$new") && written=$(openssl dgst -sha256 -r <"$new") && [ "${written%% *}" = "$digest" ]
  fi
}

# keep_owner: what is not asked for otherwise stays as it is at the file that is there.
keep_owner() {
  if [ -f "$path" ] && { [ -z "$owner" ] || [ -z "$group" ]; }; then
    # shellcheck disable=SC2046,SC2012  # words on purpose: mode, links, owner, group
    set -- $(ls -ldn "$path")
    owner=${owner:-$3}
    group=${group:-$4}
  fi
}

# validate_all: every command of the controller, over what is staged, and over the files in their places for all else.
validate_all() {
  number=0
  while [ "$number" -lt "$validations" ]; do
    number=$((number + 1))
    eval "command=\$validate_$number"
    status=0
    run "$command" || status=$?
    if [ "$status" -ne 0 ]; then
      which=$number
      said=$(cat <&4)
      withdraw
      answer refused "$which $status" "$said"
    fi
  done
}

# stay_out_of_calls: ends the script with nothing changed where the service carries calls that a reload would cut.
stay_out_of_calls() {
  [ -n "$calls" ] || return 0
  status=0
  run "$calls" || status=$?
  said=$(cat <&4)
  if [ "$status" -ne 0 ] || ! [ "$said" -eq 0 ] 2>/dev/null; then
    withdraw
    answer in_calls "$status" "$said"
  fi
}

# rest: a service that is reloaded too soon after its last reload may be hurt by it.
rest() {
  [ "$reload_interval" -gt 0 ] && [ -f "$state_file" ] || return 0
  last=$(sed -n 's/^reloaded-at //p' "$state_file")
  past=$(($(date +%s) - ${last:-0}))
  # A clock that was set back says nothing.
  [ "$past" -lt 0 ] || [ "$past" -ge "$reload_interval" ] || sleep $((reload_interval - past))
}

flush_staged() {
  set --
  number=0
  while [ "$number" -lt "$count" ]; do
    number=$((number + 1))
    eval "new=\$new_$number"
    [ ! -f "$new" ] || set -- "$@" "$new"
  done
  [ $# -eq 0 ] || flush "$@"
}

flush_folders() {
  set --
  number=0
  while [ "$number" -lt "$count" ]; do
    number=$((number + 1))
    eval "path=\$path_$number"
    # The folder of a file that is to be absent may be absent as well.
    [ ! -d "${path%/*}/" ] || set -- "$@" "${path%/*}/"
  done
  [ $# -eq 0 ] || flush "$@"
}

# back_up: a second name for the file that is there; a copy where the file system has no such thing.
back_up() {
  case $action in
    write | own | copy) ;;
    *) return 0 ;;
  esac
  [ ! -f "$path" ] || ln "$path" "$old" 2>/dev/null || cp -p "$path" "$old" ||
    give_up "cannot copy $path to $old. Remedy: run with become, and check that the disk is not full"
}

# drop_folders: those that were made for a file that is forgotten, where nothing is in them.
drop_folders() {
  [ "$action" = forget ] || return 0
  eval "folders=\$folders_$number"
  while IFS= read -r folder; do
    [ -z "$folder" ] || rmdir "$folder" 2>/dev/null || :
  done <<EOT
$folders
EOT
}

switch() {
  case $action in
    write | own | copy) [ ! -d "$path" ] && mv -f "$new" "$path" || return 1 ;;
    remove) mv -f "$path" "$old" || return 1 ;;
    # It comes last, and nothing is loaded by it
    forget) rm -f "$original" "$absent" || return 1 ;;
    *) return 0 ;;
  esac
  switched=$number
  [ "$action" = forget ] || published="$published$path
"
}

# put_back: undoes the switch of a step that was switched.
put_back() {
  [ "$number" -le "$switched" ] || return 0
  case $action in
    write | own | copy | remove)
      if [ -e "$old" ] || [ -L "$old" ]; then
        mv -f "$old" "$path" || lost="$lost $path"
      elif [ "$action" != remove ]; then
        rm -f "$path" || lost="$lost $path"
      fi
      ;;
  esac
}

# roll_back: brings the old files back. What cannot be brought back stays under its second name, for the operator.
roll_back() {
  lost=
  published=
  each put_back 2>&3
  flush_folders
  [ -n "$lost" ] || withdraw
}

not_switched() {
  said=$(cat <&4)
  roll_back
  answer not_switched '' "$said"
}

# load: reloads the service, and rolls back where that fails.
load() {
  rest
  if ! stamp 2>&3; then
    not_switched
  fi
  status=0
  run "$reload" || status=$?
  if [ "$status" -eq 0 ]; then
    mv -f "$state_file.siptls-new" "$state_file" ||
      die "the files are in place and the service is reloaded, but the record of it cannot be written to $state_file. Remedy: run with become"
    return 0
  fi
  said=$(cat <&4)
  # What is loaded now is unknown, until a reload succeeds. What was written by then is not.
  forget_loaded
  if [ "$switched" -gt 0 ]; then
    roll_back
    load_again
  fi
  answer not_reloaded "$status" "$said"
}

load_again() {
  again=0
  run "$reload" || again=$?
  again_said=$(cat <&4)
  if [ "$again" -eq 0 ] && stamp 2>/dev/null; then
    mv -f "$state_file.siptls-new" "$state_file" || :
  fi
}
