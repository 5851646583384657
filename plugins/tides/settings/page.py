"""The section `page` of `bridge.yaml`: where the links of the page TiDES lead, beyond the bridge."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import Field

from tides.settings.layers import Model

Address = Annotated[str, Field(pattern=r"^https://[\w.-]+(:\d{1,5})?/([\w./~%?=&:;,+@#!-]|\{(ra|dec|object|tns)\})*$")]
"""The address of a page about an object or a place, with names in braces for what differs."""


def filled(address: str, values: Mapping[str, str]) -> str | None:
    """The address with its names replaced, each value escaped; None where one of them has no value."""
    try:
        return address.format_map({name: quote(value, safe="") for name, value in values.items()})
    except KeyError:
        return None


def origin(address: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class Link(Model):
    """A link from an object to a page elsewhere. With a `survey` it is for objects of that survey alone."""

    address: Address
    survey: str | None = None


class Page(Model):
    """The page TiDES. `links` are by the name that a reader sees; null takes one away.

    `image` is the address of a picture of the place, which the browser of each reader then fetches by itself.
    """

    links: dict[str, Link | None]
    image: Address | None
