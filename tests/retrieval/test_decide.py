"""The decision: fitted, kept, and kept apart by encoder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from retrieval.answer import Status
from retrieval.calibrate import Row, calibrate, fit_rows, save
from retrieval.decide import SIGNS, Decision, load_decision
from retrieval.engine import Engine
from retrieval.evaluate import evaluate, read_qrels

from .samples import WordEncoder


def _rows(n: int) -> list[Row]:
    rng = np.random.default_rng(0)
    return [
        Row(f"q{i}", {"coverage": float(rng.normal(0.8 if i % 2 else 0.3, 0.15)), "cosine": 0.5}, bool(i % 2))
        for i in range(n)
    ]


def test_what_is_fitted_parts_answers_from_the_rest() -> None:
    fit = fit_rows(_rows(200), "words-64")
    assert fit.refused < 0.15
    assert fit.wrong < 0.2
    d = fit.decision
    assert (
        d.probability({"coverage": 0.9, "cosine": 0.5}) > d.answered > d.probability({"coverage": 0.1, "cosine": 0.5})
    )


def test_too_few_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        fit_rows(_rows(6), "words-64")


def test_a_decision_is_read_back_as_it_was(tmp_path: Path) -> None:
    decision = fit_rows(_rows(100), "words-64").decision
    save(decision, tmp_path / "decision.json")
    assert load_decision("words-64", tmp_path / "decision.json") == decision


def test_a_decision_for_another_encoder_is_left_alone(tmp_path: Path) -> None:
    save(fit_rows(_rows(100), "other").decision, tmp_path / "decision.json")
    assert load_decision("words-64", tmp_path / "decision.json").encoder != "other"


def test_the_shipped_decision_knows_every_sign() -> None:
    assert set(load_decision("any").weights) == set(SIGNS)


def test_there_are_three_outcomes() -> None:
    d = Decision("any", 0.0, {}, answered=0.6, related=0.2)
    assert [d.status(p) for p in (0.7, 0.3, 0.1)] == [Status.ANSWERED, Status.RELATED, Status.NONE]
    assert d.status(0.3, named=True) is Status.ANSWERED


def test_calibration_is_fitted_on_a_question_file(engine: Engine, tmp_path: Path) -> None:
    yes = [
        "mức hỗ trợ học sinh một ngày",
        "hỗ trợ học sinh bao nhiêu đồng",
        "tuần tra rừng",
        "đốt nương ngày nắng",
        "công khai danh sách",
    ]
    evidence = ["25.000 đồng", "25.000 đồng", "tuần tra rừng", "không đốt nương", "công khai danh sách"]
    file = ["quyet-dinh.txt", "quyet-dinh.txt", "thong-bao.txt", "thong-bao.txt", "quyet-dinh.txt"]
    no = [
        "giá vàng hôm nay",
        "nấu phở bò",
        "lịch bóng đá",
        "mật khẩu thư điện tử",
        "vé tàu đi vinh",
        "thời tiết ngày mai",
    ]
    rows = [
        {"id": f"y{i}", "question": q, "answers": [{"file": f, "evidence": e}]}
        for i, (q, e, f) in enumerate(zip(yes * 2, evidence * 2, file * 2, strict=True))
    ]
    rows += [{"id": f"n{i}", "question": q, "answers": []} for i, q in enumerate(no)]
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    fit = calibrate(path, engine, tmp_path / "decision.json")
    assert fit.decision.encoder == "words-64"
    assert load_decision("words-64", tmp_path / "decision.json") == fit.decision


def test_a_folder_in_beir_form_is_measured(tmp_path: Path) -> None:
    corpus = [
        ("a", "Luật Ong", "Ong làm mật. Mật để ăn."),
        ("b", "Luật Rừng", "Cấm đốt rừng."),
        ("c", "", "Biển xanh."),
    ]
    (tmp_path / "corpus.jsonl").write_text(
        "\n".join(json.dumps({"id": i, "title": t, "text": x}) for i, t, x in corpus), encoding="utf-8"
    )
    (tmp_path / "queries.jsonl").write_text(
        "\n".join(json.dumps({"id": i, "text": x}) for i, x in [("1", "ong làm gì"), ("2", "đốt rừng")]),
        encoding="utf-8",
    )
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n1\ta\t1\n2\tb\t1\n", encoding="utf-8")
    measures = evaluate(tmp_path, WordEncoder(), tmp_path / "run.trec")
    assert measures["P@1"] == measures["nDCG@10"] == 1.0
    first = (tmp_path / "run.trec").read_text(encoding="utf-8").splitlines()[0].split()
    assert first[:4] == ["1", "Q0", "a", "1"]
    (tmp_path / "qrels.tsv").write_text("1 a 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="parted by tabs"):
        read_qrels(tmp_path / "qrels.tsv")
