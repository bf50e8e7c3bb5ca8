from pathlib import Path

from server.parts import WHOLE, Parts, numbered, older, turn


def filled(folder: Path, count: int, keep: int | None = None) -> Path:
    path = folder / "2026-11-21_22-00-00.mid"
    for number in range(1, count + 1):
        path.write_text(str(number))
        last = max((number for number, _ in numbered(path)), default=0)
        assert turn(path, keep) == last + 1
    return path


def test_parts_stand_in_the_order_of_their_time(tmp_path):
    path = filled(tmp_path, 11)
    (tmp_path / "2026-11-21_22-00-00.x.mid").write_text("not ours")
    assert [part.read_text() for part in older(path)] == [str(number) for number in range(1, 12)]
    assert [number for number, _ in numbered(path)] == list(range(1, 12))
    assert not path.exists()


def test_the_oldest_go_and_numbers_are_never_used_again(tmp_path):
    path = filled(tmp_path, 11, keep=2)
    assert [(part.name, part.read_text()) for part in older(path)] == [
        ("2026-11-21_22-00-00.10.mid", "10"),
        ("2026-11-21_22-00-00.11.mid", "11"),
    ]
    assert older(filled(tmp_path / ".", 1, keep=0)) == []


def test_a_file_is_full_only_where_a_size_is_told():
    assert Parts(0.5).full(500_000) and not Parts(0.5).full(499_999)
    assert not WHOLE.full(10**12)
