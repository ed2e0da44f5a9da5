# SPDX-License-Identifier: Apache-2.0
"""What is done to the backends, and what must hold all the same.

Each scenario is given a `Stage` and adds what did not hold to its `complaints`. `without` is the setting that takes away
the policy which it is about: with that it must fail.
"""

import random
import threading
import time

from processes import Backend, Gateway, Load, percentile

# A backend that is back is asked again soon.
CHECK = "health_check: { interval: 1s, down_interval: 100ms, timeout: 500ms }"
HEDGING = [CHECK, "retry: { hedge_after: 20ms }"]


class Stage:
    """A gateway, three backends before which it stands, and a load."""

    def __init__(self, program, folder, pool):
        self.complaints = []
        self.facts = []
        self.events = []
        self.random = random.Random(5)
        self.loads = []
        self.backends = [Backend(folder, number) for number in range(3)]
        self.gateway = None
        try:
            for backend in self.backends:
                backend.start()
            for backend in self.backends:
                backend.wait()
            self.gateway = Gateway(program, folder, self.backends, pool)
        except BaseException:
            self.close()
            raise

    def load(self, *arguments, **options):
        load = Load(self.gateway.port, *arguments, **options)
        self.loads.append(load)
        return load

    def pause(self, until):
        time.sleep(max(0, until - time.monotonic()))

    def expect(self, holds, text):
        if not holds:
            self.complaints.append(text)

    def expect_none(self, requests, what):
        if requests:
            self.complaints.append(f"{len(requests)} {what}, such as " + "; ".join(map(str, requests[:4])))

    def expect_answers(self, requests):
        """What must hold of all, whatever happens."""
        self.expect(self.gateway.is_running(), "the gateway has ended")
        self.expect_none([each for each in requests if "WRONG" in each.note], "answers are whole and wrong")
        self.expect_none([each for each in requests if "NEVER" in each.note], "requests were never answered")

    def close(self):
        for load in self.loads:
            load.close()
        if self.gateway:
            self.gateway.close()
        for backend in self.backends:
            backend.close()


def killing(stage, seconds, same=False):
    """One of three is killed and started again every second, each time another."""
    start = time.monotonic() + 1
    paths = ["/small/0/{}", "/small/5/{}", "/once/10/{}", "/small/20/{}", "/small/1/{}", "/once/0/{}", "/small/10/{}"]
    small = stage.load(seconds + 1.5, 300, paths)
    large = stage.load(seconds + 1.5, 40, ["/large/50/400000", "/chunked/50/300000"])
    last = None
    for second in range(seconds):
        stage.pause(start + second)
        victim = stage.backends[0] if same else stage.random.choice([each for each in stage.backends if each is not last])
        last = victim
        victim.kill()
        time.sleep(stage.random.choice([0, 0.05, 0.2, 0.4]))
        victim.start()
    small, large = small.requests(), large.requests()
    stage.expect_answers(small + large)
    gets = [each for each in small if each.kind == "small"]
    posts = [each for each in small if each.kind == "once"]
    stage.expect_none([each for each in gets if not each.is_well], "small GETs failed")
    # What has begun cannot be asked for again; but it must not look whole.
    cut = [each for each in large if each.is_cut]
    stage.expect_none([each for each in large if not each.is_well and not each.is_cut], "large GETs failed")
    expect_posts(stage, posts, ["connection_terminated"])
    retried = [record for record in stage.gateway.records() if "retrying_on" in record]
    stage.expect(len(retried) >= seconds / 8, f"only {len(retried)} attempts were retried: this shows nothing")
    stage.facts.append(
        f"{len(gets)} small GETs, p99 {percentile(gets, 0.99):.0f} ms; {len(large)} large, {len(cut)} cut; "
        f"{len(posts)} POSTs, {len([each for each in posts if not each.is_well])} answered 502; {len(retried)} retries"
    )


def killing_by_default(stage, seconds):
    """The same, while all settings are as they are by default: pings come so seldom that most are out though they are back."""
    killing(stage, seconds)


def killing_the_same(stage, seconds):
    """It is always the same that is killed, and all settings are as they are by default."""
    killing(stage, seconds, same=True)


def expect_posts(stage, posts, reasons):
    """No POST is done twice, and each that fails is answered 502 with one of the reasons."""
    done = [number for backend in stage.backends for number in backend.done()]
    twice = sorted({number for number in done if done.count(number) > 1}) if len(set(done)) < len(done) else []
    stage.expect(not twice, f"POSTs {twice[:4]} were done twice")
    done = set(done)
    ids = {each: each.path.split("/")[3] for each in posts}
    stage.expect_none([each for each in posts if each.is_well and ids[each] not in done], "POSTs were answered and not done")
    failed = [each for each in posts if not each.is_well]
    wrong = [each for each in failed if each.status != 502 or not any(reason in each.note for reason in reasons)]
    stage.expect_none(wrong, f"POSTs failed otherwise than with 502 and {' or '.join(reasons)}")


