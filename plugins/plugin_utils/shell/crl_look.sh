# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Tells what a file of CRLs holds, and changes nothing.
# shellcheck disable=SC2154  # the assignment of crl stands in front of this script

main() {
  tell_file crl "$crl"
}
