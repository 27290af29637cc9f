# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Unpacks an archive beside what is there, and switches to it by one rename.
# shellcheck disable=SC2154  # the assignments of path, archive and digest stand in front of this script

main() {
  umask 022
  said=$(openssl dgst -sha256 -r "$archive") || die "openssl cannot make the digest of $archive"
  [ "${said%% *}" = "$digest" ] || die "the archive did not arrive whole. Expected: SHA-256 $digest. Found: ${said%% *}. Remedy: run it again"
  store=$path.d
  mkdir -p "$store" || die "cannot make $store. Remedy: run with become"
  refuse_shared "$store"
  # BusyBox may have no mktemp
  work=$store/.new-$$
  rm -rf "$work"
  mkdir -m 700 "$work" || die "cannot write to $store"
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/content" "$work/link"
  chmod 755 "$store" "$work/content"
  said=$(tar -xf "$archive" -C "$work/content" 2>&1) || die "tar cannot unpack the archive, and said: $said"
  # Not only the folder: every file in it
  sync -f "$work/content" 2>/dev/null || sync
  [ -d "$store/$digest" ] || mv "$work/content" "$store/$digest" || die "cannot rename to $store/$digest"
  ln -s "${store##*/}/$digest" "$work/link/${path##*/}"
  rename_into "$work/link/${path##*/}" "${path%/*}"
  flush "${path%/*}"
  # What is served from before may still be open; its folder can go all the same. Renamed first: a name that is a digest is whole.
  for old in "$store"/* "$store"/.new-*; do
    case ${old##*/} in
      "$digest" | '*' | '.new-*') ;;
      .new-*) rm -rf "$old" ;;
      *) mv "$old" "$store/.new-gone" && rm -rf "$store/.new-gone" ;;
    esac
  done
}