def freezing(stage, seconds, burst=1):
    """One of three is frozen for half of each second."""
    rate, paths = 300, ["/small/0/{}", "/small/1/{}", "/small/2/{}"]
    start = time.monotonic() + 1.5
    load = stage.load(seconds + 2, rate, paths, burst=burst)
    for second in range(seconds):
        stage.pause(start + second)
        stage.backends[0].freeze()
        stage.pause(start + second + 0.5)
        stage.backends[0].thaw()
    requests = load.requests()
    stage.expect_answers(requests)
    stage.expect_none([each for each in requests if not each.is_well], "GETs failed")
    calm = [each for each in requests if each.began < start]
    during = [each for each in requests if start <= each.began < start + seconds]
    high = percentile(during, 0.99)
    stage.expect(high < 50, f"p99 is {high:.0f} ms, where 50 is the limit")
    times = "; ".join(f"p{share * 100:g} {percentile(during, share):.0f} ms" for share in (0.5, 0.9, 0.99, 0.999))
    stage.facts.append(f"{len(during)} GETs: {times}; in calm p99 {percentile(calm, 0.99):.0f} ms")


def freezing_in_bursts(stage, seconds):
    """The same while requests come 30 at a time."""
    freezing(stage, seconds, burst=30)


def frozen(stage, seconds):
    """One of three is frozen for good, as far as anybody can tell: two health intervals later it is as if it were not there."""
    calm, rate, paths = 1, 200, ["/small/0/{}", "/small/5/{}"]
    load = stage.load(calm + seconds, rate, paths)
    start = time.monotonic() + calm
    stage.pause(start)
    stage.backends[1].freeze()
    stage.pause(start + seconds)
    stage.backends[1].thaw()
    requests = load.requests()
    stage.expect_answers(requests)
    stage.expect_none([each for each in requests if not each.is_well], "GETs failed")
    before = percentile([each for each in requests if each.began < start], 0.99)
    after = percentile([each for each in requests if start + 2 <= each.began], 0.99)
    stage.expect(after < 2 * before + 20, f"p99 is {after:.0f} ms two intervals later, and was {before:.0f} ms before")
    stage.facts.append(f"p99 {before:.0f} ms before, {after:.0f} ms two intervals later")


def all_gone(stage, seconds):
    """All three are killed, and come back after two seconds."""
    paths = ["/small/0/{}", "/small/10/{}", "/once/5/{}"]
    load = stage.load(seconds + 4.2, 200, paths)
    time.sleep(1)
    start = time.monotonic()
    killers = [threading.Thread(target=backend.kill) for backend in stage.backends]
    for killer in killers:
        killer.start()
    for killer in killers:
        killer.join()
    stage.pause(start + 2)
    for backend in stage.backends:
        backend.start()
    for backend in stage.backends:
        backend.wait()
    back = time.monotonic()
    requests = load.requests()
    stage.expect_answers(requests)
    posts = [each for each in requests if each.kind == "once" and each.status != 503]
    # The last backend that was thought to be there has refused, and no other is left.
    expect_posts(stage, posts, ["connection_terminated", "connection_refused"])
    calm = [each for each in requests if each.ended < start or each.began >= back + 1]
    stage.expect_none([each for each in calm if not each.is_well], "requests failed before it or an interval after it")
    storm = [each for each in requests if each not in calm]
    stage.expect_none([each for each in storm if not each.is_well and each.status not in (502, 503)], "answers are odd")
    gone = [each for each in storm if start + 0.5 < each.began < start + 1.9]
    stage.expect_none([each for each in gone if each.status != 503], "requests were not answered 503")
    stage.expect_none([each for each in requests if each.took > 1], "requests took more than a second")
    stage.expect(len(calm) > 200 and len(gone) > 100, "there were too few requests to show anything")
    first = min((each.began for each in storm if each.began > start + 1.9 and each.is_well), default=back + 1)
    stage.facts.append(f"{len(gone)} answered 503 while nobody was there; the first 200 {1000 * (first - back):.0f} ms after")


class Scenario:
    def __init__(self, name, play, pool, without, seconds):
        self.name, self.play, self.pool, self.without = name, play, pool, without
        # For the whole test, for a short one (0: not played), and to see that it fails without the policy.
        self.seconds = seconds


SCENARIOS = [
    Scenario("killing", killing, [CHECK], [CHECK, "retry: { attempts: 1 }"], (60, 5, 5)),
    Scenario("killing-by-default", killing_by_default, [], ["retry: { attempts: 1 }"], (60, 5, 5)),
    Scenario("killing-the-same", killing_the_same, [], ["retry: { attempts: 1 }"], (60, 0, 10)),
    Scenario("freezing", freezing, HEDGING, [CHECK], (60, 2, 3)),
    Scenario("freezing-in-bursts", freezing_in_bursts, HEDGING, [CHECK], (20, 2, 3)),
    Scenario("frozen", frozen, [CHECK], ["health_check: { interval: 1m }"], (10, 3, 4)),
    Scenario("all-gone", all_gone, [CHECK], ["health_check: { interval: 1m }"], (10, 0.5, 1)),
]
