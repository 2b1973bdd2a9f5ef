"""Web pages: lines as a browser shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.errors import UnreadableError
from corpus.extract import extract
from corpus.extract.html import read_html


def lines(source: str) -> list[str]:
    return read_html(f"<html><body>{source}".encode(), "a.html").text.split("\n")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>một  hai\nba</p><p>bốn</p>", ["một hai ba", "bốn"]),
        ("<p>một<br>hai</p>", ["một", "hai"]),
        ("<p>Điều <b>5</b>. <i>Phạm</i> vi</p>", ["Điều 5. Phạm vi"]),
        ("<p>a&nbsp;&nbsp;b &lt;c&gt;</p>", ["a b <c>"]),
        ("<ol><li>x<li>y<ol type=a><li>p<li>q</ol><li>z</ol>", ["1. x", "2. y", "a. p", "b. q", "3. z"]),
        ("<ol start=4 type=I><li>x<li value=9>y</ol>", ["IV. x", "IX. y"]),
        ("<ol style='list-style-type: lower-roman'><li>x<li>y</ol>", ["i. x", "ii. y"]),
        ("<ol style='list-style:none'><li>1. x</ol>", ["1. x"]),
        ("<ol><li>a) x<li>b) y</ol>", ["a) x", "b) y"]),
        ("<ul><li>x<li>- y</ul>", ["- x", "- y"]),
        ("<nav>menu</nav><script>var a</script><style>p{}</style><p>x</p>", ["x"]),
        ("<p style='display:none'>no</p><p>x</p><p hidden>no</p>y", ["x", "y"]),
        ("<table><tr><td>1.<td><p>x</p><p>a) y</p></table>", ["1. x", "a) y"]),
        ("<table><tr><td>A<br>B<td>C<br>D</table>", ["A", "B", "C", "D"]),
        ("<table><tr><th>TT<th>Tên<th>Số<tr><td>1<td>x<td>2</table>", ["| TT | Tên | Số |", "| 1 | x | 2 |"]),
        ("<table><tr><td><table><tr><td>x</table></table>y", ["x", "y"]),
        ("<pre>một\n  hai</pre>", ["một", "hai"]),
        ("<p><font face='.VnTime'>ChÝnh phñ</font></p>", ["Chính phủ"]),
        ("</td></tr></table><li>x", ["- x"]),
    ],
)
def test_lines(source: str, expected: list[str]) -> None:
    assert lines(source) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes("<!DOCTYPE html><html><p>Chính phủ</p></html>".encode(encoding))
    assert extract(path)[0].text == "Chính phủ"


def test_a_page_saved_whole(tmp_path: Path) -> None:
    path = tmp_path / "page.mht"
    path.write_bytes(
        b"From: <Saved by a browser>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=X\r\n\r\n"
        b"--X\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"<html><body><p>Ch=C3=ADnh ph=E1=BB=A7</p></body></html>\r\n--X--\r\n"
    )
    assert extract(path)[0].text == "Chính phủ"


def test_deep_nesting_neither_crashes_nor_loses_text() -> None:
    assert "hết" in lines("<div>" * 1500 + "sâu" + "</div>" * 1500 + "<p>hết</p>")[-1]


def test_entities_of_its_own_are_not_expanded() -> None:
    bomb = '<!DOCTYPE html [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]><html><p>&b; chữ</p></html>'
    assert "xxx" not in read_html(bomb.encode(), "a.html").text


def test_one_without_text_is_refused() -> None:
    with pytest.raises(UnreadableError) as e:
        read_html(b"<html><body><script>1</script></body></html>", "a.html")
    assert e.value.reason == "empty"
