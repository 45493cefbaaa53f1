"""Emits the webhook events of submitted forms, and schedules the event of those that lead to no booking.

Source: Cal.com API v2, webhooks: FORM_SUBMITTED, FORM_SUBMITTED_NO_EVENT, ROUTING_FORM_FALLBACK_HIT.
"""

from __future__ import annotations

from datetime import timedelta

from mock_server.routing_forms.fields import webhook_answers
from mock_server.routing_forms.model import ROUTING_FORM_RESPONSES, RoutingFormResponse
from mock_server.routing_forms.submission import Submission
from mock_server.state.jobs import Job, schedule
from mock_server.state.transaction import Transaction
from mock_server.webhooks.events import emit, emit_to_webhook, form_audience
from mock_server.webhooks.model import WEBHOOKS
from mock_server.webhooks.payloads import FormSubmitted, FormSubmittedNoEvent, RoutingFormFallbackHit
from mock_server.webhooks.subscribers import subscribers

NO_EVENT_JOB = "form-without-event"
NO_EVENT_AFTER = timedelta(minutes=15)


def emit_submitted(tx: Transaction, submission: Submission, response: RoutingFormResponse) -> None:
    """FORM_SUBMITTED, and ROUTING_FORM_FALLBACK_HIT; schedules FORM_SUBMITTED_NO_EVENT for its present subscribers."""
    payload = _payload(submission)
    audience = form_audience(tx, submission.form.team_id, submission.form.user_id)
    emit(tx, "FORM_SUBMITTED", payload, audience)
    if submission.route.is_fallback:
        hit: RoutingFormFallbackHit = {
            **payload,
            "responseId": response.id,
            "fallbackAction": {**submission.route.redirect},
        }
        emit(tx, "ROUTING_FORM_FALLBACK_HIT", hit, audience)
    without_event: FormSubmittedNoEvent = {
        **payload,
        "redirect": submission.route.redirect,
        "responseId": response.id,
    }
    for webhook in subscribers(tx, "FORM_SUBMITTED_NO_EVENT", audience):
        details = {
            "payload": {**without_event},
            "responseId": response.id,
            "webhookId": webhook.id,
            "subscriberUrl": webhook.subscriber_url,
            "rounds": tx.rounds,
        }
        schedule(tx, NO_EVENT_JOB, tx.now + NO_EVENT_AFTER, details)


def emit_without_event(tx: Transaction, job: Job) -> None:
    """FORM_SUBMITTED_NO_EVENT to one webhook, unless a booking followed or the webhook was deleted."""
    details = job.details
    response = tx[ROUTING_FORM_RESPONSES].get(details["responseId"])
    is_booked = response is None or response.routed_to_booking_uid is not None
    if is_booked or tx[WEBHOOKS].get(details["webhookId"]) is None:
        return
    tx.rounds = details["rounds"]
    emit_to_webhook(tx, "FORM_SUBMITTED_NO_EVENT", details["payload"], details["webhookId"], details["subscriberUrl"])


def _payload(submission: Submission) -> FormSubmitted:
    form = submission.form
    return {
        "formId": form.id,
        "formName": form.name,
        "teamId": form.team_id,
        "responses": webhook_answers(submission.fields, submission.answers),
    }
