//! What the client asks, judged by GitHub's own descriptions.

use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use threadmodel::github::{permissions::OPERATIONS, queries};

use super::shared::{shared_json, shared_part};

/// GitHub's schema defines two fields of `EnterpriseOwnerInfo` twice; nothing else may be wrong with it.
fn schema(text: &str) -> Valid<Schema> {
    match Schema::parse_and_validate(text, "schema.graphql") {
        Ok(schema) => schema,
        Err(broken) => {
            for error in broken.errors.iter() {
                let message = error.to_string();
                assert!(message.contains("duplicate definitions for the `repositoryDeployKeySetting"), "{message}");
            }
            Valid::assume_valid(broken.partial)
        }
    }
}

#[test]
fn every_graphql_document_is_valid() {
    let documents = queries::all();
    let Some(path) = shared_part("github/schema.graphql", documents.len()) else { return };
    let schema = schema(&std::fs::read_to_string(path).unwrap());
    for (name, text) in documents {
        let document = ExecutableDocument::parse_and_validate(&schema, &text, format!("{name}.graphql"));
        assert!(document.is_ok(), "{name}: {}", document.unwrap_err().errors);
    }
}

/// These are not among the operations that were cut out of the description:
/// <https://docs.github.com/en/rest/pulls/comments#delete-a-review-comment-for-a-pull-request>,
/// <https://docs.github.com/en/rest/issues/comments#delete-an-issue-comment>,
/// <https://docs.github.com/en/rest/issues/issues#get-an-issue>,
/// <https://docs.github.com/en/rest/teams/teams#check-team-permissions-for-a-repository>.
const NOT_DESCRIBED: [&str; 5] = [
    "GET /repos/{owner}/{repo}/issues/{issue_number}",
    "GET /orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}",
    "POST /graphql",
    "DELETE /repos/{owner}/{repo}/pulls/comments/{comment_id}",
    "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}",
];

#[test]
fn every_operation_of_the_table_exists() {
    let Some(openapi) = shared_json::<serde_json::Value>("github/openapi.json", OPERATIONS.len()) else { return };
    for operation in OPERATIONS {
        let name = format!("{} {}", operation.method, operation.path);
        let described = &openapi["paths"][operation.path][operation.method.to_lowercase()];
        assert!(described.is_object() || NOT_DESCRIBED.contains(&name.as_str()), "{name}");
    }
}
