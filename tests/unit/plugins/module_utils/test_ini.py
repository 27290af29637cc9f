# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import configparser
import re
from collections.abc import Callable

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.ini import (
    LARGEST_FILE,
    LONGEST_LINE,
    IniError,
    IniSection,
    ini_problem,
    merge_ini,
    parse_ini,
    read_section,
)
from hypothesis import given
from hypothesis import strategies as st

OPERATORS = """\
; tls.conf of the switch in rack 4
[logging]
level = 3 ; was 5

[tls_server]
# do not touch: agreed with the carrier
port = 5062
  cert_file = /old.crt
verify_mode=no_client_cert   ; until May

[tls_client]
port = 5063
"""


def test_keys_are_changed_in_place_and_all_else_stays() -> None:
    wanted = {"tls_server": {"port": "5061", "cert_file": "/new.crt", "groups": "X25519:P-256"}}
    assert (
        merge_ini(OPERATORS, wanted)
        == """\
; tls.conf of the switch in rack 4
[logging]
level = 3 ; was 5

[tls_server]
# do not touch: agreed with the carrier
port = 5061
  cert_file = /new.crt
verify_mode=no_client_cert   ; until May
groups = X25519:P-256

[tls_client]
port = 5063
"""
    )


@pytest.mark.parametrize(
    ("existing", "wanted", "expected"),
    [
        pytest.param("", {"s": {"a": "1"}}, "[s]\na = 1\n", id="empty file"),
        pytest.param("[o]\nx = 1", {"s": {"a": "1"}}, "[o]\nx = 1\n\n[s]\na = 1\n", id="new section"),
        pytest.param("[s]\na=1", {"s": {"a": "1"}}, "[s]\na=1", id="the same value, as it is"),
        pytest.param("[s]\na = 2", {"s": {"a": "1"}}, "[s]\na = 1", id="no line end at the end"),
        pytest.param("[s]\r\na = 2\r\n", {"s": {"a": "1", "b": "2"}}, "[s]\r\na = 1\r\nb = 2\r\n", id="CRLF"),
        pytest.param("[s]\nA = 2\n", {"s": {"a": "2"}}, "[s]\na = 2\n", id="the key's case"),
        pytest.param("[S]\na = 2\n", {"s": {"a": "1"}}, "[S]\na = 2\n\n[s]\na = 1\n", id="a section's case counts"),
        pytest.param("[s]\na = 2\nb = 3\na = 4\n", {"s": {"a": "1"}}, "[s]\na = 1\nb = 3\n", id="key twice"),
        pytest.param(
            "[s]\na = 2\n[o]\n[s]\na = 4\nc = 1\n",
            {"s": {"a": "1"}},
            "[s]\na = 1\n[o]\n[s]\nc = 1\n",
            id="section twice",
        ),
        pytest.param("[s]\na = 2 ; why\n", {"s": {"a": "1"}}, "[s]\n; why\na = 1\n", id="comment after a value"),
        pytest.param("[s]\na = 1 ; why\n", {"s": {"a": "1"}}, "[s]\n; why\na = 1\n", id="comment after the same value"),
        pytest.param(
            "[s]\na = 1:\\\n 2\nb = 1\n", {"s": {"a": "1"}}, "[s]\na = 1\nb = 1\n", id="continued by backslash"
        ),
        pytest.param(
            "[s]\na = 1:\\\n2\nb = 1\n", {"s": {"a": "1"}}, "[s]\na = 1\nb = 1\n", id="continued at the margin"
        ),
        pytest.param("[s]\nb = 1", {"s": {"a": "1"}}, "[s]\nb = 1\na = 1\n", id="below a line without an end"),
        pytest.param(
            "[s]\na = 1\n  2\n\nb = 1\n", {"s": {"a": "1"}}, "[s]\na = 1\n\nb = 1\n", id="continued by indent"
        ),
        pytest.param("[s]\na = 1\\\n[o]\n", {"s": {"a": "1"}}, "[s]\na = 1\n[o]\n", id="a header is never continued"),
        pytest.param("[s]\na = 1\n# of b\nb = 2\n", {"s": {"a": None}}, "[s]\n# of b\nb = 2\n", id="remove by None"),
        pytest.param("[s]\na = 1\nb = 2\n", {"s": {"a": ""}}, "[s]\nb = 2\n", id="remove by empty"),
        pytest.param("[o]\n", {"s": {"a": ""}}, "[o]\n", id="nothing to remove"),
        pytest.param("[s]\n\n# on o\n[o]\n", {"s": {"a": "1"}}, "[s]\na = 1\n\n# on o\n[o]\n", id="next one's comment"),
        pytest.param("[s]\n  junk\n", {"s": {"a": "1"}}, "[s]\n  junk\na = 1\n", id="below text that is not INI"),
        pytest.param("\ufeff[s]\na = 2\n", {"s": {"a": "1"}}, "\ufeff[s]\na = 1\n", id="byte order mark"),
        pytest.param("a = 1\n", {"s": {"a": "2"}}, "a = 1\n\n[s]\na = 2\n", id="settings before any section"),
        pytest.param("[s]\na=2\n", {"s": {"a": "1"}}, "[s]\na = 1\n", id="no blanks around the delimiter"),
        pytest.param("[s]\na =\n", {"s": {"a": "1"}}, "[s]\na = 1\n", id="no value"),
        pytest.param("[s]\nport: 5060\n", {"s": {"port": "5061"}}, "[s]\nport: 5061\n", id="colon"),
        pytest.param("[s]\nPort :5060\n", {"s": {"port": "5061"}}, "[s]\nport :5061\n", id="colon, its own blanks"),
        pytest.param(
            "[s]\nport: 5060\nb = 2\n", {"s": {"port": "5061"}}, "[s]\nport = 5061\nb = 2\n", id="both delimiters"
        ),
        pytest.param(
            "[s]\nport: 1\nport = 2\n", {"s": {"port": "5061"}}, "[s]\nport = 5061\n", id="key twice, both delimiters"
        ),
        pytest.param("[s]\nb: 2\n", {"s": {"a": "1"}}, "[s]\nb: 2\na: 1\n", id="a new key in a section of colons"),
        pytest.param("[o]\nb: 2\n", {"s": {"a": "1"}}, "[o]\nb: 2\n\n[s]\na: 1\n", id="a new section among colons"),
        pytest.param("[s]\na: 1 ; why\n", {"s": {"a": "2"}}, "[s]\n; why\na: 2\n", id="comment after colon and value"),
        pytest.param("[s]\na: 1\nb: 2\n", {"s": {"a": None}}, "[s]\nb: 2\n", id="remove a key with a colon"),
        pytest.param(
            "[s]\n  a: 1\n  auth: x\n  b: 2\n",
            {"s": {"a": "3"}},
            "[s]\n  a: 3\n  auth: x\n  b: 2\n",
            id="indented colons",
        ),
        pytest.param(
            "[s]\na: 1\n  auth: x\n", {"s": {"a": "3"}}, "[s]\na: 3\n  auth: x\n", id="a setting below a setting stays"
        ),
        pytest.param(
            "[s]\nr:sip:x;t=udp\n",
            {"s": {"r": "sip:y;t=tls"}},
            "[s]\nr:sip:y;t=tls\n",
            id="a value with both delimiters",
        ),
        pytest.param(
            "[s]\na:x = 2\nhttp://h\n",
            {"s": {"a": "1"}},
            "[s]\na:x = 2\na = 1\nhttp://h\n",
            id="a colon in a key, in junk",
        ),
        pytest.param("[s]\n#a = 2\n;a: 3\n", {"s": {"a": "1"}}, "[s]\na = 1\n#a = 2\n;a: 3\n", id="commented out"),
        pytest.param(
            "[o]\nn = \udcb9\udce3\udcd5\\\n[s]\na = \udce9\n",
            {"s": {"a": "1"}},
            "[o]\nn = \udcb9\udce3\udcd5\\\n[s]\na = 1\n",
            id="GBK and Latin-1",
        ),
    ],
)
def test_merge(existing: str, wanted: dict[str, dict[str, str | None]], expected: str) -> None:
    assert merge_ini(existing, wanted) == expected
    assert merge_ini(expected, wanted) == expected


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"s": {"a": "1\nb = 2"}}, "line break"),
        ({"s": {"a": " 1"}}, "blank"),
        ({"s": {"a": "1 ;x"}}, "comment"),
        ({"s": {"a": "#1"}}, "comment"),
        ({"s": {"a": '"1"'}}, "quote"),
        ({"s": {"a": "1\\"}}, "backslash"),
        ({"s": {"a=b": "1"}}, "name of a key"),
        ({"s": {"#a": "1"}}, "name of a key"),
        ({"s": {"": "1"}}, "name of a key"),
        ({"s]": {"a": "1"}}, "name of a section"),
        ({"": {"a": "1"}}, "name of a section"),
        ({"s": {"a": "1", "A": "2"}}, "twice"),
        ({"s": {"a:b": "1"}}, "name of a key"),
    ],
)
def test_what_cannot_be_written_is_refused(wanted: dict[str, dict[str, str]], message: str) -> None:
    with pytest.raises(IniError, match=message):
        merge_ini("", wanted)


