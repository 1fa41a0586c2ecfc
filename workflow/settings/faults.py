"""What is wrong with a setting: its place, a code with parameters, and the sentence for people. Finds nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from definitions.messages import package_catalogue


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: where (`config.toml:12` or a variable), its code and parameters in a package's catalogue."""

    place: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    package: str = "workflow"

    def sentence(self, language: str = "vi") -> str:
        """Place and what to do."""
        catalogue = package_catalogue(self.package)
        said = catalogue.say(self.code, language, **self.params)
        if self.params.get("nearest"):
            said += " " + catalogue.say("settings.nearest", language, **self.params)
        return f"{self.place}: {said}"


class SettingsRefused(Exception):  # nothing broke: the settings are refused
    """The settings cannot be used. Carries every fault, never the first alone; no value is repeated in them."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(fault.sentence("en") for fault in faults))
