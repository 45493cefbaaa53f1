"""The credentials with which the stories call."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from contract_tests.fuzzing.target import bearer

Headers = dict[str, str]


@dataclass(frozen=True)
class Meeting:
    """A booking of the `personal` user, with the address of its only attendee."""

    uid: str
    start: datetime
    attendee: str


@dataclass(frozen=True)
class Actors:
    """Headers by purpose, empty if there are none.

    `personal` is a user, `organization` the owner of an organization, `client` an OAuth client, `member` a user in an
    organization. The strangers are good credentials without access to the items of these.

    `inbox` is the address of webhook inboxes (see `Inbox`), and `control` that of a sandbox's control plane. `meeting`
    was booked before the stories, to begin soon.
    """

    personal: Headers = field(default_factory=Headers)
    organization: Headers = field(default_factory=Headers)
    client: Headers = field(default_factory=Headers)
    stranger_to_personal: Headers = field(default_factory=Headers)
    stranger_to_organization: Headers = field(default_factory=Headers)
    organization_id: int | None = None
    client_id: str | None = None
    inbox: str | None = None
    control: str | None = None
    member: Headers = field(default_factory=Headers)
    meeting: Meeting | None = None

    def of(self, purpose: str) -> Headers:
        """The headers of a purpose."""
        return {
            "personal": self.personal, "organization": self.organization, "client": self.client, "member": self.member
        }[purpose]  # fmt: skip

    def stranger_to(self, purpose: str) -> Headers:
        """Good credentials of another user."""
        return self.stranger_to_personal if purpose == "personal" else self.stranger_to_organization

    @property
    def stranger_to_team(self) -> Headers:
        """Good credentials of a user who is no member of a standalone team of the organization's owner."""
        return self.stranger_to_organization or self.stranger_to_personal

    def secrets(self) -> set[str]:
        """Values that no reply may contain."""
        return {
            value.removeprefix("Bearer ")
            for headers in (self.personal, self.organization, self.client, self.stranger_to_personal, self.member)
            for name, value in headers.items()
            if name != "x-cal-client-id"
        }


SANDBOX_ACTORS = Actors(
    personal=bearer("cal_sandbox_solo"),
    organization=bearer("cal_sandbox_owner"),
    client={"x-cal-client-id": "sandbox-client", "x-cal-secret-key": "sandbox-client-secret"},
    stranger_to_personal=bearer("cal_sandbox_owner"),
    stranger_to_organization=bearer("cal_sandbox_solo"),
    organization_id=1,
    client_id="sandbox-client",
    member=bearer("cal_sandbox_owner"),
)


def sandbox_actors(url: str) -> Actors:
    """Those of a sandbox, or of one of its worlds, at `url`."""
    control = f"{url}/_sandbox"
    return replace(SANDBOX_ACTORS, control=control, inbox=f"{control}/webhooks/inbox")
