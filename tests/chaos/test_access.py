"""A short walk of the access machine; `make chaos` walks far."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.chaos.access import AccessMachine

AccessMachine.TestCase.settings = settings(
    max_examples=4, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAccess = AccessMachine.TestCase
