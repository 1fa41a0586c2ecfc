"""One pass over the outbox: claim, render, send over a few kept connections, record. Then it is over.

The order is the promise. An attempt is committed before the server hears of the mail, the answer
right after it and before anything else is said on that connection; no transaction is open while a
server talks. So no mail is lost, and one arrives twice only if a crash or a cut falls between the
server's 250 and our commit: once more per crash, with the same Message-ID.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from sqlalchemy import Connection, Engine

from notifications import building, claims, outbox, overview
from notifications.errors import AddressRefused, DeliveryError, SettingsRefused, TemplateRefused
from notifications.mail import Claim, Expired, Failed, HandedOver, Later, Outcome, RenderedMail, Uncertain
from notifications.recording import Recorder
from notifications.rendering import Renderer
from notifications.retrying import RetryPlan, after_failure
from notifications.smtp import SmtpLane, SmtpSettings
from notifications.words import sentence

Mode = Literal["send", "hold", "trial"]
MODES: tuple[Mode, ...] = ("send", "hold", "trial")
HELD_BY_TRIAL = "trial"
LOOK_UP = 0.2  # seconds between two questions whether to stop
NO_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """How a worker works through the outbox.

    A `lease` is renewed for as long as its worker lives, however slow the server; after a crash it
    is what others wait for. `grace` is how long a stop waits for answers before it leaves mails in
    doubt. `trial_addresses` (or `@domain`) are the ones that get mail in trial mode. `owner` is the
    name of a worker that is alone to have it, or nothing.
    """

    mode: Mode = "send"
    lanes: int = 4
    batch: int = 32
    lease: timedelta = timedelta(minutes=10)
    grace: timedelta = timedelta(seconds=8)
    plan: RetryPlan = field(default_factory=RetryPlan)
    trial_addresses: tuple[str, ...] = ()
    owner: str = ""

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise SettingsRefused("mode_unknown", mode=self.mode)
        if self.mode == "trial" and not self.trial_addresses:
            raise SettingsRefused("unsafe_trial")


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one pass did. `stopped` says why it ended early, if it did; `detail` is the server's word."""

    handed_over: int = 0
    later: int = 0
    failed: int = 0
    expired: int = 0
    unknown: int = 0
    returned: int = 0
    held: int = 0
    rescued: int = 0
    refused_late: int = 0
    stopped: Literal["", "paused", "lane", "configuration", "stop", "waiting", "mode"] = ""
    detail: str = ""

    @property
    def attempted(self) -> int:
        """Mails that a server heard of."""
        return self.handed_over + self.later + self.failed + self.expired + self.unknown


class _LaneLost(Exception):
    """This connection is of no use any more; the mail in hand went back."""


class Delivery:
    """A mail worker. `deliver` makes one pass; call it again and again, from one thread.

    `clock` is the machine's (leases and back-off follow it), an aware instant. `owner` names this
    worker in leases; a worker that starts under a fixed name takes its own leases back at once, so
    no two may run under one name. `renderer` is asked at the beginning of each pass, so that changed words are
    taken up without a restart.
    """

    def __init__(
        self,
        engine: Engine,
        smtp: SmtpSettings,
        settings: DeliverySettings,
        *,
        renderer: Callable[[Connection], Renderer],
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._smtp = smtp
        self._settings = settings
        self._renderer_of = renderer
        self._clock = clock
        self._owner = settings.owner or f"{socket.gethostname()[:50]}:{secrets.token_hex(6)}"
        self._own_leases_are_old = bool(settings.owner)

    def deliver(
        self,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int], None] = lambda _: None,
        limit: int | None = None,
    ) -> DeliveryReport:
        """Send what is due, until nothing is (or `limit` mails were claimed). Commits on its own.

        `stop` is asked several times a second; when it says True, mails not yet offered go back,
        those under way get `grace` to be answered. `progress` gets the number of mails handed over.
        Raises only what the database raises; every mail then keeps a lease that `rescue` ends.
        """
        with self._engine.begin() as connection:
            report = self._prepare(connection)
            renderer = self._renderer_of(connection) if not report.stopped else None
        if renderer is None:
            return report
        with ThreadPoolExecutor(1, thread_name_prefix="outbox") as thread:
            recorder = Recorder(self._engine, thread)
            current = _Pass(recorder, self._smtp, self._settings, renderer, self._clock, self._owner)
            return asyncio.run(current.run(report, stop, progress, limit))

    def _prepare(self, connection: Connection) -> DeliveryReport:
        """Set the outbox right before anything is claimed, and see whether anything may be."""
        now, settings = self._clock(), self._settings
        owner = self._owner if self._own_leases_are_old else None
        self._own_leases_are_old = False
        rescued = claims.rescue(
            connection,
            now,
            unknown_wait=settings.plan.unknown_wait,
            unknown_resends=settings.plan.unknown_resends,
            owner=owner,
        )
        expired = claims.expire(connection, now)
        report = DeliveryReport(rescued=sum(rescued), expired=expired)
        if settings.mode == "hold":
            held = claims.hold_back(connection, outbox.HELD_BY_MODE)
            return replace(report, held=held, stopped="mode")
        if settings.mode == "trial":
            held = claims.hold_back(connection, HELD_BY_TRIAL, allowed=settings.trial_addresses)
            report = replace(report, held=held)
        queue = overview.queue_of(connection)
        if queue.paused_at is not None:
            return replace(report, stopped="paused", detail=queue.reason)
        if queue.retry_at is not None and queue.retry_at > now:
            return replace(report, stopped="waiting", detail=queue.lane_detail)
        return report


