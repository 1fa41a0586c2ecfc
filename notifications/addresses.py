"""One plain mail address, or a reason why it is not one. Never asks the network."""

from __future__ import annotations

from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from notifications.errors import AddressRefused

LONGEST = 254


@lru_cache(maxsize=16384)
def parse(address: str) -> str:
    """The address in its one spelling: domain in lower case and in ASCII. Raises `AddressRefused`.

    Refuses a display name (`"a@b" <evil@e>` would be delivered to evil), two recipients, comments,
    quoted or non-ASCII local parts, address literals, control characters and more than 254
    characters. Whether the mailbox exists is the server's to say.
    """
    if not address.strip():
        raise AddressRefused("address_missing")
    if not address.isprintable() or address != address.strip():
        raise AddressRefused("address_characters", address=_shown(address))
    if len(address) > LONGEST:
        raise AddressRefused("address_too_long", address=_shown(address), longest=LONGEST)
    try:
        found = validate_email(
            address,
            allow_smtputf8=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
            allow_display_name=False,
            check_deliverability=False,
        )
    except EmailNotValidError as error:
        raise AddressRefused("address_invalid", address=_shown(address)) from error
    if found.ascii_email is None or "%" in found.local_part:
        raise AddressRefused("address_invalid", address=_shown(address))
    return found.ascii_email


def _shown(address: str) -> str:
    """At most 80 printable characters of what was given, for a message or a row."""
    return "".join(letter if letter.isprintable() else "�" for letter in address)[:80]
