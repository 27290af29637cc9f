# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: one HTML file that needs nothing else, runs nothing but its own scripts, and fetches nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from . import figures
from .columns import packed_devices, sorted_devices
from .embedding import compressed, digest, script_data

__all__ = ["LANGUAGES", "render", "texts"]

LANGUAGES = ("en", "zh")
#: How many devices are decompressed to show one of them.
DEVICES_AT_A_TIME = 200
_ASSETS = Path(__file__).parent / "assets"
_SCRIPTS = (
    "base.js", "words.js", "parts.js", "charts.js", "theme.js", "overview.js", "columns.js", "devices.js", "device.js",
    "authorities.js", "failures.js", "readiness.js", "compliance.js", "start.js",
)  # fmt: skip
_PLACE = re.compile(r"\{\{ *([a-z_.]+) *\}\}")


def render(report: Mapping[str, Any], *, language: str, title: str = "") -> str:
    """The report as a page.

    :param report: as :func:`.contents.contents` puts it together
    :param language: a member of :data:`LANGUAGES`, the one that is shown first
    :param title: what the report is called; empty for the name of its kind in the language that is shown
    """
    devices = sorted_devices(report["devices"])
    # Charts come last, so that nobody waits for them
    scripts = [_asset("vendor/table.js"), _own_script(), _asset("vendor/echarts.js")]
    style = _asset("style.css")
    words = texts(language)
    places = {
        "language": {"en": "en", "zh": "zh-Hans"}[language],
        "title": escape(title or words["title"]),
        "policy": escape(_policy(scripts, style), quote=True),
        "style": style,
        "data": script_data(_data(report, devices, language, title)),
        "details": "\n".join(compressed(devices, DEVICES_AT_A_TIME)),
        "table": scripts[0],
        "own": scripts[1],
        "charts": scripts[2],
        **{f"text.{name}": escape(text) for name, text in words.items()},
    }
    return _PLACE.sub(lambda place: places[place[1]], _asset("page.html"))


@cache
def texts(language: str) -> Mapping[str, str]:
    """All words of the page in a language, by their names."""
    words: dict[str, str] = json.loads(_asset(f"{language}.json"))
    return words


def _data(report: Mapping[str, Any], devices: list[Mapping[str, Any]], language: str, title: str) -> dict[str, Any]:
    """What the scripts of the page get."""
    return {
        "title": title,
        "language": language,
        "texts": {name: texts(name) for name in LANGUAGES},
        "began": report.get("began"),
        "written": report.get("written"),
        "collection": report.get("collection"),
        "glance": figures.glance(report),
        "timeline": figures.timeline(report),
        "findings": figures.findings(devices),
        "drift": figures.drift(devices),
        "post_quantum": figures.post_quantum(devices),
        "acceleration": figures.acceleration(devices),
        "devices": packed_devices(devices),
        "devices_at_a_time": DEVICES_AT_A_TIME,
        "authorities": report.get("authorities"),
        "issued": figures.spread((device.get("certificate") or {}).get("authority") for device in devices),
        "failures": report.get("handshake_failures"),
        "compliance": report.get("compliance"),
    }


def _policy(scripts: list[str], style: str) -> str:
    """The content security policy (CSP Level 3): these scripts and this style, and nothing from anywhere."""
    return "; ".join((
        "default-src 'none'",
        f"script-src {' '.join(map(digest, scripts))}",
        f"style-src {digest(style)}",
        "base-uri 'none'",
        "form-action 'none'",
    ))  # fmt: skip


@cache
def _own_script() -> str:
    """The scripts of the page as one, so that they share names with each other and with nobody else."""
    parts = "\n".join(_without_head(_asset(name)) for name in _SCRIPTS)
    return f'(() => {{\n"use strict";\n{parts}\n}})();\n'


def _without_head(script: str) -> str:
    """A script without the lines of its licence, which the page names once."""
    lines = script.splitlines()
    while lines and (lines[0].startswith("//") or not lines[0]):
        del lines[0]
    return "\n".join(lines)


@cache
def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
