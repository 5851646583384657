"""`tides observed`: reads from a file which targets have spectra."""

import argparse

from tides.hooks.database import open_database
from tides.targets.csv_files import read_lines
from tides.targets.spectra import Spectrum, store_spectra


def run(args: argparse.Namespace) -> int:
    """Stores the file whole, or nothing of it."""
    # The whole file is checked before the database is opened.
    spectra = read_lines(args.file, Spectrum)
    with open_database("observed") as database:
        stored = store_spectra(database, args.file, spectra)
    print(f"{len(spectra)} spectra read, {stored} of them new or changed; the next run ends the requests that are done")
    return 0
