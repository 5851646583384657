"""A channel of alarms: one of Airflow's notifiers (mail, Slack, Apprise), as the settings name it.

Addresses and secrets are in the notifier's own Airflow connection.
"""

from importlib import import_module
from typing import Any

from airflow.sdk import BaseNotifier
from jinja2 import StrictUndefined, TemplateError

from tides.errors import ServiceAway, SettingsError
from tides.foreign import in_html
from tides.hooks.fields import connection_named
from tides.settings.sections import Notifier


def checked(name: str, notifier: Notifier) -> str:
    """What a channel is, in words, without a message. Raises SettingsError when it, or its connection, is not right."""
    made = _made(name, notifier)
    _fill_in(made, name, 0, "title", "text")
    named = [str(value) for key, value in notifier.arguments.items() if key.endswith("conn_id")]
    for connection_id in named:
        connection_named(connection_id)
    return f"{type(made).__name__}, connection {', '.join(named)}" if named else type(made).__name__


def send(name: str, notifier: Notifier, message_id: int, title: str, text: str) -> None:
    """Sends a message by the channel `name`. The title is one line, the text has several.

    Raises SettingsError when the notifier cannot be made, and ServiceAway when it has not taken the message.
    """
    made = _made(name, notifier)
    context = _fill_in(made, name, message_id, title, text)
    try:
        # Airflow would call the notifier itself, and write the error's words into the log.
        made.notify(context)
    # A notifier may raise anything. Its words may hold the address of a hook, which is a secret: only its name is told.
    except Exception as error:
        raise ServiceAway(
            f"alarms.notifiers.{name}: the message was not taken ({type(error).__name__}); it waits and is sent again."
            " Look at the notifier's connection"
        ) from None


def _fill_in(made: BaseNotifier, name: str, message_id: int, title: str, text: str) -> Any:
    """Fills in the templates of a notifier; gives the context."""
    # The words are given as values, so that Jinja obeys nothing within them.
    context: Any = {
        "alarm_title": title,
        "alarm_text": text,
        "alarm_html": in_html(text),
        "alarm_id": message_id,
    }
    jinja = made.get_template_env()
    # A misspelt word would else be nothing, and the message empty.
    jinja.undefined = StrictUndefined
    try:
        made.render_template_fields(context, jinja)
    except TemplateError as error:
        raise SettingsError(f"alarms.notifiers.{name}.arguments: {error}") from None
    return context


def _made(name: str, notifier: Notifier) -> BaseNotifier:
    where = f"alarms.notifiers.{name}"
    module, _, class_name = notifier.notifier.rpartition(".")
    try:
        made = getattr(import_module(module), class_name)
    except (ImportError, AttributeError):
        raise SettingsError(
            f"{where}.notifier: {notifier.notifier} cannot be imported: correct it, or install its provider"
        ) from None
    if not (isinstance(made, type) and issubclass(made, BaseNotifier)):
        raise SettingsError(f"{where}.notifier: {notifier.notifier} is no notifier of Airflow's")
    try:
        arguments: Any = notifier.arguments
        return made(**arguments)
    except TypeError as error:
        raise SettingsError(f"{where}.arguments: {error}") from None
