"""Supernova light curves: apparent magnitudes from the table that `make_templates.py` made."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

BANDS = "ugrizy"
TABLE = Path(__file__).with_name("templates.json")


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(TABLE.read_text())
    table["magnitudes"] = {kind: np.array(values) for kind, values in table["magnitudes"].items()}
    return table


def apparent_magnitude(kind: str, redshift: np.ndarray, phase_rest_d: np.ndarray, band: np.ndarray) -> np.ndarray:
    """AB magnitudes of supernovae, by linear interpolation in redshift and phase.

    `kind` is "Ia", "II" or "Ibc"; `redshift` has one entry a source; `phase_rest_d` (sources × visits) counts
    rest-frame days from maximum; `band` (visits) indexes "ugrizy". Before the first phase there is nothing (40 mag),
    after the last the supernova goes on fading by 0.015 mag/d.
    """
    table = _table()
    redshifts, phases = np.array(table["redshifts"]), np.array(table["phases_d"], float)
    magnitudes = table["magnitudes"][kind]
    low, w_redshift = _bracket(redshifts, redshift)
    left, w_phase = _bracket(phases, phase_rest_d)
    low, w_redshift = low[:, None], w_redshift[:, None]
    columns = band[None, :]
    near = magnitudes[low, columns, left] * (1 - w_phase) + magnitudes[low, columns, left + 1] * w_phase
    far = magnitudes[low + 1, columns, left] * (1 - w_phase) + magnitudes[low + 1, columns, left + 1] * w_phase
    magnitude = near * (1 - w_redshift) + far * w_redshift + 0.015 * np.clip(phase_rest_d - phases[-1], 0, None)
    return np.where(phase_rest_d < phases[0], 40.0, magnitude)


def _bracket(grid: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Index of the grid point below each value and the weight of the one above it (clamped to the grid)."""
    index = np.clip(np.searchsorted(grid, values, side="right") - 1, 0, len(grid) - 2)
    weight = np.clip((values - grid[index]) / (grid[index + 1] - grid[index]), 0, 1)
    return index, weight
