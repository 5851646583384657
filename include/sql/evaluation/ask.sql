-- In: what the live rule is asked with in place of what is in force, each part as JSON or empty (tides.asked). Out: it is
-- so until the end of this transaction, and for it alone.
SELECT
    set_config('tides.asked_live', %(live)s, true),
    set_config('tides.asked_surveys', %(surveys)s, true),
    set_config('tides.asked_functions', %(functions)s, true),
    set_config('tides.asked_judged', %(judged)s, true);
