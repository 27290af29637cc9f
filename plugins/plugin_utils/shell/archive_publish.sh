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
  check_members
  # Owned by who unpacks it, and with modes of its own: what the archive says of both does not count
  said=$(tar -o -xf "$archive" -C "$work/content" 2>&1) || die "tar cannot unpack the archive, and said: $said"
  strange=$(find "$work/content" ! -type f ! -type d | sed -n 1p)
  [ -z "$strange" ] || die "the archive holds what is neither file nor folder: ${strange#"$work/content/"}"
  chmod -R u=rwX,go=rX,u-s,g-s,-t "$work/content" || die "cannot set the modes of what was unpacked"
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

# check_members: names that stay below the folder, and nothing but files and folders without special bits.
check_members() {
  names=$(tar -tf "$archive" 2>&1) || die "tar cannot unpack the archive, and said: $names"
  strange=$(printf '%s\n' "$names" | grep -n -e '[^A-Za-z0-9._+=@:,/ -]' -e '^/' -e '\(^\|/\)\.\.\(/\|$\)' | sed -n '1s/:.*//p') || :
  [ -z "$strange" ] || die "member $strange of the archive has a name that is not allowed. Expected: a relative path of letters, digits and ._+=@:,/- without '..'"
  listed=$(tar -tvf "$archive" 2>&1) || die "tar cannot unpack the archive, and said: $listed"
  # BusyBox shows a hard link as a file that leads to another
  strange=$(printf '%s\n' "$listed" | sed '/ -> /s/^/l/' | grep -n -v '^[-d]\([r-][w-][x-]\)\{3\}' | sed -n '1s/:.*//p') || :
  [ -z "$strange" ] || die "member $strange of the archive is no plain file or folder. Expected: files and folders without links, devices, setuid, setgid or sticky bits"
}
