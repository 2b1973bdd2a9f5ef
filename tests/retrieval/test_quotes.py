"""What is quoted of a passage."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpus.parse import parse_string
from retrieval.kinds import kind_shown
from retrieval.quote import MOST, Wanted, choose
from retrieval.terms import Alternative, Slot, Term
from retrieval.units import units

from .samples import directives


def _wanted(*words: str, kinds: tuple[str, ...] = ()) -> Wanted:
    return Wanted(tuple(Slot((Alternative((Term("s", (w,)),)),)) for w in words), tuple(1.0 for _ in words), kinds)


def test_passages_are_slices_and_do_not_overlap() -> None:
    for d in directives():
        last = 0
        for u in units(d):
            assert last <= u.start < u.end <= len(d.text)
            assert u.text == " ".join(d.shown(u.start, u.end).split())
            last = u.end


sentence = st.sampled_from(
    ["Ong làm mật.", "Rừng tràm mọc ở đầm lầy ven biển.", "Giá mật ong là 25.000 đồng một lít.", "Mùa mưa đến."]
)


@given(
    st.lists(sentence, min_size=1, max_size=40), st.lists(st.sampled_from(["ong", "rừng", "giá", "mưa"]), min_size=1)
)
def test_a_quote_is_whole_sentences_inside_its_paragraph(sentences: list[str], words: list[str]) -> None:
    d = parse_string("Số 1-CT/TU\n\nCHỈ THỊ\nvề ong\n\n1. " + " ".join(sentences) + "\n", "ong.txt")
    for u in units(d):
        if u.clause != "1":
            continue
        clause = next(c for c in d.clauses if c.path == "1")
        end = clause.start + len(d.text[clause.start : clause.end].rstrip())
        q = choose(d, (u.start, u.end), (clause.start, end), _wanted(*words))
        assert clause.start <= q.start <= q.emphasis[0] < q.emphasis[1] <= q.end <= end
        assert q.end - q.start <= max(MOST, u.end - u.start)
        quote = d.text[q.start : q.end]
        assert quote == quote.strip()
        assert quote.endswith(".")
        assert q.start == clause.start or d.text[q.start - 2 : q.start] == ". "


def test_the_sentence_with_the_kind_asked_for_is_chosen() -> None:
    text = "Ong làm mật ở rừng tràm. " * 30 + "Giá mật ong là 25.000 đồng một lít. " + "Ong làm mật ở đầm lầy. " * 30
    d = parse_string(f"Số 1-CT/TU\n\nCHỈ THỊ\nvề ong\n\n1. {text}\n", "ong.txt")
    clause = d.clauses[0]
    q = choose(d, (clause.start, clause.end), (clause.start, clause.end), _wanted("giá", "mật", kinds=("amount",)))
    assert "25.000" in d.text[slice(*q.emphasis)]


def test_kinds_are_told_from_labels_and_names() -> None:
    assert kind_shown("amount", "Mỗi học sinh được 25.000 đồng")
    assert not kind_shown("amount", "2.1. Phòng, chống dịch COVID-19 theo Kết luận số 07-KL/TW ngày 11/6/2021")
    assert kind_shown("time", "chậm nhất ngày 10 tháng 12")
    assert not kind_shown("time", "3. Giao Sở Y tế hướng dẫn")
    assert kind_shown("person", "Đồng chí Trần Văn Minh chủ trì")
