CREATE TABLE collection (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, owner INTEGER UNIQUE) WITHOUT ROWID;
INSERT INTO collection VALUES ('public', 'public', NULL);
CREATE TABLE collection_chat (
    chat INTEGER NOT NULL,
    collection TEXT NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    PRIMARY KEY (chat, collection)
) WITHOUT ROWID;
ALTER TABLE document ADD COLUMN collection TEXT NOT NULL DEFAULT 'public';
CREATE INDEX document_collection ON document (collection);
