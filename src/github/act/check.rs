//! The check run as GitHub takes it: <https://docs.github.com/en/rest/checks/runs>.

use serde_json::{Map, Value, json};

use crate::review::wanted::{Action, Conclusion, WantedCheck};

/// GitHub's limit for the summary is 65,535 characters.
const LONGEST: usize = 65_000;
const LONGEST_TITLE: usize = 250;

/// The body of a new run.
pub(super) fn create(check: &WantedCheck) -> Value {
    let mut fields = fields(check);
    fields.insert("head_sha".into(), json!(check.key.sha));
    Value::Object(fields)
}

/// The body of an update: a run stays on its commit.
pub(super) fn update(check: &WantedCheck) -> Value {
    Value::Object(fields(check))
}

fn fields(check: &WantedCheck) -> Map<String, Value> {
    let mut fields = Map::new();
    fields.insert("name".into(), json!(check.key.name));
    fields.insert("external_id".into(), json!(check.key));
    let conclusion = match check.conclusion {
        Conclusion::InProgress => None,
        Conclusion::ActionRequired => Some("action_required"),
        Conclusion::Success => Some("success"),
    };
    match conclusion {
        Some(conclusion) => {
            fields.insert("status".into(), json!("completed"));
            fields.insert("conclusion".into(), json!(conclusion));
            // Buttons show after completion only; an empty list takes old ones away.
            fields.insert("actions".into(), check.actions.iter().take(3).map(|a| button(*a)).collect());
        }
        None => {
            fields.insert("status".into(), json!("in_progress"));
        }
    }
    let output = json!({ "title": cut(&check.title, LONGEST_TITLE), "summary": cut(check.summary.as_str(), LONGEST) });
    fields.insert("output".into(), output);
    fields
}

/// Label, description and identifier: at most 20, 40 and 20 characters.
fn button(action: Action) -> Value {
    let (label, description) = match action {
        Action::DraftNow => ("Draft now", "Draft on what is known"),
        Action::RunAgain => ("Run again", "Analyse the current documents anew"),
        Action::TryAgain => ("Try again", "Try again after a failure"),
    };
    json!({ "label": label, "description": description, "identifier": action })
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::record::CheckKey;

    fn check(conclusion: Conclusion) -> WantedCheck {
        WantedCheck {
            key: CheckKey { name: "threadmodel: main".into(), sha: "abc".into() },
            conclusion,
            title: "t".repeat(300),
            summary: crate::prose::markdown::words("s"),
            actions: vec![Action::DraftNow, Action::RunAgain, Action::TryAgain],
            nonce: 0,
        }
    }

    #[test]
    fn a_run_in_progress_has_no_conclusion_and_no_buttons() {
        let body = create(&check(Conclusion::InProgress));
        assert_eq!(body["status"], "in_progress");
        assert_eq!(body["head_sha"], "abc");
        assert_eq!(body["external_id"], "abc threadmodel: main");
        assert!(body.get("conclusion").is_none() && body.get("actions").is_none());
    }

    #[test]
    fn a_completed_run_fits_githubs_limits() {
        let body = update(&check(Conclusion::Success));
        assert!(body.get("head_sha").is_none());
        assert_eq!(body["conclusion"], "success");
        let length = |value: &Value| value.as_str().map_or(usize::MAX, |text| text.chars().count());
        assert!(length(&body["output"]["title"]) <= 255);
        let buttons = body["actions"].as_array().cloned().unwrap_or_default();
        assert_eq!(buttons.len(), 3);
        for button in buttons {
            assert!(
                length(&button["label"]) <= 20
                    && length(&button["description"]) <= 40
                    && length(&button["identifier"]) <= 20
            );
        }
        assert_eq!(update(&check(Conclusion::ActionRequired))["conclusion"], "action_required");
    }
}
