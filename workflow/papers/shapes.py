"""What each paper says: frozen values that services fill in, one class a paper. No wording, no layout, no I/O.

What holds for all of them:

* Text is plain text as it is to be read. Marks, quotes, braces and `<&>` in it are shown literally; line breaks
  become spaces. An empty text means "there is none": its line or column is left out.
* Days and times are local ones of Vietnam; papers name no zone. A day, time or number that is None is left open on
  the paper, for the clerk's pen.
* Bodies and posts are written as in a sentence ("Bộ Khoa học và Công nghệ", "Bộ trưởng"): the forms put into capitals
  what stands in capitals.
* Rows are printed in the order in which they come, under the numbers they carry. Whoever fills a list sorts it
  (`workflow.domain.vietnamese.sort_key`, `person_sort_key`).
* Counts come from the tally and its rule (`Count.of`), never from a percentage.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Literal, TypeAlias

from definitions.flow import VoteRule
from workflow.domain.facts import TallyFacts
from workflow.domain.votes import VoteResult, result

# ── what papers share ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Head:
    """The upper corner of a paper: who issues it, under which number, where and when.

    `superior` is the body above the issuing one, or "" where none is named (a ministry's own papers). `symbol` is what
    stands behind the number ("QĐ-BTTTT", "TTr-VTĐKT"); "" where the paper bears no number (a ballot). `year` is printed
    where the day is left open.
    """

    body: str
    superior: str = ""
    symbol: str = ""
    number: int | None = None
    place: str = "Hà Nội"
    day: date | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class House:
    """How the ministry and its bodies are named on papers (`[papers]` in the settings): heads are made from it.

    `ministry_symbol` and `office_symbol` stand behind numbers ("BKHCN", "TCCB"); "" leaves the kind of paper alone.
    """

    ministry: str
    council: str
    office: str
    place: str = "Hà Nội"
    ministry_symbol: str = ""
    office_symbol: str = ""

    def symbol(self, kind: str, body: str) -> str:
        """What stands behind the number of a paper of this kind: `TTr-TCCB`."""
        return f"{kind}-{body}" if body else kind

    def ministry_head(self, symbol: str, number: int | None = None, day: date | None = None) -> Head:
        return Head(self.ministry, "", symbol, number, self.place, day)

    def council_head(self, symbol: str = "", number: int | None = None, day: date | None = None) -> Head:
        return Head(self.council, self.ministry, symbol, number, self.place, day)

    def office_head(self, symbol: str, number: int | None = None, day: date | None = None) -> Head:
        return Head(self.office, self.ministry, symbol, number, self.place, day)


Capacity: TypeAlias = Literal["", "KT.", "TL.", "TUQ.", "TM.", "Q."]
"""In his own right; ký thay; thừa lệnh; thừa ủy quyền; thay mặt (a body that decides together); quyền."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs, and as what: `Signature("Bộ trưởng", "Nguyễn Văn A")`, or for somebody else
    `Signature("Thứ trưởng", "Trần Thị B", "KT.", "Bộ trưởng")`, `Signature("Chủ tịch", "…", "TM.", "Hội đồng")`.

    `office` is the post in the ministry that is named below the signature where a council uses the ministry's seal.
    """

    post: str
    name: str = ""
    capacity: Capacity = ""
    principal: str = ""
    office: str = ""


@dataclass(frozen=True, slots=True)
class AuditMark:
    """The head of the audit chain when the paper was made: number of its last entry, and the whole hash in hex.

    Printed as a short code and as a QR code, on minutes and decisions.
    """

    number: int
    head: str


@dataclass(frozen=True, slots=True)
class Line:
    """One nominee on a list. `number` is the row's number on this paper.

    `detail` is post and workplace of a person, the parent body of a collective; `unit` the unit that proposed it (left
    out where the list is of one unit); `citation` what is commended, word for word; `note` a remark of the desk.
    """

    number: int
    name: str
    detail: str = ""
    unit: str = ""
    citation: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one award (or of one kind of nominee) under one heading, such as "Bằng khen của Bộ trưởng"."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """The result of one line's vote: `tally` as it was counted and `vote`, what it means under `rule`."""

    tally: TallyFacts
    rule: VoteRule
    vote: VoteResult

    @classmethod
    def of(cls, rule: VoteRule, tally: TallyFacts) -> Count:
        return cls(tally, rule, result(rule, tally))


@dataclass(frozen=True, slots=True)
class CountedLine:
    """A line, and how it was voted on."""

    line: Line
    count: Count


@dataclass(frozen=True, slots=True)
class CountedGroup:
    """Lines of one award that were voted on under one rule. The rule is told once, above the table."""

    title: str
    rule: VoteRule
    lines: tuple[CountedLine, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the council as papers name him: "Ông Nguyễn Văn A", "Thứ trưởng", "Phó Chủ tịch Hội đồng"."""

    name: str
    post: str = ""
    role: str = ""


# ── before the session ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One item of a programme: when it begins, what it is, who is in charge."""

    begins: time | None
    text: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Agenda:
    """Programme of a session, and the list that is put before it (`chuong_trinh`).

    `session` reads like "Phiên họp thứ nhất năm 2026 của Hội đồng Thi đua - Khen thưởng Bộ". `make_up` are sentences on
    who is on the list, as they are read before the vote; `remarks` what the rules find of single lines.
    """

    head: Head
    session: str
    held_on: date
    begins: time | None
    venue: str
    chair: Member
    items: tuple[AgendaItem, ...]
    groups: tuple[Group, ...]
    signature: Signature | None = None
    make_up: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invitation:
    """Letter of invitation to a session (`giay_moi`), one for all who are invited or one for each.

    `invited` are the addressees as the letter names them. `answer_by` is the last day for an opinion in writing
    where the rule takes one, `contact` whom to ask. `uid` names the event in calendar files: the same for every
    sending of the same session, unlike any other (code of the session, "@", host). `changes` counts how often
    time or place were changed since the first sending; a session that is `cancelled` takes itself out of
    calendars.
    """

    head: Head
    session: str
    invited: tuple[str, ...]
    held_on: date
    begins: time | None
    ends: time | None
    venue: str
    chair: str
    content: tuple[str, ...]
    signature: Signature
    recipients: tuple[str, ...]
    answer_by: date | None = None
    contact: str = ""
    uid: str = ""
    changes: int = 0
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class BallotSheet:
    """A ballot paper (`phieu_bau`): every member gets the same one, so nothing on it can tell whose it is.

    It has no number, no code, no date of printing. `written` makes it the sheet by which absent members answer
    in writing until `answer_by`; it says so, and is otherwise the same.
    """

    head: Head
    session: str
    held_on: date
    groups: tuple[Group, ...]
    written: bool = False
    answer_by: date | None = None


# ── what happened there ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SheetCount:
    """Ballot papers, not votes: how many were given out, came back, and could be read. `written` came by letter."""

    issued: int
    returned: int
    valid: int
    invalid: int
    written: int = 0


@dataclass(frozen=True, slots=True)
class CountMinutes:
    """Minutes of the count (`bb_kiem_phieu`), signed by the counting team.

    `members` of the council in all, `present` in the room (without those who answered in writing), `written` answers,
    `recused` members who took no part in at least one line. `begins` and `ends` are of the count. `recounts` says which
    lines were counted anew since the two tellers did not say the same, and how often.
    """

    head: Head
    session: str
    held_on: date
    begins: time | None
    ends: time | None
    venue: str
    team: tuple[Member, ...]
    members: int
    present: int
    written: int
    recused: int
    sheets: SheetCount
    groups: tuple[CountedGroup, ...]
    audit: AuditMark | None = None
    recounts: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    """A member who did not come: the reason he gave ("" if none), and whether he answered in writing."""

    member: Member
    reason: str = ""
    wrote: bool = False


@dataclass(frozen=True, slots=True)
class Recusal:
    """A member who took no part in a vote: on which lines ("dòng 12, Cục Viễn thông"), and why."""

    member: str
    lines: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a member wants recorded: a dissent (bảo lưu ý kiến), on what, in his words."""

    member: str
    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class SessionMinutes:
    """Minutes of a session (`bb_hop`).

    `members` in all; `present` and `absences` name them; `guests` sat in without a vote. `quorum_needed` is None
    where no rule asks for one, `quorum_counted` how many counted for it. `course` is what was reported and discussed,
    a paragraph each; `chair_statement` what the chair stated for the minutes where a rule wants his agreement or his
    casting vote; `conclusion` a paragraph each. `in_writing`: nobody met, all were asked by letter; `held_on` is then
    the last day for answers.
    """

    head: Head
    session: str
    held_on: date
    begins: time | None
    ends: time | None
    venue: str
    chair: Member
    secretary: Member
    members: int
    present: tuple[Member, ...]
    absences: tuple[Absence, ...]
    quorum_needed: int | None
    quorum_counted: int
    course: tuple[str, ...]
    groups: tuple[CountedGroup, ...]
    conclusion: tuple[str, ...]
    recipients: tuple[str, ...]
    guests: tuple[Member, ...] = ()
    recusals: tuple[Recusal, ...] = ()
    dissents: tuple[Opinion, ...] = ()
    chair_statement: str = ""
    chair_signature: Signature | None = None
    in_writing: bool = False
    audit: AuditMark | None = None


# ── signing ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Proposal:
    """One award of a letter to the signer: its lines, and how the council voted on them where it did."""

    title: str
    lines: tuple[CountedLine, ...] | tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ProposalLetter:
    """The letter (`to_trinh`) by which the standing office asks the signer to decide, with its list.

    `subject` follows "Về việc" ("tặng Bằng khen của Bộ trưởng …"). `bases` are legal grounds without "Căn cứ"
    and without the closing mark. `paragraphs` report what was done; the last sentence, asking for the decision,
    is the template's.
    """

    head: Head
    subject: str
    addressee: str
    bases: tuple[str, ...]
    paragraphs: tuple[str, ...]
    proposals: tuple[Proposal, ...]
    signature: Signature
    recipients: tuple[str, ...]
    enclosures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionDraft:
    """The decision (`quyet_dinh`) with its annex, one award and one signer.

    `authority` is who decides ("Bộ trưởng Bộ Thông tin và Truyền thông"). `bases` without "Căn cứ"
    and closing mark; `proposed_by` follows "Theo đề nghị của" ("" leaves the line out). `articles` are the
    texts of Điều 1, 2, 3 without their numbers. `annex_title` heads the list; its groups are numbered in their
    order ("I. TẬP THỂ", "II. CÁ NHÂN") when there are several.
    """

    head: Head
    subject: str
    authority: str
    bases: tuple[str, ...]
    proposed_by: str
    articles: tuple[str, ...]
    signature: Signature
    recipients: tuple[str, ...]
    annex_title: str
    annex: tuple[Group, ...]
    audit: AuditMark | None = None


@dataclass(frozen=True, slots=True)
class DecisionRef:
    """A decision that was issued, as later papers refer to it: "15/QĐ-BTTTT", its day, by whom ("Bộ trưởng Bộ …")."""

    full_number: str
    issued_on: date
    authority: str
    subject: str = ""


# ── after the decision ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ResultLine:
    """What became of one line of the unit that reads the notice.

    `outcome` is the released word ("Được tặng", "Không được khen thưởng"); `ground` the reason that may be told
    to the unit. Counts, ranks and other units have no place here.
    """

    line: Line
    award: str
    outcome: str
    decision: DecisionRef | None = None
    ground: str = ""


@dataclass(frozen=True, slots=True)
class ResultNotice:
    """Notice of results to one unit (`thong_bao`): its own lines only."""

    head: Head
    subject: str
    addressee: str
    letter: str
    lines: tuple[ResultLine, ...]
    paragraphs: tuple[str, ...]
    signature: Signature
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extract:
    """Extract of a decision (`trich_luc`) for those it names: Article 1 and their lines, as the annex numbers them."""

    head: Head
    decision: DecisionRef
    article: str
    groups: tuple[Group, ...]
    signature: Signature
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """The words printed on one certificate, one page each.

    `authority` stands above ("Bộ trưởng Bộ …"), `verb` is "Tặng" or "Truy tặng", `award` the name of the award.
    `register_number` is the number in the golden book ("" if there is none yet).
    """

    authority: str
    verb: str
    award: str
    name: str
    detail: str
    citation: str
    decision: DecisionRef
    place: str
    day: date | None
    signature: Signature
    register_number: str = ""


@dataclass(frozen=True, slots=True)
class Certificates:
    """Certificates of one decision (`bang_khen`), to be printed at once."""

    pages: tuple[Certificate, ...]


Paper: TypeAlias = (
    Agenda | Invitation | BallotSheet | CountMinutes | SessionMinutes | ProposalLetter | DecisionDraft
    | ResultNotice | Extract | Certificates
)  # fmt: skip
