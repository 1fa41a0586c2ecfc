"""Every setting there is: its name, kind, limits and default. Reads no file and no environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError
from sqlalchemy import URL

from definitions.vocabulary import ROLES
from notifications.addresses import parse
from notifications.errors import AddressRefused
from workflow.storage.database import parse_url
from workflow.storage.errors import WrongSettings

if TYPE_CHECKING:
    from workflow.papers.shapes import House

PREFIX = "KHEN_"


def _path(value: Any, info: ValidationInfo) -> Any:
    folder: Path = (info.context or {}).get("folder", Path())
    return (folder / Path(value).expanduser()).absolute() if isinstance(value, (str, Path)) else value


def _address(value: Any) -> Any:
    if not isinstance(value, str) or not value:
        return value
    try:
        return parse(value)
    except AddressRefused as error:
        raise PydanticCustomError("address", "address") from error


def _trial(value: Any) -> Any:
    """An address, or `@domain` for every mailbox of one."""
    if isinstance(value, str) and value.startswith("@"):
        return "@" + _address("someone" + value).partition("@")[2]
    return _address(value)


def _database(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    try:
        url = parse_url(value)
    except WrongSettings as error:
        raise PydanticCustomError("database", "database") from error
    if url.password is not None:
        raise PydanticCustomError("secret_in_address", "secret", {"variable": "KHEN_DATABASE_PASSWORD"})
    if url.get_backend_name() == "sqlite":
        url = url.set(database=str(_path(url.database, info)))
    return url.render_as_string(hide_password=False)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _role(value: Any) -> Any:
    if isinstance(value, str) and value not in ROLES:
        raise PydanticCustomError("role", "role", {"role": value})
    return value


File = Annotated[Path, BeforeValidator(_path)]
Address = Annotated[str, BeforeValidator(_address)]
TrialAddresses = Annotated[tuple[Annotated[str, BeforeValidator(_trial)], ...], BeforeValidator(_tuple)]
Roles = Annotated[tuple[Annotated[str, BeforeValidator(_role)], ...], BeforeValidator(_tuple)]
DatabaseUrl = Annotated[str, BeforeValidator(_database)]
Whole = Annotated[int, Field(strict=True)]


class _Section(BaseModel):
    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", validate_default=True, hide_input_in_errors=True
    )


class DatabaseSettings(_Section):
    """Where the tables are."""

    url: DatabaseUrl = "sqlite:///var/khen.db"
    password: SecretStr | None = None
    pool_size: Annotated[Whole, Field(ge=1, le=100)] = 5
    busy_seconds: Annotated[Whole, Field(ge=1, le=300)] = 10

    @property
    def address(self) -> URL:
        """The address with its password, for `open_engine` alone."""
        url = parse_url(self.url)
        return url.set(password=self.password.get_secret_value()) if self.password else url


class FilesSettings(_Section):
    """Where papers are kept under their digest."""

    folder: File = Path("var/files")


class DefinitionsSettings(_Section):
    """Flow files of the house, beside those that ship."""

    folder: File | None = None


class CalendarSettings(_Section):
    """The house's own calendar file."""

    file: File | None = None


class LanguageSettings(_Section):
    """The language spoken when nobody asked for another."""

    default: Literal["vi", "en"] = "vi"


class MailSettings(_Section):
    """How mail leaves, in whose name, and whom a reader may ask. By default none leaves."""

    mode: Literal["send", "hold", "trial"] = "hold"
    trial_addresses: TrialAddresses = ()
    host: str = "localhost"
    port: Annotated[Whole, Field(ge=1, le=65535)] | None = None
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr | None = None
    sender_address: Address = ""
    sender_name: str = ""
    reply_to: Address = ""
    lanes: Annotated[Whole, Field(ge=1, le=16)] = 2
    give_up_hours: Annotated[Whole, Field(ge=72, le=240)] = 72
    contact_name: str = ""
    contact_email: Address = ""
    contact_phone: str = ""

    @model_validator(mode="after")
    def _whole(self) -> MailSettings:
        if self.mode != "hold" and not self.sender_address:
            raise PydanticCustomError("sender_missing", "sender", {"mode": self.mode})
        if self.mode == "trial" and not self.trial_addresses:
            raise PydanticCustomError("trial_empty", "trial")
        if self.user and self.tls == "none" and self.host not in {"localhost", "127.0.0.1", "::1"}:
            raise PydanticCustomError("password_in_clear", "clear", {"host": self.host})
        return self

    @property
    def effective_port(self) -> int:
        """The port given, or the usual one for the kind of encryption."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.tls]


class DeskSettings(_Section):
    """What the desk is asked about before it acts."""

    backdating_days: Annotated[Whole, Field(ge=0, le=365)] = 30
    flood_guard: Annotated[Whole, Field(ge=1, le=100_000)] = 50


class IntakeSettings(_Section):
    """Lists that units send."""

    synonyms: File | None = None
    max_rows: Annotated[Whole, Field(ge=1, le=100_000)] = 10_000


class PapersSettings(_Section):
    """Papers of the council and of signing: how bodies are named on them, and the house's own Word templates."""

    ministry: str = ""
    council: str = "Hội đồng Thi đua - Khen thưởng"
    office: str = ""
    place: str = "Hà Nội"
    ministry_symbol: str = ""
    office_symbol: str = ""
    templates: File | None = None

    @property
    def house(self) -> House:
        """How bodies are named on papers."""
        from workflow.papers.shapes import House  # late: most commands make no paper

        return House(self.ministry, self.council, self.office, self.place, self.ministry_symbol, self.office_symbol)


