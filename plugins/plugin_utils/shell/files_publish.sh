# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Publishes configuration files together: all are staged, then all are validated, then all take their names by rename, then
# the service reads them. Whatever fails, the files from before are back and the service has read those.
# shellcheck disable=SC2154  # the assignments of staging, validation, ... stand in front of this script

# Paths that have been switched, one on a line, the last one first.
switched=
line_end='
'

main() {
  # No path is a pattern.
  set -f
  # Each of these is a list of calls of the functions below, quoted by the controller.
  eval "$staging"
  eval "$validation"
  eval "$switching"
  if [ -n "$reload" ]; then
    load
    stamp
  fi
  eval "$cleaning"
  echo 'siptls begin'
}

new_of() {
  printf '%s/.%s.siptls-new' "${1%/*}" "${1##*/}"
}

old_of() {
  printf '%s/.%s.siptls-old' "${1%/*}" "${1##*/}"
}

# stage PATH MODE OWNER GROUP CONTENT: beside PATH, readable by nobody else from its first byte.
stage() {
  new=$(new_of "$1")
  (umask 022 && mkdir -p "${1%/*}") || give_up "cannot make ${1%/*}. Remedy: run with become"
  rm -f "$new"
  printf '%s' "$5" >"$new" || give_up "cannot write ${1%/*}: is the disk full, or become missing?"
  own "$new" "$2" "$3" "$4"
  flush "$new"
}

# own FILE MODE OWNER GROUP
own() {
  [ -z "$3$4" ] || chown "$3${4:+:$4}" "$1" || give_up "cannot give $1 to $3${4:+:$4}"
  chmod "$2" "$1" || give_up "cannot set the mode of $1"
}

# validate PATH COMMAND: a staged file, or one that stays.
validate() {
  said=$(/bin/sh -c "$2" 2>&1) || give_up "$1 is not valid, so nothing has been changed. Found: $(shortened "$said")"
}

# switch PATH: the staged file takes its name.
switch() {
  keep "$1"
  mv -f "$(new_of "$1")" "$1" || give_up "cannot rename into $1"
  flush "${1%/*}"
}

# remove PATH
remove() {
  keep "$1"
  rm -f "$1" || give_up "cannot remove $1"
}

# keep PATH: what is there, for the way back.
keep() {
  old=$(old_of "$1")
  rm -f "$old"
  if [ -e "$1" ] || [ -L "$1" ]; then
    cp -pP "$1" "$old" || give_up "cannot keep a copy of $1: is the disk full?"
  fi
  switched=$1$line_end$switched
}

# load: has the service read its files; if it will not, back to those from before.
load() {
  said=$(/bin/sh -c "$reload" 2>&1) && return
  refusal="the service did not take up its files: $reload. Found: $(shortened "$said")"
  if [ -z "$switched" ]; then
    give_up "$refusal"
  fi
  go_back
  if said=$(/bin/sh -c "$reload" 2>&1); then
    outcome='the files from before are back, and the service has read them'
  else
    outcome="the files from before are back, but the service does not take them up either: $(shortened "$said")"
  fi
  give_up "$refusal. Now: $outcome"
}

# stamp: what the service has read now.
stamp() {
  set --
  IFS=$line_end
  for path in $stamped; do
    [ ! -f "$path" ] || set -- "$@" "$path"
  done
  unset IFS
  (umask 022 && mkdir -p "${state_file%/*}")
  [ $# -eq 0 ] || openssl dgst -sha256 -r "$@" >"$state_file.new" || give_up "cannot write $state_file: is the disk full?"
  [ $# -gt 0 ] || : >"$state_file.new"
  mv -f "$state_file.new" "$state_file"
}

# go_back: every path that has been switched holds what it held before.
go_back() {
  IFS=$line_end
  for path in $switched; do
    old=$(old_of "$path")
    if [ -e "$old" ] || [ -L "$old" ]; then
      mv -f "$old" "$path"
    else
      rm -f "$path"
    fi
  done
  unset IFS
  switched=
}

# clean PATH: what was staged or kept beside it.
clean() {
  rm -f "$(new_of "$1")" "$(old_of "$1")"
}

# give_up TEXT: back to where it began.
give_up() {
  go_back
  eval "$cleaning"
  die "$1"
}

# shortened TEXT: on one line, its end if it is long.
shortened() {
  printf '%s' "$1" | tr '\n' ' ' | tail -c 1500
}
