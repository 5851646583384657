-- In: an age (s). Out: fourmost_exchange without what is older. A repeat drops what has grown too old since.
DELETE FROM tides.fourmost_exchange
WHERE at < now() - make_interval(secs => %(age_s)s);
