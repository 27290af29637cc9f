# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells what certificate a device has, and changes nothing.
# shellcheck disable=SC2154  # the assignments of directory, certificate, ... stand in front of this script

main() {
  command -v openssl >/dev/null || die 'openssl is not installed. Expected: the openssl command, version 1.1.1 or later'
  set -- "$directory"
  for folder in generations staging; do
    [ ! -d "$directory/$folder" ] || set -- "$@" "$directory/$folder"
  done
  refuse_shared "$@"
  [ -e "$directory" ] || return 0
  cd "$directory" || die "cannot enter $directory. Remedy: run with become, or correct the permissions of the directory"
  refuse_linked_pair
  list_files
  for file in "$certificate" "current/$certificate" "$trust_bundle"; do
    ! holds_private_key "$file" || field stray_key "$file"
  done
  if [ -d current ]; then
    look_at_pair
  fi
  if [ -f "$trust_bundle" ]; then
    field trust_bundle
    pem_body "$trust_bundle"
  fi
  if [ "$state" = previous ]; then
    list_generations
  fi
}

# list_files: the links, and what they lead to, as ls shows them; owners by name or, if asked for so, by number.
list_files() {
  set --
  for file in current "$certificate" "$private_key" "current/$certificate" "current/$private_key" "$trust_bundle"; do
    if [ -e "$file" ] || [ -L "$file" ]; then
      set -- "$@" "$file"
    fi
  done
  if [ $# -gt 0 ]; then
    field files
    # The names are plain: letters, digits, dots, dashes and underscores.
    # shellcheck disable=SC2012
    ls -ld"$numeric" -- "$@" | sed 's/^/ /'
  fi
}

# look_at_pair: the pair in use. Inside its folder, a switch by another run cannot come between the two.
look_at_pair() {
  cd current || die "cannot enter $directory/current. Remedy: run with become"
  if [ -f "$certificate" ]; then
    field certificate
    pem_body "$certificate"
  fi
  if [ -f "$private_key" ]; then
    [ -r "$private_key" ] || die "cannot read $directory/current/$private_key. Remedy: run with become"
    # The public half alone leaves the device.
    field public_key
    # An encrypted key is no key for a service that starts unattended: an empty passphrase makes openssl refuse, not ask.
    openssl pkey -in "$private_key" -passin pass: -pubout 2>/dev/null | sed 's/^/ /' || :
  fi
  cd "$directory" || die "cannot enter $directory"
}

# list_generations: every generation, the one before it, and its certificate.
list_generations() {
  for generation in generations/*; do
    [ -f "$generation/$certificate" ] || continue
    before=
    [ ! -f "$generation/previous" ] || read -r before <"$generation/previous" || :
    field generation "${generation##*/} $before"
    pem_body "$generation/$certificate"
  done
}
