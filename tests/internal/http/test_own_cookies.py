import pytest

from demijohn.http.own_cookies import OwnCookies


@pytest.mark.parametrize(
    ("plain_http", "is_secure", "name"),
    [
        (False, False, "__Host-dj_session"),
        (False, True, "__Host-dj_session"),
        (True, True, "__Host-dj_session"),
        (True, False, "dj_session"),
    ],
)
def test_the_prefix_is_left_out_where_browsers_refuse_it_and_nothing_is_at_stake(
    plain_http: bool, is_secure: bool, name: str
) -> None:
    assert OwnCookies(plain_http=plain_http).name("dj_session", is_secure=is_secure) == name
