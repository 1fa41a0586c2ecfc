"""Settings: what wins, what is refused and where, and that a secret shows nowhere."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from definitions.messages import package_catalogue
from workflow.settings import Settings, SettingsRefused, load_settings

SECRET = "m4t-kh4u-b1-m4t"


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str = "", **environ: str) -> list[tuple[str, str]]:
    """(place without folder, code) of everything refused; empty when the settings are taken."""
    write(folder, text)
    try:
        load_settings(None, environ, folder)
    except SettingsRefused as refused:
        for fault in refused.faults:
            assert fault.sentence("vi") != fault.sentence("en")
        return [(fault.place.replace(f"{folder}/", ""), fault.code) for fault in refused.faults]
    return []


def test_everything_has_a_default_and_by_default_no_mail_leaves(tmp_path: Path) -> None:
    settings = load_settings(None, {}, tmp_path)
    assert settings.database.url == f"sqlite:///{tmp_path}/var/khen.db"
    assert settings.files.folder == tmp_path / "var/files"
    assert settings.mail.mode == "hold"
    assert settings.origins == {}


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    path = write(tmp_path, '[mail]\nhost = "relay.bo.gov.vn"\nport = 2525\n')
    settings = load_settings(None, {"KHEN_MAIL_PORT": "25", "HOME": "/root"}, tmp_path)
    assert (settings.mail.host, settings.mail.port, settings.mail.tls) == ("relay.bo.gov.vn", 25, "starttls")
    assert settings.origins == {"mail.host": str(path), "mail.port": "KHEN_MAIL_PORT"}


def test_a_value_equal_to_the_default_still_counts_as_given(tmp_path: Path) -> None:
    write(tmp_path, "[desk]\nflood_guard = 50\n")
    assert list(load_settings(None, {}, tmp_path).origins) == ["desk.flood_guard"]


def test_a_file_may_be_named_by_the_caller_or_by_the_environment(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    path = write(tmp_path / "there", '[language]\ndefault = "en"\n[files]\nfolder = "papers"\n')
    for asked, environ in ((path, {}), (Path("there/config.toml"), {}), (None, {"KHEN_CONFIG": str(path)})):
        settings = load_settings(asked, environ, tmp_path)
        assert settings.language.default == "en"
        assert settings.files.folder == tmp_path / "there" / "papers"


def test_a_named_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused) as refused:
        load_settings(Path("nowhere.toml"), {}, tmp_path)
    assert [fault.code for fault in refused.value.faults] == ["settings.unreadable"]


@pytest.mark.attack("S84")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[mail]\nhots = 1", [("config.toml:2", "settings.unknown")]),
        ("[mial]\nhost = 1", [("config.toml:1", "settings.unknown")]),
        ("mail = 1", [("config.toml:1", "settings.no_table")]),
        ('[mail]\n\nport = "25"', [("config.toml:3", "settings.type")]),
        ("[mail]\nport = true", [("config.toml:2", "settings.type")]),
        ("[mail]\nport = 25.0", [("config.toml:2", "settings.type")]),
        ("[mail]\nport = 0", [("config.toml:2", "settings.range")]),
        ("[mail]\nhost = 7", [("config.toml:2", "settings.type")]),
        ("[scheduler]\ndigest_hour = 24", [("config.toml:2", "settings.range")]),
        ("[mail]\ngive_up_hours = 71", [("config.toml:2", "settings.range")]),
        ('[mail]\ntls = "opportunistic"', [("config.toml:2", "settings.choice")]),
        ('[mail]\nsender_address = "Ban <a@b.vn>"', [("config.toml:2", "settings.address")]),
        ('[mail]\ntrial_addresses = "a@b.vn"', [("config.toml:2", "settings.type")]),
        ('[mail]\ntrial_addresses = ["a@b.vn", "@"]', [("config.toml:2", "settings.address")]),
        ('[mail]\nmode = "send"', [("config.toml:1", "settings.sender_missing")]),
        ('[mail]\nmode = "trial"\nsender_address = "a@b.vn"', [("config.toml:1", "settings.trial_empty")]),
        ('[mail]\nuser = "x"\ntls = "none"\nhost = "relay"', [("config.toml:1", "settings.password_in_clear")]),
        ('[mail]\npassword = "x"', [("config.toml:2", "settings.secret_in_file")]),
        ('[database]\nurl = "mysql://x"', [("config.toml:2", "settings.database")]),
        ('[database]\nurl = "sqlite://"', [("config.toml:2", "settings.database")]),
        ('[database]\nurl = "postgresql+psycopg://u:p@h/d"', [("config.toml:2", "settings.secret_in_address")]),
        ('[sign_in]\nrequire_second_factor_roles = ["admin", "boss"]', [("config.toml:2", "settings.role")]),
        ("[sign_in]\npassword_length = 7", [("config.toml:2", "settings.range")]),
        ('[oidc]\nissuer = "http://sso.bo.gov.vn"', [("config.toml:2", "settings.type")]),
        ('[oidc]\nissuer = "https://sso.bo.gov.vn"', [("config.toml:1", "settings.oidc_half")]),
        ('[oidc]\nclient_secret = "x"', [("config.toml:2", "settings.secret_in_file")]),
        ("[mail\nport = 25", [("config.toml:1", "problem.toml_syntax")]),
        ("[mail]\nhost = 'a'\nhost = 'b'", [("config.toml:3", "problem.duplicate_key")]),
    ],
)
def test_a_fault_in_the_file_is_named_with_its_line(tmp_path: Path, text: str, expected: list[Any]) -> None:
    assert faults(tmp_path, text) == expected


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, "[mail]\nport = 0\nhots = 1\n[desk]\nflood_guard = 'x'\n", KHEN_MAIL_LANES="17")
    assert sorted(found) == [
        ("KHEN_MAIL_LANES", "settings.range"),
        ("config.toml:2", "settings.range"),
        ("config.toml:3", "settings.unknown"),
        ("config.toml:5", "settings.type"),
    ]


def test_an_unknown_name_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "[mail]\nsender_adress = 'a@b.vn'\n")
    with pytest.raises(SettingsRefused) as refused:
        load_settings(None, {"KHEN_MAIL_PASWORD": "x"}, tmp_path)
    said = [fault.sentence("vi") for fault in refused.value.faults]
    assert said == [
        f"{tmp_path}/config.toml:2: không có mục cấu hình “mail.sender_adress”. Có phải là “sender_address”?",
        "KHEN_MAIL_PASWORD: không có mục cấu hình “KHEN_MAIL_PASWORD”. Có phải là “KHEN_MAIL_PASSWORD”?",
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("KHEN_MAIL_PORT", "25x", "settings.type"),
        ("KHEN_MAIL_PORT", "", "settings.type"),
        ("KHEN_MAIL_MODE", "sned", "settings.choice"),
        ("KHEN_MAIL_TRIAL_ADDRESSES", "a@b.vn, nobody", "settings.address"),
        ("KHEN_DATABASE_URL", "postgresql+psycopg://u:p@h/d", "settings.secret_in_address"),
        ("KHEN_DEBUG", "1", "settings.unknown"),
    ],
)
def test_a_fault_in_the_environment_is_named_with_its_variable(
    tmp_path: Path, name: str, value: str, code: str
) -> None:
    assert faults(tmp_path, **{name: value}) == [(name, code)]


def test_lists_in_the_environment_are_separated_by_commas(tmp_path: Path) -> None:
    settings = load_settings(None, {"KHEN_MAIL_TRIAL_ADDRESSES": "a@B.vn, @Bo.gov.vn"}, tmp_path)
    assert settings.mail.trial_addresses == ("a@b.vn", "@bo.gov.vn")


def test_the_port_follows_the_encryption_unless_given(tmp_path: Path) -> None:
    ports = [
        load_settings(None, {"KHEN_MAIL_TLS": tls, **more}, tmp_path).mail.effective_port
        for tls, more in (("starttls", {}), ("tls", {}), ("none", {}), ("none", {"KHEN_MAIL_PORT": "1025"}))
    ]
    assert ports == [587, 465, 25, 1025]


def secret_file(tmp_path: Path, mode: int, text: str = SECRET + "\n") -> str:
    path = tmp_path / "secret"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_secret_may_lie_in_a_file_that_only_we_read(tmp_path: Path, mode: int) -> None:
    settings = load_settings(None, {"KHEN_MAIL_PASSWORD_FILE": secret_file(tmp_path, mode)}, tmp_path)
    assert settings.mail.password is not None
    assert settings.mail.password.get_secret_value() == SECRET


@pytest.mark.attack("S84")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    found = faults(tmp_path, KHEN_MAIL_PASSWORD_FILE=secret_file(tmp_path, mode))
    assert found == [("KHEN_MAIL_PASSWORD_FILE", "settings.secret_file_open")]


@pytest.mark.attack("S83")
@pytest.mark.parametrize("place", ["config.toml", "flows", "flows/mine.toml", "files"])
def test_s83_what_every_account_of_the_machine_could_change_is_not_obeyed(tmp_path: Path, place: str) -> None:
    text = '[definitions]\nfolder = "flows"\n[files]\nfolder = "files"\n'
    write(tmp_path, text)
    (tmp_path / "flows").mkdir(mode=0o775)
    (tmp_path / "files").mkdir(mode=0o755)
    (tmp_path / "flows" / "mine.toml").write_text("", encoding="utf-8")
    assert faults(tmp_path, text) == []
    before = (tmp_path / place).stat().st_mode
    (tmp_path / place).chmod(before | 0o002)
    assert faults(tmp_path, text) == [(place, "settings.written_by_all")]
    (tmp_path / place).chmod(before)
    (tmp_path / "flows").chmod(0o1777)
    assert faults(tmp_path, text) == []


def test_a_credential_of_systemd_is_taken_with_the_mode_it_shows(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    path = secret_file(tmp_path / "credentials", 0o440)
    environ = {"KHEN_MAIL_PASSWORD_FILE": path, "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    assert load_settings(None, environ, tmp_path).mail.password is not None
    elsewhere = {**environ, "CREDENTIALS_DIRECTORY": str(tmp_path / "other")}
    assert faults(tmp_path, **elsewhere) == [("KHEN_MAIL_PASSWORD_FILE", "settings.secret_file_open")]


def test_a_secret_given_twice_or_not_there_is_refused(tmp_path: Path) -> None:
    path = secret_file(tmp_path, 0o600)
    twice = faults(tmp_path, KHEN_MAIL_PASSWORD="x", KHEN_MAIL_PASSWORD_FILE=path)
    assert twice == [("KHEN_MAIL_PASSWORD_FILE", "settings.secret_twice")]
    missing = faults(tmp_path, KHEN_DATABASE_PASSWORD_FILE=path + "x")
    assert missing == [("KHEN_DATABASE_PASSWORD_FILE", "settings.unreadable")]


def test_only_secrets_may_come_from_a_file(tmp_path: Path) -> None:
    assert faults(tmp_path, KHEN_MAIL_HOST_FILE="x") == [("KHEN_MAIL_HOST_FILE", "settings.unknown")]


@pytest.mark.attack("S84")
def test_a_secret_shows_nowhere(tmp_path: Path) -> None:
    environ = {"KHEN_MAIL_PASSWORD": SECRET, "KHEN_DATABASE_PASSWORD": SECRET}
    write(tmp_path, '[database]\nurl = "postgresql+psycopg://khen@db/khen"\n')
    settings = load_settings(None, environ, tmp_path)
    address = settings.database.address
    assert address.password == SECRET
    shown = [repr(settings), str(settings), settings.model_dump_json(), repr(settings.origins), str(address)]
    assert all(SECRET not in text for text in shown)


@pytest.mark.attack("S84")
def test_a_refusal_never_repeats_a_value(tmp_path: Path) -> None:
    """A password typed under a wrong name must not end in a log."""
    write(
        tmp_path, f'[mail]\nport = "{SECRET}"\nsender_address = "{SECRET}"\npassword = "{SECRET}"\ntls = "{SECRET}"\n'
    )
    with pytest.raises(SettingsRefused) as refused:
        load_settings(None, {"KHEN_DATABASE_URL": f"postgresql+psycopg://u:{SECRET}@h/d"}, tmp_path)
    assert len(refused.value.faults) == 5
    assert SECRET not in str(refused.value) + repr(refused.value.faults)


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load_settings(None, {}, tmp_path)
    with pytest.raises(ValidationError):
        settings.mail.mode = "send"  # type: ignore[misc]


def test_settings_reach_a_worker_process_unchanged(tmp_path: Path) -> None:
    settings = load_settings(None, {"KHEN_MAIL_PASSWORD": SECRET}, tmp_path)
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert isinstance(settings, Settings)


def test_every_refusal_has_its_words() -> None:
    catalogue = package_catalogue("workflow")
    codes = "unknown nearest no_table type choice range address database secret_in_address secret_in_file"
    codes += " secret_file_open written_by_all secret_twice unreadable sender_missing trial_empty password_in_clear"
    codes += " role oidc_half"
    assert all(f"settings.{code}" in catalogue for code in codes.split())
