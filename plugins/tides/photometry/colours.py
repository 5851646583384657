"""Colours and markers of the bands, as Rubin's plots have them (RTN-045, "Colorblind-friendly plots")."""

from typing import Literal

Theme = Literal["light", "dark"]

ON_WHITE = {"u": "#1600ea", "g": "#31de1f", "r": "#b52626", "i": "#370201", "z": "#ba52ff", "y": "#61a2b3"}
"""For a white ground. ZTF has no others for g, r, i."""

ON_BLACK = {"u": "#3eb7ff", "g": "#30c39f", "r": "#ff7e00", "i": "#2af5ff", "z": "#a7f9c1", "y": "#fdc900"}
"""For a dark ground, on which the others cannot be told from it."""

COLOURS: dict[Theme, dict[str, str]] = {"light": ON_WHITE, "dark": ON_BLACK}
"""The colour of each band, by the ground on which it is drawn."""

MARKERS = {"u": "o", "g": "^", "r": "v", "i": "s", "z": "*", "y": "p"}
"""The markers, as Matplotlib calls them, so that a band can be recognised without its colour."""
