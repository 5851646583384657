-- What Lasair was last told of our objects, as annotations.

CREATE TABLE tides.annotation (
    survey    text NOT NULL,
    object_id text NOT NULL,
    told      jsonb NOT NULL,
    told_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (survey, object_id)
);
COMMENT ON TABLE tides.annotation IS 'What Lasair was last told of an object as an annotation: sent again only when it differs';

-- What catalogues say of our objects, from refresh to refresh: whether two of them end a target, and its redshift.

CREATE TABLE tides.tides_context (
    survey         text NOT NULL,
    object_id      text NOT NULL,
    sherlock_class text,
    tns_name       text,
    tns_type       text,
    redshift       double precision CHECK (redshift > 0 AND redshift <= 10),
    host_redshift  double precision CHECK (host_redshift > 0 AND host_redshift <= 10),
    against        text,
    said_since     timestamptz NOT NULL DEFAULT now(),
    reclassified   text,
    settled_at     timestamptz,
    PRIMARY KEY (survey, object_id)
) WITH (fillfactor = 80);
COMMENT ON TABLE tides.tides_context IS 'Per survey object what Sherlock and TNS say of it, by the newest refresh';
COMMENT ON COLUMN tides.tides_context.redshift IS 'Of the transient itself, by TNS';
COMMENT ON COLUMN tides.tides_context.host_redshift IS 'Of its host, by TNS';
COMMENT ON COLUMN tides.tides_context.against IS 'Why it is no supernova, by the newest refresh that had a word; NULL: nothing speaks against it';
COMMENT ON COLUMN tides.tides_context.said_since IS 'Since which refresh something, or nothing, speaks against it';
COMMENT ON COLUMN tides.tides_context.reclassified IS 'The same, once two refreshes far enough apart have said so';
COMMENT ON COLUMN tides.tides_context.settled_at IS 'The refresh that made it so';
