"""The door: any file gives documents or one clear refusal, and nothing it holds can hurt."""

from __future__ import annotations

import io
import itertools
import random
import shutil
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import UnreadableError
from corpus.extract import Extracted, doc, extract, isolated, limits, ocr
from corpus.extract.extracted import merge_hidden
from corpus.extract.kind import Kind, kind_of
from corpus.extract.readers import read
from corpus.model import Hidden, HiddenKind
from tests.corpus.extract.makers import docx, level, numbered, numbering, paragraph, pdf, wrapped, zipped

ENCRYPTED_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"3 0 obj<</Filter/Standard/V 1/R 2/P -4/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 3 0 R/ID[<00><00>]/Size 4>>\n%%EOF"
)
ENTITY_BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&b;'
    "</w:t></w:r></w:p></w:body></w:document>"
)


def zip_bomb() -> bytes:
    return zipped({"[Content_Types].xml": "<x/>", "word/document.xml": b"\0" * (limits.RATIO_FLOOR_BYTES * 8)})


def lying_zip() -> bytes:
    """Claims that its member is small."""
    data = bytearray(zipped({"a.txt": b"x" * 5_000_000}))
    for signature, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = data.index(signature) + at
        data[place : place + 4] = (10).to_bytes(4, "little")
    return bytes(data)


def check(document: Extracted) -> None:
    assert document.text.strip()
    assert unicodedata.is_normalized("NFC", document.text)
    assert "\r" not in document.text
    assert document.hidden == merge_hidden(document.hidden)
    assert all(0 <= h.start < h.end <= len(document.text) for h in document.hidden)
    starts = [p.start for p in document.pages]
    assert starts == sorted(starts)
    assert all(0 <= start <= len(document.text) for start in starts)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.docx", b"", "empty"),
        ("spaces.txt", b" \n ", "empty"),
        ("cut.docx", docx(paragraph("Điều 1") * 50)[:-200], "damaged"),
        ("hollow.docx", zipped({"word/document.xml": "<w"}), "damaged"),
        ("bomb.docx", zip_bomb(), "too_large"),
        ("lying.zip", lying_zip(), "damaged"),
        ("entities.docx", zipped({"word/document.xml": ENTITY_BOMB}), "damaged"),
        ("locked.pdf", ENCRYPTED_PDF, "encrypted"),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj", "damaged"),
        ("random.txt", random.Random(1).randbytes(4096), "binary"),
        ("random.docx", random.Random(2).randbytes(4096), "binary"),
        ("sheet.xlsx", zipped({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}), "unknown_type"),
        ("packed.rar", b"Rar!\x1a\x07\x00" + b"x" * 50, "unknown_type"),
        ("packed.gz", b"\x1f\x8b\x08" + b"x" * 50, "unknown_type"),
        ("cut.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "damaged"),
        ("locked.docx", bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("table.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 500, "unknown_type"),
        ("none.zip", zipped({}), "empty"),
        ("nested.zip", zipped({"inner.zip": zipped({"a.txt": "chữ"})}), "nested_archive"),
        ("junk.zip", zipped({"a.bin": random.Random(3).randbytes(500)}), "binary"),
    ],
)
def test_bad_files_are_refused_with_a_reason(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    if name == "cut.png" and not (ocr.tesseract() and "vie" in ocr._languages(ocr.tesseract() or "")):
        reason = "needs_tesseract"
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(UnreadableError) as e:
        extract(path)
    assert e.value.reason == reason
    assert e.value.params["file"] == name
    assert e.value.params["advice"]


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(UnreadableError) as e:
            extract(path)
        assert e.value.reason == "unreadable"


def test_a_file_over_the_limit_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(limits.MAX_FILE_BYTES + 1)
    with pytest.raises(UnreadableError) as e:
        extract(path)
    assert e.value.reason == "too_large"


def test_one_directive_in_every_format_is_the_same_text(tmp_path: Path) -> None:
    lines = [
        "1. Tiếp tục quán triệt, thực hiện nghiêm các chỉ đạo của Bộ Chính trị, Ban Bí thư về phòng, chống dịch bệnh.",
        "2. Giao các cấp ủy, tổ chức đảng, chính quyền các địa phương chỉ đạo thực hiện đồng bộ các biện pháp ấy.",
        "3. Đẩy mạnh công tác tuyên truyền, vận động để người dân tự giác chấp hành các quy định về phòng, chống dịch.",
    ]
    auto = "".join(numbered(line[3:], 1) for line in lines)
    drawn = [item for n, line in enumerate(lines) for item in wrapped(line, 100 + 60 * n)]
    made = {
        "a.txt": "\n".join(lines).encode(),
        "a.docx": docx("".join(map(paragraph, lines))),
        "auto.docx": docx(auto, numbering(level(0, "decimal", "%1."))),
        "a.html": ("<html><ol>" + "".join(f"<li>{line[3:]}" for line in lines)).encode(),
        "a.pdf": pdf([drawn]),
    }
    made["a.zip"] = zipped({f"folder/{name}": data for name, data in made.items()})
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
        for document in extract(tmp_path / name):
            assert document.text.strip().split("\n") == lines, name
            check(document)
    names = [document.file for document in extract(tmp_path / "a.zip")]
    assert names == ["a.zip!a.txt", "a.zip!a.docx", "a.zip!auto.docx", "a.zip!a.html", "a.zip!a.pdf"]


def test_members_are_named_by_base_name_and_never_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../../etc/x.txt", "/x.txt", "C:\\x.txt", "__MACOSX/._x.txt", "y.bin"):
            archive.writestr(name, f"chữ {name}" if name != "y.bin" else b"\0\1\2")
    documents = extract(path)
    assert [d.file for d in documents] == ["a.zip!x.txt", "a.zip!x (2).txt", "a.zip!x (3).txt"]
    assert [(w.code, w.detail) for w in documents[0].warnings] == [("member_refused", "y.bin: binary")]


def test_a_reader_that_hangs_is_stopped_and_the_next_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(docx(paragraph("Điều 1")))
    assert extract(path)
    monkeypatch.setattr(limits, "READ_SECONDS", 0.0)
    with pytest.raises(UnreadableError) as e:
        extract(path)
    assert e.value.reason == "time"
    monkeypatch.undo()
    assert extract(path)[0].text == "Điều 1"


def test_a_reader_that_dies_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(docx(paragraph("Điều 1")))
    assert extract(path)
    for worker in isolated._idle:
        worker._process.kill()
        worker._process.wait()
    assert extract(path)[0].text == "Điều 1"


def test_secrets_do_not_reach_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRICHDAN_TOKEN", "1:secret")
    assert "TRICHDAN_TOKEN" not in isolated._environment()


def test_without_libreoffice_a_doc_file_gets_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(UnreadableError) as e:
        doc.read_office(b"{\\rtf1 x}", "a.rtf")
    assert e.value.reason == "needs_libreoffice"
    assert "apt-get install" in str(e.value)


def test_without_tesseract_a_picture_gets_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(UnreadableError) as e:
        ocr.recognise([], "a.jpg")
    assert e.value.reason == "needs_tesseract"
    assert "tesseract-ocr-vie" in str(e.value)


@pytest.mark.skipif(doc.office_program() is None, reason="LibreOffice is not installed")
def test_rtf_through_libreoffice(tmp_path: Path) -> None:
    path = tmp_path / "a.doc"
    path.write_bytes(rb"{\rtf1\ansi\uc1 \u272?i\u7873?u 1. Ph\u7841?m vi\par a) Vi\u7879?c\par}")
    assert extract(path)[0].text.strip().split("\n") == ["Điều 1. Phạm vi", "a) Việc"]


def seeds() -> list[bytes]:
    made = [
        docx(numbered("Điều", 1) + paragraph("Khoản"), numbering(level(0, "decimal", "%1."))),
        pdf([wrapped("1. Tiếp tục thực hiện nghiêm các chỉ đạo về phòng, chống dịch bệnh trong tình hình mới", 100)]),
        b"<html><body><table><tr><td>1.<td>x</table><ol><li>y</ol></html>",
        "Điều 1. Chữ Việt".encode("utf-16"),
        "Điều 1. Chữ Việt".encode(),
    ]
    return [*made, zipped({"a.txt": made[4], "b.docx": made[0]})]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(seeds()), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=12), st.data()
)
def test_damaged_files_are_read_or_refused(data: bytes, changes: list[tuple[int, int]], more: st.DataObject) -> None:
    damaged = bytearray(data)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    cut = more.draw(st.integers(0, len(damaged)))
    damaged = damaged[:cut] if more.draw(st.booleans()) else damaged
    _read_or_refuse(bytes(damaged))


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    _read_or_refuse(data)


