-- In: how many decisions, and how many names of each. Out: the newest decisions of people, also those that were undone,
-- each with what it is on and the targets that a place meets.
SELECT
    d.decision_id, d.verb, m.name, d.ra, d.dec, d.radius_arcsec, t.targets, d.reason, d.by, d.at,
    d.undone_at, d.undone_by, d.undone_reason,
    max(d.decision_id) OVER () AS newest, count(d.undone_at) OVER ()::integer AS undone
FROM (SELECT * FROM tides.operator_decision ORDER BY decision_id DESC LIMIT %(most)s) AS d
{% include "reports/decision_in_full.sql" %}
ORDER BY d.decision_id DESC;
