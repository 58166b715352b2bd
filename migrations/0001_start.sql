-- Times are milliseconds since the Unix epoch, UTC. Ids are GitHub's numeric ids. People's text stands only in
-- `records` and `analyses`; each of their rows names its installation, so that it can be deleted with it.

-- One row: proof that the file can be written.
CREATE TABLE heartbeat (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    at   BIGINT NOT NULL
);

-- Deliveries that were acknowledged. No payload.
CREATE TABLE deliveries (
    guid        TEXT PRIMARY KEY,
    event       TEXT NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE INDEX deliveries_by_age ON deliveries (received_at);

-- Whose turn it is: `served` and `analysed` count claims, the lowest goes first.
CREATE TABLE installations (
    installation_id BIGINT PRIMARY KEY,
    served          BIGINT NOT NULL DEFAULT 0,
    analysed        BIGINT NOT NULL DEFAULT 0
);

-- Names are labels, ids are keys: a rename or a transfer changes a row here and nothing else.
CREATE TABLE repositories (
    repository_id   BIGINT PRIMARY KEY,
    owner           TEXT NOT NULL,
    name            TEXT NOT NULL,
    installation_id BIGINT NOT NULL
);
CREATE INDEX repositories_by_installation ON repositories (installation_id);

-- Pull requests as last looked at: what the sweep, fan-outs and shared commits need to know.
CREATE TABLE pulls (
    repository_id BIGINT NOT NULL REFERENCES repositories (repository_id) ON DELETE CASCADE,
    number        BIGINT NOT NULL,
    is_open       BOOLEAN NOT NULL,
    head          TEXT NOT NULL,
    base          TEXT NOT NULL,
    check_name    TEXT NOT NULL,
    gate_open     BOOLEAN NOT NULL,
    looked_at     BIGINT NOT NULL,
    PRIMARY KEY (repository_id, number)
);
CREATE INDEX pulls_by_head ON pulls (repository_id, head);
CREATE INDEX pulls_by_age ON pulls (is_open, looked_at);

-- Pull requests to look at, one row each.
CREATE TABLE wakes (
    repository_id BIGINT NOT NULL REFERENCES repositories (repository_id) ON DELETE CASCADE,
    number        BIGINT NOT NULL,
    class         INTEGER NOT NULL,
    due_at        BIGINT NOT NULL,
    not_before    BIGINT NOT NULL,
    attempts      INTEGER NOT NULL,
    lease_token   TEXT,
    lease_until   BIGINT,
    again_class   INTEGER,
    again_due     BIGINT,
    gave_up       TEXT,
    dead_at       BIGINT,
    PRIMARY KEY (repository_id, number)
);
CREATE INDEX wakes_by_due ON wakes (due_at);

-- Hints that concern many pull requests.
CREATE TABLE fanouts (
    scope           TEXT NOT NULL,
    installation_id BIGINT NOT NULL,
    repository_id   BIGINT NOT NULL,
    subject         TEXT NOT NULL,
    due_at          BIGINT NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    lease_token     TEXT,
    lease_until     BIGINT,
    again           BOOLEAN NOT NULL DEFAULT FALSE,
    failed          TEXT,
    PRIMARY KEY (scope, installation_id, repository_id, subject)
);

-- What was done about each pull request: JSON of a schema version.
CREATE TABLE records (
    repository_id   BIGINT NOT NULL,
    number          BIGINT NOT NULL,
    installation_id BIGINT NOT NULL,
    schema_version  BIGINT NOT NULL,
    record          TEXT NOT NULL,
    PRIMARY KEY (repository_id, number)
);
CREATE INDEX records_by_installation ON records (installation_id);

-- Analyses by the digest of what they may use.
CREATE TABLE analyses (
    repository_id   BIGINT NOT NULL,
    number          BIGINT NOT NULL,
    key             TEXT NOT NULL,
    installation_id BIGINT NOT NULL,
    schema_version  BIGINT NOT NULL,
    task            TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('waiting', 'leased', 'done', 'failed')),
    since           BIGINT NOT NULL,
    not_before      BIGINT NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    lease_token     TEXT,
    lease_until     BIGINT,
    answer          TEXT,
    why             TEXT,
    ended_at        BIGINT,
    PRIMARY KEY (repository_id, number, key)
);
CREATE INDEX analyses_by_state ON analyses (state, not_before);
CREATE INDEX analyses_by_installation ON analyses (installation_id);

-- Button presses and re-run requests of verified deliveries. `number` is 0 where GitHub did not say which pull request.
CREATE TABLE presses (
    guid            TEXT NOT NULL,
    repository_id   BIGINT NOT NULL,
    number          BIGINT NOT NULL,
    installation_id BIGINT NOT NULL,
    sender          BIGINT NOT NULL,
    login           TEXT NOT NULL,
    action          TEXT NOT NULL,
    sha             TEXT NOT NULL,
    at              BIGINT NOT NULL,
    PRIMARY KEY (guid, number)
);
CREATE INDEX presses_by_pull ON presses (repository_id, number);

-- What happened, in ids and digests. Rows are added, never changed.
CREATE TABLE audit (
    id              INTEGER PRIMARY KEY,
    at              BIGINT NOT NULL,
    installation_id BIGINT NOT NULL,
    repository_id   BIGINT NOT NULL,
    number          BIGINT NOT NULL,
    what            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    digest          TEXT
);
CREATE INDEX audit_by_pull ON audit (repository_id, number);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
