-- In: a setting and a part of it, where a piece ended, and how many rows went. Out: its mark, in the transaction of the piece.
INSERT INTO tides.retention_mark AS m (what, part, at, jd, key, gone)
VALUES (%(what)s, %(part)s, %(at)s, %(jd)s, %(key)s, %(gone)s)
ON CONFLICT (what, part) DO UPDATE
SET at = excluded.at,
    jd = excluded.jd,
    key = excluded.key,
    gone = m.gone + excluded.gone,
    moved_at = now();
