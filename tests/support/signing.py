"""Signed PDFs for tests: an authority of their own, people with certificates, drafts, signatures, and tampering."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import typst
from asn1crypto import keys, x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner, fields
from pyhanko_certvalidator.registry import SimpleCertificateStore

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
UNTIL = datetime(2040, 1, 1, tzinfo=UTC)


@cache
def _font_words() -> str:
    return '#set text(font: "Libertinus Serif", size: 12pt)\n'


def pdf(*lines: str) -> bytes:
    """A PDF of one page that says these lines."""
    text = _font_words() + "\n\n".join(f"#text({_quoted(each)})" for each in lines)
    made: bytes = typst.compile(text.encode(), format="pdf")
    return made


def _quoted(line: str) -> str:
    return '"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"'


def decision_pdf(number: str, day: str, *names: str) -> bytes:
    """A decision as its paper reads: `number` like 1201/QĐ-BKHCN, `day` like “ngày 10 tháng 12 năm 2026”."""
    return pdf("BỘ KHOA HỌC VÀ CÔNG NGHỆ", f"Số: {number}", f"Hà Nội, {day}", "QUYẾT ĐỊNH",
               "Căn cứ Nghị định số 152/2025/NĐ-CP ngày 14 tháng 6 năm 2025;", *names)  # fmt: skip


@dataclass
class Authority:
    """An authority that certifies people; `certificate` is what a house would be told to trust."""

    name: str = "Cục Chứng thực thử"
    until: datetime = UNTIL
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        subject = _subject(self.name, "Ban Cơ yếu thử")
        self._own = _built(subject, subject, self._key.public_key(), self._key, self.until, ca=True)

    @property
    def certificate(self) -> bytes:
        return self._own.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self._own.public_bytes(serialization.Encoding.PEM)

    def signer(
        self, name: str, organisation: str = "Bộ Khoa học và Công nghệ", until: datetime = UNTIL
    ) -> SimpleSigner:
        """Somebody who can sign."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _built(_subject(name, organisation), self._own.subject, key.public_key(), self._key, until)
        store = SimpleCertificateStore()
        store.register(asn1_x509.Certificate.load(self.certificate))
        return SimpleSigner(
            signing_cert=asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
            signing_key=keys.PrivateKeyInfo.load(
                key.private_bytes(
                    serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            ),
            cert_registry=store,
        )  # fmt: skip


def _subject(name: str, organisation: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
                      x509.NameAttribute(NameOID.COMMON_NAME, name)])  # fmt: skip


def _built(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, key: ec.EllipticCurvePrivateKey,
    until: datetime, *, ca: bool = False,
) -> x509.Certificate:  # fmt: skip
    usage = x509.KeyUsage(
        digital_signature=not ca, content_commitment=not ca, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(SINCE).not_valid_after(until)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())


def signed(content: bytes, *signers: SimpleSigner) -> bytes:
    """This PDF with a signature of each, one after the other, as signing tools do it: by adding, never by changing."""
    for signer in signers:
        writer = IncrementalPdfFileWriter(io.BytesIO(content))
        name = f"Chu_ky_{content.count(b'/ByteRange') + 1}"
        fields.append_signature_field(writer, fields.SigFieldSpec(name, box=(300, 100, 500, 160), on_page=0))
        made = PdfSigner(PdfSignatureMetadata(field_name=name), signer=signer).sign_pdf(writer)
        content = made.getvalue()
    return content


def added_to(content: bytes, words: str = "Nguyễn Thị Thêm") -> bytes:
    """The same with something written over its first page afterwards, by adding to the file."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.generic import pdf_name

    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    page = writer.root["/Pages"]["/Kids"][0]
    text = f"BT /F1 12 Tf 50 700 Td ({words.encode('ascii', 'replace').decode()}) Tj ET".encode()
    stream = writer.add_object(generic.StreamObject(stream_data=text))
    old = page.raw_get("/Contents")
    page[pdf_name("/Contents")] = generic.ArrayObject([old, stream])
    writer.update_container(page)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def flipped(content: bytes) -> bytes:
    """The same with one byte inside of what was signed turned over."""
    place = content.index(b"/MediaBox") + 12
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


__all__ = ["SINCE", "UNTIL", "Authority", "added_to", "decision_pdf", "flipped", "pdf", "signed", "timedelta"]
