-- What 4MOST may observe next: its candidate visits as last read, and which of our targets are on them.

CREATE TABLE tides.visit_reading (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    read_at    timestamptz NOT NULL DEFAULT now(),
    visits     integer NOT NULL,
    unreadable integer NOT NULL
);
COMMENT ON TABLE tides.visit_reading IS 'One row: when 4MOST''s candidate visits were last read, and how many';

CREATE TABLE tides.candidate_visit (
    visit_no integer PRIMARY KEY,
    visit    text,
    tile     text,
    ra       double precision CHECK (ra BETWEEN 0 AND 360),
    dec      double precision CHECK (dec BETWEEN -90 AND 90),
    planned  text,
    content  jsonb NOT NULL,
    read_at  timestamptz NOT NULL DEFAULT now(),
    CHECK (num_nonnulls(visit, tile) > 0),
    CHECK (num_nonnulls(ra, dec) IN (0, 2))
);
COMMENT ON TABLE tides.candidate_visit IS 'The visits that 4MOST may make next; replaced whole by each reading';
COMMENT ON COLUMN tides.candidate_visit.visit_no IS 'Its place in 4MOST''s answer: nothing says that a visit''s name comes once';
COMMENT ON COLUMN tides.candidate_visit.visit IS 'As 4MOST names it';
COMMENT ON COLUMN tides.candidate_visit.ra IS 'Centre of the tile';
COMMENT ON COLUMN tides.candidate_visit.planned IS 'When, in 4MOST''s words; NULL: it does not say';
COMMENT ON COLUMN tides.candidate_visit.content IS 'The visit as 4MOST gave it';

CREATE TABLE tides.candidate_visit_target (
    visit_no  integer NOT NULL REFERENCES tides.candidate_visit ON DELETE CASCADE,
    target_id integer NOT NULL,
    PRIMARY KEY (visit_no, target_id)
);
CREATE INDEX candidate_visit_target_target ON tides.candidate_visit_target (target_id);
COMMENT ON TABLE tides.candidate_visit_target IS 'Which of our targets a visit may observe: it names them, or its tile lies over them';
COMMENT ON COLUMN tides.candidate_visit_target.target_id IS 'The id in fourmost_target';

CREATE VIEW tides.active_at_4most AS
SELECT
    f.id, f.name,
    (t.told ->> 'ra')::double precision AS ra,
    (t.told ->> 'dec')::double precision AS dec,
    (t.told ->> 'mag')::double precision AS mag
FROM tides.fourmost_target AS f
CROSS JOIN LATERAL (SELECT coalesce(f.told, f.before_told) AS told) AS t
WHERE f.state = 'live' AND t.told ->> 'is_active' = 'true';
COMMENT ON VIEW tides.active_at_4most IS 'The targets that 4MOST holds as active, and that we want so; its own values';

CREATE VIEW tides.observable_next AS
SELECT a.id, a.name, a.mag, v.visit_no, v.visit, v.tile, v.planned, v.read_at
FROM tides.candidate_visit AS v
JOIN tides.candidate_visit_target AS t USING (visit_no)
JOIN tides.active_at_4most AS a ON a.id = t.target_id;
COMMENT ON VIEW tides.observable_next IS 'Our targets that 4MOST may observe next, once for each visit that may';
