//! What reviews are measured by: numbers, kept with each pull request and added up for the operator.

use sqlx::Row as _;

use super::{Claim, Store, StoreError, id};
use crate::review::measure::{Group, Measures, Totals, totals};

/// Version of the stored numbers. Those of another version are not counted until the next look measures anew.
const SCHEMA: i64 = 1;

impl Store {
    /// Notes what the claimed pull request's review is measured by; writes only what changed.
    pub async fn note_measures(&self, claim: &Claim, measures: &Measures) -> Result<(), StoreError> {
        let (pull, claim) = (claim.pull, claim.clone());
        let methodology = measures.methodology.clone();
        let json = serde_json::to_string(measures).map_err(|error| StoreError::Unwritable(error.to_string()))?;
        let before: Option<String> = self
            .read(move |connection| {
                Box::pin(async move {
                    let statement = "SELECT measures FROM measures WHERE repository_id = $1 AND number = $2";
                    let found = sqlx::query_scalar(statement).bind(id(pull.repository)).bind(id(pull.number));
                    Ok(found.fetch_optional(connection).await?)
                })
            })
            .await?;
        if before.as_ref() == Some(&json) {
            return Ok(());
        }
        self.write(move |connection| {
            Box::pin(async move {
                super::wakes::held(connection, claim.pull, &claim.token).await?;
                sqlx::query(
                    "INSERT INTO measures (repository_id, number, installation_id, methodology, schema_version, measures)
                     VALUES ($1, $2, $3, $4, $5, $6)
                     ON CONFLICT (repository_id, number) DO UPDATE SET installation_id = excluded.installation_id,
                        methodology = excluded.methodology, schema_version = excluded.schema_version,
                        measures = excluded.measures",
                )
                .bind(id(claim.pull.repository))
                .bind(id(claim.pull.number))
                .bind(id(claim.label.installation))
                .bind(methodology)
                .bind(SCHEMA)
                .bind(json)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// What all reviews are measured by, added up by repository and methodology.
    pub async fn totals(&self) -> Result<Vec<(Group, Totals)>, StoreError> {
        self.read(|connection| {
            Box::pin(async move {
                let rows = sqlx::query(
                    "SELECT r.owner, r.name, m.measures FROM measures m JOIN repositories r USING (repository_id)
                      WHERE m.schema_version = $1",
                )
                .bind(SCHEMA)
                .fetch_all(connection)
                .await?;
                let mut read = Vec::with_capacity(rows.len());
                for row in &rows {
                    let (owner, name): (&str, &str) = (row.try_get("owner")?, row.try_get("name")?);
                    if let Ok(measures) = serde_json::from_str::<Measures>(row.try_get("measures")?) {
                        read.push((format!("{owner}/{name}"), measures));
                    }
                }
                Ok(totals(read.iter().map(|(repository, measures)| (repository.as_str(), measures))))
            })
        })
        .await
    }
}
