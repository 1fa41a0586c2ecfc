"""The log: one line an entry, and no value that stood beside a fault."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
import structlog

from workflow import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    structlog.reset_defaults()


@pytest.mark.attack("S43")
def test_a_line_feed_in_a_value_begins_no_second_entry(written: io.StringIO) -> None:
    structlog.get_logger().warning("refused", login="a@b.example\n{'event': 'signed in'}\x1b[31m")
    (line,) = written.getvalue().splitlines()
    assert json.loads(line)["login"].startswith("a@b.example\n")
    assert "\x1b" not in line


def test_a_fault_is_told_without_the_values_around_it(written: io.StringIO) -> None:
    password = "-".join(["rất", "bí", "mật"])
    try:
        raise ValueError(f"something of {len(password)} letters")
    except ValueError:
        structlog.get_logger().error("fault", exc_info=True)
    assert "ValueError: something of 10 letters" in written.getvalue()
    assert password not in written.getvalue()
