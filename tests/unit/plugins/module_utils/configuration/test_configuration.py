# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is decided about configuration files, by table, and what of it a diff shows."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.configuration.desired import Configuration, ConfigurationFile
from ansible_collections.siptls.vos.plugins.module_utils.configuration.diff import differences
from ansible_collections.siptls.vos.plugins.module_utils.configuration.plan import (
    ConfigurationPlan,
    FileFound,
    InstalledConfiguration,
    plan_for,
    reloading,
)
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError

DEFAULTS = {"owner": "", "group": "", "mode": "0644", "validate": "", "sensitive": False, "state": "present"}
DRIFT = ("mode is rw-------, to be rw-r--r--",)
A, B = "/etc/a.conf", "/etc/b.conf"


def file(path: str = A, content: str | None = "one\n", **options: Any) -> dict[str, Any]:
    return {**DEFAULTS, "path": path, "content": content, **options}


def wanted(*files: dict[str, Any], **options: Any) -> Configuration:
    return Configuration.checked({"files": list(files), "loads": [], "reload": "", "state_file": "", **options})


def digest(content: str) -> str:
    return hashlib.sha256(content.encode(errors="surrogateescape")).hexdigest()


def holding(content: str, **more: Any) -> FileFound:
    return FileFound(kind="-", digest=digest(content), text=content, **more)


def plan(
    configuration: Configuration,
    files: dict[str, FileFound],
    loads: dict[str, str | None] | None = None,
    loaded: dict[str, str | None] | None = None,
) -> ConfigurationPlan:
    digests = {**{path: found.digest for path, found in files.items()}, **(loads or {})}
    return plan_for(configuration, InstalledConfiguration(files, digests, loaded))


ABSENT = file(content=None, state="absent")
MERGED = file(content="[a]\nx = 1\n", merge="ini")
ACTIONS = {
    "nothing there": (file(), FileFound(), "created", "one\n", f"{A} does not exist"),
    "as wanted": (file(), holding("one\n"), "unchanged", None, ""),
    "no line end wanted": (file(content="one"), holding("one\n"), "unchanged", None, ""),
    "no line end found": (file(), holding("one"), "changed", "one\n", f"{A} differs from what it is to be"),
    "empty wanted": (file(content=""), holding(""), "unchanged", None, ""),
    "drift": (file(), holding("one\n", drift=DRIFT), "owner_or_mode", None, f"{A}: {DRIFT[0]}"),
    "drift and content": (
        file(),
        holding("x", drift=DRIFT),
        "changed",
        "one\n",
        f"{A} differs from what it is to be; {A}: {DRIFT[0]}",
    ),
    "to be absent": (ABSENT, holding("x"), "removed", None, f"{A} exists, to be absent"),
    "a link to be absent": (ABSENT, FileFound(kind="l", target="x"), "removed", None, f"{A} exists, to be absent"),
    "absent": (ABSENT, FileFound(), "unchanged", None, ""),
    "left over": (
        file(),
        holding("one\n", left_over=True),
        "unchanged",
        None,
        f"{A}: an interrupted run left files beside it",
    ),
    "merge into nothing": (MERGED, FileFound(), "created", "[a]\nx = 1\n", f"{A} does not exist"),
    "merged": (MERGED, holding("[b]\ny=1\n[a]\nx=1"), "unchanged", None, ""),
    "merge": (MERGED, holding("[a]\r\nx=2\r\n"), "changed", "[a]\r\nx = 1\r\n", f"{A} differs from what it is to be"),
    "merge of no UTF-8": (
        MERGED,
        holding("; \udcfc\n[a]\nx=2\n"),
        "changed",
        "; \udcfc\n[a]\nx = 1\n",
        f"{A} differs from what it is to be",
    ),
}


@pytest.mark.parametrize("case", ACTIONS)
def test_what_becomes_of_a_file(case: str) -> None:
    entry, found, action, content, reason = ACTIONS[case]
    decided = plan(wanted(entry), {A: found})
    assert [(step.action, step.content) for step in decided.steps] == [(action, content)]
    assert decided.reason == reason
    assert not decided.reloads
    assert [step.file.path for step in decided.needed] == ([A] if reason else [])


