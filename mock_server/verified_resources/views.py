"""Shapes verified resources for replies."""

from __future__ import annotations

from typing import Any

from mock_server.verified_resources.model import VerifiedEmail, VerifiedPhone, VerifiedResource


def verified_view(resource: VerifiedResource) -> dict[str, Any]:
    """A verified e-mail address or telephone number."""
    view: dict[str, Any] = {"id": resource.id, "userId": resource.user_id, "teamId": resource.team_id}
    match resource:
        case VerifiedEmail():
            view["email"] = resource.email
        case VerifiedPhone():
            view["phoneNumber"] = resource.phone_number
        case _:
            raise TypeError(f"{type(resource).__name__} has no view")
    return view
