"""Builds the component: python build.py OUTPUT [WIT]

WIT is the folder or file of the contract, for who has copied this example out of the repository.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import componentize_py

HERE = Path(__file__).resolve().parent
SOURCES = ["tariff.py", "rules.py"]


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python build.py OUTPUT [WIT]")
    output = Path(sys.argv[1]).resolve()
    wit = Path(sys.argv[2]) if len(sys.argv) == 3 else HERE / "../../wit/0.1.0"
    # From a copy: the build runs the program once, and Python would leave its cache beside what it reads.
    with tempfile.TemporaryDirectory() as copy:
        for source in SOURCES:
            shutil.copy(HERE / source, copy)
        # The host offers a tariff nothing: no clock, no files, no output. `--stub-wasi` takes the imports out; whatever
        # still calls one of them stops.
        sys.argv = [
            "componentize-py", "--wit-path", str(wit), "--world", "tariff", "--quiet",
            "componentize", "--stub-wasi", "--python-path", copy, "--output", str(output), "tariff",
        ]
        componentize_py.script()
    print(f"{output.name}: {output.stat().st_size} bytes")


main()
