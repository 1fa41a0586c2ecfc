"""`khen serve` as a process: it answers, and a signal ends it in order."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

pytestmark = pytest.mark.unmeasured

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "extra"),
    [
        (signal.SIGINT, ()),
        (signal.SIGTERM, ("--web-only",)),
        pytest.param(signal.SIGTERM, (), marks=pytest.mark.long),
        pytest.param(signal.SIGINT, ("--web-only",), marks=pytest.mark.long),
    ],
)
def test_it_answers_until_a_signal_and_then_ends_in_order(
    tmp_path: Path, number: signal.Signals, extra: tuple[str, ...]
) -> None:
    port = free_port()
    config = tmp_path / "config.toml"
    config.write_text(f'[web]\nport = {port}\nbase_url = "http://127.0.0.1:{port}"\n', encoding="utf-8")
    khen = [sys.executable, "-m", "workflow", "--config", str(config)]
    subprocess.run([*khen, "db", "upgrade"], cwd=ROOT, check=True, capture_output=True)
    with subprocess.Popen(
        [*khen, "serve", *extra], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            assert answered(f"http://127.0.0.1:{port}/song") == {"status": "ok"}
        finally:
            process.send_signal(number)
            said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said.decode()
    assert "Traceback" not in said.decode()


def answered(address: str) -> object:
    for _ in range(100):
        try:
            return httpx2.get(address).json()
        except httpx2.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"nobody answers at {address}")
