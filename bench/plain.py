"""The survey's pipeline written plainly: one script, one thing after the other, with nothing to fall back on.

As the deliverable's flow: one loop reads the topics to their ends and appends each message to a JSON-lines file; each
object's light curve is asked for by one request; pandas judges it by the stream's own function; each object that passes
is told to 4MOST by one POST. `python -m bench.plain` prints one line of JSON: seconds, processor seconds, counts. All
that it is given stands in the variable BENCH_PLAIN, as JSON.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import requests
from confluent_kafka import Consumer

from tests.unit.judgement import reference

SILENCE_S = 2.0
"""A topic without a message for so long is at its end."""
IDS = {"ztf": "objectId", "lsst": "diaObjectId"}
PLACES = {"ztf": ("ramean", "decmean"), "lsst": ("ra", "decl")}


def run(given: dict[str, Any], file: Path) -> dict[str, Any]:
    """One run: read, ask, judge, tell."""
    messages = read(given, file)
    session = requests.Session()
    login = {"username": given["user"], "password": given["password"]}
    token = session.post(f"{given['fourmost']}transients-token-auth/", data=login, timeout=60).json()["token"]
    counts = {"objects": 0, "selected": 0, "tell_s": 0.0}
    for survey, key in IDS.items():
        newest = messages[messages["survey"] == survey].drop_duplicates(key, keep="last")
        for message in newest.to_dict("records"):
            counts["objects"] += 1
            light_curve = ask(session, given, survey, str(message[key]))
            seen = reference.detections(survey, light_curve)
            if not reference.verdict(survey, seen, given["functions"][survey], message["classification"]):
                continue
            counts["selected"] += 1
            begin = time.perf_counter()
            tell(session, given, token, row(given, survey, message, seen))
            counts["tell_s"] += time.perf_counter() - begin
    return counts


def read(given: dict[str, Any], file: Path) -> pd.DataFrame:
    """All messages of the topics, appended to the file one after the other, and then read from it as a table."""
    consumer = Consumer(
        {"bootstrap.servers": given["bootstrap"], "group.id": file.parent.name, "auto.offset.reset": "earliest"}
    )
    survey_of = {topic: survey for survey, topic in given["topics"].items()}
    consumer.subscribe(list(survey_of))
    begun = False
    with file.open("a", encoding="utf-8") as log:
        # The first message comes after the group has met, which takes Kafka seconds.
        while (message := consumer.poll(SILENCE_S if begun else 30.0)) is not None:
            if message.error():
                raise OSError(message.error())
            begun = True
            content = json.loads(message.value() or b"")
            content.pop("alert", None)
            survey = survey_of[message.topic() or ""]
            log.write(json.dumps({**content, IDS[survey]: str(content[IDS[survey]]), "survey": survey}) + "\n")
    consumer.close()
    return pd.read_json(file, lines=True, dtype=dict.fromkeys(IDS.values(), str), convert_dates=False)


def ask(session: requests.Session, given: dict[str, Any], survey: str, object_id: str) -> bytes:
    """An object's light curve, by one request."""
    headers = {"Authorization": f"Token {given['token']}"}
    if survey == "lsst":
        form = {"objectId": object_id, "lite": "true", "lasair_added": "false"}
        answer = session.post(f"{given['lasair']}/object/", data=form, headers=headers, timeout=60)
    else:
        answer = session.post(
            f"{given['lasair']}/lightcurves/", data={"objectIds": object_id}, headers=headers, timeout=60
        )
    answer.raise_for_status()
    return answer.content if survey == "lsst" else json.dumps(answer.json()[0]).encode()


def row(given: dict[str, Any], survey: str, message: dict[str, Any], seen: pd.DataFrame) -> dict[str, Any]:
    """What 4MOST is told of an object: its place, and the magnitude of its last detection."""
    ra, dec = PLACES[survey]
    last = seen[seen.mag.notna() & seen.band.isin(["g", "r", "i", "z"])].iloc[-1]
    named = {"name": str(message[IDS[survey]]), "ra": message[ra], "dec": message[dec]}
    return given["row"] | named | {"mag": float(last.mag), "mag_type": f"LSST_{last.band}_AB"}


def tell(session: requests.Session, given: dict[str, Any], token: str, target: dict[str, Any]) -> None:
    """One POST a target."""
    answer = session.post(
        f"{given['fourmost']}targetCat/transients/",
        json=target,
        headers={"Authorization": f"Token {token}"},
        timeout=60,
    )
    answer.raise_for_status()


def main() -> None:
    """Prints the counts and the times of one run; its imports are not counted."""
    given = json.loads(os.environ["BENCH_PLAIN"])
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    counts = run(given, Path(sys.argv[1]))
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({**counts, "wall_s": time.perf_counter() - begin, "cpu_s": cpu_s}))


if __name__ == "__main__":
    main()
