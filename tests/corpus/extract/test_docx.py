"""Word files: what is printed is what is read."""

from __future__ import annotations

import io
from pathlib import Path

import docx as python_docx
import pytest

from corpus.errors import UnreadableError
from corpus.extract import extract
from corpus.extract.docx import read_docx
from corpus.extract.numbering import format_number
from tests.corpus.extract.makers import docx, level, numbered, numbering, paragraph

STATE = (
    level(0, "upperRoman", "%1.")
    + level(1, "decimal", "%2.")
    + level(2, "decimal", "%2.%3.")
    + level(3, "lowerLetter", "%4)")
)


def text(data: bytes) -> str:
    return read_docx(data, "a.docx").text


def test_automatic_numbers_are_printed_text() -> None:
    body = "".join(
        numbered(name, 1, at)
        for name, at in [
            ("A", 0),
            ("B", 1),
            ("C", 2),
            ("D", 2),
            ("E", 3),
            ("F", 3),
            ("G", 1),
            ("H", 2),
            ("I", 0),
            ("J", 1),
        ]
    )
    lines = text(docx(body, numbering(STATE))).split("\n")
    assert lines == ["I. A", "1. B", "1.1. C", "1.2. D", "a) E", "b) F", "2. G", "2.1. H", "II. I", "1. J"]


def test_a_number_that_never_restarts_goes_on() -> None:
    levels = level(0, "upperRoman", "Chương %1.") + level(1, "decimal", "Điều %2.", '<w:lvlRestart w:val="0"/>')
    body = "".join(numbered("x", 1, at) for at in (0, 1, 1, 0, 1))
    assert text(docx(body, numbering(levels))).split("\n") == [
        "Chương I. x", "Điều 1. x", "Điều 2. x", "Chương II. x", "Điều 3. x",
    ]  # fmt: skip


def test_a_list_with_its_own_start_begins_there_once() -> None:
    lists = (
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    )
    body = "".join(numbered("x", id) for id in (1, 1, 2, 2))
    assert text(docx(body, numbering(level(0, "decimal", "%1."), lists))).split("\n") == [
        "1. x",
        "2. x",
        "5. x",
        "6. x",
    ]


def test_lists_of_one_definition_count_together() -> None:
    lists = "".join(f'<w:num w:numId="{n}"><w:abstractNumId w:val="0"/></w:num>' for n in (1, 2))
    body = "".join(numbered("x", id) for id in (1, 2, 1))
    assert text(docx(body, numbering(level(0, "decimal", "%1."), lists))).split("\n") == ["1. x", "2. x", "3. x"]


def test_numbers_of_a_style_and_of_the_style_it_is_based_on() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="Dieu"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Khoan"><w:basedOn w:val="Dieu"/><w:pPr><w:numPr>'
        '<w:ilvl w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    levels = level(0, "decimal", "Điều %1.", '<w:pStyle w:val="Dieu"/>') + level(1, "decimal", "%2.")
    body = "".join(paragraph("x", f'<w:pStyle w:val="{name}"/>') for name in ("Dieu", "Khoan", "Khoan", "Dieu"))
    body += paragraph("no number", '<w:pStyle w:val="Dieu"/><w:numPr><w:numId w:val="0"/></w:numPr>')
    assert text(docx(body, numbering(levels), styles)).split("\n") == [
        "Điều 1. x", "1. x", "2. x", "Điều 2. x", "no number",
    ]  # fmt: skip


def test_bullets_are_dashes_unless_the_sign_is_plain() -> None:
    levels = level(0, "bullet", "\uf0b7") + level(1, "bullet", "+")
    assert text(docx(numbered("x", 1, 0) + numbered("y", 1, 1), numbering(levels))) == "- x\n+ y"


def test_deleted_text_is_out_inserted_text_in() -> None:
    body = (
        '<w:p><w:r><w:t xml:space="preserve">Giao </w:t></w:r><w:del><w:r><w:delText>Bộ A</w:delText></w:r></w:del>'
        "<w:ins><w:r><w:t>Bộ B</w:t></w:r></w:ins></w:p>"
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>mot</w:t></w:r></w:p>" + paragraph("hai")
    )
    assert text(docx(body)) == "Giao Bộ B\nmothai"


