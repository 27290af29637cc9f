# Copyright (c) 2026 siptls.vos contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alert rules and the dashboard: read by Prometheus' own tools and by the types of Grafana, and about metrics that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.siptls.vos.plugins.module_utils.metrics.fleet import METRICS
from ansible_collections.siptls.vos.tests.integration.judges import promtool
from ansible_collections.siptls.vos.tests.integration.playground import ROOT
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

MONITORING = ROOT / "monitoring"
RULES = MONITORING / "siptls-alerts.yml"
TESTS = MONITORING / "siptls-alerts-test.yml"
DASHBOARD = MONITORING / "siptls-dashboard.json"
PAGE = ROOT / "docs/docsite/rst/monitoring.rst"
#: The panels that come with Grafana
CORE = {"row", "stat", "timeseries", "table", "piechart"}
LABELS = {metric.name: set(metric.labels) for metric in METRICS}
SCRAPED = {"instance", "job"}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def dashboard() -> dict[str, Any]:
    return dict(json.loads(DASHBOARD.read_text()))


def expressions() -> Iterator[tuple[str, str]]:
    """Of the panels: the title and the expression, with its variable as Grafana fills it in for all devices."""
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"].replace("$device", ".*")


def metrics_in(expression: str) -> set[str]:
    return set(re.findall(r"\bsiptls[_:][a-z_:]+", expression))


def labels_in(expression: str) -> set[str]:
    """Those that are matched, grouped by or told apart."""
    matched = {
        name for inside in re.findall(r"\{([^}]*)\}", expression) for name in re.findall(r"(\w+)\s*[=!]~?", inside)
    }
    grouped = {
        name.strip()
        for inside in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", expression)
        for name in inside.split(",")
    }
    return matched | grouped


def test_promtool_reads_the_rules_and_every_alert_passes_its_tests() -> None:
    status, said = promtool("check", "rules", RULES)
    assert status == 0, said
    assert f"{len(rules())} rules found" in said
    status, said = promtool("test", "rules", TESTS)
    assert status == 0, said


def test_every_alert_has_a_test_in_which_it_is_raised() -> None:
    tested = {
        each["alertname"]
        for test in yaml.safe_load(TESTS.read_text())["tests"]
        for each in test["alert_rule_test"]
        if each.get("exp_alerts")
    }
    assert tested == set(alerts())


@pytest.mark.parametrize("name", alerts())
def test_a_test_notices_where_an_alert_is_spoiled(name: str, tmp_path: Path) -> None:
    text = yaml.safe_load(TESTS.read_text())
    text["tests"] = [test for test in text["tests"] if test["alert_rule_test"][0]["alertname"] == name]
    text["evaluation_interval"] = "15m"
    (tmp_path / TESTS.name).write_text(yaml.safe_dump(text))
    spoiled = yaml.safe_load(RULES.read_text())
    for group in spoiled["groups"]:
        for rule in group["rules"]:
            if rule.get("alert") == name:
                rule["expr"] = f"({rule['expr']}) unless ({rule['expr']})"
    (tmp_path / RULES.name).write_text(yaml.safe_dump(spoiled))
    status, said = promtool("test", "rules", tmp_path / TESTS.name)
    assert status == 1, said
    assert f"alertname: {name}" in said


@pytest.mark.parametrize("name", alerts())
def test_an_alert_says_how_bad_it_is_and_what_to_do(name: str) -> None:
    rule = alerts()[name]
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    notes = rule["annotations"]
    assert set(notes) == {"summary", "description", "runbook_url"}
    assert notes["description"].endswith(".")
    page, _hash, anchor = notes["runbook_url"].partition("#")
    assert page.endswith(f"/{PAGE.relative_to(ROOT)}")
    assert anchor == name.lower(), "as GitHub names the section"
    sections = re.findall(r"^(\w+)\n~+$", PAGE.read_text(), re.MULTILINE)
    assert sections.count(name) == 1


def test_the_documentation_has_no_section_of_an_alert_that_there_is_not() -> None:
    assert set(re.findall(r"^(Siptls\w+)\n~+$", PAGE.read_text(), re.MULTILINE)) == set(alerts())


def test_every_metric_is_documented_and_none_that_there_is_not() -> None:
    documented = re.findall(r"^``(siptls_[a-z_]+)", PAGE.read_text(), re.MULTILINE)
    assert documented == [metric.name for metric in METRICS]


def test_every_expression_of_the_dashboard_is_one_of_prometheus(tmp_path: Path) -> None:
    found = list(expressions())
    file = tmp_path / "expressions.yml"
    file.write_text(
        yaml.safe_dump(
            {
                "groups": [
                    {
                        "name": "dashboard",
                        "rules": [{"record": f"x:{number}", "expr": one} for number, (_panel, one) in enumerate(found)],
                    }
                ]
            }
        )
    )
    status, said = promtool("check", "rules", file)
    assert status == 0, said
    assert f"{len(found)} rules found" in said


@pytest.mark.parametrize(
    ("where", "expression"), [*expressions(), *((rule.get("alert", "record"), rule["expr"]) for rule in rules())]
)
def test_an_expression_is_about_metrics_and_labels_that_there_are(where: str, expression: str) -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    used = metrics_in(expression)
    assert used
    assert used <= set(LABELS) | recorded
    known = SCRAPED.union(*(LABELS.get(name, set()) for name in used))
    assert labels_in(expression) <= known


def test_the_dashboard_shows_every_state_of_things_that_has_a_metric() -> None:
    asked = [one for _title, one in expressions()]
    asked += [one["query"]["query"] for one in dashboard()["templating"]["list"] if one["type"] == "query"]
    left_out = {"siptls_certificate_not_before_seconds", "siptls_authority_state"}
    assert set(LABELS) - {name for one in asked for name in metrics_in(one)} == left_out


def test_grafana_knows_every_member_of_the_dashboard() -> None:
    register_default_plugins()
    ours = dashboard()
    read = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(ours)))
    assert list(lost(ours, read)) == []


def lost(ours: Any, read: Any, at: str = "") -> Iterator[str]:
    """The places that did not come back as they were."""
    if isinstance(ours, dict) and isinstance(read, dict):
        for name, value in ours.items():
            yield from lost(value, read.get(name, ...), f"{at}.{name}")
    elif isinstance(ours, list) and isinstance(read, list) and len(ours) == len(read):
        for number, (one, other) in enumerate(zip(ours, read, strict=True)):
            yield from lost(one, other, f"{at}[{number}]")
    elif ours != read:
        yield at


def test_grafana_would_not_know_a_member_that_it_does_not_have() -> None:
    register_default_plugins()
    ours = dashboard()
    ours["panels"][1]["options"]["collorMode"] = "value"
    read = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(ours)))
    assert list(lost(ours, read)) == [".panels[1].options.collorMode"]


def test_the_dashboard_needs_no_plugin_and_no_certain_data_source() -> None:
    ours = dashboard()
    assert {panel["type"] for panel in ours["panels"]} <= CORE
    assert len({panel["id"] for panel in ours["panels"]}) == len(ours["panels"])
    variables = {one["name"]: one for one in ours["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    for panel in ours["panels"]:
        for one in (panel, *panel.get("targets", ())) if panel["type"] != "row" else ():
            assert one["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_no_panel_covers_another() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, (panel["title"], taken.get((x, y)))
                taken[x, y] = panel["title"]
