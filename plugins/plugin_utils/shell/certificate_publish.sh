# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Publishes trust anchors, then certificate and key as one: a generation is staged, proven, named, and switched to by one
# rename of the symlink "current". Whatever dies on the way, the pair behind "current" is whole.
# shellcheck disable=SC2154  # the assignments of directory, certificate, ... stand in front of this script

main() {
  (umask 022 && mkdir -p "$directory/generations" "$directory/staging") || die "cannot write to $directory. Remedy: run with become"
  refuse_shared "$directory" "$directory/generations" "$directory/staging"
  cd "$directory" || die "cannot enter $directory"
  if [ -n "$bundle_text" ]; then
    keep_bundle
    publish_bundle
  fi
  keep_what_was_there
  if [ -n "$token" ]; then
    prove "staging/$token"
    name_generation "staging/$token"
  fi
  [ -d "generations/$generation" ] || die "there is no generation $generation in $directory"
  own "generations/$generation/$private_key" 600
  own "generations/$generation/$certificate" 644
  [ ! -f "$trust_bundle" ] || own "$trust_bundle" 644
  [ -L current ] || switch_to "$generation"
  link "$private_key"
  link "$certificate"
  switch_to "$generation"
  flush .
  if [ -n "$token" ]; then
    forget_older
  fi
  discard staging
  field current "$(readlink current)"
}

# own FILE MODE: gives FILE the owner and the mode wanted; never what a symlink leads to.
own() {
  [ ! -L "$1" ] || die "$directory/$1 is a symlink. Expected: a file. Remedy: remove the link"
  [ -z "$owner$group" ] || chown -h "$owner${group:+:$group}" "$1" || die "cannot give $directory/$1 to $owner${group:+:$group}"
  chmod "$2" "$1" || die "cannot set the mode of $directory/$1"
}

# keep_bundle: what is in the place of the trust bundle before the first one of ours, or that nothing is, for when this is undone.
keep_bundle() {
  original=.$trust_bundle.siptls-original
  absent=.$trust_bundle.siptls-absent
  if [ -L current ] || [ -e "$original" ] || [ -L "$original" ] || [ -e "$absent" ]; then
    return 0
  fi
  if [ -e "$trust_bundle" ] || [ -L "$trust_bundle" ]; then
    rm -f "staging/$original"
    cp -pP "$trust_bundle" "staging/$original" && rename_into "staging/$original" .
  else
    : >"$absent"
  fi || die "cannot keep a copy of $directory/$trust_bundle: is the disk full?"
}

publish_bundle() {
  printf '%s' "$bundle_text" >"staging/$trust_bundle" || die "cannot write $directory/$trust_bundle: is the disk full?"
  own "staging/$trust_bundle" 644
  flush "staging/$trust_bundle"
  rename_into "staging/$trust_bundle" .
}

# keep_what_was_there: a pair that was installed by other means becomes the generation "imported", so that it can come back.
keep_what_was_there() {
  if [ -L current ] || [ ! -f "$certificate" ] || [ ! -f "$private_key" ]; then
    return 0
  fi
  refuse_linked_pair
  if ! is_kept "$certificate" || ! is_kept "$private_key"; then
    rm -rf staging/imported
    (umask 022 && mkdir staging/imported)
    cp -p "$certificate" "$private_key" staging/imported/ || die "cannot copy the pair that is in $directory: is the disk full?"
    own "staging/imported/$private_key" 600
    flush "staging/imported/$certificate" "staging/imported/$private_key"
    discard generations/imported
    rename_into staging/imported generations
  fi
  switch_to imported
}

# is_kept FILE: whether the generation "imported" has it, as it is.
is_kept() {
  cmp -s "$1" "generations/imported/$1"
}

# prove DIRECTORY: certificate and key belong together, and the device's own trust anchors and clock accept the chain.
prove() {
  printf '%s' "$chain_text" >"$1/$certificate" || die "cannot write to $directory/$1: is the disk full?"
  of_key=$(openssl pkey -in "$1/$private_key" -passin pass: -pubout) || die "cannot read the new key in $directory/$1"
  of_certificate=$(openssl x509 -in "$1/$certificate" -noout -pubkey) || die "cannot read the new certificate in $directory/$1"
  [ "$of_key" = "$of_certificate" ] || die "the new certificate does not belong to the new key in $directory/$1. Remedy: run again, one run at a time"
  said=$(openssl verify -CAfile "$trust_bundle" -untrusted "$1/$certificate" "$1/$certificate" 2>&1) ||
    die "the device does not accept its new certificate. Found: $(echo "$said" | tr '\n' ' ')by the device's clock, $(date -u '+%Y-%m-%d %H:%M:%S UTC'), and $directory/$trust_bundle. Remedy: set the clock; check the trust bundle"
}

# name_generation DIRECTORY: gives the staged generation its name, durably.
name_generation() {
  before=$(readlink current || :)
  printf '%s\n' "${before##*/}" >"$1/previous"
  rm -f "$1/request.cnf" "$1/request.csr" "$1/error"
  own "$1/$private_key" 600
  own "$1/$certificate" 644
  chmod 755 "$1"
  flush "$1/$private_key" "$1/$certificate" "$1"
  mv "$1" "generations/$generation"
  flush generations
}

# switch_to GENERATION: one rename of the symlink "current".
switch_to() {
  [ "$(readlink current || :)" != "generations/$1" ] || return 0
  rm -f staging/current
  ln -s "generations/$1" staging/current
  rename_into staging/current .
}

# link NAME: the path that a service's configuration names leads through "current".
link() {
  [ "$(readlink "$1" || :)" != "current/$1" ] || return 0
  rm -f "staging/$1"
  ln -s "current/$1" "staging/$1"
  rename_into "staging/$1" .
}

# forget_older: keeps the generation in use and the one before it. What is younger than that stays as well for now: another
# run may be about to switch to it.
forget_older() {
  read -r before <"generations/$generation/previous" || :
  for other in generations/*; do
    case ${other##*/} in
      # What was there at first comes back when all of this is undone
      "$generation" | "$before" | imported) ;;
      *) [ -z "$(find "generations/$before" -prune -newer "$other" 2>/dev/null)" ] || rm -rf "$other" ;;
    esac
  done
}
