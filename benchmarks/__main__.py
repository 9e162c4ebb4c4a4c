"""``python -m benchmarks [NAME…]``: measure, and print one JSON object a line."""

from __future__ import annotations

import argparse

from benchmarks import bursts, decision, e2e, engines, figures, library_scale, noise, retrieval

MEASURES = {
    "e2e": e2e.main,
    "decision": decision.main,
    "noise": noise.main,
    "retrieval": retrieval.main,
    "engines": engines.main,
    "library_scale": library_scale.main,
    "bursts": bursts.main,
    "figures": figures.main,
}


def main() -> None:
    """Run the measures that were named, or all of them."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="、".join(MEASURES))
    names = parser.parse_args().names or list(MEASURES)
    if unknown := set(names) - set(MEASURES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
    for name in names:
        MEASURES[name]()


if __name__ == "__main__":
    main()
