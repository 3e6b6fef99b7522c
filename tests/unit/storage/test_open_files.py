"""The server allows itself as many open files as it may."""

from __future__ import annotations

import resource

from kbstore.serving.startup import OPEN_FILES, allow_many_open_files


def test_a_low_limit_is_raised_as_far_as_the_host_allows() -> None:
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(allowed, 512), most))
        allow_many_open_files()
        raised = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert raised == (min(most, OPEN_FILES) if most != resource.RLIM_INFINITY else OPEN_FILES, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        allow_many_open_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
