"""Connected apps in replies."""

from __future__ import annotations

from mock_server.calendars.model import Credential
from mock_server.calendars.views import credential_view


def conferencing_app_view(credential: Credential) -> dict[str, object]:
    """A connected video app. Nothing in this API gives it a subscription."""
    unused = ("subscriptionId", "paymentStatus", "billingCycleStart", "delegationCredentialId")
    return credential_view(credential) | dict.fromkeys(unused)


def new_conferencing_app_view(credential: Credential) -> dict[str, object]:
    """The app that was just connected, with its key, which is empty for Google Meet."""
    return conferencing_app_view(credential) | {"key": credential.key or {}}


def conferencing_app_with_default_view(credential: Credential, default: str | None) -> dict[str, object]:
    """The app of a user of an organization, and whether it is the user's default."""
    return {
        "id": credential.id,
        "type": credential.type,
        "userId": credential.user_id,
        "invalid": credential.invalid,
        "appSlug": credential.app_id,
        "isDefault": credential.app_id == default,
    }
