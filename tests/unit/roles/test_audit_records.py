# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of the role audit, in every awk and shell of this machine: from entries of the journal to records."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROLES = Path(__file__).resolve().parents[3] / "roles"
FILES = ROLES / "audit/files"
PROGRAMS = [FILES / "record.awk", FILES / "openssl.awk", ROLES / "vos/platforms/vos/files/lines.awk"]
AWKS = [awk for awk in (["mawk"], ["gawk"], ["gawk", "--posix"], ["busybox", "awk"]) if shutil.which(awk[0])]
EVERY_AWK = pytest.mark.parametrize("awk", AWKS, ids=" ".join)
SHELLS = [shell for shell in (["dash"], ["bash", "--posix"], ["busybox", "ash"]) if shutil.which(shell[0])]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NO_CERTIFICATE = "0A0000C7:SSL routines::peer did not return a certificate"
LONGEST = 255

Entry = dict[str, Any]


def entry(process: int, message: str | bytes, *, number: int = 1, when: datetime = NOON) -> Entry:
    """An entry as journalctl prints it; a message that is not printable is a list of its bytes."""
    shown: Any = list(message) if isinstance(message, bytes) else message
    return {
        "MESSAGE": shown,
        "__CURSOR": f"s=1;i={number:x};b=2",
        "__REALTIME_TIMESTAMP": str((when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)),
        "_PID": str(process),
        "_HOSTNAME": "vos",
    }


def failure(
    error: str = NO_CERTIFICATE, name: str = "vos.example.com", *, source: str = "192.0.2.7:41864"
) -> list[str]:
    """The lines that Kamailio writes of one failure."""
    return [
        "ERROR: tls [tls_server.c:1312]: tls_h_read_f(): protocol level error",
        f"ERROR: tls [tls_util.h:49]: tls_err_ret(): TLS accept:error:{error} (sni: {name})",
        f"ERROR: tls [tls_server.c:1316]: tls_h_read_f(): src addr: {source}",
        "ERROR: tls [tls_server.c:1319]: tls_h_read_f(): dst addr: 192.0.2.1:5061",
        "ERROR: <core> [core/tcp_read.c:1539]: tcp_read_req(): error reading - c: 0x7f5bae0076e0 r: 0x7f5bae007808 (-1)",
    ]


def numbered(said: Sequence[tuple[int, str | bytes]]) -> list[Entry]:
    """Entries of the journal, one after the other."""
    return [
        entry(process, message, number=number, when=NOON + timedelta(microseconds=number))
        for number, (process, message) in enumerate(said, 1)
    ]


def record(entries: Sequence[Entry], awk: Sequence[str] = ("mawk",), last: str = "") -> list[str]:
    """The records that come of these entries, as they are written."""
    with tempfile.TemporaryDirectory() as folder:
        records = Path(folder) / "records"
        done = subprocess.run(
            [*awk, "-v", f"records={records}", "-v", f"position={folder}/position", "-v", f"last={last}",
             *(word for program in PROGRAMS for word in ("-f", str(program)))],
            input="".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in entries),
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, text=True, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return records.read_text().split("\n")[:-1] if records.exists() else []


def records(entries: Sequence[Entry], awk: Sequence[str] = ("mawk",), last: str = "") -> list[dict[str, Any]]:
    return [json.loads(line) for line in record(entries, awk, last)]


def of(*lines: str | bytes) -> list[Entry]:
    return numbered([(7, line) for line in lines])


