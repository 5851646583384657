"""What docker-compose.yaml needs before its first start: `.env` and the files of secrets, made and asked for.

`python3 config/compose_setup.py` runs with the Python of an empty machine: it uses the standard library alone. It adds
what is missing and changes nothing that is there, so it can be repeated, also after an upgrade. `config/
compose_secrets.py` holds the same rules against each start.
"""

from __future__ import annotations

import argparse
import base64
import getpass
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
EXAMPLE = PROJECT / ".env.example"
SANDBOX = PROJECT / "sandbox" / "compose.env"

LINE = re.compile(r"^(\w+)=(.*)$", re.MULTILINE)

ADDRESSES = {
    "LASAIR_ZTF_API": "Lasair's API for ZTF",
    "LASAIR_LSST_API": "Lasair's API for LSST",
    "LASAIR_ZTF_KAFKA": "Lasair's Kafka server for ZTF (host:port, as the Lasair team gives it)",
    "LASAIR_LSST_KAFKA": "Lasair's Kafka server for LSST (host:port)",
    "FOURMOST_URL": "4MOST's address (it ends in /QFSwi/)",
}
"""What a site may have to fill in, each with the words of its question."""

URL = re.compile(r"https?://[\w.-]+(:\d+)?(/[\w./~-]*)?", re.ASCII)
SERVERS = re.compile(r"[\w.-]+:\d+(,[\w.-]+:\d+)*", re.ASCII)
STAND_IN = re.compile(r"(?:https?://)?(?:sandbox|kafka):\d+(?:/\S*)?")
"""An address of the sandbox's containers."""

CPUS = ("POSTGRES_CPUS", "AIRFLOW_CPUS", "TASKS_CPUS", "DASK_CPUS", "PROXY_CPUS", "SANDBOX_CPUS")
"""Docker starts no container that may use more cores than the machine has."""

FOLDER_MODE = 0o700
FILE_MODE = 0o444
"""Containers run as several users, and each reads its files. On the machine the folder keeps all others out."""


def _word() -> str:
    return secrets.token_urlsafe(32)


def _key() -> str:
    return secrets.token_urlsafe(48)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


OURS: dict[str, Callable[[], str]] = {
    "postgres_password": _word,
    "tides_db_owner_password": _word,
    "tides_db_password": _word,
    "tides_db_reader_password": _word,
    "airflow_db_password": _word,
    "airflow_jwt_secret": _key,
    "airflow_secret_key": _key,
    "airflow_fernet_key": _fernet_key,
    "keycloak_client_secret": _word,
}
"""Secrets that this program makes, each by its own recipe. A secret's name is its file's name.

Where a site uses Keycloak, its word stands there in place of ours.
"""

GIVEN = {
    "lasair_token": "Token of your account at Lasair",
    "fourmost_user": "User at 4MOST",
    "fourmost_password": "Password at 4MOST",
}
"""Secrets that others gave us, each with the words of its question."""


class Refused(Exception):
    """What keeps the files from being written: one line for each fault."""


def is_sandbox(env: Mapping[str, str]) -> bool:
    """Whether the settings ask for the sandbox: its profile is the only exception to the rules of production."""
    return "sandbox" in re.split(r"[,\s]+", env.get("COMPOSE_PROFILES", ""))


def setting_faults(env: Mapping[str, str]) -> list[str]:
    """What is wrong with the settings of `.env`, each by its name: addresses, and what only the sandbox may have."""
    found = [f"{name}: {fault}" for name in ADDRESSES if (fault := _address_fault(name, env))]
    if is_sandbox(env):
        return found
    for name in ("TIDES_SETTINGS", "BRIDGE_IMAGE", "BRIDGE_TARGET"):
        if "sandbox" in env.get(name, ""):
            found.append(f"{name}: {env[name]} is the sandbox's, and COMPOSE_PROFILES names no sandbox")
    if env.get("ALLOW_HTTP", "false") != "false":
        found.append("ALLOW_HTTP: must be false: it sends the secrets unencrypted, and only the sandbox may do so")
    return found


