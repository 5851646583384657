"""What a survey measures of the sources: columns with one row an exposure, sorted by owner and time."""

from dataclasses import dataclass, fields

import numpy as np

from sandbox.sky.cadence import Visits
from sandbox.sky.sources import KINDS, Sources, njy, true_flux_njy

DETECTION_SN = 5.0
# The flux (nJy) of one photo-electron in an exposure, and the relative floor of the calibration.
NJY_A_PHOTON = {"lsst": 0.7, "ztf": 4.0}
CALIBRATION_FLOOR = 0.01
LATE_SHARE = 0.1
LSST_DELAY_D = 2 / 1440
ZTF_DELAY_D = (0.4 / 24, 7 / 24)
LATE_DELAY_D = (1.1, 1.9)


@dataclass
class Photometry:
    """One row an exposure of one survey object; `owner` ascends, within it `mjd_utc`."""

    owner: np.ndarray
    mjd_utc: np.ndarray
    band: np.ndarray  # index into "ugrizy"
    flux_njy: np.ndarray
    flux_err_njy: np.ndarray
    depth_mag: np.ndarray
    detected: np.ndarray
    known_mjd_utc: np.ndarray  # when the broker has it
    reliability: np.ndarray
    total_njy: np.ndarray

    def __len__(self) -> int:
        return len(self.owner)

    @property
    def magnitude(self) -> np.ndarray:
        """AB magnitude of the absolute flux (ZTF writes negative differences so, with `isdiffpos` "f")."""
        return 31.4 - 2.5 * np.log10(np.maximum(np.abs(self.flux_njy), 1e-3))

    @property
    def signal_to_noise(self) -> np.ndarray:
        """Flux over its error, with the flux's sign."""
        return self.flux_njy / self.flux_err_njy

    def rows(self, index: np.ndarray | slice) -> "Photometry":
        """The rows at `index` alone."""
        return Photometry(**{f.name: getattr(self, f.name)[index] for f in fields(self)})

    def of_owners(self, owners: np.ndarray) -> "Photometry":
        """The rows of the owners given, renumbered 0, 1, … in the order given."""
        number = np.full(int(self.owner.max(initial=-1)) + 1 if len(self) else 0, -1)
        number[owners[owners < len(number)]] = np.flatnonzero(owners < len(number))
        kept = self.rows(number[self.owner] >= 0)
        kept.owner = number[kept.owner]
        return kept.rows(np.lexsort((kept.mjd_utc, kept.owner)))


def joined(parts: list[Photometry]) -> Photometry:
    """Several photometries one after the other; owners must already be numbered apart."""
    return Photometry(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Photometry)})


def observe(rng: np.random.Generator, survey: str, fields_visits: list[Visits], sources: Sources) -> Photometry:
    """Measures every source at every visit of its field. `owner` is the source's index."""
    parts = []
    for field, visits in enumerate(fields_visits):
        owners = np.flatnonzero(sources.field == field)
        if len(owners) and len(visits.mjd_utc):
            parts.append(_observe_field(rng, survey, visits, sources.take(owners), owners))
    whole = joined(parts)
    return whole.rows(np.lexsort((whole.mjd_utc, whole.owner)))


def _observe_field(
    rng: np.random.Generator, survey: str, visits: Visits, sources: Sources, owners: np.ndarray
) -> Photometry:
    shape = (len(owners), len(visits.mjd_utc))
    difference, total = true_flux_njy(rng, sources, visits.mjd_utc, visits.band)
    sky = njy(visits.depth_mag)[None, :] / DETECTION_SN
    error = np.sqrt(sky**2 + NJY_A_PHOTON[survey] * np.abs(total) + (CALIBRATION_FLOOR * difference) ** 2)
    flux = difference + rng.normal(0, 1, shape) * error
    detected = (np.abs(flux) >= DETECTION_SN * error) & (difference != 0)
    bogus = (sources.kind == KINDS.index("bogus"))[:, None]
    reliability = np.where(bogus, rng.uniform(0.05, 0.45, shape), rng.uniform(0.6, 1.0, shape))
    return Photometry(
        owner=np.repeat(owners, shape[1]),
        mjd_utc=np.tile(visits.mjd_utc, shape[0]),
        band=np.tile(visits.band, shape[0]),
        flux_njy=flux.ravel(),
        flux_err_njy=error.ravel(),
        depth_mag=np.tile(visits.depth_mag, shape[0]),
        detected=detected.ravel(),
        known_mjd_utc=(visits.mjd_utc[None, :] + _delay_d(rng, survey, shape)).ravel(),
        reliability=reliability.ravel(),
        total_njy=total.ravel(),
    )


def _delay_d(rng: np.random.Generator, survey: str, shape: tuple[int, int]) -> np.ndarray:
    """From the exposure to the broker's filter, in days."""
    usual = np.full(shape, LSST_DELAY_D) if survey == "lsst" else rng.uniform(*ZTF_DELAY_D, shape)
    return np.where(rng.random(shape) < LATE_SHARE, rng.uniform(*LATE_DELAY_D, shape), usual)
