-- In: targets and hosts, a place (else null), how many decisions, and how many names of each. Out: what people have ever
-- decided of these or of a place that meets it, the newest first. Over all of it the highest number, and how many are
-- undone: so whoever acts knows whether anybody else has meanwhile.
WITH met AS (
    SELECT decision_id FROM tides.decision_on_target WHERE tides_id = ANY (%(ids)s::integer[])
    UNION
    SELECT decision_id
    FROM tides.operator_decision
    WHERE tides_id IS NULL
        AND tides.separation_arcsec(ra, dec, %(ra)s::double precision, %(dec)s::double precision)
            <= radius_arcsec + %(radius_arcsec)s::double precision
), chosen AS (
    SELECT d.*, max(decision_id) OVER () AS newest, count(undone_at) OVER ()::integer AS undone
    FROM met
    JOIN tides.operator_decision AS d USING (decision_id)
    ORDER BY decision_id DESC
    LIMIT %(most)s
)
SELECT
    d.decision_id, d.verb, m.name, d.ra, d.dec, d.radius_arcsec, t.targets, d.reason, d.by, d.at,
    d.undone_at, d.undone_by, d.undone_reason,
    d.newest, d.undone
FROM chosen AS d
{% include "reports/decision_in_full.sql" %}
ORDER BY d.decision_id DESC;
