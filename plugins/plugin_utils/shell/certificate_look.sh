# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells what certificate a device has, and changes nothing.
# shellcheck disable=SC2154  # the assignments of directory, certificate, ... stand in front of this script

main() {
  echo 'siptls begin'
  command -v openssl >/dev/null || die 'openssl is not installed. Expected: the openssl command, version 1.1.1 or later'
  [ -e "$directory" ] || return 0
  cd "$directory" || die "cannot enter $directory. Remedy: run with become, or correct the permissions of the directory"
  field certificate_link "$(readlink "$certificate" || :)"
  field private_key_link "$(readlink "$private_key" || :)"
  if [ -f "$trust_bundle" ]; then
    field trust_bundle
    body "$trust_bundle"
  fi
  generation=$(readlink current || :)
  if [ -n "$generation" ]; then
    look_at_generation "$generation"
  fi
  look_for_drift "${generation:-none}/$certificate" "${generation:-none}/$private_key" "$trust_bundle"
  if [ "$state" = previous ]; then
    list_generations
  fi
}

# look_at_generation DIRECTORY: the pair that is in use; the key is read on the device, its public half alone leaves it.
look_at_generation() {
  field current "${1##*/}"
  if [ -f "$1/$certificate" ]; then
    field certificate
    body "$1/$certificate"
  fi
  if [ -f "$1/$private_key" ]; then
    [ -r "$1/$private_key" ] || die "cannot read $directory/$1/$private_key. Remedy: run with become"
    field public_key
    # An encrypted key is no key for a service that starts unattended: an empty passphrase makes openssl refuse, not ask.
    openssl pkey -in "$1/$private_key" -passin pass: -pubout 2>/dev/null | sed 's/^/ /' || :
  fi
}

# look_for_drift CERTIFICATE KEY BUNDLE: those whose mode or owner is not as wanted, as ls shows them.
look_for_drift() {
  key_name=$2
  for file in "$@"; do
    [ ! -f "$file" ] || set -- "$@" "$file"
    shift
  done
  [ $# -gt 0 ] || return 0
  drifted=$(
    find "$@" -prune \( \
      -path "$key_name" ! -perm 600 -o ! -path "$key_name" ! -perm 644 \
      ${owner:+-o ! -user "$owner"} ${group:+-o ! -group "$group"} \
      \) -exec ls -ld {} +
  ) || die "cannot compare owner and mode below $directory. Remedy: check that user ${owner:-root} and group ${group:-root} exist"
  if [ -n "$drifted" ]; then
    field drift
    printf '%s\n' "$drifted" | sed 's/^/ /'
  fi
}

# list_generations: every generation, the one before it, and its certificate.
list_generations() {
  for generation in generations/*; do
    [ -f "$generation/$certificate" ] || continue
    before=
    [ ! -f "$generation/previous" ] || read -r before <"$generation/previous" || :
    field generation "${generation##*/} $before"
    body "$generation/$certificate"
  done
}
