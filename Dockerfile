# A digest may take the place of the tag: PYTHON_IMAGE in .env.
ARG PYTHON_IMAGE=python:3.12.12-slim-bookworm

# PostgreSQL's programs of the server's version, for `tides backup`; both images are of one release of Debian
FROM postgres:18.4-bookworm AS postgresql
RUN cd /usr/lib/postgresql/*/bin && install -D -t /client/bin pg_dump pg_dumpall pg_restore psql \
    && mkdir /client/lib && cp -a /usr/lib/*-linux-gnu/libpq.so.5* /client/lib

FROM ${PYTHON_IMAGE} AS bridge

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 \
    AIRFLOW_HOME=/opt/airflow PYTHONPATH=/opt/tides/plugins:/opt/tides/config PATH=/opt/tides/bin:$PATH

# A new volume takes the owner of the folder that it lies over.
RUN useradd --system --create-home --home-dir /opt/airflow --uid 50000 tides \
    && install -d -o tides /opt/airflow/logs \
    && install -d -o tides -m 700 /certificates /certificates/authority /certificates/scheduler \
       /certificates/worker /certificates/client
WORKDIR /opt/tides

COPY requirements.txt /tmp/requirements.txt
RUN pip install --compile --require-hashes -r /tmp/requirements.txt

# Debian's own libpq brings what the server's needs, which comes before it in the search for libraries
RUN apt-get update && apt-get install --yes --no-install-recommends libpq5 liblz4-1 libzstd1 libreadline8 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=postgresql /client /usr/local
RUN ldconfig && pg_dump --version && pg_dumpall --version && pg_restore --version && psql --version

COPY bin bin
COPY plugins plugins
COPY dags dags
COPY config config
COPY include include
# the runbook, which the page in Airflow's UI shows
COPY docs/operations.md docs/operations.md
# the user below may not write here: without it, each process would compile our modules at its start
RUN python -m compileall -q plugins dags config

USER tides
CMD ["tides", "doctor"]

# The stand-ins for Lasair and 4MOST: never part of the image for production.
FROM bridge AS sandbox
USER root
RUN install -d -o tides /var/lib/sandbox
COPY requirements-dev.txt /tmp/requirements-dev.txt
RUN pip install --compile --require-hashes -r /tmp/requirements-dev.txt
COPY sandbox sandbox
RUN python -m compileall -q sandbox
USER tides

# What `docker build .` makes without a target
FROM bridge
