"""XML of unknown origin, parsed without entities, document types or the network."""

from __future__ import annotations

from lxml import etree

from corpus.errors import UnreadableError


def parse_xml(data: bytes, file: str) -> etree._Element:
    """The root element. UnreadableError when it is no XML, too deep, or declares a document type (entity bombs)."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        raise _damaged(file)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as e:
        raise _damaged(file) from e
    if root.getroottree().docinfo.doctype:
        raise _damaged(file)
    return root


def _damaged(file: str) -> UnreadableError:
    return UnreadableError(file, "damaged", "its XML is damaged or of a kind no office program writes; save it again")
