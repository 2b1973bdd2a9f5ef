CREATE TABLE validity (
    old TEXT NOT NULL,
    new TEXT NOT NULL,
    effect TEXT NOT NULL,
    by INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (old, new)
) WITHOUT ROWID;
CREATE INDEX validity_new ON validity (new);