class SigningSettings(_Section):
    """What is asked of signed copies: certificates of the authorities that are trusted, as a file or a folder."""

    certificates: File | None = None


class WebSettings(_Section):
    """The pages: where they listen, under which address people know them, and how long a session lives."""

    host: str = "127.0.0.1"
    port: Annotated[Whole, Field(ge=1, le=65535)] = 8080
    base_url: Annotated[str, Field(pattern=r"^https?://[^/\s]+$")] = "http://127.0.0.1:8080"
    idle_minutes: Annotated[Whole, Field(ge=5, le=480)] = 30
    absolute_hours: Annotated[Whole, Field(ge=1, le=24)] = 12
    upload_megabytes: Annotated[Whole, Field(ge=1, le=200)] = 20
    trusted_proxies: Annotated[tuple[str, ...], BeforeValidator(_tuple)] = ()
    person_header: str = ""


class ProgramsSettings(_Section):
    """Other programs: which hosts a webhook may be sent to. By default none."""

    webhook_hosts: Annotated[tuple[str, ...], BeforeValidator(_tuple)] = ()


class SignInSettings(_Section):
    """What is asked of passwords, and who needs a second factor."""

    password_length: Annotated[Whole, Field(ge=8, le=64)] = 15
    require_second_factor_roles: Roles = (
        "secretariat", "secretariat_head", "council_secretary", "council_chair", "signer", "admin",
    )  # fmt: skip


class OidcSettings(_Section):
    """Signing in by the ministry's own identity provider (OpenID Connect); not used without an issuer."""

    issuer: Annotated[str, Field(pattern=r"^$|^https://\S+$|^http://(localhost|127\.0\.0\.1)(:\d+)?(/\S*)?$")] = ""
    client_id: str = ""
    client_secret: SecretStr | None = None
    name: str = ""
    link_by_email: Literal["no", "yes"] = "no"

    @model_validator(mode="after")
    def _whole(self) -> OidcSettings:
        if bool(self.issuer) != bool(self.client_id):
            raise PydanticCustomError("oidc_half", "half")
        return self


class SchedulerSettings(_Section):
    """The clock."""

    tick_seconds: Annotated[Whole, Field(ge=5, le=120)] = 30
    digest_hour: Annotated[Whole, Field(ge=0, le=23)] = 8


class Settings(_Section):
    """Everything that may be set. `origins` maps `section.key` to the file or variable that gave it."""

    database: DatabaseSettings
    files: FilesSettings
    definitions: DefinitionsSettings
    calendar: CalendarSettings
    language: LanguageSettings
    mail: MailSettings
    desk: DeskSettings
    intake: IntakeSettings
    papers: PapersSettings
    web: WebSettings
    programs: ProgramsSettings
    signing: SigningSettings
    sign_in: SignInSettings
    oidc: OidcSettings
    scheduler: SchedulerSettings
    origins: Mapping[str, str] = Field(default_factory=dict, repr=False, exclude=True)


SECTIONS: Mapping[str, type[_Section]] = MappingProxyType(
    {
        name: each.annotation
        for name, each in Settings.model_fields.items()
        if isinstance(each.annotation, type) and issubclass(each.annotation, _Section)
    }
)


def is_secret(section: str, key: str) -> bool:
    """Whether this key may never stand in a file that others read."""
    return "SecretStr" in str(SECTIONS[section].model_fields[key].annotation)


def keys() -> Iterator[tuple[str, str, FieldInfo]]:
    """Every (section, key, field) there is."""
    for section, model in SECTIONS.items():
        for key, each in model.model_fields.items():
            yield section, key, each


def variable(section: str, key: str) -> str:
    """The environment variable of a key."""
    return f"{PREFIX}{section}_{key}".upper()
