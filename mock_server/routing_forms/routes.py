"""Chooses the route of a submission, and reads where it leads.

Source: Cal.com API v2, routing forms: routes and their actions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote, urlencode

import msgspec

from mock_server.identity.addresses import slug
from mock_server.routing_forms.conditions import matches
from mock_server.routing_forms.fields import Answer, Field, as_text, readable
from mock_server.routing_forms.model import RoutingForm
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.json_values import is_object

ActionType = Literal["customPageMessage", "externalRedirectUrl", "eventTypeRedirectUrl"]

_VARIABLE = re.compile(r"\{([^{}]+)\}")


class Route(msgspec.Struct, frozen=True):
    """A route with its action. `value` is the message or the address; its variables are not filled in yet."""

    id: str
    is_fallback: bool
    action: str
    value: str
    members: Any = None
    fallback_members: Any = None
    skips_contact_owner: bool = False

    @property
    def redirect(self) -> dict[str, str]:
        """The action in webhooks."""
        return {"type": self.action, "value": self.value}


def choose_route(form: RoutingForm, answers: Mapping[str, Answer]) -> Route:
    """The first route whose condition the answers satisfy, else the fallback. Raises BadRequest without one."""
    routes = [each for each in form.routes or () if is_object(each) and is_object(each.get("action"))]
    ordered = sorted(routes, key=lambda each: bool(each.get("isFallback")))
    for each in ordered:
        if each.get("isFallback") or matches(each.get("queryValue"), answers):
            return _route(each)
    raise BadRequest("No matching route could be found")


def filled_in(text: str, fields: list[Field], answers: Mapping[str, Answer]) -> str:
    """An address in which `{name of a field}` is replaced by its answer as a slug."""
    by_name = {each.name.lower(): each for each in fields}

    def answer(found: re.Match[str]) -> str:
        field = by_name.get(found[1].strip().lower())
        return found[0] if field is None else slug(readable(field, answers[field.id]))

    return _VARIABLE.sub(answer, text)


def external_address(address: str, form: RoutingForm, body: Mapping[str, Any]) -> str:
    """An external address with everything that was sent, the form and the kind of action in its query."""
    sent = {name: as_text(value) for name, value in body.items()}
    query = urlencode({**sent, "form": form.id, "cal.action": "externalRedirectUrl"}, quote_via=quote)
    return f"{address}{'&' if '?' in address else '?'}{query}"


def event_type_slug(address: str) -> str:
    """The slug of the event type that an address such as `team/sales/intro` leads to."""
    return address.partition("?")[0].rstrip("/").rpartition("/")[2]


def _route(source: Mapping[str, Any]) -> Route:
    action = source["action"]
    attributes = source.get("attributeRoutingConfig")
    return Route(
        id=str(source.get("id", "")),
        is_fallback=bool(source.get("isFallback")),
        action=str(action.get("type", "")),
        value=str(action.get("value", "")),
        members=source.get("attributesQueryValue"),
        fallback_members=source.get("fallbackAttributesQueryValue"),
        skips_contact_owner=is_object(attributes) and bool(attributes.get("skipContactOwner")),
    )
