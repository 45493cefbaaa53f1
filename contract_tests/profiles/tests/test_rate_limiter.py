from contract_tests.profiles.rate_limiter import LONGEST_WAIT, RateLimiter


class Watch:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def pace(per_minute: float | None) -> tuple[RateLimiter, Watch]:
    watch = Watch()
    return RateLimiter(per_minute, watch, watch.sleep), watch


def test_sixty_a_minute_are_one_a_second() -> None:
    steady, watch = pace(60)
    for _ in range(61):
        steady.wait()
    assert watch.now == 1060


def test_waits_until_the_window_ends_when_nearly_nothing_is_left() -> None:
    free, watch = pace(None)
    free.wait()
    free.learn(200, {"x-ratelimit-remaining-default": "1", "x-ratelimit-reset-default": "42"})
    free.wait()
    assert watch.now == 1042


def test_goes_on_while_enough_is_left() -> None:
    free, watch = pace(None)
    free.learn(200, {"x-ratelimit-remaining-default": "50", "x-ratelimit-reset-default": "42"})
    free.wait()
    assert watch.now == 1000


def test_a_refusal_without_any_header_costs_a_minute_and_none_costs_forever() -> None:
    free, watch = pace(None)
    free.learn(429, {})
    free.wait()
    assert (watch.now, free.refusals) == (1060, 1)
    free.learn(429, {"retry-after": "86400"})
    free.wait()
    assert (watch.now, free.refusals) == (1060 + LONGEST_WAIT, 2)
    free.learn(200, {})
    assert free.refusals == 0
