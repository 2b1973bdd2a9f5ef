CREATE TABLE IF NOT EXISTS answered (
    chat INTEGER NOT NULL,
    answer INTEGER NOT NULL,
    question INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (chat, answer)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS answered_question ON answered (chat, question);
CREATE INDEX IF NOT EXISTS answered_at ON answered (at);
CREATE TABLE IF NOT EXISTS shown (
    chat INTEGER NOT NULL,
    message INTEGER NOT NULL,
    at INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (chat, message)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS shown_at ON shown (at);
CREATE TABLE IF NOT EXISTS preference (chat INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS private_answer (
    chat INTEGER NOT NULL,
    answer INTEGER NOT NULL,
    asked_in INTEGER NOT NULL,
    question INTEGER NOT NULL,
    thread INTEGER,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat, answer)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS draft (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chat INTEGER NOT NULL,
    separate INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS prompt (
    chat INTEGER NOT NULL,
    message INTEGER NOT NULL,
    draft INTEGER NOT NULL,
    preview INTEGER NOT NULL,
    field TEXT NOT NULL,
    PRIMARY KEY (chat, message)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reading (
    chat INTEGER NOT NULL,
    message INTEGER NOT NULL,
    at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (chat, message)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tally (
    day TEXT NOT NULL,
    outcome TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, outcome)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vote (
    chat INTEGER NOT NULL,
    message INTEGER NOT NULL,
    person INTEGER NOT NULL,
    up INTEGER NOT NULL,
    document TEXT NOT NULL,
    library INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (chat, message, person)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS logging_chat (chat INTEGER PRIMARY KEY, since INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS logged_question (
    chat INTEGER NOT NULL,
    person INTEGER,
    at INTEGER NOT NULL,
    question TEXT NOT NULL,
    status TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS logged_question_at ON logged_question (at);
CREATE TABLE IF NOT EXISTS change (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS administrator (
    person INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    by INTEGER NOT NULL,
    at INTEGER NOT NULL
);
