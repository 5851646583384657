-- In: an age (s). Out: fourmost_exchange without older rows. A repeat drops those that are too old by then.
DELETE FROM tides.fourmost_exchange
WHERE at < now() - make_interval(secs => %(age_s)s);
