"""Every word that pages say: the frame's catalogue and each room's, side by side. No code stands in two of them."""

from __future__ import annotations

from functools import cache

from definitions.messages import Catalogue, package_catalogue


@cache
def gathered(*packages: str) -> Catalogue:
    """One catalogue of all these packages. Raises ValueError for a code that two of them have."""
    found: dict[str, dict[str, str]] = {}
    for package in packages:
        catalogue = package_catalogue(package)
        twice = sorted(code for code in catalogue if code in found)
        if twice:
            raise ValueError(f"{package} says again: {', '.join(twice)}")
        found.update({code: dict(catalogue.sentences[code]) for code in catalogue})
    return Catalogue(found)