def _read_or_refuse(data: bytes) -> None:
    """Through the real door, without the disk: text here, everything else in the process that can be killed."""
    try:
        kind = kind_of(data, "any.bin")
        documents = (
            read(data, "any.bin", kind) if kind is Kind.TEXT else isolated.extract_isolated(data, "any.bin", kind)
        )
    except UnreadableError as e:
        assert e.reason  # noqa: PT017
        return
    for document in documents:
        check(document)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9))))
def test_merged_spans_are_sorted_and_apart(spans: list[tuple[int, int]]) -> None:
    merged = merge_hidden(Hidden(start=s, end=s + n, kind=HiddenKind.BREAK) for s, n in spans)
    assert all(a.end <= b.start for a, b in itertools.pairwise(merged))
    covered = {i for s, n in spans for i in range(s, s + n)}
    assert {i for h in merged for i in range(h.start, h.end)} == covered


def test_kind_goes_by_content() -> None:
    assert kind_of(b"\xff\xd8\xff\xe0" + b"\0" * 9, "a.txt") is Kind.IMAGE
    assert kind_of(b"\0\0\0\x18ftypheic" + b"\0" * 9, "IMG.jpg") is Kind.IMAGE
    assert kind_of(b"<div>x</div>", "a.html") is Kind.HTML
    assert kind_of(b"<div>x</div>", "a.md") is Kind.TEXT
    assert kind_of(b"BM is no bitmap", "a.txt") is Kind.TEXT
    assert kind_of(io.BytesIO(b"%PDF-1.4").read(), "a.docx") is Kind.PDF
