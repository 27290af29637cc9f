# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several scripts in one round trip, in real shells: each has its own names, its own end, and its own answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.siptls.vos.plugins.module_utils.errors import SiptlsError
from ansible_collections.siptls.vos.plugins.plugin_utils import device as device_module
from ansible_collections.siptls.vos.plugins.plugin_utils.answer import Answer
from ansible_collections.siptls.vos.plugins.plugin_utils.device import Call, Device
from ansible_collections.siptls.vos.tests.unit.plugins.plugin_utils import test_configuration_place as place
from ansible_collections.siptls.vos.tests.unit.plugins.plugin_utils.test_configuration_place import Shell

shell = place.shell
GOOD = """
main() {
  field said "$text"
  printf 'a line\\nsiptls end 1-0\\n' | sed 's/^/ /'
  leak=$text
}
"""
#: What becomes of the second of three scripts
SECOND = {
    "well": ('main() { field leak "${leak:-none}"; field text "$text"; }', None),
    "refuses": (
        "main() { printf half; die 'no such thing. Remedy: install it'; }",
        "no such thing. Remedy: install it",
    ),
    "fails": ("main() { false; field never said; }", "second.sh failed with exit status 1"),
    "leaves": ("main() { exit 3; }", "second.sh failed with exit status 3"),
    "is killed": ("main() { sh -c 'kill -9 $PPID'; }", "second.sh failed with exit status 137"),
    "swallows": ("main() { cat >/dev/null; field text well; }", None),
}


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shell"
    folder.mkdir()
    real = device_module._SCRIPTS
    (folder / "common.sh").symlink_to(real / "common.sh")
    (folder / "first.sh").write_text(GOOD)
    (folder / "third.sh").write_text(GOOD)
    monkeypatch.setattr(device_module, "_SCRIPTS", folder)
    return folder


def run(shell: Shell) -> list[Answer | SiptlsError]:
    calls = [Call(f"{name}.sh", {"text": f"{name}'s $text"}) for name in ("first", "second", "third")]
    return Device(shell, "gw1").run_each(calls)  # type: ignore[arg-type]


@pytest.mark.parametrize("what", SECOND)
def test_each_comes_to_its_end_whatever_becomes_of_another(shell: Shell, scripts: Path, what: str) -> None:
    script, error = SECOND[what]
    (scripts / "second.sh").write_text(script)
    first, second, third = run(shell)
    assert shell.runs == 1
    for name, answer in (("first", first), ("third", third)):
        assert isinstance(answer, Answer)
        assert answer.value("said") == f"{name}'s $text"
        assert answer.body("said") == "a line\nsiptls end 1-0\n"
    if error is None:
        assert isinstance(second, Answer)
        assert second.value("leak") in ("none", None)
    else:
        assert isinstance(second, SiptlsError)
        assert error in str(second)
        assert "gw1" in str(second)


def test_a_device_that_runs_no_script_is_one_error(scripts: Path) -> None:
    (scripts / "second.sh").write_text("main() { :; }")
    with pytest.raises(SiptlsError, match="did not run first.sh, second.sh, third.sh to its end"):
        run(Shell(["/bin/true"], "/bin:/usr/bin"))
