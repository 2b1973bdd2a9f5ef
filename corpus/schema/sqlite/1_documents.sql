CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('version', '0');
CREATE TABLE document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    reader INTEGER NOT NULL,
    number TEXT, type TEXT, issuer TEXT, date TEXT, month TEXT, title TEXT, signer TEXT,
    trust TEXT NOT NULL,
    added TEXT NOT NULL,
    text TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX document_number ON document (number);
CREATE INDEX document_file ON document (file);
CREATE INDEX document_source ON document (sha256);
CREATE TABLE reference (
    seq INTEGER NOT NULL REFERENCES document (seq) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    key TEXT NOT NULL
);
CREATE INDEX reference_key ON reference (key);
CREATE INDEX reference_document ON reference (seq);
