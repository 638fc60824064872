from __future__ import annotations

from typing import Any

from demijohn.http.mounted import MountedSite


async def site(scope: Any, receive: Any, send: Any) -> None: ...


def test_a_mounted_site_says_where_it_stands_and_has_no_body_of_its_own() -> None:
    mounted = MountedSite(site, "/old", plain=True)
    assert (mounted.site, mounted.prefix, mounted.plain, mounted.body) == (site, "/old", True, b"")
    assert mounted.is_plain
