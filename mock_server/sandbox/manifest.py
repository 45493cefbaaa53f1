"""What a program needs to know to use this sandbox, for `GET /_sandbox`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mock_server import __version__
from mock_server.identity.model import API_KEYS, OAUTH2_CLIENTS, OAUTH_CLIENTS, USERS, hashed
from mock_server.runtime.connexion_app import FindHandler
from mock_server.runtime.description import Description
from mock_server.runtime.editions import EDITIONS
from mock_server.runtime.evidence import EVIDENCE
from mock_server.state.worlds import World, Worlds
from mock_server.teams.model import TEAMS
from mock_server.webhooks.payloads import TRIGGERS
from mock_server.worlds.default_world import CREDENTIALS, THIRD_PARTY_CLIENTS

MOST_CLIENTS = 100
NO_KEY = {"key": "cal_...", "organizationSlug": None}
"""Stands in snippets for a key of a world that has none of the default world's."""


def operations_view(description: Description, find_handler: FindHandler) -> list[dict[str, Any]]:
    """All operations with their evidence; `stateful` ones work on the world, others answer with an example."""
    return [
        {
            "id": each.id,
            "method": each.method,
            "path": each.path,
            "versions": None if each.versions is None else sorted(each.versions),
            "evidence": each.evidence,
            "stateful": find_handler(each.area, each.id) is not None,
        }
        for each in description
    ]


def manifest(
    world: World,
    worlds: Worlds,
    *,
    base_url: str,
    edition: str,
    operations: list[dict[str, Any]],
    calls: Iterable[dict[str, Any]],
) -> dict[str, Any]:
    """The manifest of a world at `base_url`."""
    credentials = _credentials(world)
    return {
        "product": "cal-mock",
        "version": __version__,
        "edition": edition,
        "editions": list(EDITIONS),
        "world": world.name,
        "worlds": [{"id": each.name, "url": f"/w/{each.name}"} for each in worlds.all()],
        "urls": {
            "api": f"{base_url}/v2",
            "control": f"{base_url}/_sandbox",
            "description": f"{base_url}/openapi.json",
            "docs": f"{base_url}/docs",
            "help": f"{base_url}/help/",
        },
        "credentials": credentials,
        "snippets": _snippets(base_url, credentials),
        "evidence": EVIDENCE,
        "operations": operations,
        "triggers": TRIGGERS,
        "calls": list(calls),
    }


def _credentials(world: World) -> dict[str, list[dict[str, Any]]]:
    """The keys of the default world that this world has, and its OAuth clients. Other keys are stored as hashes."""
    tx = world.begin()
    keys = [(key, stored) for _, _, key, _ in CREDENTIALS if (stored := tx[API_KEYS].first(hashed_key=hashed(key)))]
    clients = sorted(tx.table(OAUTH_CLIENTS).rows.values(), key=lambda each: each.created_at)
    return {
        "apiKeys": [
            {
                "key": key,
                "userId": stored.user_id,
                "email": tx[USERS].require(stored.user_id).email,
                "organizationId": stored.team_id,
                "organizationSlug": None if stored.team_id is None else tx[TEAMS].require(stored.team_id).slug,
                "expired": stored.expires_at is not None and stored.expires_at.date() < tx.now.date(),
            }
            for key, stored in keys
        ],
        "oauthClients": [
            {"id": each.id, "secret": each.secret, "organizationId": each.organization_id}
            for each in clients[:MOST_CLIENTS]
        ],
        "thirdPartyClients": [
            {"id": each, "secret": secret} for each, secret in THIRD_PARTY_CLIENTS if tx[OAUTH2_CLIENTS].get(each)
        ],
    }


def _snippets(base_url: str, credentials: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """How to connect, with the first key that has not expired."""
    found = next((each for each in credentials["apiKeys"] if not each["expired"]), NO_KEY)
    key, slug = found["key"], found["organizationSlug"]
    return {
        "environment": f"CAL_MOCK_URL={base_url}\nCAL_API_URL={base_url}/v2\nCAL_API_KEY={key}"
        + (f"\nCAL_MOCK_ORG_SLUG={slug}" if slug else ""),
        "curl": f"curl -s {base_url}/v2/me -H 'Authorization: Bearer {key}'",
        "python": (
            "import httpx\n\n"
            f'api = httpx.Client(base_url="{base_url}", headers={{"Authorization": "Bearer {key}"}})\n'
            'print(api.get("/v2/me").json())'
        ),
        "typescript": (
            f'const reply = await fetch("{base_url}/v2/me", {{ headers: {{ Authorization: "Bearer {key}" }} }});\n'
            "console.log(await reply.json());"
        ),
    }
