#!/bin/sh
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# keep.sh: commits what is new in the PKI directory and pushes it, on top of what others have pushed in the meantime. It may be run at
# any time and as often as you like: with nothing new it brings the newest record, and makes sure that pushing is possible.
#   BRANCH   the branch that holds the record
#   RUN_URL  where the run can be looked at, for the message of the commit
#   PAUSES   how many seconds to wait before each try to push, "0 2 4 8 16" for example
set -eu
# shellcheck source=SCRIPTDIR/environment.sh
. "$(dirname "$0")/environment.sh"

[ -n "${BRANCH:-}" ] || fail 'expected the name of the branch in BRANCH, found nothing' 'BRANCH=main ci/keep.sh'
: "${GIT_AUTHOR_NAME:=siptls rotation}" "${GIT_AUTHOR_EMAIL:=siptls-rotation@localhost}"
: "${GIT_COMMITTER_NAME:=$GIT_AUTHOR_NAME}" "${GIT_COMMITTER_EMAIL:=$GIT_AUTHOR_EMAIL}"
export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

main() {
  issued=
  recover
  # Files of the PKI directory have names that no other run wants: a push that came too late is late, and never in conflict
  for pause in ${PAUSES:-0 2 4 8 16}; do
    sleep "$pause"
    if commit && catch_up && git push --quiet origin "HEAD:refs/heads/$BRANCH"; then
      [ -z "$issued" ] || echo "keep.sh: pushed to $BRANCH; new certificates: $issued"
      return
    fi
  done
  put_aside
}

# recover: what a git that was killed has left behind. None of the steps here takes ten minutes.
recover() {
  find .git -name '*.lock' -mmin +10 -exec rm -f {} +
  [ -z "$(find .git/rebase-merge -prune -mmin +10 2>/dev/null)" ] || git rebase --abort
}

# commit: what is new in the PKI directory. Nothing is ever removed from it.
commit() {
  [ -d "$pki" ] || return 0
  git add --ignore-removal -- "$pki" || return
  # What was issued or revoked is kept whatever a .gitignore says, for a merge request may bring one along. CA keys may be left out on purpose
  for kind in certificates keys ocsp retirements revocation_lists revocations rollovers; do
    [ ! -d "$pki/$kind" ] || git add --force --ignore-removal -- "$pki/$kind" ":(exclude,glob)$pki/$kind/**/.*" || return
  done
  ! git diff --cached --quiet -- "$pki" || return 0
  issued=$(git diff --cached --name-only --diff-filter=A -- "$pki/certificates" | wc -l)
  git commit --quiet --message "Keep what was issued; new certificates: $issued" ${RUN_URL:+--message "$RUN_URL"}
}

# catch_up: what was committed here comes on top of what is there by now.
catch_up() {
  git fetch --quiet origin "$BRANCH" || return
  git rebase --quiet --autostash FETCH_HEAD || {
    git rebase --abort
    return 1
  }
}

# put_aside: for want of a place to push to, the commits become a file of the report.
put_aside() {
  mkdir -p "$report"
  if [ -n "$(git rev-list HEAD --not --remotes)" ]; then
    git bundle create --quiet "$report/unpushed.bundle" HEAD --not --remotes
    fail "cannot push to $BRANCH; what git said is above. The commits are in report/unpushed.bundle" \
      "git pull --rebase unpushed.bundle HEAD, and push"
  fi
  fail "cannot push to $BRANCH; what git said is above. There is nothing to keep" 'let this job push to the branch; see README.md'
}

main
