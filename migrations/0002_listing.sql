-- What listing GitHub needs: pull requests that no delivery told us of are found by it.

-- GitHub's `updated_at` of a pull request at the last look: a listed one that is newer is looked at.
ALTER TABLE pulls ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
-- When the repository was added to an installation that stood before.
ALTER TABLE repositories ADD COLUMN added_at BIGINT NOT NULL DEFAULT 0;
-- When its open pull requests were last listed, and up to which `updated_at` everything was seen.
ALTER TABLE repositories ADD COLUMN listed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE repositories ADD COLUMN listed_through BIGINT NOT NULL DEFAULT 0;
