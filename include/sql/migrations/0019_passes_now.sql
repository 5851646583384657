-- A verdict passes when some prefix of its light curve passes. Whether all of it passes stands beside it.
ALTER TABLE tides.selection ADD COLUMN passes_now boolean;
COMMENT ON COLUMN tides.selection.passed IS 'Some prefix of the light curve passes; before passes_now was kept: all of it passed';
COMMENT ON COLUMN tides.selection.passes_now IS 'The whole light curve passes; NULL: judged before this was kept';
COMMENT ON COLUMN tides.night_rate.passed IS 'Whose whole light curve passes, without the control sample';
