-- In: a target. Out: what people have said of it, and of what was merged into it, in order.
SELECT c.at, c.by, c.words
FROM (
    SELECT %(tides_id)s::integer AS tides_id
    UNION ALL
    SELECT tides_id FROM tides.tides_master WHERE merged_into = %(tides_id)s
) AS m
JOIN tides.target_comment AS c USING (tides_id)
ORDER BY c.comment_id;
