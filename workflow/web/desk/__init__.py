"""Submissions as the secretary and a unit work with them: upload, check, mend, accept, and what is to do next."""

from __future__ import annotations

from workflow.services.paper_batches import MOST_FILES
from workflow.web.desk import checking, many_papers, overview, single, steps, uploading
from workflow.web.routing import MEGABYTE, Entry, NavItem, Room

_MANY = (many_papers.MOST_MEGABYTES + 2) * MEGABYTE

ROOM = Room(
    "workflow.web.desk",
    (
        Entry("/to-trinh", "submissions", "submission.list", get=overview.listed),
        Entry("/to-trinh/moi", "list.new", "submission.import", get=uploading.ask_for_file, post=uploading.take,
              slow=True, upload=True),
        Entry("/to-trinh/mau", "list.template", "submission.import", get=uploading.template, slow=True),
        Entry("/to-trinh/de-cu", "single.new", "submission.import", get=single.blank, post=single.take),
        Entry("/to-trinh/nhap/{draft}", "list.check", "submission.import", get=checking.show, post=checking.mend,
              slow=True),
        Entry("/to-trinh/nhap/{draft}/nhan", "list.accept", "submission.import", post=checking.accept, slow=True),
        Entry("/to-trinh/nhap/{draft}/bo", "list.drop", "submission.import", post=checking.drop),
        Entry("/to-trinh/nhap/{draft}/tep-loi", "list.errors", "submission.import", get=checking.workbook, slow=True),
        Entry("/to-trinh/{number:int}", "submission.show", "submission.list", get=overview.show),
        Entry("/to-trinh/{number:int}/giay-to", "submission.attach", "nomination.attach", post=overview.attach,
              slow=True, upload=True),
        Entry("/to-trinh/{number:int}/nhieu-giay-to", "papers.new", "nomination.attach", get=many_papers.ask_for_files,
              post=many_papers.take, slow=True, max_body=_MANY, max_files=MOST_FILES),
        Entry("/to-trinh/{number:int}/nhieu-giay-to/{batch}", "papers.check", "nomination.attach",
              get=many_papers.show, post=many_papers.put, slow=True),
        Entry("/to-trinh/{number:int}/giay-to/{paper:int}", "submission.paper", "submission.list",
              get=overview.paper),
        Entry("/to-trinh/{number:int}/bien-nhan", "submission.receipt", "submission.list", get=overview.receipt),
        Entry("/to-trinh/{number:int}/viec/{step}", "submission.step", "nomination.act", get=steps.ask_for_fields,
              post=steps.take, slow=True),
        Entry("/to-trinh/{number:int}/viec/{step}/{prepared}", "submission.prepared", "nomination.act",
              get=steps.show, post=steps.perform, slow=True),
    ),
    (NavItem("submissions", "desk.nav", 30, "submission.list"),),
)  # fmt: skip
