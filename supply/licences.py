"""`make licences`: the licences of what production installs, by the packages' own words, into docs/licences.md."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from license_expression import Licensing, get_spdx_licensing

from supply.locks import HOSTS, PRODUCTION, PROJECT, pins_of

PAGE = PROJECT / "docs" / "licences.md"
BEGIN = "| package | licence |"

ALLOWED = frozenset(
    {
        "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "LGPL-3.0-only", "LGPL-3.0-or-later",
        "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib", "Artistic-1.0-Perl",
    }
)  # fmt: skip
"""The licences that a package of production may have (SPDX).

None of them asks anything of the bridge's own code. LGPL and MPL ask it of changes of the package itself, and the
bridge changes none.
"""

SPDX = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "BSD 3-Clause": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-3.0-or-later",
    "Artistic License": "Artistic-1.0-Perl",
    "GNU General Public License (GPL)": "GPL-1.0-or-later",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
}
"""The SPDX names of the words in which packages say it without them."""

EITHER = frozenset({"text-unidecode", "greenback", "sniffio", "outcome", "uvloop"})
"""The packages whose own text gives the choice between the licences of its classifiers. Others mean all of them."""

ELSEWHERE = {"async-timeout": "Apache-2.0"}
"""The licences of packages that not each Python needs, by their own words there."""


@dataclass(frozen=True, order=True)
class Licence:
    """A package and the SPDX expression of its licence; other words where it has none."""

    package: str
    expression: str


def licences() -> Iterator[Licence]:
    """The licences of the packages of production that are installed here, also of those for several hosts, by name."""
    for name in sorted({pin.name for pin in pins_of(PRODUCTION, HOSTS)}):
        try:
            yield Licence(name, expression_of(name, distribution(name)))
        except PackageNotFoundError:  # it is for another Python or platform
            if name in ELSEWHERE:
                yield Licence(name, ELSEWHERE[name])


def expression_of(name: str, package: Distribution) -> str:
    """The licence of an installed package, as an SPDX expression where its words are known."""
    said = package.metadata
    if "License-Expression" in said:
        return said["License-Expression"]
    kinds = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier") or [] if c.startswith("License :: ")]
    kinds = [kind for kind in kinds if kind not in ("OSI Approved", "DFSG approved")]
    if not kinds:
        words = said["License"].splitlines() if "License" in said else []
        kinds = [words[0].strip() if words else "unknown"]
    return (" OR " if name in EITHER else " AND ").join(dict.fromkeys(SPDX.get(kind, kind) for kind in kinds))


def is_allowed(expression: str) -> bool:
    """Whether a package with this licence may be in production: one way to take it has allowed licences alone."""
    spdx = _spdx()
    try:
        parsed = spdx.parse(expression)
    except Exception:
        return False
    values = {symbol: spdx.TRUE if str(symbol) in ALLOWED else spdx.FALSE for symbol in parsed.symbols}
    return bool(parsed.subs(values, simplify=True) == spdx.TRUE)


@cache
def _spdx() -> Licensing:
    # It reads the whole list of licences.
    return get_spdx_licensing()


def page(known: list[Licence]) -> str:
    """The document with these licences in its table."""
    head = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    rows = [f"| `{each.package}` | {each.expression} |" for each in known]
    return "\n".join([head + BEGIN, "|---|---|", *rows]) + "\n"


def main() -> int:
    """Writes the document; gives 1 when a licence is not allowed."""
    known = list(licences())
    PAGE.write_text(page(known), encoding="utf-8")
    refused = [each for each in known if not is_allowed(each.expression)]
    for each in refused:
        print(f"{each.package}: {each.expression} is not among the licences of supply/licences.py", file=sys.stderr)
    print(f"{PAGE.relative_to(PROJECT)} has the licences of {len(known)} packages.")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
