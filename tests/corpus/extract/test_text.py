"""Plain text in every encoding a Vietnamese office has used."""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UnreadableError
from corpus.extract import extract, legacy
from corpus.extract.extracted import clean_text
from corpus.extract.likeness import is_syllable, likeness
from corpus.extract.text import decode, read_text
from tests.corpus.extract.makers import to_1258, to_tcvn3, to_vni

STARTER = Path(__file__).parents[3] / "corpus" / "starter"
TEXT = (
    "BỘ CHÍNH TRỊ\nKết luận số 07-KL/TW về công tác phòng, chống dịch\n"
    "1. Tiếp tục quán triệt, thực hiện nghiêm các chỉ đạo; không được chủ quan, lơ là.\n"
    "2. Đẩy mạnh tuyên truyền, giữ vững những kết quả đã đạt được ở cơ sở.\n"
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("utf-8", TEXT.encode()),
        ("utf-8 with a mark", codecs.BOM_UTF8 + TEXT.encode()),
        ("utf-8, decomposed", unicodedata.normalize("NFD", TEXT).encode()),
        ("utf-16 with a mark", TEXT.encode("utf-16")),
        ("utf-16 big-endian with a mark", codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")),
        ("utf-16 little-endian without", TEXT.encode("utf-16-le")),
        ("utf-16 big-endian without", TEXT.encode("utf-16-be")),
        ("utf-32", TEXT.encode("utf-32")),
        ("windows-1258", to_1258(TEXT)),
        ("tcvn3", to_tcvn3(TEXT)),
        ("vni", to_vni(TEXT)),
        ("windows line ends", TEXT.replace("\n", "\r\n").encode()),
        ("old Mac line ends", TEXT.replace("\n", "\r").encode()),
        ("tcvn3 saved as utf-8", to_tcvn3(TEXT).decode("cp1252").encode()),
        ("vni saved as utf-8", to_vni(TEXT).decode("cp1252").encode()),
        ("utf-8 read as latin-1 and saved", TEXT.encode().decode("latin-1").encode()),
    ],
)
def test_every_encoding_gives_the_same_text(name: str, data: bytes) -> None:
    assert read_text(data, "a.txt").text == TEXT


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("Céng hoµ x· héi chñ nghÜa ViÖt Nam", "Cộng hoà xã hội chủ nghĩa Việt Nam"),
        ("§éc lËp - Tù do - H¹nh phóc", "Độc lập - Tự do - Hạnh phúc"),
        ("CéNG HßA X· HéI CHñ NGHÜA VIÖT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    ],
)
def test_tcvn3_as_word_shows_it_without_the_font(printed: str, meant: str) -> None:
    assert legacy.from_tcvn3(printed) == meant


def test_vni_as_word_shows_it_without_the_font() -> None:
    printed = "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam; Ñoäc laäp, töï do, haïnh phuùc"
    assert legacy.from_vni(printed) == "Cộng hòa xã hội chủ nghĩa Việt Nam; Độc lập, tự do, hạnh phúc"


@pytest.mark.parametrize("path", sorted(STARTER.glob("*.txt")), ids=lambda p: p.name)
def test_clean_utf8_is_never_changed(path: Path) -> None:
    assert extract(path)[0].text == clean_text(path.read_text(encoding="utf-8-sig"))
    assert not extract(path)[0].warnings


def test_a_few_foreign_words_do_not_turn_a_text() -> None:
    text = "Điều 1. Ông Müller, bà Françoise và ông Ñuñez dự họp.\nĐiều 2. Ban Chỉ đạo họp hằng tháng."
    assert decode(text.encode(), "a.txt") == (text, ())


def test_english_stays_english() -> None:
    text = "Article 1. The café is closed — naïve résumé."
    assert decode(text.encode("cp1252"), "a.txt")[0] == text


def test_a_broken_byte_costs_one_letter_and_is_told_with_its_line() -> None:
    data = (TEXT * 20).encode()
    at = data.index("Đẩy".encode())
    text, warnings = decode(data[:at] + b"\xff" + data[at:], "a.txt")
    assert text.replace("\ufffd", "") == TEXT * 20
    assert [(w.code, w.line) for w in warnings] == [("bad_bytes", 4)]


@pytest.mark.parametrize("data", [b"", b"   \n\t ", b"\xef\xbb\xbf", b"\xff\xfe\n\0"])
def test_nothing_is_refused_as_empty(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(UnreadableError) as e:
        extract(path)
    assert e.value.reason == "empty"


def test_soft_hyphens_are_hidden_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("tri\u00adển khai ngay", encoding="utf-8")
    document = extract(path)[0]
    assert [document.text[h.start : h.end] for h in document.hidden] == ["\u00ad"]


def test_syllables() -> None:
    words = "nghiêng quyết của giữ đường Uyên khuỷu ngoặc thuở xoong quý gìn yếu ĐỘC Hoà hòa quỳnh"
    for word in words.split():
        assert is_syllable(word), word
        assert is_syllable(unicodedata.normalize("NFD", word)), word


@pytest.mark.parametrize("word", ["chÝnh", "trÞ", "vieät", "nghÜa", "ñoäc", "tệṕ", "cạc̀h", "mạch̀"])
def test_no_syllables(word: str) -> None:
    assert not is_syllable(word)


def test_likeness_counts_only_marked_words() -> None:
    assert likeness("Chỉ thị 16 of 2021").marked == 2


@given(st.text())
def test_cleaned_text_is_nfc_with_one_kind_of_line_end(text: str) -> None:
    clean = clean_text(text)
    assert unicodedata.is_normalized("NFC", clean)
    assert not set(clean) & set("\r\x0b\x0c\x85\u2028\u2029\0\ufeff")
    assert clean_text(clean) == clean


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữự .,;\n", min_size=1))
def test_utf8_with_possible_letters_survives(text: str) -> None:
    if text.strip() and likeness(text).share >= 0.6:
        assert decode(text.encode(), "a.txt") == (text, ())
