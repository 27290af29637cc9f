# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the JSON report of siptls.vos.rotate, writes it as Markdown: how many devices by outcome, and those that need a look."""

import json
import sys


def cell(text: object) -> str:
    """A value that stays within its cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


report = json.load(sys.stdin)
counts = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in report["counts"].items())
print(f"**{'Plan' if report['plan'] else 'Rotation'}: {counts or 'no devices'}**")
devices = [device for device in report["devices"] if device["outcome"] != "unchanged"]
if devices:
    print("\n| device | outcome | certificate until | why |\n|---|---|---|---|")
for device in devices:
    until = (device["after"] or device["before"]).get("not_after", "none")
    why = device["cause"] or "; ".join(device["reasons"])
    print("|", " | ".join(map(cell, (device["device"], device["outcome"].replace("_", " "), until, why))), "|")