def test_parse() -> None:
    text = "# c\r\n[tls_server]\r\nport = 5061\r\ncrl_file =\r\nCiphers=HIGH:!aNULL:!MD5\r\n[ o ]\r\n"
    assert parse_ini(text) == {
        "tls_server": {"port": "5061", "crl_file": "", "Ciphers": "HIGH:!aNULL:!MD5"},
        "o": {},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[s]\na = 1\nport 5061\n", "line 3: expected"),
        ("a = 1\n", "line 1: 'a' stands before"),
        ("[s]\n[s]\n", "line 2: section .s. is given twice"),
        ("[s]\na = 1\nA = 1\n", "line 3: 'A' is given twice"),
        ("[s]\na = 1 ; c\n", "line 2: the value of 'a' has a '#'"),
        ("[s]\na = 1\x00\n", "line 2: the value of 'a' has a line break or another control"),
        ("[s\n", "line 1: expected"),
        ("[s]\n= 1\n", "line 2: expected"),
    ],
)
def test_parse_names_the_line(text: str, message: str) -> None:
    with pytest.raises(IniError, match=message):
        parse_ini(text)


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"], ids=lambda name: name
)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "mark"])
def test_a_file_to_which_ascii_cannot_be_added_is_refused(encoding: str, mark: str) -> None:
    text = f"{mark}[s]\r\na = 1\r\n".encode(encoding).decode(errors="surrogateescape")
    with pytest.raises(IniError, match="encoded as UTF-16") as error:
        merge_ini(text, {"s": {"a": "2"}})
    assert "iconv" in error.value.remedy


