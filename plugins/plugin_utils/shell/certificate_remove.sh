# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Removes from a directory the keys, certificates and trust anchors that this collection put there, and brings back the pair and the trust
# bundle that it found there. With "rehearsal" set, it tells what it would do, and changes nothing. Whatever interrupts it, the next run goes on.
# shellcheck disable=SC2154  # the assignments of directory, certificate, ... stand in front of this script

main() {
  # Beside the directory while it goes: once nothing of ours is left in it, nothing else tells an interrupted removal from a directory
  # that was empty before
  going=${directory%/*}/.${directory##*/}.siptls-going
  if [ ! -d "$directory/" ]; then
    [ -n "$rehearsal" ] || rm -f "$going" || give_up
    return 0
  fi
  set -- "$directory"
  for folder in generations staging; do
    [ ! -d "$directory/$folder" ] || set -- "$@" "$directory/$folder"
  done
  refuse_shared "$@"
  cd "$directory" || die "cannot enter $directory. Remedy: run with become"
  original=.$trust_bundle.siptls-original
  absent=.$trust_bundle.siptls-absent
  is_ours || return 0
  tell_all
  [ -z "$rehearsal" ] || return 0
  restore "$private_key"
  restore "$certificate"
  restore_bundle
  rm -f current || give_up
  discard staging
  rm -rf generations || give_up
  : >"$going" || give_up
  rm -f "$original" "$absent" || give_up
  flush .
  cd /
  # What else is in it is somebody else's, and stays
  rmdir "$directory" 2>/dev/null || [ -n "$(ls -A "$directory")" ] || give_up
  rm -f "$going" || give_up
}

give_up() {
  die "cannot remove what is in $directory. Remedy: run with become"
}

# there PATH: also a symlink that leads nowhere.
there() {
  [ -e "$1" ] || [ -L "$1" ]
}

is_ours() {
  there current || there generations || there staging || there "$original" || there "$absent" || there "$going"
}

is_link() {
  [ -L "$1" ] || return 1
  target=$(readlink "$1") || die "cannot look at $directory/$1. Remedy: run with become"
  [ "$target" = "current/$1" ]
}

# tell_all: the files that go, and those that come back.
tell_all() {
  for name in "$private_key" "$certificate"; do
    if [ -f "generations/imported/$name" ]; then
      field restored "$name"
    elif is_link "$name"; then
      field removed "$name"
    fi
  done
  if there "$original"; then
    field restored "$trust_bundle"
  elif there "$trust_bundle"; then
    field removed "$trust_bundle"
  fi
  for name in current generations staging; do
    ! there "$name" || field removed "$name"
  done
  ! there "$going" || field removed .
}

# restore NAME: the file of the pair that was there at first takes the place of our link; without such a pair the link goes.
restore() {
  if [ -f "generations/imported/$1" ]; then
    put "generations/imported/$1" "$1"
  elif is_link "$1"; then
    rm -f "$1" || give_up
  fi
}

restore_bundle() {
  if there "$original"; then
    put "$original" "$trust_bundle"
  else
    rm -f "$trust_bundle" || give_up
  fi
}

# put FILE NAME: a copy with its owner and mode, or the symlink itself, takes this name by one rename.
put() {
  rm -f "$2.siptls-new"
  cp -pP "$1" "$2.siptls-new" || give_up
  mv -f "$2.siptls-new" "$2" || give_up
}