KEY = "/etc/key"
RELOADS: dict[str, tuple[FileFound, str | None, dict[str, str | None] | None, str, bool]] = {
    # what there is at A; the digest of the key now; what was loaded; why a reload is due; whether there is one
    "all loaded": (holding("one\n"), "k", {A: digest("one\n"), KEY: "k"}, "", False),
    "nothing on record": (holding("one\n"), "k", None, "no successful reload is on record", True),
    "key changed": (
        holding("one\n"),
        "new",
        {A: digest("one\n"), KEY: "k"},
        f"{KEY} changed since the last reload",
        True,
    ),
    "key gone": (holding("one\n"), None, {A: digest("one\n"), KEY: "k"}, f"{KEY} is gone since the last reload", True),
    "key came": (holding("one\n"), "k", {A: digest("one\n"), KEY: None}, f"{KEY} changed since the last reload", True),
    "key is new here": (holding("one\n"), "k", {A: digest("one\n")}, f"{KEY} was not part of the last reload", True),
    "key never was": (holding("one\n"), None, {A: digest("one\n")}, "", False),
    "killed before": (holding("one\n"), "k", {A: "old", KEY: "k"}, f"{A} changed since the last reload", True),
    "file changes": (holding("x"), "k", {A: digest("x"), KEY: "k"}, f"{A} differs from what it is to be", True),
    "first time": (FileFound(), "k", None, f"{A} does not exist", True),
    "both change": (
        holding("x"),
        "new",
        {A: "old", KEY: "k"},
        f"{A} differs from what it is to be; {KEY} changed since the last reload",
        True,
    ),
    "drift alone": (holding("one\n", drift=DRIFT), "k", {A: digest("one\n"), KEY: "k"}, f"{A}: {DRIFT[0]}", False),
    "more on record": (holding("one\n"), "k", {A: digest("one\n"), KEY: "k", "/etc/other": "x"}, "", False),
}


@pytest.mark.parametrize("case", RELOADS)
def test_when_a_reload_is_due_and_why(case: str) -> None:
    found, key, loaded, reason, due = RELOADS[case]
    configuration = wanted(file(), loads=[KEY, A, KEY], reload="true")
    decided = plan(configuration, {A: found}, {KEY: key}, loaded)
    assert (decided.reason, decided.reloads) == (reason, due)
    without = plan(wanted(file(), loads=[KEY]), {A: found}, {KEY: key}, loaded)
    assert not without.reloads


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (FileFound(kind="l", target="/x"), "symlink.*a link to /x.*give the path of the file itself"),
        (FileFound(kind="d"), "there is a directory"),
        (FileFound(kind="p"), "there is no regular file"),
        (FileFound(kind="-", digest="x", text=None), "content does not arrive as it is"),
        (FileFound(kind="-", digest="x", too_large=2_000_000), f"{A}: .*too large.*1048576 bytes.*2000000 bytes"),
        (holding("[a]\n" + "#" * 70_000), f"{A}: .*line 2 is too long.*65536 bytes.*70000 bytes"),
        (holding("\udcff\udcfe[\0a\0]\0\n\0"), f"{A}: .*encoded as UTF-16.*convert the file"),
    ],
)
def test_what_cannot_be_changed_is_refused(found: FileFound, words: str) -> None:
    with pytest.raises(SiptlsError, match=words):
        plan(wanted(MERGED), {A: found})


@pytest.mark.parametrize(
    ("files", "options", "words"),
    [
        ([], {}, "nothing to see to"),
        ([], {"loads": ["/x"], "reload": "true"}, "state_file is missing"),
        ([file(), file()], {}, "two things are to be in one file"),
        ([file()], {"reload": "true", "state_file": A}, "two things are to be in one file"),
        ([file()], {"reload": "true", "state_file": "loaded"}, "state_file cannot be the path"),
        ([file()], {"loads": ["relative"]}, "loads cannot be the path"),
        ([file("a.conf")], {}, "path cannot be the path"),
        ([file("/")], {}, "path cannot be the path"),
        ([file("/etc/a\nb")], {}, "path cannot be the path"),
        ([file("/etc//a")], {}, "path cannot be the path"),
        ([file(mode="644")], {}, "mode cannot be read.*in quotes"),
        ([file(mode="4755")], {}, "mode cannot be read"),
        ([file(content="a\0b")], {}, "content is no text"),
        ([file(content="\ud800")], {}, "content is no text"),
        ([file(content=None)], {}, "content is missing"),
        ([file(content="x = 1\n", merge="ini")], {}, "cannot be merged: line 1"),
        ([file(merge="ini", sensitive=True)], {}, "a sensitive file cannot be merged"),
        ([file(validate="%%s")], {}, "validate does not look at the file"),
        ([file(validate="x %s %{/etc/b.conf}")], {}, "%{/etc/b.conf}"),
        ([file(validate="x %s %{/etc/b.conf}"), file(B, None, state="absent")], {}, "%{/etc/b.conf}"),
        ([file(owner="root", group="0")], {}, "two names or two numbers"),
    ],
)
def test_a_wrong_value_is_told(files: list[dict[str, Any]], options: dict[str, Any], words: str) -> None:
    with pytest.raises(SiptlsError, match=words):
        wanted(*files, **options)


