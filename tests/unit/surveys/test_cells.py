"""The cells of the sky in which places count as visited."""

import numpy as np

from tides.surveys.cells import NO_CELL, cells
from tides.surveys.survey import survey


def test_neighbours_share_a_cell_and_what_is_a_field_away_does_not():
    for name, field_deg in (("lsst", 3.5), ("ztf", 6.9)):
        nside = survey(name).cell_nside
        dec = np.array([-30.0, -30.001, -30.0 + field_deg])
        here, beside, far = cells(np.full(3, 150.0), dec, nside)
        assert here == beside != far
        assert np.sqrt(4 * np.pi / (12 * nside**2)) <= 0.6 * np.radians(field_deg)


def test_what_has_no_position_has_no_cell():
    unknown = [(np.nan, 5.0), (5.0, np.nan), (np.nan, np.nan)]
    assert cells(*np.array(unknown).T, 32).tolist() == [NO_CELL] * 3
    assert cells(np.empty(0), np.empty(0), 32).tolist() == []
