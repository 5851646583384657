"""The Django project of the stand-ins: its settings in code, its tables made at the start."""

import logging
import os
from pathlib import Path

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.urls import get_resolver

from sandbox.services.leash import patient

DATABASE_WAIT_S = patient(30)
"""The longest wait of SQLite for another thread's transaction, in seconds."""

SETTINGS = {
    "DEBUG": False,
    "SECRET_KEY": "sandbox",
    "ALLOWED_HOSTS": ["*"],
    "ROOT_URLCONF": "sandbox.standins.urls",
    "INSTALLED_APPS": [
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "rest_framework",
        "rest_framework.authtoken",
        "django_filters",
        "sandbox.standins.fourmost",
        "sandbox.standins.lasair",
    ],
    "MIGRATION_MODULES": dict.fromkeys(("auth", "contenttypes", "authtoken")),
    "MIDDLEWARE": [],
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    # A fast hasher: these passwords protect nothing.
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "USE_TZ": True,
    "TIME_ZONE": "Europe/Berlin",
    "APPEND_SLASH": False,
    "LOGGING_CONFIG": None,
    "DATA_UPLOAD_MAX_MEMORY_SIZE": None,
    "REST_FRAMEWORK": {
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
        "LIST_SERIALIZER_ERRORS_AS_DICT": True,
    },
}


def start_project(state: Path) -> WSGIHandler:
    """Configures Django on the SQLite file in `state`, makes missing tables and users, and gives the application.

    Can be called once a process: Django's settings are global.
    """
    settings.configure(
        **SETTINGS,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(state / "sandbox.sqlite3"),
                "OPTIONS": {
                    "timeout": DATABASE_WAIT_S,
                    # A write lock from the start: two transactions that read first cannot deadlock on it.
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
                },
            }
        },
    )
    # A refusal is a normal answer. Only a failure of the stand-in itself is printed.
    logging.getLogger("django").setLevel(logging.ERROR)
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from sandbox.standins.fourmost.users import make_users  # models can be imported only after setup()

    make_users(os.environ)
    get_resolver().url_patterns  # noqa: B018 - loads the views now, or the first caller would wait for them
    return WSGIHandler()
