"""What runs by itself: delivering mail and the clock's jobs, put together out of the settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from notifications.building import Sender
from notifications.delivery import Delivery, DeliveryReport, DeliverySettings
from notifications.retrying import RetryPlan
from notifications.smtp import SmtpSettings
from workflow.bootstrap import App, with_calendar
from workflow.outgoing import send
from workflow.scheduler import Clock, Every, Job
from workflow.services import appraisal_mails, reminders, session_mails
from workflow.services.mail_texts import Renderers
from workflow.settings import Settings


def smtp_settings(settings: Settings) -> SmtpSettings:
    """How to reach the relay. Raises `notifications.errors.SettingsRefused`."""
    mail = settings.mail
    return SmtpSettings(
        host=mail.host,
        sender=Sender(mail.sender_address or "khen@khen.example", mail.sender_name, mail.reply_to),
        port=mail.effective_port,
        tls=mail.tls,
        user=mail.user,
        password=mail.password.get_secret_value() if mail.password else "",
    )


def delivery(app: App, clock: Callable[[], datetime], *, smtp: SmtpSettings | None = None, mode: str = "") -> Delivery:
    """A mail worker of this application. `clock` gives the instant that due times are held against."""
    mail = app.settings.mail
    return Delivery(
        app.engine,
        smtp or smtp_settings(app.settings),
        DeliverySettings(
            mode=mode or mail.mode,  # type: ignore[arg-type]
            lanes=mail.lanes,
            plan=RetryPlan(lifetime=timedelta(hours=mail.give_up_hours)),
            trial_addresses=mail.trial_addresses,
        ),
        renderer=Renderers(),
        clock=clock,
    )


def deliver_once(app: App) -> DeliveryReport:
    """One pass over the outbox, now."""
    return delivery(app, app.now).deliver()


def clock_of(app: App, worker: Delivery, said: Callable[[str], None] = lambda text: None) -> Clock:
    """The scheduler with every job of a worker: reminders, delivery, webhooks."""
    settings = app.settings.scheduler

    def tick(now: datetime) -> None:
        report = reminders.sweep(with_calendar(app).desk, now, stop=lambda: clock.stopping)
        if report.reminders or report.escalations:
            said(f"sweep {report.reminders}+{report.escalations}")
        asked = session_mails.remind(app.desk, now)
        if asked:
            said(f"council {asked}")
        scoring = appraisal_mails.remind(app.desk, now)
        if scoring:
            said(f"appraisal {scoring}")

    def deliver(now: datetime) -> None:
        report = worker.deliver(stop=lambda: clock.stopping)
        if report.handed_over or report.failed:
            said(f"mail {report.handed_over}/{report.failed}")

    def tell(_now: datetime) -> None:
        taken = send(app.desk, machine_now, stop=lambda: clock.stopping)
        if taken:
            said(f"webhook {taken}")

    clock = Clock(
        app.engine,
        (
            Job("sweep", Every(settings.tick_seconds), tick),
            Job("deliver", Every(5), deliver, alone=False),
            Job("tell", Every(10), tell, alone=False),
        ),
        app.now,
    )
    return clock


def machine_now() -> datetime:
    return datetime.now(UTC)


__all__ = ["clock_of", "deliver_once", "delivery", "machine_now", "smtp_settings"]
