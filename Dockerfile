FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 \
    AIRFLOW_HOME=/opt/airflow PYTHONPATH=/opt/tides/plugins:/opt/tides/config PATH=/opt/tides/bin:$PATH

RUN useradd --system --create-home --home-dir /opt/airflow --uid 50000 tides \
    && install -d -o tides /opt/airflow/logs /var/lib/sandbox
WORKDIR /opt/tides

# `requirements` is requirements.txt for the bridge, requirements-dev.txt for the sandbox
ARG requirements=requirements.txt
COPY ${requirements} /tmp/requirements.txt
RUN pip install --compile --require-hashes -r /tmp/requirements.txt

COPY bin bin
COPY plugins plugins
COPY dags dags
COPY config config
COPY include include
# the runbook, which the page in Airflow's UI shows
COPY docs/operations.md docs/operations.md
COPY sandbox sandbox
# the user below may not write here: without it, each process would compile our modules at its start
RUN python -m compileall -q plugins dags config sandbox

USER tides
CMD ["tides", "doctor"]
