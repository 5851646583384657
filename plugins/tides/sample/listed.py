"""The table of a list of targets as it stands now, for those who take it from the page. An export is of a time."""

from tides.sample.columns import ID, NAME, PK, Column, Is, SampleTable, moment, place

LISTED = SampleTable(
    "targets",
    "one row a target of the list",
    "page/targets",
    (
        ID,
        NAME,
        *place("the target", main=True),
        Column("live", Is.TRUTH, "4MOST should observe it"),
        Column("why", Is.TEXT, "Why it is live or not, in one word of docs/science.md"),
        Column("reason", Is.TEXT, "The same, in words for people"),
        moment("live_since", "Since when it is live; missing while it is not"),
        moment("new_at", "When it became a target"),
        Column("state", Is.TEXT, "How it stands at 4MOST, in the words of docs/page.md"),
        moment("told_at", "When 4MOST last answered what it holds of it"),
        PK,
        Column("mag", Is.REAL, "AB magnitude that 4MOST is to be told, or was told last", "mag", "phot.mag"),
        Column("mag_err", Is.REAL, "Its error", "mag", "stat.error;phot.mag"),
        Column("mag_type", Is.TEXT, "Its band, as 4MOST calls it"),
        Column("subsurvey", Is.TEXT, "Its subsurvey at 4MOST"),
        Column("objects", Is.TEXT, "Each survey that sees it, with its own id of the object"),
        Column("list", Is.TEXT, "The list that it is on"),
    ),
)
