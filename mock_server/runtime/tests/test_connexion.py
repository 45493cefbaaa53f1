"""connexion's own application takes the description, and our resolver binds each of its operations."""

from __future__ import annotations

import logging
import warnings

import pytest

from mock_server import areas
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.connexion_app import FunctionResolver
from mock_server.runtime.description import Description

pytestmark = pytest.mark.slow("binds all operations")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import connexion
    from connexion.operations import AbstractOperation
    from connexion.resolver import Resolution


class Recording(FunctionResolver):
    """Keeps what it resolved."""

    def __init__(self, description: Description) -> None:
        super().__init__(areas.find_handler, description)
        self.found: dict[str, object] = {}

    def resolve(self, operation: AbstractOperation) -> Resolution:
        resolution = super().resolve(operation)
        self.found[operation.operation_id] = resolution.function
        return resolution


@pytest.mark.filterwarnings("ignore")
def test_the_public_application_binds_all_operations(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)  # It misses functions that check credentials: access rules do that here.
    bundle = load_bundle()
    description = Description(bundle)
    resolver = Recording(description)
    app = connexion.AsyncApp("mock_server")
    app.add_api(bundle, resolver=resolver)
    reply = app.test_client().get("/v2/nothing/here")
    assert reply.status_code == 404
    assert resolver.found == {each.id: areas.find_handler(each.area, each.id) for each in description}
