"""Fibre hours: what targets ask 4MOST for. They are hours of dark time."""

from tides.settings.sections import TargetTemplate


def fibre_hours(template: TargetTemplate, mag: float, spectra: int = 1) -> float | None:
    """The fibre hours (dark time) that a target of so many mag (AB) asks for; None where no exposure time is set."""
    exposure = next((e for e in template.exposures if mag > e.fainter_than), None)
    return None if exposure is None else spectra * exposure.t_exp_d / 60
