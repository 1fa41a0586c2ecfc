"""What can go wrong with a mail, as a small tree. Each error has a code of the message catalogue.

    NotificationError
    ├── AddressRefused      not one plain address
    ├── TemplateRefused     a template cannot be read or rendered
    ├── SettingsRefused     the mail settings contradict themselves or are unsafe
    ├── UnknownMail         there is no such mail
    ├── NotResendable       this mail is still on its way
    ├── NotEditable         this mail is not held, so its words are not to be changed
    ├── NotDiscardable      this mail is neither held nor failed
    └── DeliveryError       a server's answer, or its absence; `kind` says what it means

`error.<code>` in messages.toml is the sentence for people; `params` are its plain values.
"""

from __future__ import annotations

from typing import Literal

DeliveryKind = Literal["temporary", "permanent", "configuration", "lane", "unknown"]


class NotificationError(Exception):
    """Something about a mail cannot be done. Nothing was lost; the row, if any, says so."""

    def __init__(self, code: str, /, **params: str | int) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({details})" if details else self.code


class AddressRefused(NotificationError):
    """Not one plain address: no display name, no second recipient, no control character."""


class TemplateRefused(NotificationError):
    """A template is missing, cannot be read, or does not render with this context."""


class SettingsRefused(NotificationError):
    """The mail settings contradict themselves or would send a password in clear."""


class UnknownMail(NotificationError):
    """There is no mail with this number."""


class NotResendable(NotificationError):
    """A mail that is still on its way is not sent a second time by hand."""


class NotEditable(NotificationError):
    """Only a mail that is held gets other words: any other may be leaving right now, or has left."""


class NotDiscardable(NotificationError):
    """Only a mail that is held or failed is put aside by hand."""


class DeliveryError(Exception):
    """A mail was not handed over, or nobody knows whether it was.

    `kind`: `temporary` try this mail again later; `permanent` never again unchanged;
    `configuration` our settings are wrong, so stop the whole queue before it burns attempts;
    `lane` the connection failed before this mail had its turn; `unknown` the mail's last dot was
    sent and no answer came. `code` is the server's (0 where there was none), `text` its words,
    cleaned. `stage` is the SMTP command that failed. `reason` is a word of the catalogue: of
    `mail_reason` for a permanent one, of `queue_reason` for a configuration.
    """

    def __init__(self, kind: DeliveryKind, code: int, text: str, *, stage: str = "", reason: str = "refused") -> None:
        super().__init__(kind, code, text)
        self.kind: DeliveryKind = kind
        self.code = code
        self.text = text
        self.stage = stage
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.kind} at {self.stage or 'send'}: {self.code} {self.text}"