def _address_fault(name: str, env: Mapping[str, str]) -> str:
    """Why an address cannot be right, or an empty text."""
    value = env.get(name, "")
    kafka = name.endswith("_KAFKA")
    if not value:
        return "is missing"
    if not (SERVERS if kafka else URL).fullmatch(value):
        return f"{value!r} must be like {'host:port' if kafka else 'https://host/path'}"
    if is_sandbox(env):
        if not STAND_IN.fullmatch(value):
            return f"{value} is not the sandbox's: with its profile nothing may reach a real service"
        return ""
    if STAND_IN.fullmatch(value):
        return f"{value} is the sandbox's, and COMPOSE_PROFILES names no sandbox"
    if not kafka and not value.startswith("https://"):
        return f"{value} must begin with https://: secrets are sent to it"
    if name == "FOURMOST_URL" and not value.endswith("/QFSwi/"):
        return f"{value} must end in /QFSwi/"
    return ""


def secret_fault(value: str) -> str:
    """Why a text cannot be a secret of any container, or an empty text."""
    if not value.strip():
        return "is empty"
    if re.search(r"[\x00-\x1f\x7f]", value):
        return "has a control character or more than one line (a file's last line may end; with LF, not CR LF)"
    return ""


def read_secret(file: Path) -> str:
    """A secret as it stands in its file: UTF-8, without the end of its last line. Raises OSError and UnicodeError."""
    text = file.read_bytes().decode()
    return text[:-1] if text.endswith("\n") else text


def read_variables(text: str) -> dict[str, str]:
    """The variables of a file for Compose; none of those that this program writes has a quote or a comment."""
    return {name: value.strip() for name, value in LINE.findall(text)}


def settings_of(given: Mapping[str, str], *, sandbox: bool, folder: str, cores: int | None = None) -> dict[str, str]:
    """All variables of `.env`: those of the example, the sandbox's over them, this machine's cores, and what is given.

    Raises Refused for a name that the example does not have.
    """
    cores = cores or os.cpu_count() or 1
    example = read_variables(EXAMPLE.read_text(encoding="utf-8"))
    made = dict(example, SECRETS_FOLDER=folder)
    if sandbox:
        made.update(read_variables(SANDBOX.read_text(encoding="utf-8")))
    made.update({name: str(min(cores, int(example[name]))) for name in CPUS})
    made["DASK_WORKERS"] = made["DASK_CPUS"]
    unknown = sorted(set(given) - set(example))
    if unknown:
        raise Refused(f"{', '.join(unknown)}: .env.example has no such variable")
    return {**made, **given}


def env_text(made: Mapping[str, str]) -> str:
    """The text of `.env`: the example's, with its comments and with these values."""
    return LINE.sub(lambda found: f"{found[1]}={made[found[1]]}", EXAMPLE.read_text(encoding="utf-8"))


def write_new(file: Path, text: str, mode: int) -> None:
    """Writes a file that is not there yet, whole or not at all. Raises FileExistsError when it is there."""
    descriptor, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
            os.fchmod(opened.fileno(), mode)
        os.link(name, file)
    finally:
        Path(name).unlink()


def main(arguments: Sequence[str] | None = None) -> int:
    """Make what is missing, and say what was made; returns 1 and writes nothing when something is wrong."""
    args = _parser().parse_args(arguments)
    try:
        for line in _set_up(args):
            print(line)
    except Refused as refused:
        print(refused, file=sys.stderr)
        print("Nothing was written.", file=sys.stderr)
        return 1
    return 0


def _set_up(args: argparse.Namespace) -> list[str]:
    # Compose takes both from the folder of its file, wherever it is called.
    env_file, folder = PROJECT / args.env_file, PROJECT / args.secrets
    asks = sys.stdin.isatty() and not args.no_questions
    old = env_file.read_text(encoding="utf-8") if env_file.exists() else None
    made = _settings(args, old, asks)
    there = {name for name in (*OURS, *GIVEN) if (folder / name).exists()}
    new = _secrets(args, there, asks, is_sandbox(made))
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        raise Refused(f"{args.secrets} is open to other users of the machine: chmod 700 {args.secrets}")
    said = []
    for name, value in new.items():
        write_new(folder / name, value + "\n", FILE_MODE)
    said.append(f"{args.secrets}: {f'{len(new)} secrets written' if new else 'nothing was missing'}")
    if old is None:
        write_new(env_file, env_text(made), FILE_MODE | 0o200)
        said.append(f"{args.env_file}: written")
    else:
        said.append(_complete(args.env_file, env_file, old, made))
    option = "" if args.env_file == ".env" else f" --env-file {args.env_file}"
    return [*said, f"Next: docker compose{option} up -d"]


