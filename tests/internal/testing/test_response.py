from __future__ import annotations

import pytest

from demijohn.datastructures import Headers
from demijohn.testing import ClientResponse


def response(body: bytes = b"", **headers: str) -> ClientResponse:
    fields = Headers((name.replace("_", "-"), value) for name, value in headers.items())
    return ClientResponse(200, fields, body, method="GET", url="http://testserver/x")


def test_text_is_decoded_in_its_charset() -> None:
    assert response("é".encode(), content_type="text/plain").text == "é"
    assert response(b"\xe9", content_type='text/plain; Charset="ISO-8859-1"; x=y').text == "é"


def test_json_is_decoded() -> None:
    assert response(b'{"a": [1]}', content_type="application/json").json() == {"a": [1]}


def test_what_is_no_json_is_shown() -> None:
    with pytest.raises(ValueError, match=r"The 200 answer to GET http://testserver/x is no JSON .* begins b'<p>'"):
        response(b"<p>", content_type="text/html").json()


def test_content_type_and_location_are_at_hand() -> None:
    assert response(content_type="Text/HTML; charset=utf-8").content_type == "text/html"
    assert (response().content_type, response().location) == ("", None)
    assert response(location="/y").location == "/y"


def test_its_repr_says_what_came() -> None:
    assert repr(response(b"abc")) == "<ClientResponse 200 no content type, 3 bytes, GET http://testserver/x>"
