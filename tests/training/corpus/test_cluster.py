import os

import msgspec
import pytest

from tests.training.corpus.making import folder
from training.corpus.config import corpus_config
from training.corpus.prepare import Wishes, prepare

if not os.environ.get("CI"):  # there a missing part is a failure
    pytest.importorskip("distributed", reason="needs the extra `cluster`: pip install -e '.[cluster]'")

SMALL = msgspec.structs.replace(corpus_config(), shard_items=4)


@pytest.mark.filterwarnings("default")  # the cluster's own sockets close late
def test_two_workers_of_a_cluster_make_the_same_bytes(tmp_path):
    from distributed import LocalCluster

    music = folder(tmp_path / "own", songs=5)
    alone = prepare(Wishes(tmp_path / "alone", midi=(music,), workers=0), SMALL)
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local:
        together = prepare(Wishes(tmp_path / "together", midi=(music,), cluster=local.scheduler_address), SMALL)
    assert together == alone
    files = [path.relative_to(tmp_path / "alone") for path in (tmp_path / "alone").rglob("*") if path.is_file()]
    assert len(files) > 6
    for name in files:
        assert (tmp_path / "alone" / name).read_bytes() == (tmp_path / "together" / name).read_bytes()
