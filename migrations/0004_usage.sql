-- What model providers were asked, a row for each request, and each time the built-in analyst stood in. Numbers and names of
-- models only: no text of anybody.
CREATE TABLE usage (
    id              INTEGER PRIMARY KEY,
    at              BIGINT NOT NULL,
    repository_id   BIGINT NOT NULL,
    number          BIGINT NOT NULL,
    installation_id BIGINT NOT NULL,
    task            TEXT NOT NULL,
    model           TEXT NOT NULL,
    input           BIGINT NOT NULL,
    cached          BIGINT NOT NULL,
    cache_written   BIGINT NOT NULL,
    output          BIGINT NOT NULL,
    micros          BIGINT NOT NULL,
    millis          BIGINT NOT NULL,
    trouble         TEXT,
    stood_in        TEXT
);
CREATE INDEX usage_by_pull ON usage (repository_id, number);
CREATE INDEX usage_by_time ON usage (installation_id, at);

-- With what an analysis may be made, apart from the task, which its key covers.
ALTER TABLE analyses ADD COLUMN means TEXT NOT NULL DEFAULT '{}';
