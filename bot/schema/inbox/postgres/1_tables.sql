CREATE SCHEMA inbox;
SET LOCAL search_path = inbox;

CREATE TABLE meta (key TEXT COLLATE "C" PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE incoming (
    id BIGINT PRIMARY KEY,
    chat BIGINT,
    person BIGINT,
    at DOUBLE PRECISION NOT NULL,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'waiting',
    tries INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    body TEXT
);
CREATE INDEX incoming_state ON incoming (state, at);
CREATE TABLE posted (
    id BIGINT NOT NULL REFERENCES incoming (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    result TEXT,
    PRIMARY KEY (id, n)
);
CREATE INDEX incoming_waiting ON incoming (chat, id) WHERE state = 'waiting';
CREATE TABLE turn (chat BIGINT PRIMARY KEY, worker TEXT COLLATE "C", until DOUBLE PRECISION NOT NULL DEFAULT 0);
CREATE INDEX turn_worker ON turn (worker);
