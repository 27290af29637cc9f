# shellcheck shell=sh disable=SC2034 # these variables are for those who read this file
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# What the scripts have in common; each reads it first. They run in the folder of the repository, and what they make is nobody else's.

cd "$(dirname "$0")/.." || exit
umask 077

inventory=inventory/hosts.yml
# The PKI directory: all that a run changes in this repository
pki=inventory/pki
# What a run says of itself, an artifact of the pipeline
report=$PWD/report
# The tools that prepare.sh installed, or those that are there
tools=${TOOLS:-$PWD/.venv}
PATH=$tools/bin:$PATH
# By its name: in a folder that others may write, as that of a GitLab runner is, Ansible takes no ansible.cfg that it finds
ANSIBLE_CONFIG=$PWD/ansible.cfg
export PATH ANSIBLE_CONFIG

# fail EXPECTED-AND-FOUND REMEDY
fail() {
  printf '%s: %s.\n  Remedy: %s\n' "${0##*/}" "$1" "$2" >&2
  exit 1
}

# attend COMMAND...: runs it to its end and returns its exit status. A signal goes on to the command, and what follows is still done.
attend() {
  "$@" &
  attended=$!
  trap 'kill -TERM "$attended" 2>/dev/null || :' HUP INT TERM
  status=0
  wait "$attended" || status=$?
  # A signal ends the wait, not the command
  while kill -0 "$attended" 2>/dev/null; do
    status=0
    wait "$attended" || status=$?
  done
  return "$status"
}

# summarize: the report for people, as Markdown in report/summary.md. A run that failed early has none.
summarize() {
  [ ! -f "$report/rotation.json" ] || python3 ci/summary.py <"$report/rotation.json" >"$report/summary.md" || :
}
