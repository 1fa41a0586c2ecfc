"""In which capacity somebody signs (Nghị định 30/2020/NĐ-CP): in his own right, or for whoever is named.

`KT. BỘ TRƯỞNG` is signed by a deputy, `TL. BỘ TRƯỞNG` by order, `TUQ. BỘ TRƯỞNG` by special authority, `TM. HỘI ĐỒNG`
for a body, `Q. CỤC TRƯỞNG` by an acting head. Whoever signs for another signs with his own post below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

FOR_ANOTHER = ("KT.", "TL.", "TUQ.")
KNOWN = (*FOR_ANOTHER, "TM.", "Q.")
LONGEST = {"signer": 200, "capacity": 40, "post": 120}
"""Letters of each of them."""
_BEGINS = re.compile(r"\A\s*([A-ZĐ]{1,4})\s*\.\s*(.*)", re.DOTALL)


def parts(capacity: str) -> tuple[str, str]:
    """The abbreviation with its full stop, "" for none, and whom it names: `("KT.", "BỘ TRƯỞNG")`."""
    found = _BEGINS.match(capacity)
    words = " ".join((found[2] if found else capacity).split())
    return (f"{found[1]}." if found else "", words)


def written(capacity: str) -> str:
    """As it is printed: `KT. BỘ TRƯỞNG`, with one blank."""
    return " ".join(each for each in parts(capacity) if each)


def problem(decision: Mapping[str, Any]) -> str:
    """What is wrong with how a decision says who signed it, as a code; "" for nothing.

    `decision_capacity`: an abbreviation that there is not, or nobody named behind one; `decision_signer`,
    `decision_post`: who signs for another is named, with his own post.
    """
    for name, longest in LONGEST.items():
        value = decision.get(name) or ""
        if not isinstance(value, str) or len(value) > longest:
            return f"decision_{name}"
    short, principal = parts(decision.get("capacity") or "")
    if short and (short not in KNOWN or not principal):
        return "decision_capacity"
    if short not in FOR_ANOTHER:
        return ""
    if not (decision.get("signer") or "").strip():
        return "decision_signer"
    return "" if (decision.get("post") or "").strip() else "decision_post"
