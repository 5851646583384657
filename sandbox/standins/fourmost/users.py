"""Who uploads to 4MOST, and for which surveys."""

from collections.abc import Mapping

from django.contrib.auth.models import User

# TiDES (S10) is 15 and 5 the test survey; S16 is 46: another survey in the same system
SURVEYS = {"tides": (15, 5), "s16": (46,)}


def make_users(environment: Mapping[str, str]) -> None:
    """Makes or updates both users; SANDBOX_FOURMOST_USER and SANDBOX_FOURMOST_PASSWORD replace the defaults."""
    password = environment.get("SANDBOX_FOURMOST_PASSWORD", "sandbox-password")
    names = {environment.get("SANDBOX_FOURMOST_USER", "tides"): "tides", "s16": "s16"}
    for name, survey in names.items():
        user, _ = User.objects.get_or_create(username=name)
        user.last_name = survey
        user.set_password(password)
        user.save()


def surveys_of(user: User) -> tuple[int, ...]:
    """The survey ids whose rows the user sees and makes."""
    return SURVEYS[user.last_name]
