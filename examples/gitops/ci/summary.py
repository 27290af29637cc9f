# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the JSON report of siptls.vos.rotate, writes it as Markdown: how many devices by outcome, and those that need attention.

Causes and names were said by devices and certificates, and GitHub and GitLab make links, images, mentions and references of what looks
like one, entities included. So each value is a code span, where nothing is interpreted (CommonMark 6.1).
"""

import json
import re
import sys

# A comment on GitHub has 65,536 characters at most
MOST_CHARACTERS = 60_000
LONGEST_VALUE = 400
MOST_LINES = 20
# A code span ends at a backtick, and a cell of a table at a bar, even within a code span (GFM 4.10)
_REPLACED = str.maketrans({"`": "'", "|": "\N{BROKEN BAR}"})


def value(text: object) -> str:
    """A value as a code span that stays within its cell; nothing for an empty one."""
    words = " ".join(str(text).split()).translate(_REPLACED)
    shown = "".join(letter if letter.isprintable() else "?" for letter in words)
    shown = shown if len(shown) <= LONGEST_VALUE else f"{shown[:LONGEST_VALUE]}..."
    return f"`{shown}`" if shown.strip() else ""


def outcome(name: object) -> str:
    """An outcome is one of our words, or a value like any other."""
    text = str(name)
    return text.replace("_", " ") if re.fullmatch("[a-z_]{1,40}", text) else value(text)


def row(device: dict) -> str:
    """A line of the table."""
    until = (device.get("after") or device.get("before") or {}).get("not_after", "none")
    why = device.get("cause") or "; ".join(map(str, device.get("reasons") or ()))
    return (
        f"| {value(device.get('device', ''))} | {outcome(device.get('outcome', ''))} | {value(until)} | {value(why)} |"
    )


def of_crls(report: dict) -> list[str]:
    """Lines about CRLs and all else that expires; none where the report says nothing of them."""
    expiry = report.get("expiry") or {}
    lines = [
        f"- CRLs of {value(one.get('host', ''))}: {outcome(one.get('outcome', ''))}" for one in expiry.get("crls") or ()
    ]
    left_out = ", ".join(value(host) for host in expiry.get("not_in_this_run") or ())
    lines += [f"- CRLs not renewed or checked, since not in this run: {left_out}"] if left_out else []
    for kind, word in (("problems", "Expires too early"), ("warnings", "Warning")):
        for one in expiry.get(kind) or ():
            where = " ".join(filter(None, (value(one.get("host", "")), value(one.get("file", "")))))
            told = [value(one.get(part, "")) for part in ("problem", "found", "remedy")]
            lines.append(f"- {word}: {where}: {'; '.join(filter(None, told))}")
    return lines


def main() -> None:
    """From standard input to standard output."""
    sys.stdout.reconfigure(encoding="utf-8")
    report = json.load(sys.stdin)
    counts = ", ".join(f"{int(count)} {outcome(name)}" for name, count in report["counts"].items())
    print(f"**{'Plan' if report['plan'] else 'Rotation'}: {counts or 'no devices'}**")
    crls = of_crls(report)
    if crls:
        print("\n" + "\n".join(crls[:MOST_LINES]))
    devices = [device for device in report["devices"] if device.get("outcome") != "unchanged"]
    if devices:
        print("\n| device | outcome | certificate until | why |\n|---|---|---|---|")
    room = MOST_CHARACTERS
    for at, device in enumerate(devices):
        line = row(device)
        room -= len(line) + 1
        if room < 0:
            print(f"\nand {len(devices) - at} more, in rotation.json")
            break
        print(line)


if __name__ == "__main__":
    main()
