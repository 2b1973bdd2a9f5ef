"""How much one file may cost. Past a limit it is refused whole; nothing is read halfway."""

from __future__ import annotations

MIB = 1 << 20

MAX_FILE_BYTES = 100 * MIB  # the largest scans of real directives are about 40 MiB
MAX_TEXT_FILE_BYTES = 20 * MIB  # plain text and HTML; the longest code of law is under 2 MiB
MAX_TEXT_CHARS = 10_000_000  # of one document, after extraction

MAX_PDF_PAGES = 2_000
MAX_OCR_PAGES = 300  # about half a minute a page at worst
MAX_IMAGE_PIXELS = 120_000_000  # A3 at 600 dpi is 70 million

MAX_ARCHIVE_MEMBERS = 2_000
MAX_EXPANDED_BYTES = 400 * MIB  # of all members together
MAX_EXPANSION_RATIO = 200  # expanded to packed; real docx and zip files stay under 40
RATIO_FLOOR_BYTES = 4 * MIB  # small members may shrink by more: a blank XML part packs 1000 to 1

READ_SECONDS = 60  # one file without character recognition
OFFICE_SECONDS = 120  # LibreOffice, first start included
OCR_PAGE_SECONDS = 90  # one page through Tesseract
PROGRESS_SECONDS = 200  # from one sign of progress (page, member) to the next: two pages, or one LibreOffice run
FILE_SECONDS = 3_600  # one file in all
WORKER_MEMORY_BYTES = 3 * 1024 * MIB  # address space of the process that reads a file

LOW_CONFIDENCE = 0.75  # of a recognised page, 0 to 1: below it an operator should look at the paper
