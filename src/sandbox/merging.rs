//! What stands in the way of a merge: draft, conflicts, required checks, approvals, code owners, conversations.

use super::git::Files;
use super::model::{CheckRun, Id, Oid, Permission, Protection, Pull, PullState, Review, ReviewState, State};
use super::world::World;

impl State {
    /// The newest run of a name on a commit (of one App, when pinned): it alone counts.
    pub fn newest_run(&self, repo: Id, sha: &str, name: &str, app: Option<Id>) -> Option<&CheckRun> {
        let network = self.repos.get(&repo)?.id;
        self.runs
            .values()
            .rfind(|run| {
                run.repo == network && run.sha == sha && run.name == name && app.is_none_or(|app| run.app == app)
            })
            .map(AsRef::as_ref)
    }

    /// The last opinion of each person: approved, changes requested or dismissed, by submission.
    pub fn latest_opinions(&self, pull: Id) -> Vec<&Review> {
        let mut latest: std::collections::BTreeMap<Id, &Review> = std::collections::BTreeMap::new();
        let opinions = self.reviews.values().filter(|review| {
            review.pull == pull
                && matches!(
                    review.state,
                    ReviewState::Approved | ReviewState::ChangesRequested | ReviewState::Dismissed
                )
        });
        for review in opinions {
            latest
                .entry(review.author)
                .and_modify(|known| {
                    if (review.submitted_at, review.id) > (known.submitted_at, known.id) {
                        *known = review;
                    }
                })
                .or_insert(review);
        }
        latest.into_values().collect()
    }
}

impl World {
    /// Why the pull request cannot be merged now; empty: it can.
    pub fn merge_blockers(&self, pull: &Pull) -> Vec<String> {
        let mut reasons = Vec::new();
        if pull.state != PullState::Open {
            reasons.push("Pull request is not open".to_owned());
        }
        if pull.draft {
            reasons.push("Pull Request is still a draft".to_owned());
        }
        if self.merged_files(pull).is_none() {
            reasons.push("Merge conflict".to_owned());
        }
        // The layers of a stack are judged by the rules of the stack's base.
        let base = pull.stack_base.as_ref().unwrap_or(&pull.base);
        if let Some(rules) = self.state.rules(pull.repo, base) {
            self.rule_blockers(pull, rules, &mut reasons);
        }
        reasons
    }

    fn rule_blockers(&self, pull: &Pull, rules: &Protection, reasons: &mut Vec<String>) {
        for check in &rules.required_checks {
            let run = self.state.newest_run(pull.repo, &pull.head_sha, &check.context, check.app_id);
            let conclusion = run.and_then(|run| run.conclusion.as_deref());
            match (run, conclusion) {
                (Some(_), Some("success" | "neutral" | "skipped")) => {}
                (Some(_), Some(other)) => {
                    reasons.push(format!("Required status check \"{}\" is {other}", check.context));
                }
                _ => reasons.push(format!("Required status check \"{}\" is expected", check.context)),
            }
        }
        let opinions = self.state.latest_opinions(pull.id);
        let writers: Vec<&&Review> = opinions
            .iter()
            .filter(|review| self.state.permission(review.author, pull.repo) >= Permission::Write)
            .collect();
        let asks_reviews = rules.required_approvals > 0 || rules.code_owner_review;
        if asks_reviews && writers.iter().any(|review| review.state == ReviewState::ChangesRequested) {
            reasons.push("Changes requested".to_owned());
        }
        let approvers: Vec<Id> =
            writers.iter().filter(|review| review.state == ReviewState::Approved).map(|review| review.author).collect();
        if approvers.len() < usize::try_from(rules.required_approvals).unwrap_or(usize::MAX) {
            reasons.push(format!("At least {} approving review is required", rules.required_approvals));
        }
        if rules.code_owner_review {
            let lacking = self
                .owners_of_pull(pull)
                .into_iter()
                .filter(|rule| !rule.nobody() && !approvers.iter().any(|user| rule.includes(&self.state, *user)))
                .count();
            if lacking > 0 {
                reasons.push("Waiting on code owner review".to_owned());
            }
        }
        let open =
            self.state.threads.values().filter(|thread| thread.pull == pull.id && thread.resolved_by.is_none()).count();
        if rules.conversation_resolution && open > 0 {
            reasons.push(format!("{open} conversations must be resolved"));
        }
    }

    /// The tree of the merge; `None` on a conflict.
    pub(super) fn merged_files(&self, pull: &Pull) -> Option<Files> {
        let git = self.git(pull.repo);
        let tip: &Oid = self.state.repos.get(&pull.repo)?.branches.get(&pull.base)?;
        let base = git.merge_base(tip, &pull.head_sha).and_then(|sha| git.files(&sha)).unwrap_or_default();
        git.merge_files(&base, git.files(tip)?.as_ref(), git.files(&pull.head_sha)?.as_ref())
    }

    /// REST's `mergeable_state`.
    pub fn mergeable_state(&self, pull: &Pull) -> &'static str {
        if pull.state != PullState::Open {
            return "unknown";
        }
        if self.merged_files(pull).is_none() {
            return "dirty";
        }
        if pull.draft {
            return "draft";
        }
        if !self.merge_blockers(pull).is_empty() {
            return "blocked";
        }
        let red = self.state.runs.values().any(|run| {
            run.repo == pull.repo
                && run.sha == pull.head_sha
                && !matches!(run.conclusion.as_deref(), Some("success" | "neutral" | "skipped"))
        });
        if red { "unstable" } else { "clean" }
    }

    /// GraphQL's `reviewDecision`.
    pub fn review_decision(&self, pull: &Pull) -> Option<&'static str> {
        let rules = self.state.rules(pull.repo, &pull.base)?;
        if rules.required_approvals == 0 && !rules.code_owner_review {
            return None;
        }
        let mut reasons = Vec::new();
        self.rule_blockers(
            pull,
            &Protection { required_checks: Vec::new(), conversation_resolution: false, ..rules.clone() },
            &mut reasons,
        );
        Some(match () {
            () if reasons.iter().any(|reason| reason == "Changes requested") => "CHANGES_REQUESTED",
            () if reasons.is_empty() => "APPROVED",
            () => "REVIEW_REQUIRED",
        })
    }
}