def seconds(entries: Sequence[Entry], awk: Sequence[str]) -> float:
    """Processor time for the records of these entries."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    record(entries, awk)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


@EVERY_AWK
@pytest.mark.parametrize("run", ["\x1b[m", " ", "1(1) ", "error:", '"', "\\", "a:b", "(sni: "], ids=repr)
@pytest.mark.parametrize("after", ["", "ERROR: tls [a.c:1]: b(): ", "ERROR: tls [a.c:1]: b(): TLS accept:error:0A:"])
def test_eight_times_the_line_is_not_much_more_than_eight_times_the_work(awk: list[str], run: str, after: str) -> None:
    def line(size: int) -> list[Entry]:
        much = run * (size // len(run))
        return of(failure()[0], *((after + much,) if after else (much + failure()[0],)))

    large = seconds(line(160_000), awk)
    assert large <= 0.3 or large <= 32 * seconds(line(20_000), awk)


@EVERY_AWK
def test_a_failure_is_one_record(awk: list[str]) -> None:
    assert records(of(*failure()), awk) == [
        {
            "time": "2026-11-23T12:00:00.000001Z",
            "host": "vos",
            "event": "tls_handshake_failure",
            "direction": "inbound",
            "source_address": "192.0.2.7",
            "source_port": 41864,
            "destination_address": "192.0.2.1",
            "destination_port": 5061,
            "server_name": "vos.example.com",
            "cause": "the peer sent no certificate",
            "certainty": "certain",
            "causes": ["the peer sent no certificate"],
            "alert": None,
            "alert_name": None,
            "alert_from": None,
            "certificate_subject": None,
            "certificate_serial": None,
            "openssl_error": "0A0000C7",
            "openssl_reason": "peer did not return a certificate",
            "id": "s=1;i=1;b=2",
        }
    ]


@EVERY_AWK
@pytest.mark.parametrize(
    ("error", "cause", "alert", "sent_by"),
    [
        (NO_CERTIFICATE, "the peer sent no certificate", None, None),
        ("1417C0C7:SSL routines:tls_process_client_certificate:peer did not return a certificate",
         "the peer sent no certificate", None, None),
        ("0A000102:SSL routines::unsupported protocol", "the peer offers no TLS version that is allowed here", 70, "softswitch"),
        ("0A000065:SSL routines::no suitable key share",
         "the peer offers no key exchange group that is allowed here", 40, "softswitch"),
        ("0A00009C:SSL routines::http request", "plain text on the TLS port, such as HTTP or SIP without TLS", None, None),
        ("0A000418:SSL routines::tlsv1 alert unknown ca",
         "the peer broke off with the alert unknown_ca: it does not trust the authority of the softswitch's certificate", 48, "peer"),
        ("0A00044A:SSL routines::tlsv13 alert", "the peer broke off with the alert number 98", 98, "peer"),
        ("0A000123:SSL routines::something new", "OpenSSL: something new", None, None),
        ("0B080074:x509 certificate routines::key values mismatch", "OpenSSL: key values mismatch", None, None),
    ],
)  # fmt: skip
def test_what_is_certain_is_said_so(
    awk: list[str], error: str, cause: str, alert: int | None, sent_by: str | None
) -> None:
    (one,) = records(of(*failure(error)), awk)
    assert (one["cause"], one["certainty"]) == (cause, "certain")
    assert (one["alert"], one["alert_from"]) == (alert, sent_by)


@EVERY_AWK
def test_what_the_log_cannot_tell_apart_is_never_guessed(awk: list[str]) -> None:
    (one,) = records(of(*failure("0A000086:SSL routines::certificate verify failed")), awk)
    assert one["certainty"] == "one of"
    assert one["cause"] == "one of: " + "; ".join(one["causes"])
    for word in ("authority", "expired", "revoked"):
        assert len([cause for cause in one["causes"] if word in cause]) == 1, word
    assert one["alert"] is None


@EVERY_AWK
@pytest.mark.parametrize(
    ("source", "address", "port"),
    [
        ("192.0.2.7:41864", "192.0.2.7", 41864),
        ("2001:db8:0:0:0:0:0:7:41864", "2001:db8:0:0:0:0:0:7", 41864),
        ("2001:db8::7", "2001:db8::7", None),
        ("192.0.2.7", "192.0.2.7", None),
        ("192.0.2.7:70000", "192.0.2.7", None),
        ("nonsense", None, None),
    ],
)
def test_addresses_are_addresses_or_nothing(awk: list[str], source: str, address: str | None, port: int | None) -> None:
    (one,) = records(of(*failure(source=source)), awk)
    assert (one["source_address"], one["source_port"]) == (address, port)


@EVERY_AWK
def test_a_connection_that_the_softswitch_makes_is_outbound(awk: list[str]) -> None:
    (one,) = records(of(*(line.replace("TLS accept:", "TLS connect:") for line in failure())), awk)
    assert one["direction"] == "outbound"
    # Kamailio's "src addr" is the peer, whoever began
    assert (one["destination_address"], one["destination_port"]) == ("192.0.2.7", 41864)
    assert (one["source_address"], one["source_port"]) == ("192.0.2.1", 5061)


VERIFY = "0A000086:SSL routines::certificate verify failed"


@EVERY_AWK
@pytest.mark.parametrize(
    ("kind", "error", "is_recorded"),
    [
        # A handshake that Kamailio began fails while a message waits for it
        ("write", VERIFY, True),
        ("write", "1416F086:SSL routines:tls_process_server_certificate:certificate verify failed", True),
        ("write", "0A000410:SSL routines::sslv3 alert handshake failure", True),
        ("write", "0A000126:SSL routines::unexpected eof while reading", True),
        ("write", "0A00010B:SSL routines::wrong version number", True),
        ("connect", VERIFY, True),
        ("connect", "0A000999:SSL routines::something new", True),
        # In TLS 1.3 a server refuses the client's certificate after the client's handshake
        ("read", "0A00045C:SSL routines::tlsv13 alert certificate required", True),
        ("read", "0A000418:SSL routines::tlsv1 alert unknown ca", True),
        ("read", "0A000414:SSL routines::sslv3 alert certificate revoked", True),
        # On connections whose handshake is over
        ("read", "0A000126:SSL routines::unexpected eof while reading", False),
        ("read", "0A0003FC:SSL routines::sslv3 alert bad record mac", False),
        ("read", "0A000119:SSL routines::decryption failed or bad record mac", False),
        ("read", "0A000438:SSL routines::tlsv1 alert internal error", False),
        ("write", "0A0000CF:SSL routines::protocol is shutdown", False),
        ("write", "0A00007F:SSL routines::bad write retry", False),
        ("write", "80000020:system library::Broken pipe", False),
        ("R-N read", VERIFY, False),
        ("shutdown", VERIFY, False),
    ],
)
def test_a_failed_handshake_is_recorded_wherever_it_shows(
    awk: list[str], kind: str, error: str, is_recorded: bool
) -> None:
    found = records(of(*(line.replace("TLS accept:", f"TLS {kind}:") for line in failure(error))), awk)
    assert len(found) == is_recorded
    for one in found:
        assert (one["direction"], one["destination_address"]) == ("outbound", "192.0.2.7")
        assert one["openssl_error"] == error.partition(":")[0]


@EVERY_AWK
def test_an_error_in_the_encoder_is_recorded_without_ports(awk: list[str]) -> None:
    (one,) = records(
        of(
            "ERROR: tls [tls_server.c:1052]: tls_h_encode_f(): protocol level error",
            f"ERROR: tls [tls_util.h:49]: tls_err_ret(): TLS write:error:{VERIFY} (sni: gw1.example.com)",
            "ERROR: tls [tls_server.c:1056]: tls_h_encode_f(): source IP: 192.0.2.7",
            "ERROR: tls [tls_server.c:1059]: tls_h_encode_f(): destination IP: 192.0.2.1",
        ),
        awk,
    )
    assert (one["destination_address"], one["destination_port"], one["source_address"]) == (
        "192.0.2.7",
        None,
        "192.0.2.1",
    )


@EVERY_AWK
def test_an_outbound_failure_does_not_turn_the_next_inbound_one(awk: list[str]) -> None:
    outbound = [line.replace("TLS accept:", "TLS write:") for line in failure(VERIFY)]
    found = records(of(*outbound, *failure(source="192.0.2.8:7")), awk)
    assert [(one["direction"], one["source_address"]) for one in found] == [
        ("outbound", "192.0.2.1"),
        ("inbound", "192.0.2.8"),
    ]


@EVERY_AWK
def test_the_module_with_an_openssl_of_its_own_is_the_same(awk: list[str]) -> None:
    lines = [line.replace("ERROR: tls [", "ERROR: tlsa [") for line in failure()]
    assert records(of(*lines), awk) == records(of(*failure()), awk)
    assert records(of(*(line.replace("tls [", "tlsx [") for line in failure())), awk) == []


@EVERY_AWK
def test_an_error_after_the_handshake_is_no_failed_handshake(awk: list[str]) -> None:
    assert records(of(*(line.replace("TLS accept:", "TLS read:") for line in failure())), awk) == []


@EVERY_AWK
def test_colours_and_process_numbers_of_standard_error_do_not_matter(awk: list[str]) -> None:
    lines = [f"\x1b[0;39;49m\x1b[0;31;49m 7(103) {line}".encode() for line in failure()]
    (one,) = records(of(*lines), awk)
    assert (one["source_address"], one["server_name"]) == ("192.0.2.7", "vos.example.com")


@EVERY_AWK
def test_of_several_errors_the_first_counts(awk: list[str]) -> None:
    lines = failure()
    lines.insert(2, failure("0A000086:SSL routines::certificate verify failed")[1])
    (one,) = records(of(*lines), awk)
    assert one["openssl_error"] == "0A0000C7"


@EVERY_AWK
def test_a_client_that_asks_for_no_name_has_none(awk: list[str]) -> None:
    (one,) = records(of(*failure(name="unknown")), awk)
    assert one["server_name"] is None


@EVERY_AWK
def test_a_process_that_dies_in_the_middle_holds_up_nobody_for_long(awk: list[str]) -> None:
    said = [entry(1, line, number=n) for n, line in enumerate(failure()[:2], 1)]
    said += [entry(2, line, number=n) for n, line in enumerate(failure(), 3)]
    assert records(said, awk) == []
    later = entry(2, "INFO: something else", number=9, when=NOON + timedelta(seconds=11))
    assert [one["source_address"] for one in records([*said, later], awk)] == [None, "192.0.2.7"]


@st.composite
def bursts(draw: st.DrawFn) -> tuple[list[Entry], list[str]]:
    """Failures of several processes, their lines mixed as they may be; and the sources, in the order in which the failures begin."""
    todo = [[] for _process in range(draw(st.integers(1, 5)))]
    for port in range(1, draw(st.integers(1, 15)) + 1):
        lines: list[str] = [*failure(source=f"192.0.2.7:{port}"), *draw(st.lists(st.just("INFO: other"), max_size=1))]
        draw(st.sampled_from(todo)).extend(lines)
    said, ports = [], []
    while any(todo):
        process = draw(st.sampled_from([number for number, lines in enumerate(todo) if lines]))
        line = todo[process].pop(0)
        if line.endswith("protocol level error"):
            ports.append(next(one for one in todo[process] if "src addr" in one).rpartition(":")[2])
        said.append((process + 1, line))
    return numbered(said), ports


@EVERY_AWK
@given(burst=bursts())
@settings(max_examples=25, deadline=None)
def test_failures_of_several_processes_at_once_are_told_apart(
    awk: list[str], burst: tuple[list[Entry], list[str]]
) -> None:
    entries, ports = burst
    assert [str(one["source_port"]) for one in records(entries, awk)] == ports


@EVERY_AWK
@given(burst=bursts(), data=st.data())
@settings(max_examples=25, deadline=None)
def test_after_an_interruption_anywhere_nothing_is_lost_and_nothing_is_double(
    awk: list[str], burst: tuple[list[Entry], list[str]], data: st.DataObject
) -> None:
    entries, ports = burst
    until = data.draw(st.integers(0, len(entries)))
    before = records(entries[:until], awk)
    last = before[-1]["id"] if before else ""
    begin = next((at for at, one in enumerate(entries) if one["__CURSOR"] == last), 0)
    after = records(entries[begin:], awk, last)
    assert [str(one["source_port"]) for one in before + after] == ports


NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.sampled_from(failure()),
    st.sampled_from(
        ['"', "\\", '","source_address":"x', "\n".join(failure()), "\\u0041", ") (sni: ", "x" * 254 + "\\", "ä" * 200]
    ),
)


@EVERY_AWK
@given(name=NAMES, as_bytes=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_name_that_a_stranger_asks_for_breaks_a_record(awk: list[str], name: str, as_bytes: bool) -> None:
    lines: list[str | bytes] = [*failure(name=name)]
    if as_bytes:
        lines[1] = str(lines[1]).encode()
    (line,) = record(of(*lines), awk)
    one = json.loads(line)
    assert len(line.encode()) < 4096
    assert all(character >= " " for character in line)
    assert (one["source_address"], one["cause"]) == ("192.0.2.7", "the peer sent no certificate")
    whole = json.dumps(name, ensure_ascii=False)[1:-1]
    if not as_bytes and name not in ("", "unknown") and len(whole.encode()) <= LONGEST:
        assert one["server_name"] == name


@EVERY_AWK
@given(when=st.datetimes(datetime(2001, 9, 10), datetime(2200, 1, 1)))
@settings(max_examples=50, deadline=None)
def test_the_time_is_that_of_the_first_line_in_utc(awk: list[str], when: datetime) -> None:
    moment = when.replace(tzinfo=UTC)
    (one,) = records([entry(1, line, when=moment) for line in failure()], awk)
    assert one["time"] == f"{when:%Y-%m-%dT%H:%M:%S.%f}Z"


# journalctl as far as record.sh asks it: everything from a cursor on, and then it waits; or the last entry.
JOURNALCTL = """#!/bin/sh
case " $* " in *' --lines=1 '*) tail -n 1 "{journal}"; exit ;; esac
cursor=
for word in "$@"; do case $word in --cursor=*) cursor=${{word#--cursor=}} ;; esac; done
if [ -n "$cursor" ]; then sed -n "/\\"__CURSOR\\":\\"$cursor\\"/,\\$p" "{journal}"; else cat "{journal}"; fi
sleep 60
"""


class Recorder:
    """record.sh with a journal of its own."""

    def __init__(self, folder: Path, shell: list[str]) -> None:
        self.records, self.position, self.journal = folder / "records", folder / "position", folder / "journal"
        programs = folder / "programs"
        programs.mkdir()
        for program in PROGRAMS:
            shutil.copy(program, programs)
        (programs / "journalctl").write_text(JOURNALCTL.format(journal=self.journal))
        (programs / "journalctl").chmod(0o755)
        self._command = [
            *shell,
            str(FILES / "record.sh"),
            str(programs),
            str(self.records),
            str(self.position),
            "_SYSTEMD_UNIT=vos.service",
        ]
        self._environment = {"PATH": f"{programs}:/usr/bin:/bin:/usr/sbin"}
        self.journal.write_text("")

    def write(self, entries: Sequence[Entry]) -> None:
        self.journal.write_text("".join(json.dumps(one, separators=(",", ":")) + "\n" for one in entries))

    def run(self, until: int) -> list[int]:
        """Runs it until there are so many records, and a moment longer. The source ports in them."""
        process = subprocess.Popen(self._command, env=self._environment, start_new_session=True)
        try:
            give_up = time.monotonic() + 20
            while len(self.ports()) < until and time.monotonic() < give_up:
                time.sleep(0.05)
            time.sleep(0.2)
        finally:
            subprocess.run(["pkill", "-KILL", "-s", str(process.pid)], check=False)
            process.wait()
        return self.ports()

    def ports(self) -> list[int]:
        if not self.records.exists():
            return []
        return [json.loads(line)["source_port"] for line in self.records.read_text().split("\n")[:-1]]


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def recorder(request: pytest.FixtureRequest, tmp_path: Path) -> Recorder:
    return Recorder(tmp_path, request.param)


FIVE = numbered([(1, line) for port in range(1, 6) for line in failure(source=f"192.0.2.7:{port}")])


def test_on_the_first_day_it_begins_at_the_end_of_the_journal(recorder: Recorder) -> None:
    recorder.write(FIVE[:11])
    assert recorder.run(0) == []
    recorder.write(FIVE)
    assert recorder.run(3) == [3, 4, 5]
    assert recorder.records.stat().st_mode & 0o777 == 0o640


def test_it_goes_on_after_the_last_record_and_cuts_one_that_was_half_written(recorder: Recorder) -> None:
    recorder.write(FIVE[:12])
    recorder.position.write_text("begin \n")
    assert recorder.run(2) == [1, 2]
    recorder.write(FIVE)
    whole = recorder.records.read_text()
    recorder.records.write_text(whole + whole[:100])
    assert recorder.run(5) == [1, 2, 3, 4, 5]


def test_it_goes_on_after_a_file_that_was_put_aside(recorder: Recorder) -> None:
    recorder.write(FIVE[:12])
    recorder.position.write_text("begin \n")
    recorder.run(2)
    recorder.records.rename(f"{recorder.records}.1")
    recorder.write(FIVE)
    assert recorder.run(3) == [3, 4, 5]


def test_without_any_record_it_goes_on_by_its_position(recorder: Recorder) -> None:
    recorder.write(FIVE[:12])
    recorder.position.write_text("begin \n")
    recorder.run(2)
    recorder.records.unlink()
    recorder.write(FIVE)
    assert recorder.run(3) == [3, 4, 5]


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
@pytest.mark.parametrize(
    ("transports", "accept", "refused"),
    [
        (["syslog"], "false", ""),
        ([], "false", ""),
        (["stdout", "syslog"], "false", ""),
        (["stdout"], "false", "audit_accept_stdout"),
        (["stdout"], "true", ""),
        (["old"], "false", "systemd 240"),
    ],
)
def test_a_log_that_strangers_can_write_lines_of_is_refused(
    shell: list[str], transports: list[str], accept: str, refused: str, tmp_path: Path
) -> None:
    words = "".join(f"*_TRANSPORT={one}*) echo line ;;\n" for one in transports)
    old = "*--output-fields*) exit 1 ;;\n" if "old" in transports else ""
    (tmp_path / "journalctl").write_text(f'#!/bin/sh\ncase " $* " in\n{old}{words}esac\n')
    (tmp_path / "journalctl").chmod(0o755)
    program = f"{(FILES / 'check_log.sh').read_text()}\ncheck_log vos.service {accept}\n"
    done = subprocess.run(
        [*shell, "-c", program],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert (done.returncode != 0, refused in done.stdout) == (bool(refused), True), done.stdout
