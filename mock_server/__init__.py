"""A stateful sandbox of the Cal.com API v2, driven by the OpenAPI description in ``openapi/``."""

__version__ = "0.1.0"
