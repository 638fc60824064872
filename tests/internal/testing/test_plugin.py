from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

APP = """
    import pytest

    class FakeApp:
        def freeze(self, mode, *, config, private):
            self.config = config
            return self
        async def startup(self): print("started")
        async def shutdown(self): print("stopped")
        async def rsgi(self, scope, protocol):
            protocol.response_str(200, [], f"{self.config} {scope.headers.get('sec-fetch-site')}")

    @pytest.fixture
    def app():
        return FakeApp()
"""


def test_the_client_fixture_uses_the_app_fixture(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(APP)
    pytester.makepyfile("""
        import pytest

        def test_it(client):
            assert client.get("/").text == "None same-origin"

        @pytest.mark.client(config={"debug": True}, browser=False)
        class TestMarked:
            def test_class(self, client):
                assert client.get("/").text == "{'debug': True} None"

            @pytest.mark.client(browser=True)
            def test_nearest_wins(self, client):
                assert client.get("/").text == "{'debug': True} same-origin"
    """)
    result = pytester.runpytest_subprocess("-s", "--strict-markers")
    result.assert_outcomes(passed=3)
    assert str(result.stdout).count("started") == str(result.stdout).count("stopped") == 3


def test_a_missing_app_fixture_is_explained(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(client): pass")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*The fixture `client` needs a fixture `app`*", "*def app():*"])


def test_a_fixture_that_app_misses_is_pytests_own_error(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.fixture
        def app(settings): ...

        def test_it(client): ...
    """)
    pytester.runpytest_subprocess().stdout.fnmatch_lines(["*fixture 'settings' not found*"])


def test_async_tests_run_each_on_a_loop_of_its_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import asyncio
        import pytest

        loops = []

        @pytest.fixture
        def number():
            return 3

        @pytest.mark.parametrize("text", ["a", "b"])
        async def test_it(number, text):
            await asyncio.sleep(0)
            loops.append(asyncio.get_running_loop())
            assert (number, text) == (3, "ab"[len(loops) - 1])

        class TestIt:
            async def test_method(self):
                assert loops[0] is not loops[1]

        async def test_failing():
            assert 1 == 2
    """)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2*"])


def test_a_test_that_another_plugin_claims_is_left_to_it(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmarkers = trio")
    pytester.makepyfile(  # given with -p it is registered before ours, and so asked after it
        takes_trio="""
        def pytest_pyfunc_call(pyfuncitem):
            if pyfuncitem.get_closest_marker("trio"):
                print("trio takes it")
                return True
        """
    )
    pytester.makepyfile("""
        import pytest

        @pytest.mark.trio
        async def test_it(): raise AssertionError
    """)
    result = pytester.runpytest_subprocess("-s", "-p", "takes_trio")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*trio takes it*"])


def test_the_plugin_loads_nothing_of_the_framework() -> None:
    code = "import sys, demijohn.testing.plugin; print(*(name for name in sys.modules if name.startswith('demijohn')))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert set(output.split()) <= {"demijohn", "demijohn.testing", "demijohn.testing.plugin"}
    check = (
        "import pytest, sys; old = set(sys.modules); import demijohn.testing.plugin; print(len(set(sys.modules) - old))"
    )
    output = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout
    assert int(output) <= 5
