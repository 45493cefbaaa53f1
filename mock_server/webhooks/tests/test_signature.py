"""Signing deliveries and verifying signatures."""

from __future__ import annotations

from mock_server.webhooks.signature import UNSIGNED, sign, verify

BODY = b'{"triggerEvent":"BOOKING_CREATED"}'


def test_the_signature_is_the_hexadecimal_hmac_of_the_body() -> None:
    # The output of `openssl dgst -sha256 -hmac key -r`.
    assert sign(BODY, "key") == "2bf0d061dc5416a770ab5bdd460f4aed5d44f3cf75b4ff94ad53158c0f1fae9e"


def test_only_the_right_secret_and_the_right_bytes_verify() -> None:
    signature = sign(BODY, "key")
    assert verify(body=BODY, signature=signature, secret="key")
    assert not verify(body=BODY + b" ", signature=signature, secret="key")
    assert not verify(body=BODY, signature=signature, secret="other")


def test_an_unsigned_delivery_is_marked_and_never_verifies() -> None:
    assert sign(BODY, None) == sign(BODY, "") == UNSIGNED
    assert not verify(body=BODY, signature=UNSIGNED, secret="")
