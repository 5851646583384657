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
    return Position(ra, dec, radius_arcsec)


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
