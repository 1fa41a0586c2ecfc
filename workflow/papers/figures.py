"""Counts, ratios, rules and times as papers write them. Whole numbers in, Vietnamese text out."""

from __future__ import annotations

from datetime import date, time

from definitions.flow import VoteRule
from workflow.domain.vietnamese import long_date, nfc
from workflow.domain.votes import hundredths

OPEN = "\u00a0" * 5
"""Room for a pen. No-break spaces: others would be folded into one."""

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def number_text(number: int) -> str:
    """`1114` → `1.114`."""
    return f"{number:,}".replace(",", ".")


def percent_text(yes: int, base: int, rule: VoteRule) -> str:
    """The ratio in percent with two digits, as `79,55%`; "" of nothing. What is shown never crosses the threshold."""
    if base <= 0:
        return ""
    shown = hundredths(rule, yes, base)
    return f"{shown // 100},{shown % 100:02d}%"


_MEMBERS = {
    "council": "thành viên Hội đồng",
    "standing_members": "thành viên Thường trực Hội đồng",
    "unit_council": "thành viên Hội đồng",
    "cluster": "đơn vị thành viên",
}


def rule_text(rule: VoteRule) -> str:
    """When a line passes: `Đạt khi có từ 80% trở lên tổng số thành viên Hội đồng đồng ý`."""
    share = f"{rule.share[0]}/{rule.share[1]}" if rule.share else f"{rule.percent}%"
    enough = f"trên {share}" if rule.strict else f"từ {share} trở lên"
    parts = [f"Đạt khi có {enough} {_base_text(rule)} đồng ý"]
    if rule.chair_must_agree:
        parts.append("trong đó có Chủ tịch Hội đồng")
    if rule.quorum:
        who = "có mặt" if rule.quorum_counts == "present" else "tham gia"
        parts.append(f"với ít nhất {rule.quorum[0]}/{rule.quorum[1]} tổng số {_MEMBERS[rule.body]} {who}")
    if rule.can_tie and rule.tie == "chair_decides":
        parts.append("khi ngang phiếu thì Chủ tịch Hội đồng quyết định")
    return ", ".join(parts)


def _base_text(rule: VoteRule) -> str:
    if rule.base == "cast":
        return "số phiếu đã bỏ"
    members = _MEMBERS[rule.body]
    base = f"tổng số {members}" if rule.base == "all_members" else f"số {members} tham gia"
    return base + (" (không tính người không tham gia biểu quyết)" if rule.recusal == "leaves_base" else "")


def verdict_text(passed: bool, reason_codes: tuple[str, ...]) -> str:
    """`Đạt`, `Không đạt`, and why where the ratio alone does not tell."""
    if passed:
        return "Đạt"
    why = [
        words
        for code, words in (("quorum", "không đủ số thành viên tham gia"), ("chair", "Chủ tịch Hội đồng không đồng ý"))
        if code in reason_codes
    ]
    return f"Không đạt ({'; '.join(why)})" if why else "Không đạt"


# ── days and times ───────────────────────────────────────────────────────────────────────────────


def day_text(day: date | None, year: int | None = None) -> str:
    """`ngày 05 tháng 01 năm 2026`; with room for the pen where the day is not known yet."""
    if day is not None:
        return long_date(day)
    return f"ngày{OPEN}tháng{OPEN}năm {year if year is not None else OPEN}"


def time_text(at: time | None) -> str:
    """`08 giờ 30`, `14 giờ 00`; with room for the pen where nobody gave one."""
    return f"{OPEN}giờ{OPEN}" if at is None else f"{at.hour:02d} giờ {at.minute:02d}"


def weekday_text(day: date) -> str:
    return WEEKDAYS[day.weekday()]


def number_line(symbol: str, number: int | None) -> str:
    """`Số: 07/TTr-VTĐKT`; numbers below ten have a nought; room for the pen where none is given yet."""
    if not symbol:
        return ""
    return f"Số: {f'{number:02d}' if number is not None else OPEN}/{nfc(symbol)}"


def roman(number: int) -> str:
    """`4` → `IV`: how the parts of a list are numbered."""
    signs = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
    text = ""
    for value, sign in signs:
        text += sign * (number // value)
        number %= value
    return text
