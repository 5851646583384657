"""`tides people`: the users of Airflow, and the roles by which they may do something."""

import argparse
import sys
from getpass import getpass
from pathlib import Path

from tides.commands.output import put
from tides.errors import SettingsError
from tides.hooks.people import open_people


def run(args: argparse.Namespace) -> int:
    """Makes roles or users, or lists users, and says what has changed."""
    with open_people() as people:
        if args.verb == "roles":
            changed = people.keep_roles()
            print(f"Made right: {', '.join(changed)}." if changed else "All roles are right.")
        elif args.verb == "list":
            put(args, people.listed(), "There are no users.")
        elif args.verb == "off":
            people.switch_off(args.login)
            print(f"{args.login} can no longer log in. A session that goes on ends within half a minute.")
        else:
            password = _password(args.password_file)
            email = args.email or f"{args.login}@localhost"
            new = people.put(args.login, args.role, password, args.name or args.login, email)
            print(f"{args.login} is {'new, and' if new else 'changed, and now'} has the role {args.role}.")
    return 0


def _password(file: Path | None) -> str:
    """The password, from a file or the input: other users of the machine can read a process's arguments.

    Raises SettingsError when there is none.
    """
    if file is None and sys.stdin.isatty():
        password = getpass("Password: ")
        if password != getpass("Again: "):
            raise SettingsError("the two passwords differ: nothing was changed")
        return password
    try:
        said = file.read_text(encoding="utf-8") if file else sys.stdin.read()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the password cannot be read from {file or 'the input'}: {error}") from error
    lines = said.splitlines()
    if not lines or not lines[0]:
        raise SettingsError(f"{file or 'the input'} has no password in its first line: write it there")
    return lines[0]
