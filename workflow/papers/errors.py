"""What can be wrong with a paper's template, as codes and parameters. Sentences are in `messages.toml`."""

from __future__ import annotations

from typing import Any


class PaperFault(ValueError):
    """One fault of a template or of what was asked for; nothing was made. `code` and `params` name the sentence."""

    def __init__(self, code: str, /, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


class TemplateFaults(ValueError):
    """Everything that is wrong with one template, in the order in which it stands there."""

    def __init__(self, faults: tuple[PaperFault, ...]) -> None:
        super().__init__("; ".join(f"{each.code} {each.params}" for each in faults))
        self.faults = faults
