"""pytest plugin: what is loaded once and stays for the whole run is not gone through again for garbage at each turn.

Eleven thousand collected tests and every module of the house make some millions of objects that live to the end.
Python's collector went through them all time and again, while they were loaded and between any two tests.
"""

import gc

import pytest

YOUNG = 20_000  # new objects before the collector looks at them: a page makes more than Python's own 700

gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """Begin at once in the process that only hands out tests: it collects none."""
    if config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"):
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Set aside what is there before the first test; from here on garbage is collected as ever."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
    gc.enable()
