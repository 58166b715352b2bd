-- Organisational memory, and what each review is measured by.

-- What teams decided, by a stable name. People's text, so it names its installation and is deleted with it. A forgotten
-- decision keeps its name and nothing else, so that it is not remembered again by itself.
CREATE TABLE memory (
    repository_id   BIGINT NOT NULL,
    id              TEXT NOT NULL,
    number          BIGINT NOT NULL,
    installation_id BIGINT NOT NULL,
    owner           TEXT NOT NULL,
    kind            TEXT NOT NULL,
    at              BIGINT NOT NULL,
    until           BIGINT,
    forgotten_at    BIGINT,
    schema_version  BIGINT NOT NULL,
    decision        TEXT,
    PRIMARY KEY (repository_id, id)
);
CREATE INDEX memory_by_installation ON memory (installation_id, at);

-- Numbers of each review: no names of people, no text.
CREATE TABLE measures (
    repository_id   BIGINT NOT NULL,
    number          BIGINT NOT NULL,
    installation_id BIGINT NOT NULL,
    methodology     TEXT NOT NULL,
    schema_version  BIGINT NOT NULL,
    measures        TEXT NOT NULL,
    PRIMARY KEY (repository_id, number)
);
CREATE INDEX measures_by_installation ON measures (installation_id);
