"""config.toml and KHEN_… variables → one frozen `Settings`, or every fault at once with its place.

Order: defaults < file < environment. A secret comes from the environment, or from a file that only the
service may read (`…_FILE`), never from config.toml, and shows in no repr. `Settings.origins` tells which
keys were given and where; a key left out is not one set to its default.
"""

from workflow.settings.faults import Fault, SettingsRefused
from workflow.settings.model import (
    SECTIONS,
    CalendarSettings,
    DatabaseSettings,
    DefinitionsSettings,
    DeskSettings,
    FilesSettings,
    IntakeSettings,
    LanguageSettings,
    MailSettings,
    OidcSettings,
    SchedulerSettings,
    Settings,
    SignInSettings,
    is_secret,
    keys,
    variable,
)
from workflow.settings.reading import load_settings

__all__ = [
    "SECTIONS", "CalendarSettings", "DatabaseSettings", "DefinitionsSettings", "DeskSettings", "Fault",
    "FilesSettings", "IntakeSettings", "LanguageSettings", "MailSettings", "OidcSettings", "SchedulerSettings",
    "Settings", "SettingsRefused", "SignInSettings", "is_secret", "keys", "load_settings", "variable",
]  # fmt: skip
