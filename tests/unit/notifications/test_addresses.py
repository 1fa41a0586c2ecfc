"""Only one plain address is an address."""

from __future__ import annotations

import pytest

from notifications.addresses import parse
from notifications.errors import AddressRefused


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("vanthu@cvt.gov.vn", "vanthu@cvt.gov.vn"),
        ("Van.Thu+tdkt@CVT.Gov.VN", "Van.Thu+tdkt@cvt.gov.vn"),
        ("o'brien@bo.example", "o'brien@bo.example"),
        ("vt@Máy-Chủ.vn", "vt@" + "máy-chủ".encode("idna").decode() + ".vn"),
    ],
)
def test_a_plain_address_is_kept_in_one_spelling(given: str, kept: str) -> None:
    assert parse(given) == kept


@pytest.mark.attack("S52", "S53", "S54")
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "address_missing"),
        ("   ", "address_missing"),
        ("a@bo.gov.vn\r\nRCPT TO:<evil@e.vn>", "address_characters"),
        ("a@bo.gov.vn\n", "address_characters"),
        (" a@bo.gov.vn", "address_characters"),
        ("a\u2028@bo.gov.vn", "address_characters"),
        ("a\x00@bo.gov.vn", "address_characters"),
        ("a\u202e@bo.gov.vn", "address_characters"),
        ("a@bo.gov.vn, evil@e.vn", "address_invalid"),
        ("a@bo.gov.vn;evil@e.vn", "address_invalid"),
        ('"alice@bo.gov.vn" <evil@e.vn>', "address_invalid"),
        ("Alice <evil@e.vn>", "address_invalid"),
        ("<evil@e.vn>", "address_invalid"),
        ("alice@bo.gov.vn@evil.vn", "address_invalid"),
        ("alice(comment)@bo.gov.vn", "address_invalid"),
        ('"alice bob"@bo.gov.vn', "address_invalid"),
        ("@relay.vn:alice@bo.gov.vn", "address_invalid"),
        ("alice%bo.gov.vn@evil.vn", "address_invalid"),
        ("alice@[10.0.0.1]", "address_invalid"),
        ("đỗ@bo.gov.vn", "address_invalid"),
        ("alice", "address_invalid"),
        ("alice@", "address_invalid"),
        ("a@-x.vn", "address_invalid"),
        ("a" * 250 + "@bo.gov.vn", "address_too_long"),
    ],
)
def test_whatever_could_become_another_recipient_is_refused(given: str, code: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        parse(given)
    assert refused.value.code == code
    assert all(str(value).isprintable() for value in refused.value.params.values())
