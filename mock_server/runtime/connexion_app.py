"""All that touches the inside of connexion.

connexion supplies the ASGI application with its lifespan and its chain of middlewares; the operations of the
specification (`from_spec`); and the resolver, through which each operation is bound to its function.

It does not route (its router tries every path in turn, and knows no versions), does not check security (access rules
and their order stand in `x-access`), does not validate (`runtime/validation.py` answers in the live API's own words),
does not parse arguments or serialize replies (operations take a `Call`), and does not load or resolve the
specification: the bundle is valid already, and its references stay references. What it asks for these is passed in
as middlewares; `BundledSpecification` and the list of `apis` are the only private parts that are relied upon.
"""

# connexion comes without types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

with warnings.catch_warnings():
    # connexion imports what its libraries have deprecated. No user of this one can help that, and tests that treat
    # warnings as errors could not import the pytest plugin.
    warnings.simplefilter("ignore")
    from connexion.apps.abstract import AbstractApp
from connexion.middleware.abstract import SpecMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.main import API
from connexion.operations import AbstractOperation
from connexion.resolver import Resolution, Resolver
from connexion.spec import OpenAPISpecification, Specification

from mock_server.runtime.bundle import Document
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.dispatch import Handler

FindHandler = Callable[[str, str], Handler | None]
"""Gives the function of an operation, by area and operationId."""


class BundledSpecification(OpenAPISpecification):
    """The bundle as connexion's specification. prance has validated it; its references stay references."""

    def __init__(self, bundle: Document) -> None:
        self._raw_spec = self._spec = bundle
        self._base_uri = ""

    def clone(self) -> BundledSpecification:
        """Itself: it is never changed."""
        return self


class FunctionResolver(Resolver):
    """Binds an operation to the function of its name in its area, or to nothing: then replies are generated."""

    def __init__(self, find_handler: FindHandler, description: Description) -> None:
        super().__init__()
        self._find_handler = find_handler
        self._description = description

    def resolve(self, operation: AbstractOperation) -> Resolution:
        """See connexion.Resolver."""
        operation_id: str = operation.operation_id
        return Resolution(
            self._find_handler(self._description.operations[operation_id].area, operation_id), operation_id
        )


class OperationStage(SpecMiddleware):
    """A stage that gets all operations with their functions when the application starts."""

    description: Description

    def add_api(self, specification: Specification, *, resolver: Resolver, **_: Any) -> None:
        """See connexion.SpecMiddleware."""
        for operation in self.description:
            resolved: Any = specification.operation_cls.from_spec(
                specification, path=operation.key, method=operation.method.lower(), resolver=resolver
            )
            self.add_operation(operation, resolved.function)

    @abstractmethod
    def add_operation(self, operation: Operation, handler: Handler | None) -> None:
        """Takes on an operation and the function that connexion resolved for it."""


class ConnexionApp(AbstractApp):
    """An application whose requests pass `stages`, outermost first, and end in `dispatch`."""

    def __init__(
        self,
        *,
        description: Description,
        find_handler: FindHandler,
        stages: Sequence[Any],
        dispatch: Any,
        lifespan: Any,
    ) -> None:
        self._middleware_app = dispatch
        super().__init__("mock_server", middlewares=[LifespanMiddleware, *stages], lifespan=lifespan)
        resolver = FunctionResolver(find_handler, description)
        self.middleware.apis.append(API(BundledSpecification(description.bundle), base_path="", resolver=resolver))

    def add_url_rule(self, rule: Any, endpoint: Any = None, view_func: Any = None, **options: Any) -> None:
        """Not for this application: every path comes from the description."""
        raise NotImplementedError("Paths are added to the description, in openapi/.")
