"""Marked secrets: those of a stack, in each form in which one may leak, and all places in which they must not be."""

import base64
import html
import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

import psutil
import requests

from sandbox.services.doors import PROXY_LOGIN
from sandbox.services.servers import Login, PostgreSQL
from sandbox.services.stack import FOURMOST_USER, Stack
from tests.limits import LIMIT_S

EACH_S = 1.0
"""How often the arguments of all processes are read."""

DATA = ("data", "stand-ins")
"""Folders of servers' own data: what is in our databases is read by their dumps, and 4MOST's is not ours."""

HOLDERS = ("passwords.json", "server.properties", "users.txt")
"""The files that hold secrets by design: of the users of Airflow, and for Kafka and the pooler."""


def secrets_of(stack: Stack) -> dict[str, str]:
    """The secrets of a stack by what they are, with the tokens that they open."""
    address = f"{stack.sandbox.url}/QFSwi/transients-token-auth/"
    login = {"username": FOURMOST_USER, "password": stack.fourmost_password}
    return {
        "the token of Lasair": stack.lasair_token,
        "the password at 4MOST": stack.fourmost_password,
        "the token of 4MOST": requests.post(address, data=login, timeout=LIMIT_S).json()["token"],
        **{f"the password of {who or 'the owner'}": stack.postgres.login(who)["password"] for who in (None, *Login)},
        "the password of Kafka": stack.kafka.password,
        "the password of the proxy": PROXY_LOGIN.partition(":")[2],
        "the Fernet key": stack.fernet_key,
        "the JWT secret": stack.jwt_secret,
        **{f"the password of {user}": password for user, password in stack.passwords.items()},
    }


def forms_of(secret: str) -> set[bytes]:
    """A secret as it is, and as JSON (once and twice), an address, HTML, base64 or a dump of bytes writes it."""
    as_json = [json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]]
    as_json += [json.dumps(text)[1:-1] for text in as_json]
    in_addresses = [quote(secret), quote(secret, safe=""), quote_plus(secret)]
    in_base64 = [code for place in range(3) for code in _in_base64(secret.encode(), place)]
    others = [html.escape(secret), secret.encode().hex(), *as_json, *in_addresses, *in_base64]
    return {form.encode() for form in (secret, *others)}


def _in_base64(secret: bytes, place: int) -> tuple[str, str]:
    """What is sure of the base64 of a text that has the secret after 3 n + `place` bytes, such as `login:secret`."""
    whole = base64.b64encode(bytes(place) + secret).decode()
    sure = whole[(0, 2, 3)[place] : (place + len(secret)) * 8 // 6]
    return sure, sure.translate(str.maketrans("+/", "-_"))


def api_addresses(stack: Stack, run_id: str, connection_id: str) -> list[str]:
    """All addresses of Airflow's API and of its page that can be read, of one run, its tasks and one connection."""
    described = requests.get(f"{stack.airflow_url}/openapi.json", timeout=LIMIT_S).json()["paths"]
    parts = {"dag_id": "tides_bridge", "dag_run_id": run_id, "run_id": run_id, "connection_id": connection_id}
    parts |= {"task_id": "upsert_master", "map_index": "-1", "try_number": "1", "task_try_number": "1"}
    parts |= {"pool_name": "lasair", "version_number": "1", "xcom_key": "return_value"}
    found = []
    for path, methods in described.items():
        place = re.sub(r"\{(\w+)\}", lambda part: quote(parts.get(part[1], part[0]), safe="{}"), path)
        # What waits for the end of a run never ends here, and a logout would end the asking.
        if "get" in methods and "{" not in place and not place.endswith(("/wait", "/logout", "/login")):
            found.append(f"{stack.airflow_url}{place}")
    return found


class Search:
    """Looks for the secrets in what it is given; `found` says what stood where."""

    def __init__(self, secrets: Mapping[str, str]):
        assert min(map(len, secrets.values())) > 7, "a short secret is found anywhere"
        self._forms = [(name, form) for name, secret in secrets.items() for form in forms_of(secret)]
        self.places = 0
        self.found: set[str] = set()

    def look(self, place: str, text: bytes | str) -> None:
        """Looks into one text."""
        self.places += 1
        content = text.encode(errors="surrogateescape") if isinstance(text, str) else text
        self.found |= {f"{place}: {name}" for name, form in self._forms if form in content}

    def files(self, folder: Path) -> None:
        """Looks into all files below a folder. Those that hold secrets by design may be read by their owner alone."""
        for file in folder.rglob("*"):
            place = file.relative_to(folder)
            if not file.is_file() or set(DATA) & set(place.parts):
                continue
            if file.name in HOLDERS:
                self.found |= {f"{place} can be read by others"} if file.stat().st_mode & 0o077 else set()
            else:
                self.look(str(place), file.read_bytes())

    def database(self, postgres: PostgreSQL, name: str) -> None:
        """Looks into a whole database, as `pg_dump` writes it: every column of every table, and every default."""
        self.look(f"the database {name.partition('_')[0]}", postgres.tool(["pg_dump"], name))

    def answers(self, session: requests.Session, addresses: Iterable[str]) -> None:
        """Looks into what addresses answer, headers too."""
        for address in addresses:
            answer = session.get(address, timeout=LIMIT_S)
            self.look(address, f"{answer.headers}\n{answer.text}")


@contextmanager
def arguments_of_all() -> Iterator[set[str]]:
    """The arguments of all processes that run during the block, read again and again."""
    seen: set[str] = set()
    over = threading.Event()

    def read() -> None:
        while not over.wait(EACH_S):
            for process in psutil.process_iter():
                with suppress(psutil.Error):  # it has ended
                    seen.add("\0".join(process.cmdline()))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    yield seen
    over.set()
    reader.join(LIMIT_S)
