"""A form that was sent and is shown again: what was typed is kept, every mistake is told at once and at its field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from workflow.web.asking import Typed


@dataclass(slots=True)
class Form:
    """What stands in the fields, and what is wrong with them. `errors` maps a field's name (its id) to a sentence."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, typed: Typed, names: Iterable[str]) -> Form:
        """The fields of these names as they were sent."""
        return cls({name: typed.get(name) for name in names})

    @classmethod
    def filled(cls, values: Mapping[str, object]) -> Form:
        return cls({name: "" if value is None else str(value) for name, value in values.items()})

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def wrong(self, name: str, sentence: str) -> None:
        """Something is the matter with this field; the first mistake told about a field stays."""
        self.errors.setdefault(name, sentence)

    @property
    def is_right(self) -> bool:
        return not self.errors

    @property
    def summary(self) -> list[dict[str, str]]:
        """The mistakes as the summary at the top of the page lists them, each a link to its field."""
        return [{"text": sentence, "href": f"#{name}"} for name, sentence in self.errors.items()]
