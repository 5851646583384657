-- What Lasair was last told of our objects, as annotations.

CREATE TABLE tides.annotation (
    survey    text NOT NULL,
    object_id text NOT NULL,
    told      jsonb NOT NULL,
    told_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (survey, object_id)
);
COMMENT ON TABLE tides.annotation IS 'What Lasair was last told of an object as an annotation: sent again only when it differs';