class _Pass:
    """One pass: some lanes that take claimed mails from one pile until there are none."""

    def __init__(
        self,
        recorder: Recorder,
        smtp: SmtpSettings,
        settings: DeliverySettings,
        renderer: Renderer,
        clock: Callable[[], datetime],
        owner: str,
    ) -> None:
        self._recorder = recorder
        self._smtp = smtp
        self._settings = settings
        self._renderer = renderer
        self._clock = clock
        self._owner = owner
        self._pile: deque[Claim] = deque()
        self._refill = asyncio.Lock()
        self._in_hand: dict[int, Claim] = {}
        self._left = 0
        self._ended = False
        self._lost: list[str] = []
        self._counts: Counter[str] = Counter()
        self._report = DeliveryReport()
        self._progress: Callable[[int], None] = lambda _: None

    async def run(
        self, report: DeliveryReport, stop: Callable[[], bool], progress: Callable[[int], None], limit: int | None
    ) -> DeliveryReport:
        self._report, self._progress = report, progress
        self._left = limit if limit is not None else NO_LIMIT
        heart = asyncio.create_task(self._keep_leases())
        lanes = [asyncio.create_task(self._lane()) for _ in range(self._settings.lanes)]
        try:
            await self._watch(lanes, stop)
        except asyncio.CancelledError:
            await self._break_off(lanes)
            raise
        finally:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)
            await self._recorder.settle()
        errors = [error for lane in lanes if (error := lane.exception()) is not None]
        if errors:
            raise errors[0]
        await self._recorder.do(self._finish)
        return self._total()

    async def _watch(self, lanes: list[asyncio.Task[None]], stop: Callable[[], bool]) -> None:
        """Wait for the lanes; after `stop`, for `grace` and no longer."""
        loop = asyncio.get_running_loop()
        pending, patience = set(lanes), float("inf")
        while pending:
            _, pending = await asyncio.wait(pending, timeout=LOOK_UP)
            if not self._ended and stop():
                self._end("stop")
                patience = loop.time() + self._settings.grace.total_seconds()
            if loop.time() > patience:
                await self._break_off(pending)
                return

    async def _break_off(self, lanes: Iterable[asyncio.Task[None]]) -> None:
        """Hang up, and let each lane write down how far its mail was."""
        self._ended = True
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._settings.lease.total_seconds() / 4)
            until = self._clock() + self._settings.lease
            await self._recorder.do(partial(claims.renew, mails=tuple(self._in_hand), owner=self._owner, until=until))

    def _end(self, why: Literal["stop", "configuration", "paused"], detail: str = "") -> None:
        """No mail is begun after this."""
        self._ended = True
        self._report = replace(self._report, stopped=why, detail=detail)

    def _finish(self, connection: Connection) -> None:
        """What is left on the pile goes back; the queue remembers whether a server was there."""
        now = self._clock()
        self._counts["returned"] += claims.give_back(connection, tuple(self._pile), now)
        if self._counts["handed_over"]:
            outbox.lane_worked(connection, now)
        if len(self._lost) < self._settings.lanes or self._ended:
            return
        # Every lane was lost, so the rest waits. A server that took mails a moment ago is asked again at once.
        self._report = replace(self._report, stopped="lane", detail=self._lost[-1])
        if not self._counts["handed_over"]:
            failures = overview.queue_of(connection).failures + 1
            outbox.lane_failed(connection, now + self._settings.plan.lane_wait(failures), self._lost[-1])

    def _total(self) -> DeliveryReport:
        counts, before = self._counts, self._report
        return replace(
            before,
            handed_over=counts["handed_over"],
            later=counts["later"],
            failed=counts["failed"],
            expired=before.expired + counts["expired"],
            unknown=counts["unknown"],
            returned=counts["returned"],
            held=before.held + counts["held"],
            refused_late=counts["refused_late"],
        )

    # ── one lane ────────────────────────────────────────────────────────────────────────────────

    async def _lane(self) -> None:
        lane = SmtpLane(self._smtp)
        try:
            while (taken := await self._next()) is not None:
                await self._handle(lane, taken)
        except asyncio.CancelledError:
            lane.abandon()
        except _LaneLost as lost:
            self._lost.append(str(lost))
        except BaseException:
            self._ended = True  # the database fails: no lane begins another mail
            raise
        finally:
            await lane.close()

    async def _next(self) -> Claim | None:
        """The next mail, from the pile or out of the outbox. None: this pass is over."""
        async with self._refill:
            if not self._pile and self._left > 0 and not self._ended:
                found = await self._recorder.do(self._claim)
                self._left = self._left - len(found) if found else 0
                self._pile.extend(found)
            return self._pile.popleft() if self._pile and not self._ended else None

    def _claim(self, connection: Connection) -> list[Claim]:
        """What may leave now: a pause or a mail to nobody on the list may have come since the pass began."""
        now, settings = self._clock(), self._settings
        if overview.queue_of(connection).paused_at is not None:
            self._end("paused")
            return []
        if settings.mode == "trial":
            self._counts["held"] += claims.hold_back(connection, HELD_BY_TRIAL, allowed=settings.trial_addresses)
        limit = min(settings.batch, self._left)
        found = claims.claim(connection, now=now, limit=limit, lease=settings.lease, owner=self._owner)
        self._in_hand.update((taken.mail_id, taken) for taken in found)
        return found

    async def _handle(self, lane: SmtpLane, taken: Claim) -> None:
        """Take one mail as far as it goes, and write down how far that was."""
        try:
            rendered, message = self._write(taken)
        except (TemplateRefused, AddressRefused) as error:
            await self._record(
                taken, Failed("template" if isinstance(error, TemplateRefused) else error.code, 0, str(error))
            )
            return
        try:
            # Before the offer: a server that cannot be reached costs the mail nothing.
            await lane.connect()
            if not await self._offer(taken, rendered):
                self._in_hand.pop(taken.mail_id, None)
                self._counts["refused_late"] += 1
                return
            receipt = await lane.send(message, self._smtp.sender.address, taken.address)
        except DeliveryError as error:
            await self._failed(taken, error)
        except asyncio.CancelledError:
            await self._record(taken, self._broken_off(lane, taken))
            raise
        else:
            await self._record(taken, HandedOver(receipt))

    def _write(self, taken: Claim) -> tuple[RenderedMail, bytes]:
        rendered = taken.frozen or self._renderer.render(
            taken.template, taken.language, taken.context, taken.lines, recipient=taken.name, why=taken.why
        )
        again = sentence("again", rendered.language)
        if taken.resend_of is not None and not rendered.subject.startswith(again):
            rendered = replace(rendered, subject=again + rendered.subject)
        message = building.build(
            rendered,
            self._smtp.sender,
            address=taken.address,
            name=taken.name,
            message_id=taken.message_id,
            thread_id=taken.thread_id,
            date=taken.queued_at,
            calendar=str(taken.context.get("calendar") or ""),
        )
        return rendered, message

    async def _offer(self, taken: Claim, rendered: RenderedMail) -> bool:
        now, lease = self._clock(), self._settings.lease
        return await self._recorder.do(
            lambda connection: claims.offer(connection, taken, rendered, now=now, lease=lease)
        )

    async def _failed(self, taken: Claim, error: DeliveryError) -> None:
        """Record what a failure means for the mail, then what it means for the lane and the queue."""
        outcome = after_failure(
            error,
            self._settings.plan,
            attempts=taken.attempts + 1,
            unknowns=taken.unknowns,
            queued_at=taken.queued_at,
            useless_after=taken.useless_after,
            now=self._clock(),
        )
        await self._record(taken, outcome)
        said = f"{error.stage}: {error.code or ''} {error.text}".replace(":  ", ": ")
        if error.kind == "configuration":
            pause = partial(outbox.pause, now=self._clock(), reason=error.reason, by=self._owner, detail=said)
            self._end("configuration", said)
            await self._recorder.do(pause)
        elif error.kind == "lane":
            raise _LaneLost(said)

    def _broken_off(self, lane: SmtpLane, taken: Claim) -> Outcome:
        """What becomes of a mail whose conversation we broke off ourselves."""
        if not lane.may_have_left:
            return Later(self._clock(), 0, "stopped", attempted=False)
        plan = self._settings.plan
        again = self._clock() + plan.unknown_wait if taken.unknowns < plan.unknown_resends else None
        return Uncertain(again, 0, "stopped while waiting for the answer")

    async def _record(self, taken: Claim, outcome: Outcome) -> None:
        now = self._clock()
        kept = await self._recorder.do(lambda connection: claims.record(connection, taken, outcome, now))
        self._in_hand.pop(taken.mail_id, None)
        if not kept:
            self._counts["refused_late"] += 1
            return
        self._counts[_column(outcome)] += 1
        if isinstance(outcome, HandedOver):
            self._progress(self._counts["handed_over"])


def _column(outcome: Outcome) -> str:
    """Which number of the report this outcome counts in."""
    match outcome:
        case HandedOver():
            return "handed_over"
        case Later(attempted=attempted):
            return "later" if attempted else "returned"
        case Failed():
            return "failed"
        case Expired():
            return "expired"
        case Uncertain():
            return "unknown"
