"""Results as tensors."""
import warnings

import mediaflight
import pytest

torch = pytest.importorskip("torch")


def test_a_result_becomes_tensors(server):
    with mediaflight.connect(server.uri, progress=False) as db, warnings.catch_warnings():
        warnings.simplefilter("error")  # torch warns of memory that is read-only
        result = db.sql("""SELECT image_id, NSFW_score, text_embedding, created_at IS NULL AS undated, width > 100 AS wide, ARRAY[width, height] AS size,
                                  title, coalesce(created_at, TIMESTAMPTZ '2000-01-01') AS at FROM images ORDER BY image_id""")
        got, want = result.torch(), result.arrow()
        kinds = {name: (column.dtype, tuple(column.shape)) for name, column in got.items() if name != "title"}
        assert kinds == {"image_id": (torch.int64, (4297,)), "NSFW_score": (torch.float32, (4297,)), "text_embedding": (torch.float32, (4297, 384)),
                         "undated": (torch.bool, (4297,)), "wide": (torch.bool, (4297,)), "size": (torch.int32, (4297, 2)), "at": (torch.int64, (4297,))}
        for name in ("image_id", "NSFW_score", "text_embedding", "undated", "size"):
            assert got[name].tolist() == want[name].to_pylist(), name
        assert got["title"] == want["title"].to_pylist() and got["at"][0] == want["at"][0].value
        got["text_embedding"] += 1
        assert result.torch()["text_embedding"].tolist() == want["text_embedding"].to_pylist()


def test_a_tensor_is_a_parameter(server):
    with mediaflight.connect(server.uri, progress=False) as db:
        for tensor in (torch.ones(3), torch.ones(3, requires_grad=True), torch.ones(3, dtype=torch.float64)):
            assert db.sql("SELECT $1::vector(3) <-> '[1,2,3]'", [tensor]).scalar() == pytest.approx(5**0.5)
        assert db.sql("SELECT $1::int", [torch.tensor(5)]).scalar() == 5