def test_tables_give_their_cells_as_lines() -> None:
    def row(*cells: list[str]) -> str:
        return "<w:tr>" + "".join("<w:tc>" + "".join(map(paragraph, cell)) + "</w:tc>" for cell in cells) + "</w:tr>"

    letterhead = "<w:tbl>" + row(["BỘ CHÍNH TRỊ", "Số 07-KL/TW"], ["ĐẢNG CỘNG SẢN VIỆT NAM", "Hà Nội"]) + "</w:tbl>"
    clause = "<w:tbl>" + row(["1."], ["Tiếp tục thực hiện", "a) Việc một"]) + "</w:tbl>"
    data = "<w:tbl>" + row(["TT"], ["Tên"], ["Mức"]) + row(["1"], ["Thuế"], ["5%"]) + "</w:tbl>"
    assert text(docx(letterhead + clause + data)).split("\n") == [
        "BỘ CHÍNH TRỊ", "Số 07-KL/TW", "ĐẢNG CỘNG SẢN VIỆT NAM", "Hà Nội",
        "1. Tiếp tục thực hiện", "a) Việc một",
        "| TT | Tên | Mức |", "| 1 | Thuế | 5% |",
    ]  # fmt: skip


def test_breaks_tabs_hyphens_and_capitals() -> None:
    run = "<w:t>mot</w:t><w:br/><w:t>hai</w:t><w:tab/><w:t>07</w:t><w:noBreakHyphen/><w:t>KL tri</w:t>"
    run += "<w:softHyphen/><w:t>ển</w:t>"
    document = read_docx(docx(f"<w:p><w:r>{run}</w:r></w:p>" + paragraph("nghị quyết", run="<w:caps/>")), "a.docx")
    assert document.text == "mot\nhai\t07-KL tri\u00adển\nNGHỊ QUYẾT"
    assert [document.text[h.start : h.end] for h in document.hidden] == ["\u00ad"]


def test_notes_are_cited_and_stand_at_the_end() -> None:
    notes = '<w:footnote w:id="2"><w:p><w:r><w:t>Công báo số 5</w:t></w:r></w:p></w:footnote>'
    body = '<w:p><w:r><w:t>Theo luật</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>' + paragraph("Hết.")
    assert text(docx(body, footnotes=notes)) == "Theo luật[1]\nHết.\n[1] Công báo số 5"


def test_text_boxes_follow_their_paragraph_once() -> None:
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    box = "<w:drawing><w:txbxContent>" + paragraph("ĐẾN Số: 12") + "</w:txbxContent></w:drawing>"
    old = "<w:pict><w:txbxContent>" + paragraph("ĐẾN Số: 12") + "</w:txbxContent></w:pict>"
    body = (
        f"<w:p><w:r><mc:AlternateContent {mc}><mc:Choice>{box}</mc:Choice><mc:Fallback>{old}</mc:Fallback>"
        "</mc:AlternateContent></w:r><w:r><w:t>Tờ trình</w:t></w:r></w:p>"
    )
    assert text(docx(body)) == "Tờ trình\nĐẾN Số: 12"


def test_legacy_fonts_are_turned_by_run() -> None:
    fonts = '<w:rFonts w:ascii=".VnTime"/>'
    heads = '<w:rFonts w:ascii=".VnTimeH"/>'
    body = (
        paragraph("nghÞ quyÕt", run=heads)
        + paragraph("ChÝnh phñ ban hµnh", run=fonts)
        + paragraph("Chính phủ", run=fonts)
    )
    document = read_docx(docx(body), "a.docx")
    assert document.text == "NGHỊ QUYẾT\nChính phủ ban hành\nChính phủ"
    assert [w.code for w in document.warnings] == ["encoding_converted"]


def test_headers_and_footers_are_left_out() -> None:
    document = python_docx.Document()
    document.sections[0].header.paragraphs[0].text = "Công báo"
    document.sections[0].footer.paragraphs[0].text = "Trang 1"
    document.add_paragraph("Điều 1. Phạm vi")
    out = io.BytesIO()
    document.save(out)
    assert text(out.getvalue()) == "Điều 1. Phạm vi"


def test_what_it_is_decides_not_its_name(tmp_path: Path) -> None:
    path = tmp_path / "wrong.pdf"
    path.write_bytes(docx(paragraph("Điều 1. Phạm vi")))
    assert extract(path)[0].text == "Điều 1. Phạm vi"


def test_one_without_text_is_refused() -> None:
    with pytest.raises(UnreadableError) as e:
        read_docx(docx("<w:p/>"), "a.docx")
    assert e.value.reason == "empty"


@pytest.mark.parametrize(
    ("number", "form", "printed"),
    [
        (4, "upperRoman", "IV"), (9, "lowerRoman", "ix"), (1994, "upperRoman", "MCMXCIV"),
        (1, "lowerLetter", "a"), (26, "upperLetter", "Z"), (27, "lowerLetter", "aa"), (53, "lowerLetter", "aaa"),
        (7, "decimalZero", "07"), (3, "ordinal", "3"), (3, "none", ""),
    ],
)  # fmt: skip
def test_number_formats(number: int, form: str, printed: str) -> None:
    assert format_number(number, form) == printed
