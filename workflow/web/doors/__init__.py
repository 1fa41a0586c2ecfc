"""The doors: signing in and out, one's own account, and the people of a rehearsal."""

from __future__ import annotations

from workflow.services.accounts import INVITE_PATH, RESET_PATH
from workflow.web.doors import account, links, proving, rehearsing, signing, sso
from workflow.web.routing import Entry, Room

SMALL = 16 * 1024
"""Bytes of a form with nothing but a login and passwords in it."""

ROOM = Room(
    "workflow.web.doors",
    (
        # What compares or makes passwords waits in the slow queue, so that two hundred at once hold up no page.
        Entry("/dang-nhap", "sign_in", "sign_in", get=signing.show),
        Entry("/dang-nhap", "sign_in.check", "sign_in", post=signing.check, slow=True, max_body=SMALL),
        Entry("/dang-nhap/ma", "sign_in.code", "sign_in", get=signing.show_code, post=signing.check_code,
              max_body=SMALL),
        Entry("/dang-nhap/sso", "sign_in.sso", "sign_in", get=sso.leave, slow=True),
        Entry("/dang-nhap/sso/ve", "sign_in.sso.back", "sign_in", get=sso.come_back, slow=True),
        Entry("/dang-xuat", "sign_out", "account", post=signing.sign_out, max_body=SMALL),
        Entry("/quen-mat-khau", "forgotten", "sign_in", get=links.forgotten, post=links.ask_for_reset, max_body=SMALL),
        Entry(INVITE_PATH + "{token}", "invitation", "sign_in", get=links.show_invitation),
        Entry(INVITE_PATH + "{token}", "invitation.accept", "sign_in", post=links.accept, slow=True, max_body=SMALL),
        Entry(RESET_PATH + "{token}", "reset", "sign_in", get=links.show_reset),
        Entry(RESET_PATH + "{token}", "reset.choose", "sign_in", post=links.choose, slow=True, max_body=SMALL),
        Entry("/tai-khoan", "account", "account", get=account.show),
        Entry("/tai-khoan/mat-khau", "account.password", "account", get=account.show_password),
        Entry("/tai-khoan/mat-khau", "account.password.change", "account", post=account.change_password, slow=True,
              max_body=SMALL),
        Entry("/tai-khoan/ma-xac-thuc", "account.second_factor", "account", get=account.show_second_factor,
              post=account.confirm_second_factor, max_body=SMALL),
        Entry("/tai-khoan/ma-xac-thuc/tao-ma", "account.second_factor.begin", "account",
              post=account.begin_second_factor, max_body=SMALL),
        Entry("/tai-khoan/ma-xac-thuc/bo", "account.second_factor.remove", "account",
              post=account.remove_second_factor, max_body=SMALL),
        Entry("/tai-khoan/ma-xac-thuc/du-phong", "account.codes", "account", post=account.renew_codes, max_body=SMALL),
        Entry("/tai-khoan/phien", "account.sessions.end", "account", post=account.end_sessions, max_body=SMALL),
        Entry("/tai-khoan/ngon-ngu", "account.language", "account", post=account.speak, max_body=SMALL),
        Entry("/xac-nhan-lai", "prove", "account", get=proving.show),
        Entry("/xac-nhan-lai", "prove.check", "account", post=proving.check, slow=True, max_body=SMALL),
        Entry("/vua-nhap/{token}", "kept", "account", get=proving.show_kept, post=proving.discard_kept, max_body=SMALL),
        Entry("/dien-tap", "demo.people", "demo", get=rehearsing.show, post=rehearsing.be, max_body=SMALL),
    ),
)  # fmt: skip
