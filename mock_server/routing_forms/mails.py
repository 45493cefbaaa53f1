"""Tells users about new responses to a routing form, as the form's settings say.

Source: Cal.com API v2, routing forms: settings.
"""

from __future__ import annotations

from typing import Any

import msgspec

from mock_server.identity.model import USERS
from mock_server.routing_forms.fields import readable
from mock_server.routing_forms.model import RoutingForm, RoutingFormResponse
from mock_server.routing_forms.submission import Submission
from mock_server.runtime.json_values import is_list
from mock_server.runtime.outbox import Content, Message, post
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import membership_of
from mock_server.teams.model import MEMBERSHIPS


def post_new_response(tx: Transaction, submission: Submission, response: RoutingFormResponse) -> None:
    """Posts an e-mail about a response to each user whom the form's settings name."""
    form = submission.form
    recipients = [tx[USERS].require(each) for each in _recipients(tx, form)]
    if recipients:
        content = _content(submission)
        message = Message(
            to="",
            kind="formResponse",
            content=content,
            about={"formId": form.id, "responseId": response.id},
            size=len(content.text),
        )
        post(tx, [msgspec.structs.replace(message, to=each.email) for each in recipients])


def _recipients(tx: Transaction, form: RoutingForm) -> list[int]:
    """The owner with `emailOwnerOnSubmission`, and of a team all members or those of `sendUpdatesTo`."""
    settings: dict[str, Any] = form.settings or {}
    ids = [form.user_id] if settings.get("emailOwnerOnSubmission") else []
    if form.team_id is not None:
        ids += _members(tx, form.team_id, settings)
    return list(dict.fromkeys(ids))


def _members(tx: Transaction, team_id: int, settings: dict[str, Any]) -> list[int]:
    if settings.get("sendToAll"):
        return [each.user_id for each in tx[MEMBERSHIPS].find(team_id=team_id, accepted=True)]
    chosen = settings.get("sendUpdatesTo")
    memberships = [membership_of(tx, each, team_id) for each in chosen] if is_list(chosen) else []
    return [each.user_id for each in memberships if each is not None and each.accepted]


def _content(submission: Submission) -> Content:
    title = f"New response to {submission.form.name}"
    answers = [f"{each.label}: {readable(each, submission.answers[each.id])}" for each in submission.fields]
    return Content(subject=title, text="\n".join([title, *answers]))
