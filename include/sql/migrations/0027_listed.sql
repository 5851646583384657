-- Targets of a list, with a number of epochs and a cadence, which no alert brings.
ALTER TYPE tides.why ADD VALUE IF NOT EXISTS 'between_epochs';
ALTER TYPE tides.why ADD VALUE IF NOT EXISTS 'unlisted';
COMMENT ON TYPE tides.why IS 'Why a target is live or not, by tides.live_verdict; the first of these that holds, in the order of the list below.
merged: it turned out to be another target, which has all of it now. For good.
unreachable: 4MOST does not reach its position. Until the position or the limits change.
vetoed: a person switched it off. Until the decision is undone, or a newer one stands.
forced: a person switched it on. The same.
unlisted: its list has it no more. Until the list has it again.
observed: of a list: it has a good spectrum of each epoch. Until its list asks for more.
between_epochs: of a list: it has a good spectrum of this epoch. Until the cadence is over.
live: of a list: none of these; nothing below speaks of it.
unselected: no function in use selects it. Until one does.
observed: it has as many good spectra as its functions ask for. Until a function asks for more, or a person forces it.
host_only: only functions that want hosts select it. Until a function wants it for itself.
recurrent: it was seen again after a long silence. Until a person reactivates it.
reclassified: two refreshes said that it is something else. Until two refreshes say so no more.
faint: each survey with a say finds it faint or unobserved, and one of them faint. Until one sees it bright.
unobserved: each survey with a say has not seen it for long. Until one sees it again.
live: none of these; it is wanted at 4MOST.
new: not judged yet, which the next live run does. Nothing becomes new again.
live and forced switch a target on; every other value switches it off. In the history new counts as on.';

CREATE TABLE tides.listed (
    tides_id     integer PRIMARY KEY REFERENCES tides.tides_master (tides_id),
    list         text NOT NULL CHECK (list <> ''),
    entry        text NOT NULL CHECK (entry <> ''),
    band         text NOT NULL,
    mag          double precision NOT NULL CHECK (mag BETWEEN -30 AND 60),
    mag_err      double precision CHECK (mag_err BETWEEN 0 AND 1e6),
    redshift     double precision CHECK (redshift > 0 AND redshift <= 10),
    epochs       integer NOT NULL CHECK (epochs > 0),
    cadence_days double precision NOT NULL CHECK (cadence_days BETWEEN 0 AND 1e6),
    by           text NOT NULL CHECK (by <> ''),
    added_at     timestamptz NOT NULL DEFAULT now(),
    removed_at   timestamptz,
    removed_by   text,
    UNIQUE (list, entry),
    CHECK (num_nonnulls(removed_at, removed_by) IN (0, 2))
);
COMMENT ON TABLE tides.listed IS 'Targets of lists: how many epochs are wanted, how far apart, and what 4MOST is told of their brightness';
COMMENT ON COLUMN tides.listed.entry IS 'The list''s own name of the object';
COMMENT ON COLUMN tides.listed.mag IS 'AB, in band';
COMMENT ON COLUMN tides.listed.by IS 'Who changed it last';
