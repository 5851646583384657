-- Stops record_4most_keys when a key that 4MOST gave in this run is not stored.
CREATE OR REPLACE FUNCTION tides.demand_keys(keys jsonb) RETURNS integer
    LANGUAGE plpgsql AS $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(format('%s (key %s)', k.name, k.pk), ', ' ORDER BY k.pk) INTO missing
        FROM jsonb_to_recordset(keys) AS k (id integer, pk bigint, name text)
        LEFT JOIN tides.target AS m ON m.tides_id = k.id AND m.pk_4most = k.pk
        WHERE m.tides_id IS NULL;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION '4MOST gave keys in this run that the master lacks: %', missing
            USING HINT = 'see tides.fourmost_key for these targets; another key is current there';
    END IF;
    RETURN jsonb_array_length(keys);
END $$;
