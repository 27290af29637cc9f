#!/bin/sh
# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# prepare.sh: installs what a run needs: ansible-core and cryptography by requirements.txt, collections by requirements.yml.
#   TOOLS       a virtual environment that is there already, in the runner's image for example; it is used as it is
#   COLLECTION  siptls.vos from elsewhere than Galaxy: the path or the URL of its tarball, or git+https://...
set -eu
# shellcheck source=SCRIPTDIR/environment.sh
. "$(dirname "$0")/environment.sh"

# Of a run before this one
rm -rf "$report"
if [ -z "${TOOLS:-}" ]; then
  python3 -m venv "$tools"
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
fi
if [ -n "${COLLECTION:-}" ]; then
  ansible-galaxy collection install --force --no-deps --collections-path .collections "$COLLECTION"
else
  ansible-galaxy collection install --collections-path .collections --requirements-file requirements.yml
fi
