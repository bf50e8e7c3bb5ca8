"""Every request and its answer, without a socket."""

import msgspec
import pytest
from msgspec.structs import replace

from server.config import load
from server.web.asked import HTML, JSON, Answer, Asked, Cut, Upgrade
from server.web.door import COOKIE, Door, Knock
from server.web.oscquery import HostInfo, OscQuery
from server.web.reception import Reception
from server.web.refusals import Refusals
from tests.server.fake_stage import LEXICON, FakeStage

TOKEN = "a-token-of-the-stage"  # noqa: S105
WEB = replace(load().web, host="0.0.0.0", token=TOKEN)  # noqa: S104
HERE = Knock("127.0.0.1", "127.0.0.1", f"127.0.0.1:{WEB.port}")
THERE = Knock("192.168.1.20", "192.168.1.5", f"192.168.1.5:{WEB.port}")
FRIEND = replace(THERE, token=TOKEN)
OURS = f"http://192.168.1.5:{WEB.port}"


class Desk:
    """A reception with everything behind it, and a clock to turn."""

    def __init__(self, pages=None, web=WEB):
        self.now = 0.0
        self.trouble = ""
        self.gathered = 0
        self.refusals = Refusals(lambda: self.now)
        stage = FakeStage()
        self.reception = Reception(
            Door(web),
            OscQuery(stage, lambda: LEXICON, HostInfo("a band", 9000)),
            self.refusals,
            lambda: self.now,
            requests_per_s=50,
            pages={"index.html": Answer(200, b"<p>"), "a/b.js": Answer(200, b"1")} if pages is None else pages,
            unwell=lambda: self.trouble,
            metrics=self.gather,
            picture=lambda: b"<svg/>",
        )

    def gather(self):
        self.gathered += 1
        return b"figures %d\n" % self.gathered

    def ask(self, path, knock=HERE, query="", *, method="GET", accept="text/html", upgrade=False):
        return self.reception.answer(Asked(method, path, query, accept, upgrade, knock))


@pytest.fixture
def desk():
    return Desk()


def test_this_machine_gets_the_page_and_no_cookie(desk):
    assert desk.ask("/") == Answer(200, b"<p>")
    assert desk.ask("/page/a/b.js").body == b"1"
    assert desk.refusals.counts.total() == 0


def test_another_machine_gets_it_with_the_token_and_a_cookie_no_script_sees(desk):
    assert desk.ask("/", THERE).status == 403
    answer = desk.ask("/", FRIEND, f"token={TOKEN}")
    assert answer.status == 200
    assert answer.headers["Set-Cookie"] == f"{COOKIE}={TOKEN}; Path=/; HttpOnly; SameSite=Strict"


def test_people_who_have_not_paired_are_told_why_and_where_the_token_goes():
    door = Answer(200, b"<p>{reason}</p><form>", HTML)
    desk = Desk({"index.html": Answer(200, b"<p>"), "door.html": door})
    for shown, reason in (("", b"has not paired"), ("<b>" * 9, b"token is wrong")):
        answer = desk.ask("/", replace(THERE, token=shown))
        assert (answer.status, answer.type, answer.headers["Connection"]) == (403, HTML, "close")
        assert reason in answer.body
        assert b"<form>" in answer.body
        assert b"<b>" not in answer.body
    assert desk.ask("/", THERE, accept="*/*").type == JSON


def test_no_code_leads_to_a_server_that_no_phone_can_reach():
    desk = Desk(web=replace(WEB, host="127.0.0.1"))
    assert desk.ask("/pair.svg").status == 404
    assert b"--lan" in desk.ask("/pair.svg").body


@pytest.mark.parametrize("path", ["/", "/show.mid", "/pair.svg"])
def test_strangers_see_nothing_of_ours(desk, path):
    assert desk.ask(path, THERE).status == 403
    assert desk.ask(path, replace(THERE, token=TOKEN + "x")).status == 403
    assert desk.ask(path, FRIEND) != desk.ask(path, THERE)
    assert desk.refusals.counts == {"no token": 2, "token": 1}


@pytest.mark.parametrize("path", ["/", "/ws", "/healthz", "/metrics", "/tension", "/page/a/b.js", "/show.mid"])
@pytest.mark.parametrize("upgrade", [False, True])
def test_nothing_is_answered_to_a_host_that_is_not_ours(desk, path, upgrade):
    answer = desk.ask(path, replace(HERE, host="evil.example"), upgrade=upgrade)
    assert answer.status == 421
    assert b"<p>" not in answer.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "x" * 100])
def test_only_reading_is_answered(desk, method):
    assert desk.ask("/tension", method=method).status == 405
    assert len(desk.ask("/tension", method=method).body) < 80


