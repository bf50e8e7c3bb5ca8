import msgspec

from training.identity import Run, Settings, run_of


def test_a_folder_tells_which_run_it_is_of_and_an_earlier_revisions_run_is_found_again(tmp_path):
    run = Run("drums", "tiny", Settings(extra={"four": 5.0}), "0" * 64, "earlier", 3)
    folder = run.begin(tmp_path)
    assert folder == run.folder(tmp_path)
    assert run_of(folder) == run
    later = msgspec.structs.replace(run, revision="later")
    assert later.folder(tmp_path) != folder
    assert later.earlier(tmp_path) == run
    other = msgspec.structs.replace(later, seed=4)
    assert other.earlier(tmp_path) == other
