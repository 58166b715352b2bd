//! Issues, as far as others name them: opened, and deleted by whoever may.

use std::sync::Arc;

use super::log::LogEvent;
use super::model::{Id, Issue, Permission};
use super::world::{Done, Refusal, World, invalid};

impl World {
    /// Opens an issue; it takes the next number of the repository, which pull requests count in, too.
    pub fn open_issue(&mut self, by: Id, repo: Id, title: &str, body: &str) -> Done<u64> {
        self.need(by, repo, Permission::Read)?;
        if title.trim().is_empty() {
            return invalid("title can't be blank");
        }
        let id = self.fresh("issue");
        let number = self.get_repo(repo)?.next_number;
        self.edit_repo(repo, |repo| repo.next_number += 1);
        let (title, body) = (title.to_owned(), body.to_owned());
        let issue = Issue { id, repo, number, author: by, title, body, created_at: self.now, deleted: false };
        let event =
            LogEvent::IssueOpened { repo: self.state.full_name(repo), issue: number, title: issue.title.clone() };
        self.edit().issues.insert(id, Arc::new(issue));
        self.note(by, event);
        Ok(number)
    }

    /// Deletes an issue: administrators may. Its number is never used again.
    pub fn delete_issue(&mut self, by: Id, repo: Id, number: u64) -> Done {
        self.need(by, repo, Permission::Admin)?;
        let id = self.state.issue(repo, number).ok_or(Refusal::NotFound)?.id;
        if let Some(issue) = self.edit().issues.get_mut(&id) {
            Arc::make_mut(issue).deleted = true;
        }
        let event = LogEvent::IssueDeleted { repo: self.state.full_name(repo), issue: number };
        self.note(by, event);
        Ok(())
    }
}
