"""Places on the sky, as people write them."""

from dataclasses import dataclass

from tides.errors import SettingsError


@dataclass(frozen=True)
class Position:
    """All that lies within `radius_arcsec` (at most 60) of ra, dec (deg, ICRS)."""

    ra: float
    dec: float
    radius_arcsec: float

    def __post_init__(self) -> None:
        if not (0 <= self.ra < 360 and -90 <= self.dec <= 90 and 0 < self.radius_arcsec <= 60):
            raise SettingsError(
                f"{self.ra:g} {self.dec:g} with radius {self.radius_arcsec:g}: ra is 0 to 360 deg, dec -90 to 90 deg,"
                " the radius up to 60 arcsec"
            )


def read_position(words: str, radius_arcsec: float) -> Position | None:
    """The position that words give: RA and Dec in degrees, or sexagesimal in hours and degrees. None for other words.

    A comma may stand between the two. Raises SettingsError for a position outside the sky, and for words that begin
    like one.
    """
    parts = words.replace(",", " ").split()
    # A name or an id is one word, and the name of a survey begins with a letter.
    if len(parts) < 2 or not parts[0][0].isdecimal():
        return None
    try:
        ra, dec = map(float, parts)
    except ValueError:
        ra, dec = _sexagesimal(parts)
    # It is the same meridian.
    return Position(0.0 if ra == 360 else ra, dec, radius_arcsec)


@dataclass(frozen=True)
class Coordinates:
    """A place in the ways that people and services ask for it.

    `ra` and `dec` are degrees (ICRS), `l` and `b` Galactic degrees. `hours` is RA in hours, `degrees` Dec in degrees,
    both sexagesimal.
    """

    ra: float
    dec: float
    hours: str
    degrees: str
    l: float  # noqa: E741 - its name in astronomy
    b: float


def coordinates(ra_deg: float, dec_deg: float) -> Coordinates:
    """The coordinates of a place (ICRS degrees; RA 360 is 0)."""
    import astropy.units as u
    from astropy.coordinates import SkyCoord

    # Rounded as it is written: else the last thousandth of the last second becomes the hour 24.
    ra = round(240 * ra_deg, 3) % 86400 / 240
    place = SkyCoord(ra * u.deg, dec_deg * u.deg)
    return Coordinates(
        ra_deg % 360, dec_deg,
        place.ra.to_string(unit=u.hourangle, sep=":", precision=3, pad=True),
        place.dec.to_string(unit=u.deg, sep=":", precision=2, pad=True, alwayssign=True),
        float(place.galactic.l.deg), float(place.galactic.b.deg),
    )  # fmt: skip


def _sexagesimal(parts: list[str]) -> tuple[float, float]:
    # Imported here: it takes longer than all else that a command does.
    from astropy.coordinates import SkyCoord

    words = " ".join(parts)
    try:
        # Two words, or three for each coordinate: of any other number Astropy guesses which belong together.
        if len(parts) not in (2, 6):
            raise ValueError
        place = SkyCoord(words, unit=("hourangle", "deg"))
    except ValueError:
        raise SettingsError(
            f"{words!r} is no position: give RA and Dec in deg, as '150.1234 -30.5678', or in hours and degrees, as"
            " '10:00:29.6 -30:34:04'"
        ) from None
    return float(place.ra.deg), float(place.dec.deg)
