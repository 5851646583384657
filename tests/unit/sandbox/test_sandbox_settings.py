"""The overlays for demo and tests say nothing that bridge.yaml does not know, and make nobody wait."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
BRIDGE = yaml.safe_load((ROOT / "include" / "config" / "bridge.yaml").read_text())
OVERLAYS = ("settings.yaml", "settings_recorded.yaml")


def an_overlay(name: str) -> dict:
    return yaml.safe_load((ROOT / "sandbox" / name).read_text())


def unknown_keys(overlay: dict, base: dict, place: str = "") -> list[str]:
    found = []
    for key, value in overlay.items():
        if key not in base:
            found.append(f"{place}{key}")
        elif isinstance(value, dict):
            found += unknown_keys(value, base[key], f"{place}{key}.")
    return found


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_has_only_keys_of_bridge_yaml(name):
    assert unknown_keys(an_overlay(name), BRIDGE) == []
    assert unknown_keys({"drain": {"bond_s": 1}}, BRIDGE) == ["drain.bond_s"]


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_repeats_nothing_that_is_the_same(name):
    def same(overlay: dict, base: dict) -> list[str]:
        return [
            key
            for key, value in overlay.items()
            if (same(value, base[key]) if isinstance(value, dict) else value == base[key])
        ]

    assert same(an_overlay(name), BRIDGE) == []


def test_no_wait_of_the_sandbox_is_longer_than_two_seconds():
    overlay = an_overlay("settings.yaml")
    waits = ("settle_s", "no_progress_s", "backoff_max_s", "total_timeout_s", "read_timeout_s", "connect_timeout_s")
    found = {k: v for part in ("drain", "lasair", "fourmost") for k, v in overlay[part].items() if k in waits}
    assert set(found) == set(waits)
    assert all(value <= 2 for value in found.values())


def test_the_settle_time_is_longer_than_a_call_can_last():
    fourmost = BRIDGE["fourmost"] | an_overlay("settings.yaml")["fourmost"]
    assert fourmost["settle_s"] > fourmost["total_timeout_s"]