@pytest.mark.parametrize("read", [lambda text: merge_ini(text, {"s": {"a": "1"}}), parse_ini])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[s]\n" + "a" * (LONGEST_LINE + 1), f"line 2 is too long for an INI file. Expected: {LONGEST_LINE} bytes"),
        ("[s]\n#" + "\u00e9" * (LONGEST_LINE // 2), "line 2 is too long"),
        ("[s]\na = 1\n" + "# c\n" * (LARGEST_FILE // 4), f"too large for an INI file. Expected: {LARGEST_FILE} bytes"),
    ],
    ids=["line", "line of two-byte characters", "file"],
)
def test_what_exceeds_a_limit_is_refused(read: Callable[[str], object], text: str, words: str) -> None:
    with pytest.raises(IniError, match=words):
        read(text)


def test_a_line_at_the_limit_is_read() -> None:
    assert parse_ini("[s]\na = " + "x" * (LONGEST_LINE - 4))["s"]["a"]
    text = "[s]\n" + " " * LONGEST_LINE + "\n"
    assert merge_ini(text, {"s": {"a": "1"}}) == "[s]\na = 1\n" + " " * LONGEST_LINE + "\n"


SIP = {"transport": "tls", "register": "sip:vos.example.com:5061"}


@pytest.mark.parametrize(
    "text",
    [
        "[sip]\ntransport = tls\nregister = sip:vos.example.com:5061\n",
        "\ufeff[sip]\r\nTransport=tls\r\nREGISTER : sip:vos.example.com:5061\r\n",
        "key = 1\n[audio]\ngain = 3 ; dB\nname = 'x'\n[audio]\ngain = 4\n[sip]\ntransport = tls\nregister = sip:vos.example.com:5061\n",
        "[sip]\nauth_pass = abc #1\nauth_pass = 'x'\ntransport = tls\nregister = sip:vos.example.com:5061\n[other]\ntransport = udp\n",
        "[sip]\ntransport = tls\ntransport = tls\nregister = sip:vos.example.com:5061\n",
        "[sip]\n#transport = udp\ntransport = tls\nregister = sip:vos.example.com:5061\n",
        "[sip]\ntransport = tls\n[audio]\ntransport = udp\n[sip]\nregister = sip:vos.example.com:5061\n",
        "[SIP]\ntransport = udp\n[sip]\ntransport = tls\nregister = sip:vos.example.com:5061\n",
        "[audio\njunk\n[sip] # ours\ntransport = tls\nregister = sip:vos.example.com:5061\n",
        "[\udcb9\udce3]\n\udcb9 = \udce3\\\n[sip]\ntransport = tls\nregister = sip:vos.example.com:5061\n",
    ],
)
def test_only_our_section_counts(text: str) -> None:
    assert read_section(text, "sip", SIP) == IniSection(SIP, {})


@pytest.mark.parametrize(
    ("text", "value", "doubt"),
    [
        ("a = 1\na = 2\n", "1", "lines 2 and 3 give it different values"),
        ("a = 1\nA: 2\n", "1", "lines 2 and 3"),
        ("a = 1 ; why\n", "1", "line 2 has a '#' or ';'"),
        ('a = "1"\n', "1", "line 2 begins with a quote"),
        ("a = 1\\\n2\n", "1\\", "line 2 ends with a backslash"),
        ("a = 1\n  2\n", "1", "line 3 may be the rest"),
        ("a = #1\n", "", "line 2 has a '#'"),
    ],
)
def test_what_readers_disagree_about_is_doubted(text: str, value: str, doubt: str) -> None:
    found = read_section(f"[s]\n{text}", "s", ["a"])
    assert found is not None
    assert found.values == {"a": value}
    assert doubt in found.doubts["a"]
    merged = read_section(merge_ini(f"[s]\n{text}", {"s": {"a": "9"}}), "s", ["a"])
    assert merged == IniSection({"a": "9"}, {})


def test_a_line_that_is_nothing_is_named() -> None:
    assert read_section("x\n[s]\nport 5061\n# c\n\na = 1\n[o]\ny\n", "s", ["a"]) == IniSection({"a": "1"}, {}, (3,))
    assert read_section("[o]\n", "s", ["a"]) is None


names = st.text("abcXYZ019_.", min_size=1, max_size=4)
values = st.text(max_size=12).filter(lambda value: ini_problem(value) is None)
wanted_settings = st.dictionaries(
    names,
    st.dictionaries(names, st.none() | values, max_size=4).filter(
        lambda keys: len({key.lower() for key in keys}) == len(keys)
    ),
    max_size=3,
)
odd_lines = st.sampled_from(
    [
        "",
        "  ",
        "# c",
        "; c\\",
        "junk",
        "  junk",
        "\tjunk = 1",
        "a = 1",
        "A=2 # c",
        "b = 1\\",
        " b = 3",
        "= 4",
        "[a]",
        "[b] ; c",
        "a: 1",
        "b:2",
        "  a: 3",
        "\ta : 4 ; c",
        "note: x = y",
        "  c.d: 5",
        "a:x = 1",
        "a = 1:\\",
        "\udcb9\udce3\udcd5\\",
    ]
) | st.text("[]ab=:#; \\\t\r\u2028\x0b\udcb9", max_size=8)
operators_texts = st.builds(
    lambda lines, ends, last: "".join(map("".join, zip(lines, ends, strict=False))) + last,
    st.lists(odd_lines, max_size=12),
    st.lists(st.sampled_from(["\n", "\r\n"]), min_size=12, max_size=12),
    odd_lines,
)


def blocks_of(text: str) -> list[tuple[str | None, str]]:
    """The text cut at its section headers, by a rule of its own."""
    blocks: list[tuple[str | None, str]] = [(None, "")]
    for line in text.split("\n"):
        if header := re.fullmatch(r"[ \t]*\[([^][]+)\][ \t]*([#;].*)?\r?", line, re.DOTALL):
            blocks.append((header[1].strip(), ""))
        name, body = blocks[-1]
        blocks[-1] = (name, body + line.rstrip("\r") + "\n")
    return [(name, body.rstrip("\n")) for name, body in blocks if body.strip("\n")]


@given(operators_texts, wanted_settings)
def test_merging_twice_is_merging_once(text: str, wanted: dict[str, dict[str, str | None]]) -> None:
    once = merge_ini(text, wanted)
    assert merge_ini(once, wanted) == once


@given(operators_texts, wanted_settings)
def test_other_sections_stay(text: str, wanted: dict[str, dict[str, str | None]]) -> None:
    merged = merge_ini(text, wanted)
    before = [block for block in blocks_of(text) if block[0] not in wanted]
    after = [block for block in blocks_of(merged) if block[0] not in wanted]
    assert after == before


@given(operators_texts)
def test_nothing_wanted_changes_nothing(text: str) -> None:
    assert merge_ini(text, {}) == text


@given(wanted_settings, wanted_settings)
def test_what_was_wanted_is_read_back(
    first: dict[str, dict[str, str | None]], second: dict[str, dict[str, str | None]]
) -> None:
    """By this parser, and by Python's own, which knows nothing of ours."""
    merged = merge_ini(merge_ini("", first), second)
    ours = parse_ini(merged)
    theirs = configparser.RawConfigParser(delimiters="=", default_section="\0")
    theirs.read_string(merged)
    for section, settings in second.items():
        for key, value in settings.items():
            if value:
                assert ours[section][key] == value
                assert theirs.get(section, key) == value
            else:
                assert not theirs.has_option(section, key)


@given(operators_texts, wanted_settings)
def test_what_was_merged_is_what_is_read(text: str, wanted: dict[str, dict[str, str | None]]) -> None:
    """By the reader that diagnosis uses too, and without a doubt, whatever the operator wrote."""
    merged = merge_ini(text, wanted)
    for section, settings in wanted.items():
        values = {key.lower(): value for key, value in settings.items() if value}
        found = read_section(merged, section, settings) or IniSection({}, {})
        assert (found.values, found.doubts) == (values, {})


margin_lines = st.sampled_from(
    ["", "# c", "; c", "[a]", "[b]", "a = 1", "A=2", "b: 3", "c.d: 4", "a : 5", "x = #1", "0:9"]
)


@given(st.lists(margin_lines, max_size=10).map("\n".join), wanted_settings)
def test_python_reads_what_was_merged(text: str, wanted: dict[str, dict[str, str | None]]) -> None:
    """Wherever it can read the file at all."""
    merged = merge_ini(text, wanted)
    theirs = configparser.RawConfigParser(default_section="\0")
    try:
        theirs.read_string(merged)
    except configparser.Error:
        return
    for section, settings in wanted.items():
        for key, value in settings.items():
            assert theirs.get(section, key, fallback="") == (value or "")


def foreign_lines(text: str, wanted: dict[str, dict[str, str | None]]) -> list[str]:
    """The lines of text in which no key of ours stands, by a rule of its own. Comments move, and count apart."""
    names = {key.lower() for settings in wanted.values() for key in settings}
    lines = [line.rstrip("\r") for line in text.split("\n")]
    return [
        line
        for line in lines
        if line.strip(" \t")
        and line.strip(" \t")[0] not in "#;"
        and re.split("[=:]", line)[0].strip(" \t").lower() not in names
    ]


@given(
    st.lists(margin_lines | st.sampled_from(["junk", "  junk = 1", "\udcb9\udce3"]), max_size=10).map("\n".join),
    wanted_settings,
)
def test_foreign_lines_stay_byte_for_byte(text: str, wanted: dict[str, dict[str, str | None]]) -> None:
    added = {f"[{section}]" for section in wanted}
    before = [line for line in foreign_lines(text, wanted) if line not in added]
    after = [line for line in foreign_lines(merge_ini(text, wanted), wanted) if line not in added]
    assert after == before
