"""The worker's side, in this process: which expert answers which question."""

from pathlib import Path

import msgspec
import pytest

from engines.form import FormRequest, Visit, ask
from engines.library import Library
from server.child import start_child
from server.experts.debt import content
from server.experts.messages import Failed, Followed, FromWorker, Shelf, Summon, Summoned, ToWorker, question
from server.experts.worker import Worker, main
from server.priority import FIRST_TO_GO
from tests.engines.band import GENRES
from tests.engines.neural.toys import make_toy

GENRE = GENRES["uplifting"]
REQUEST = ask(GENRE, (Visit("drop", 32, 1.0, (0.7, 0.9)),), total=None, seed=4)


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    made = Worker(Library(folder))
    for kind in ("form", "harmony"):
        assert made.answer(Summon(make_toy(folder, kind), "v1")) == Summoned(f"{kind}-gru", "v1", "v1")
    return made


def over_the_wire(message, kind):
    return msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=kind)


def test_a_form_expert_says_what_section_comes_next(worker):
    message = over_the_wire(question(7, "form-gru", "v1", REQUEST), ToWorker)
    assert isinstance(message.request, FormRequest)
    answer = over_the_wire(worker.answer(message), FromWorker)
    assert isinstance(answer, Followed)
    assert content(answer).content.section in GENRE.sections["drop"].follows
    assert worker.answer(message).visit == answer.visit


def test_a_question_that_an_expert_cannot_answer_is_its_failure(worker):
    assert isinstance(worker.answer(question(8, "harmony-gru", "v1", REQUEST)), Failed)
    assert isinstance(worker.answer(question(9, "nobody", "v1", REQUEST)), Failed)


def test_whatever_a_file_does_to_its_loader_is_told_and_the_worker_lives_on(worker, monkeypatch):
    def broken(*_):
        raise MemoryError("no room")

    monkeypatch.setattr(Library, "card", broken)
    assert worker.answer(Summon("form-gru", "v2")) == Summoned("form-gru", "v2", "", "no room")
    assert isinstance(worker.answer(question(7, "form-gru", "v1", REQUEST)), Followed)


@pytest.mark.skipif(not Path("/proc/self/oom_score_adj").exists(), reason="Linux's way to say who goes first")
def test_when_memory_runs_out_it_is_the_worker_that_goes(tmp_path):
    child, connection = start_child(main)
    for message in (Shelf(str(tmp_path)), Summon("nobody", "v1")):
        connection.send_bytes(msgspec.msgpack.encode(message))
    assert msgspec.msgpack.decode(connection.recv_bytes(), type=FromWorker).error
    assert int(Path(f"/proc/{child.pid}/oom_score_adj").read_text()) == FIRST_TO_GO
    connection.close()
    child.join()