@pytest.mark.parametrize(
    ("validate", "command"),
    [
        ("cat %s", "cat /etc/.new"),
        ("cmp %s %{/etc/b.conf}", "cmp /etc/.new /etc/b.conf"),
        ("cmp %s %{/etc/c d}", "cmp /etc/.new '/etc/.c d'"),
        ("x=$(date +%Y) ${x%%y*} ${x%z} 5% %s", "x=$(date +%Y) ${x%%y*} ${x%z} 5% /etc/.new"),
        ("printf %%s %s; echo %%{/x}", "printf %s /etc/.new; echo %{/x}"),
    ],
)
def test_placeholders_of_a_command(validate: str, command: str) -> None:
    configured = wanted(file(validate=validate), file(B), file("/etc/c d")).files[0]
    assert configured.command({A: "/etc/.new", "/etc/c d": "/etc/.c d"}) == command


def test_a_reload_that_is_asked_for_needs_no_other_reason() -> None:
    configuration = wanted(file(), reload="reload")
    loaded = plan(configuration, {A: holding("one\n")}, loaded={A: digest("one\n")})
    assert (loaded.reloads, loaded.reason) == (False, "")
    asked = reloading(loaded, configuration)
    assert (asked.reloads, asked.reason) == (True, "a reload was asked for (reload_now)")
    due = plan(configuration, {A: holding("two\n")}, loaded={A: digest("one\n")})
    assert reloading(due, configuration) == due
    without = wanted(file())
    assert not reloading(plan(without, {A: holding("one\n")}), without).reloads


def test_the_state_is_kept_beside_the_first_file_unless_told_otherwise() -> None:
    assert wanted(file(), file(B), reload="true").state_file == "/etc/.a.conf.siptls-loaded"
    assert wanted(file("/a"), reload="true").state_file == "/.a.siptls-loaded"
    assert wanted(file(), reload="true", state_file="/var/x").state_file == "/var/x"
    assert wanted(file(), loads=["/x"]) == Configuration(files=(ConfigurationFile(A, "one\n"),))


def test_a_diff_shows_contents_modes_and_reloads() -> None:
    configuration = wanted(file(owner="root"), file(B, None, state="absent"), file("/c"), loads=[KEY], reload="true")
    found = {A: holding("\udcfc\n", drift=DRIFT), B: holding("gone\n"), "/c": holding("one\n", drift=DRIFT)}
    assert differences(
        plan(configuration, found, {KEY: "new"}, {A: "x", B: "x", "/c": digest("one\n"), KEY: "old"})
    ) == [
        {"before": "\\xfc\n", "after": "one\n", "before_header": A, "after_header": f"{A} (mode 0644, owner root)"},
        {"prepared": f"{A}: {DRIFT[0]}\n"},
        {"before": "gone\n", "after": "", "before_header": B, "after_header": f"{B} (absent)"},
        {"prepared": f"/c: {DRIFT[0]}\n"},
        {"prepared": f"reload: {KEY} changed since the last reload\n"},
    ]


@pytest.mark.parametrize("found", [FileFound(), holding("old secret")])
def test_a_diff_shows_nothing_of_a_sensitive_file(found: FileFound) -> None:
    shown = str(differences(plan(wanted(file(content="new secret", sensitive=True)), {A: found})))
    assert A in shown
    assert "secret" not in shown


def test_a_diff_of_a_merge_shows_no_value_of_the_operator() -> None:
    before = "# line = PASSWORD\n[a]\nauth_pass = PASSWORD\n more PASSWORD\nx = 0\n[b]\nx = PASSWORD\nuser=\n"
    merged = file(content="[a]\nx = 1\n", merge="ini")
    (part,) = differences(plan(wanted(merged), {A: holding(before)}))
    assert "PASSWORD" not in str(part)
    assert part["before"].splitlines()[2:6] == ["auth_pass = (not shown)", "(not shown)", "x = 0", "[b]"]
    assert part["after"] == part["before"].replace("x = 0", "x = 1")
    assert part["before"].splitlines()[7] == "user="
