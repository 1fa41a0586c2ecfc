"""Points as they are shown. Everything that is reckoned with them stays an exact fraction."""

from __future__ import annotations

from fractions import Fraction


def hundredths(value: Fraction) -> int:
    """A number of points to two digits, half up: 85.665 is 8567. `value` is never negative."""
    return int(value * 100 + Fraction(1, 2))
