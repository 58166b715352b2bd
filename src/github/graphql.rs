//! GraphQL queries. Errors come with HTTP status 200, sometimes beside partial data.

use http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::GitHub;
use super::limits::{Failure, GraphQlError};

impl GitHub {
    /// Asks a query whose answer counts only in whole.
    pub(crate) async fn query<T: DeserializeOwned>(
        &self,
        installation: u64,
        document: &str,
        variables: &Value,
    ) -> Result<T, Failure> {
        let data = self.query_partly(installation, document, variables, |_| false).await?;
        decode(data)
    }

    /// Asks a query; errors that `expected` accepts (a node that is gone) do not spoil the answer.
    pub(crate) async fn query_partly(
        &self,
        installation: u64,
        document: &str,
        variables: &Value,
        expected: impl Fn(&GraphQlError) -> bool + Sync,
    ) -> Result<Value, Failure> {
        let body = json!({ "query": document, "variables": variables });
        let url = &self.inner.config.endpoints.graphql;
        let mut patience = self.patience();
        loop {
            match self.query_once(installation, url, &body, &expected).await {
                Ok(data) => return Ok(data),
                Err(failure) => patience.after(failure).await?,
            }
        }
    }

    async fn query_once(
        &self,
        installation: u64,
        url: &str,
        body: &Value,
        expected: &(impl Fn(&GraphQlError) -> bool + Sync),
    ) -> Result<Value, Failure> {
        let answer = self.once(installation, Method::POST, url, Some(body)).await.map_err(|failure| match failure {
            // A query changes nothing: that it may have been carried out is no obstacle to asking again.
            Failure::Delay { seconds: 5, why } => Failure::Uncertain { why },
            other => other,
        })?;
        let mut value: Value = answer.json()?;
        let errors = GraphQlError::all(&value);
        if let Some(error) = errors.iter().find(|e| !expected(e)) {
            return Err(error.failure(&answer.headers, self.now()));
        }
        match value.get_mut("data").map(Value::take) {
            Some(data) if data.is_object() => Ok(data),
            _ => Err(Failure::Uncertain { why: "GitHub's GraphQL answer holds no data".to_owned() }),
        }
    }
}

pub(crate) fn decode<T: DeserializeOwned>(data: Value) -> Result<T, Failure> {
    serde_json::from_value(data)
        .map_err(|e| Failure::Uncertain { why: format!("GitHub's GraphQL answer is not what its schema says: {e}") })
}
