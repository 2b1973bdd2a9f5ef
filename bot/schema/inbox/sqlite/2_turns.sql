CREATE TABLE turn (chat INTEGER PRIMARY KEY, worker TEXT, until REAL NOT NULL DEFAULT 0) WITHOUT ROWID;
UPDATE incoming SET chat = 0 WHERE chat IS NULL;
CREATE INDEX incoming_waiting ON incoming (chat, id) WHERE state = 'waiting';
