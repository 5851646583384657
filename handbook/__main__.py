"""`python -m handbook FOLDER`: builds the site anew into `FOLDER/html`, and says where it begins."""

import argparse
import shutil
import sys
from pathlib import Path

from handbook.dags import parsed
from handbook.reference import reference
from handbook.site import Broken, build
from handbook.source import gather


def main(arguments: list[str] | None = None) -> int:
    """Builds it; 1 when a page or a link is broken."""
    parser = argparse.ArgumentParser(prog="python -m handbook", description=__doc__)
    parser.add_argument("folder", type=Path, help="gets `source` and `html`, both made anew")
    folder = parser.parse_args(arguments).folder
    source, out = folder / "source", folder / "html"
    for each in (source, out):
        shutil.rmtree(each, ignore_errors=True)
    source.mkdir(parents=True)
    documents = gather(source, reference(parsed()))
    try:
        build(source, out)
    except Broken as broken:
        print(broken, file=sys.stderr)
        return 1
    print(f"{len(documents)} documents and the reference: open {out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
