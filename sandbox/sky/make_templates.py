"""Makes `templates.json`: apparent AB magnitude by class, redshift, band and phase. Run once; its result is checked in.

    python -m sandbox.sky.make_templates        (needs sncosmo and speclite, which nothing else here does)

Type Ia is the Hsiao spectral series, so its K-corrections are real; II and Ibc are black bodies that cool from
12,000 to 6,000 K in 20 d under a light curve of straight lines, which is as much as a sandbox needs.
"""

import json
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
import sncosmo
import speclite.filters
from astropy.cosmology import FlatLambdaCDM
from astropy.modeling.physical_models import BlackBody

TABLE = Path(__file__).with_name("templates.json")
BANDS = "ugrizy"
REDSHIFTS = (0.01, 0.02, 0.04, 0.06, 0.09, 0.12, 0.16, 0.2, 0.25, 0.3, 0.36, 0.42, 0.5, 0.6)
PHASES_D = tuple(range(-20, 21, 2)) + tuple(range(25, 86, 5))
COSMOLOGY = FlatLambdaCDM(H0=70, Om0=0.3)
# absolute AB magnitude at phase 0 in the filter named (docs/science.md, "The sky of the sandbox"; Ia in B, here g)
PEAKS = {"Ia": ("lsst2023-g", -19.25), "II": ("lsst2023-r", -16.8), "Ibc": ("lsst2023-r", -17.5)}
# mag below peak in r by rest-frame day since peak
SHAPES = {
    "II": ((-20, -12, -7, -3, 0, 80, 100, 120), (12, 6, 2, 0.4, 0, 0.8, 2.8, 3.1)),
    "Ibc": ((-20, -17, -12, -6, 0, 25, 60, 120), (12, 5, 2, 0.5, 0, 1.5, 2.4, 3.5)),
}
FILTERS = speclite.filters.load_filters("lsst2023-*")
FAINTEST = 40.0  # "nothing to be seen": the table is JSON and holds no infinity
WAVE_REST = np.arange(1200.0, 25000.0, 20.0) * u.AA


def spectra(kind: str) -> tuple[np.ndarray, u.Quantity]:
    """Rest-frame wavelengths and a flux density for each phase, normalised to the class's absolute peak."""
    if kind == "Ia":
        source = sncosmo.get_source("hsiao-subsampled")
        flux = source.flux(np.array(PHASES_D, float), WAVE_REST.value) + 1e-30
        scale = np.full(len(PHASES_D), 1.0)
    else:
        kelvin = np.interp(PHASES_D, (-20, 0, 20), (12000, 9000, 6000))
        unit = 1 * u.erg / u.s / u.cm**2 / u.AA / u.sr
        flux = np.array([BlackBody(t * u.K, scale=unit)(WAVE_REST).value for t in kelvin])
        below = np.interp(PHASES_D, *SHAPES[kind])
        r_rest = np.array([ab_magnitude("lsst2023-r", f, WAVE_REST) for f in flux])
        scale = 10 ** (-0.4 * (below - r_rest))
    flux = flux * scale[:, None]
    name, absolute = PEAKS[kind]
    peak = ab_magnitude(name, flux[PHASES_D.index(0)], WAVE_REST)
    return WAVE_REST, flux * 10 ** (-0.4 * (absolute - peak)) * u.erg / u.s / u.cm**2 / u.AA


def ab_magnitude(filter_name: str, flux: np.ndarray, wavelength: u.Quantity) -> float:
    """AB magnitude of one spectrum (erg/s/cm²/Å) through one filter."""
    band = speclite.filters.load_filter(filter_name)
    return float(band.get_ab_magnitude(flux * u.erg / u.s / u.cm**2 / u.AA, wavelength))


def main() -> None:
    """Writes the table."""
    table: dict[str, Any] = {"bands": BANDS, "redshifts": REDSHIFTS, "phases_d": PHASES_D, "magnitudes": {}}
    for kind in PEAKS:
        wavelength, flux = spectra(kind)
        per_redshift = []
        for z in REDSHIFTS:
            observed = flux / (1 + z)
            magnitudes = FILTERS.get_ab_magnitudes(observed, wavelength * (1 + z)).as_array()
            modulus = COSMOLOGY.distmod(z).value
            columns = [np.array(magnitudes[f"lsst2023-{b}"], float) + modulus for b in BANDS]
            per_redshift.append(np.clip(np.nan_to_num(np.round(columns, 2), nan=FAINTEST), None, FAINTEST).tolist())
        table["magnitudes"][kind] = per_redshift
    TABLE.write_text(json.dumps(table, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
