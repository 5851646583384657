"""The sources of the sandbox sky: what each is, where it stands, and how bright it truly is at a time."""

from dataclasses import dataclass, fields

import numpy as np

from sandbox.sky.cadence import HISTORY_NIGHTS
from sandbox.sky.templates import BANDS, apparent_magnitude

KINDS = ("SN Ia", "SN II", "SN Ibc", "AGN", "RR Lyrae", "CV", "bogus", "asteroid", "TDE")
KIND_SHARES = (0.27, 0.08, 0.06, 0.21, 0.12, 0.06, 0.1, 0.1, 0)
BOTH_SURVEYS_SHARES = (0.6, 0.15, 0.1, 0.15, 0, 0, 0, 0, 0)
"""Tidal disruptions are rare: a sky has those that it is asked for."""

# Sherlock's classes of each kind. AGN, VS, CV and BS do not pass TiDES's filter, so such a source sends no message.
SHERLOCK = {
    "SN Ia": {"SN": 0.7, "NT": 0.15, "ORPHAN": 0.12, "UNCLEAR": 0.03},
    "SN II": {"SN": 0.8, "NT": 0.1, "ORPHAN": 0.1},
    "SN Ibc": {"SN": 0.8, "NT": 0.1, "ORPHAN": 0.1},
    "AGN": {"AGN": 0.3, "NT": 0.4, "SN": 0.1, "UNCLEAR": 0.2},
    "RR Lyrae": {"VS": 0.3, "ORPHAN": 0.5, "UNCLEAR": 0.2},
    "CV": {"CV": 0.4, "ORPHAN": 0.6},
    "bogus": {"BS": 0.2, "ORPHAN": 0.5, "SN": 0.3},
    "asteroid": {"ORPHAN": 0.7, "SN": 0.3},
    "TDE": {"NT": 1.0},
}
FEED_CLASSES = ("SN", "NT", "ORPHAN", "UNCLEAR")
# The deepest redshift by kind: LSST sees further than ZTF.
REDSHIFT_LIMITS = {"lsst": (0.5, 0.2, 0.25), "ztf": (0.1, 0.03, 0.04)}
# The magnitude at rest, in the one night of a bogus source or an asteroid, or at the peak of a tidal disruption.
MEAN_MAG = {
    "lsst": {
        "AGN": (19, 22),
        "RR Lyrae": (17.5, 20.5),
        "CV": (20, 22.5),
        "bogus": (20, 22.8),
        "asteroid": (20, 22.8),
        "TDE": (19, 20.5),
    },
    "ztf": {
        "AGN": (17, 19),
        "RR Lyrae": (16, 19),
        "CV": (20, 22.5),
        "bogus": (17.5, 19.8),
        "asteroid": (17.5, 19.8),
        "TDE": (17, 18.5),
    },
}
LIGHT_CURVE_NAMES = ("Ia", "II", "Ibc")
PEAK_SCATTER_MAG = (0.15, 1.0, 1.0)
COLOUR_SCATTER_MAG = 0.3
BAND_TO_COLOUR = np.array([1.3, 1.0, 0.6, 0.2, 0.0, -0.1])
DRW_TAU_D = 200.0
DRW_SIGMA_MAG = 0.2
RR_COLOUR_MAG = np.array([0.8, 0.2, 0.0, -0.05, -0.05, 0.0])
CV_RISE_D = 1.0
TDE_COLOUR_MAG = np.array([-0.6, -0.34, 0.0, 0.29, 0.52, 0.71])
TDE_RISE_D = 10.0
TDE_FALL_D = 35.0
FIRST_PEAK_NIGHTS = 12


