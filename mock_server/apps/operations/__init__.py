"""Operations on apps, one module per group of the description."""

from mock_server.apps.operations.conferencing import (
    connect_conferencing_app,
    disconnect_conferencing_app,
    get_conferencing_auth_url,
    get_default_conferencing_app,
    list_conferencing_apps,
    save_conferencing_connection,
    set_default_conferencing_app,
)
from mock_server.apps.operations.stripe import (
    check_stripe,
    check_team_stripe,
    get_stripe_connect_url,
    save_stripe_connection,
)
from mock_server.apps.operations.team_conferencing import (
    connect_team_conferencing_app,
    disconnect_team_conferencing_app,
    get_team_conferencing_auth_url,
    get_team_default_conferencing_app,
    list_team_conferencing_apps,
    set_team_default_conferencing_app,
)

__all__ = [
    "check_stripe",
    "check_team_stripe",
    "connect_conferencing_app",
    "connect_team_conferencing_app",
    "disconnect_conferencing_app",
    "disconnect_team_conferencing_app",
    "get_conferencing_auth_url",
    "get_default_conferencing_app",
    "get_stripe_connect_url",
    "get_team_conferencing_auth_url",
    "get_team_default_conferencing_app",
    "list_conferencing_apps",
    "list_team_conferencing_apps",
    "save_conferencing_connection",
    "save_stripe_connection",
    "set_default_conferencing_app",
    "set_team_default_conferencing_app",
]