@pytest.mark.parametrize(
    "path",
    ["/page/../index.html", "/page//etc/passwd", "/page/..%2f", "/page/", "/page/a", "/page/a/b.js/", "/page/A/B.js",
     "/page/index.html\0.js", "/../../etc/passwd", "/page/a\\b.js", "/etc/passwd"],
)  # fmt: skip
def test_no_path_that_was_sent_is_opened(desk, path):
    assert desk.ask(path).status == 404


def test_health_says_why(desk):
    assert desk.ask("/healthz") == Answer(200, b"ok")
    desk.trouble = "no player"
    assert desk.ask("/healthz") == Answer(503, b"no player")


def test_figures_are_gathered_ten_times_a_second_at_most(desk):
    bodies = []
    for _ in range(40):
        bodies.append(desk.ask("/metrics").body)
        desk.now += 1 / 40
    assert (bodies[0], bodies[3], bodies[4]) == (b"figures 1\n", b"figures 1\n", b"figures 2\n")
    assert desk.gathered == 10


def test_metrics_need_no_token(desk):
    assert desk.ask("/metrics", THERE).body == b"figures 1\n"
    assert "0.0.4" in desk.ask("/metrics", THERE).type


def test_the_recording_is_cut_where_a_number_says_so(desk):
    assert desk.ask("/show.mid") == Cut(None)
    assert desk.ask("/show.mid", query="bars=16") == Cut(16)
    for bad in ("0", "-1", "1.5", "x", "9" * 30, "\u0661", "1000000"):
        answer = desk.ask("/show.mid", query=f"bars={bad}")
        assert answer.status == 400
        assert b"1..100000" in answer.body


@pytest.mark.parametrize(
    ("query", "accept", "tree"),
    [
        ("", "text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("", "", True),  # no browser: they all want text/html
        ("", "*/*", True),
        ("token=abc", "text/html", False),
        ("token=abc", "text/html, application/json", False),
        ("", "application/json", True),
        ("HOST_INFO", "text/html", True),
        ("VALUE", "", True),
    ],
)
def test_the_root_is_a_page_or_a_tree(desk, query, accept, tree):
    answer = desk.ask("/", query=query, accept=accept)
    assert (answer.type == "application/json") == tree


def test_the_tree_is_told_to_strangers_who_may_do_less(desk):
    mine, theirs = (msgspec.json.decode(desk.ask("/voice/lead/expert", knock).body) for knock in (HERE, THERE))
    assert (mine["ACCESS"], theirs["ACCESS"]) == (3, 1)


def test_websockets_of_the_page_are_for_friends_on_our_own_page(desk):
    assert desk.ask("/ws", HERE, upgrade=True) == Upgrade(page=True, paired=True)
    assert desk.ask("/ws", replace(HERE, origin=f"http://localhost:{WEB.port}"), upgrade=True) == Upgrade(True, True)
    assert desk.ask("/ws", replace(FRIEND, origin=OURS), upgrade=True) == Upgrade(page=True, paired=True)
    assert desk.ask("/ws", replace(THERE, origin=OURS), upgrade=True).status == 403
    assert desk.ask("/ws", replace(HERE, origin="http://evil.example"), upgrade=True).status == 403
    assert desk.ask("/ws", replace(FRIEND, origin="null"), upgrade=True).status == 403
    assert desk.ask("/elsewhere", upgrade=True).status == 404


def test_websockets_of_oscquery_are_for_all_who_are_no_foreign_page(desk):
    assert desk.ask("/", HERE, upgrade=True) == Upgrade(page=False, paired=True)
    assert desk.ask("/", THERE, upgrade=True) == Upgrade(page=False, paired=False)
    assert desk.ask("/", FRIEND, upgrade=True) == Upgrade(page=False, paired=True)
    assert desk.ask("/", THERE, upgrade=True) == Upgrade(page=False, paired=True)  # its page has paired
    assert desk.ask("/", replace(THERE, origin="http://evil.example"), upgrade=True).status == 403


def test_a_host_that_asks_too_often_is_refused_alone(desk):
    answers = [desk.ask("/healthz", THERE) for _ in range(60)]
    assert [answer.status for answer in answers] == [200] * 50 + [429] * 10
    assert answers[-1].headers["Refresh"] == answers[-1].headers["Retry-After"] == "2"  # its browser comes again
    assert desk.ask("/healthz", HERE).status == 200
    desk.now = 1.0
    assert desk.ask("/healthz", THERE).status == 200


def test_a_page_that_is_not_installed_is_named():
    assert Desk(pages={}).ask("/").status == 503


def test_refusals_are_logged_once_in_a_while_per_kind(desk, caplog):
    for _ in range(40):
        desk.ask("/", replace(HERE, host="evil.example"))
        desk.now += 0.1
    desk.ask("/", THERE)
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "evil.example" in caplog.records[0].message
    desk.now += 60
    desk.ask("/", replace(HERE, host="evil.example"))
    assert "41 so far" in caplog.records[-1].message