@dataclass
class Sources:
    """Columns with one entry a source; what a kind does not have is 0."""

    kind: np.ndarray  # index into KINDS
    field: np.ndarray
    peak_mjd_utc: np.ndarray
    redshift: np.ndarray
    stretch: np.ndarray
    offset_mag: np.ndarray
    colour_mag: np.ndarray
    mean_mag: np.ndarray
    amplitude_mag: np.ndarray
    period_d: np.ndarray
    duration_d: np.ndarray
    sherlock: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, index: np.ndarray) -> "Sources":
        """The sources at `index` alone."""
        return Sources(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


def draw_sources(
    rng: np.random.Generator, kind: np.ndarray, depth: str, now_mjd_utc: float, field_count: int,
    history_nights: int = HISTORY_NIGHTS,
) -> Sources:  # fmt: skip
    """Sources of the kinds asked for. `depth` ("lsst" or "ztf") says to which survey's limit they may be faint.

    Supernovae peak in all of the history but its first nights.
    """
    n = len(kind)
    supernova = kind < len(LIGHT_CURVE_NAMES)
    limit = np.array(REDSHIFT_LIMITS[depth])[np.minimum(kind, 2)]
    mean_mag = np.zeros(n)
    for name, (bright, faint) in MEAN_MAG[depth].items():
        chosen = kind == KINDS.index(name)
        mean_mag[chosen] = rng.uniform(bright, faint, chosen.sum())
    sherlock = np.empty(n, dtype=object)
    for index, name in enumerate(KINDS):
        chosen = kind == index
        classes = SHERLOCK[name]
        sherlock[chosen] = rng.choice(list(classes), chosen.sum(), p=list(classes.values()))
    return Sources(
        kind=kind,
        field=rng.integers(0, field_count, n),
        peak_mjd_utc=now_mjd_utc + rng.uniform(FIRST_PEAK_NIGHTS - history_nights, 4, n),
        # The volume grows as z³. The exponent 2.2 draws near sources more often, so ZTF has its share.
        redshift=np.where(supernova, np.maximum(0.015, limit * rng.random(n) ** (1 / 2.2)), 0.0),
        stretch=rng.normal(1, 0.1, n).clip(0.7, 1.3),
        offset_mag=rng.normal(0, 1, n) * np.array(PEAK_SCATTER_MAG)[np.minimum(kind, 2)],
        colour_mag=rng.normal(0, COLOUR_SCATTER_MAG, n),
        mean_mag=mean_mag,
        amplitude_mag=np.where(kind == KINDS.index("CV"), rng.uniform(2.5, 4.5, n), rng.uniform(0.5, 1.1, n)),
        period_d=np.where(kind == KINDS.index("CV"), rng.uniform(20, 60, n), rng.uniform(0.35, 0.8, n)),
        duration_d=rng.uniform(5, 10, n),
        sherlock=sherlock,
    )


def true_flux_njy(
    rng: np.random.Generator, sources: Sources, mjd_utc: np.ndarray, band: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Difference flux and total flux (nJy, sources × visits) at the visits of one field, without noise.

    Negative differences are real: an AGN or a variable star below its template.
    """
    shape = (len(sources), len(mjd_utc))
    difference, template = np.zeros(shape), np.zeros(shape)
    for index, name in enumerate(KINDS):
        rows = np.flatnonzero(sources.kind == index)
        if not len(rows):
            continue
        part = sources.take(rows)
        if index < len(LIGHT_CURVE_NAMES):
            difference[rows] = _supernovae(part, LIGHT_CURVE_NAMES[index], mjd_utc, band)
        elif name == "TDE":
            difference[rows] = _disruptions(part, mjd_utc, band)
        elif name in ("AGN", "RR Lyrae", "CV"):
            quiet = njy(part.mean_mag[:, None] + (RR_COLOUR_MAG[band] if name == "RR Lyrae" else 0))
            change = {"AGN": _random_walk, "RR Lyrae": _pulsation, "CV": _outbursts}[name](rng, part, mjd_utc)
            template[rows] = quiet
            difference[rows] = quiet * (10 ** (-0.4 * change) - 1)
        else:
            difference[rows] = _single_night(rng, part, mjd_utc, pair=name == "asteroid")
    return difference, difference + template


def njy(magnitude: np.ndarray) -> np.ndarray:
    """Flux in nJy of an AB magnitude (docs/science.md, "A counted detection")."""
    return 10 ** (0.4 * (31.4 - magnitude))


def _supernovae(part: Sources, name: str, mjd_utc: np.ndarray, band: np.ndarray) -> np.ndarray:
    phase = (mjd_utc[None, :] - part.peak_mjd_utc[:, None]) / (1 + part.redshift[:, None]) / part.stretch[:, None]
    magnitude = apparent_magnitude(name, part.redshift, phase, band)
    reddening = part.colour_mag[:, None] * (BAND_TO_COLOUR[band] - BAND_TO_COLOUR[BANDS.index("r")])
    return njy(magnitude + part.offset_mag[:, None] + reddening)


def _random_walk(rng: np.random.Generator, part: Sources, mjd_utc: np.ndarray) -> np.ndarray:
    """Damped random walk in mag, against a template from a random earlier time."""
    walk = np.empty((len(part), len(mjd_utc)))
    walk[:, 0] = rng.normal(0, DRW_SIGMA_MAG, len(part))
    for step in range(1, len(mjd_utc)):
        keep = np.exp(-(mjd_utc[step] - mjd_utc[step - 1]) / DRW_TAU_D)
        walk[:, step] = walk[:, step - 1] * keep + rng.normal(0, DRW_SIGMA_MAG * np.sqrt(1 - keep**2), len(part))
    return walk - rng.normal(0, DRW_SIGMA_MAG, len(part))[:, None]


def _pulsation(rng: np.random.Generator, part: Sources, mjd_utc: np.ndarray) -> np.ndarray:
    phase = ((mjd_utc[None, :] - part.peak_mjd_utc[:, None]) / part.period_d[:, None]) % 1
    saw_tooth = np.where(phase < 0.2, 0.5 - 5 * phase, -0.5 + 1.25 * (phase - 0.2))
    return part.amplitude_mag[:, None] * saw_tooth


def _outbursts(rng: np.random.Generator, part: Sources, mjd_utc: np.ndarray) -> np.ndarray:
    since = (mjd_utc[None, :] - part.peak_mjd_utc[:, None]) % part.period_d[:, None]
    rise = np.clip(since / CV_RISE_D, 0, 1)
    fall = np.clip((part.duration_d[:, None] + CV_RISE_D - since) / CV_RISE_D, 0, 1)
    return -part.amplitude_mag[:, None] * np.minimum(rise, fall)


def _disruptions(part: Sources, mjd_utc: np.ndarray, band: np.ndarray) -> np.ndarray:
    """A black body of 20,000 K that rises as a Gaussian and falls as t^(−5/3)."""
    since = mjd_utc[None, :] - part.peak_mjd_utc[:, None]
    rise = np.exp(-((np.minimum(since, 0) / TDE_RISE_D) ** 2) / 2)
    fall = (1 + np.maximum(since, 0) / TDE_FALL_D) ** (-5 / 3)
    return njy(part.mean_mag[:, None] + TDE_COLOUR_MAG[band]) * rise * fall


def _single_night(rng: np.random.Generator, part: Sources, mjd_utc: np.ndarray, pair: bool) -> np.ndarray:
    """One exposure (bogus) or both of one night (asteroid), before the last nights or in them."""
    flux = np.zeros((len(part), len(mjd_utc)))
    first = 2 * rng.integers(0, len(mjd_utc) // 2, len(part))
    rows = np.arange(len(part))
    flux[rows, first] = njy(part.mean_mag)
    if pair:
        flux[rows, first + 1] = njy(part.mean_mag)
    return flux