def _settings(args: argparse.Namespace, old: str | None, asks: bool) -> dict[str, str]:
    """The variables, those of an older file as they are. Raises Refused for one that cannot be right."""
    given = dict(_pair(text, "--set") for text in args.set)
    # Compose takes a bare name for a volume's.
    folder = args.secrets if args.secrets.startswith(("/", ".")) else f"./{args.secrets}"
    made = settings_of(given, sandbox=args.sandbox, folder=folder)
    if old is not None:
        if given or args.sandbox:
            raise Refused(f"{args.env_file} is there already: edit it, or name another file with --env-file")
        kept = read_variables(old)
        moved = sorted(set(kept) & {name.upper() for name in (*OURS, *GIVEN)})
        if moved:
            raise Refused(
                f"{args.env_file} has {', '.join(moved)}, as in earlier versions. Write each value into a file of "
                f"{folder}/, named in small letters, and take the lines out: databases keep their passwords"
            )
        made.update(kept)
    elif asks and not args.sandbox:
        for name in ADDRESSES:
            if name not in given:
                made[name] = _asked(ADDRESSES[name], made[name])
    faults = setting_faults(made)
    if faults:
        raise Refused("\n".join([*faults, "An address is given with --set NAME=ADDRESS"]))
    return made


def _secrets(args: argparse.Namespace, there: set[str], asks: bool, sandbox: bool) -> dict[str, str]:
    """The secrets that are missing. Raises Refused for those that nobody gave, and for what cannot be a secret."""
    files = dict(_pair(text, "--secret-from") for text in args.secret_from)
    unknown = sorted(set(files) - set(OURS) - set(GIVEN))
    if unknown:
        raise Refused(f"{', '.join(unknown)}: no secret has this name; there are {', '.join((*OURS, *GIVEN))}")
    again = sorted(set(files) & there)
    if again:
        raise Refused(f"{', '.join(again)}: the file is in {args.secrets}/ already, and is not overwritten")
    new, faults = {}, []
    for name in (*OURS, *GIVEN):
        if name in there:
            continue
        if name in files:
            try:
                value = read_secret(Path(files[name]))
            except (OSError, UnicodeError) as error:
                raise Refused(f"{name}: {files[name]} cannot be read as text: {error}") from None
        elif name in OURS or sandbox:
            value = OURS.get(name, _word)()
        elif asks:
            value = getpass.getpass(f"{GIVEN[name]}: ")
        else:
            faults.append(f"{name} is missing: give its file with --secret-from {name}=FILE")
            continue
        fault = secret_fault(value)
        if fault:
            faults.append(f"{name} {fault}")
        new[name] = value
    if faults:
        raise Refused("\n".join(faults))
    return new


def _complete(name: str, env_file: Path, old: str, made: Mapping[str, str]) -> str:
    """Adds the variables that a newer version brought, and says which."""
    there = read_variables(old)
    new = [variable for variable in made if variable not in there]
    if not new:
        return f"{name}: nothing was missing"
    with env_file.open("a", encoding="utf-8") as opened:
        opened.write("".join(["" if old.endswith("\n") else "\n", *(f"{each}={made[each]}\n" for each in new)]))
    return f"{name}: added {', '.join(new)}"


def _pair(text: str, option: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise Refused(f"{option} {text}: must be NAME=VALUE")
    return name, value


def _asked(question: str, default: str) -> str:
    return input(f"{question}{f' [{default}]' if default else ''}: ").strip() or default


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="compose_setup.py",
        description="Write .env and the files of secrets for docker-compose.yaml. What is there stays as it is.",
    )
    parser.add_argument("--sandbox", action="store_true", help="for a try with the stand-ins in place of the services")
    parser.add_argument("--env-file", default=".env", help="where the settings go (.env)")
    parser.add_argument("--secrets", default="./secrets", metavar="FOLDER", help="where the secrets go (./secrets)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a variable of .env.example")
    parser.add_argument(
        "--secret-from", action="append", default=[], metavar="NAME=FILE", help="a secret, copied from a file"
    )
    parser.add_argument("--no-questions", action="store_true", help="ask nothing, also at a terminal")
    return parser


if __name__ == "__main__":
    sys.exit(main())
