"""Signs deliveries, and verifies signatures on the receiver's side.

In Python::

    from mock_server.webhooks.signature import verify

    verify(body=request.body, signature=request.headers["X-Cal-Signature-256"], secret="not-so-secret")

In the shell, for a body that was saved byte for byte::

    openssl dgst -sha256 -hmac not-so-secret -r < body.json

Source: Cal.com API v2, webhooks: signature header.
"""

from __future__ import annotations

import hashlib
import hmac

HEADER = "X-Cal-Signature-256"
UNSIGNED = "no-secret-provided"


def sign(body: bytes, secret: str | None) -> str:
    """The value of HEADER: the hexadecimal HMAC-SHA256 of the body, or UNSIGNED without a secret."""
    if not secret:
        return UNSIGNED
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(*, body: bytes, signature: str, secret: str) -> bool:
    """Whether `signature`, the value of HEADER, is that of `body`. Compares in constant time."""
    return bool(secret) and hmac.compare_digest(sign(body, secret).encode(), signature.encode())
