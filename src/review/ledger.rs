//! The ledger as people read it: who said what, the newer of the same person in place of the older.

use crate::threat_model::{Fact, Source};

/// Facts that stand, oldest first, each with the one of the same person about the same thing that it replaces.
pub fn current(facts: &[Fact]) -> Vec<(&Fact, Option<&Fact>)> {
    let mut standing: Vec<(&Fact, Option<&Fact>)> = Vec::new();
    let mut all: Vec<&Fact> = facts.iter().collect();
    all.sort_by_key(|fact| fact.at);
    for fact in all {
        let replaced = standing.iter().position(|(older, _)| replaces(fact, older));
        let old = replaced.map(|at| standing.remove(at).0);
        standing.push((fact, old));
    }
    standing
}

/// The same person says something else about the same thing.
fn replaces(newer: &Fact, older: &Fact) -> bool {
    let (Source::Reply { login: one, comment: in_one, .. }, Source::Reply { login: other, comment: in_other, .. }) =
        (&newer.source, &older.source)
    else {
        return false;
    };
    let same_thing = newer.concern.is_some() && newer.concern == older.concern && newer.slot == older.slot;
    same_thing && one == other && in_one != in_other && newer.at > older.at && newer.statement != older.statement
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threat_model::Slot;
    use crate::time::Timestamp;

    fn fact(login: &str, statement: &str, at: i64) -> Fact {
        let source =
            Source::Reply { comment: format!("C{at}"), login: login.to_owned(), quotation: statement.to_owned() };
        let concern = Some("link-lifetime".to_owned());
        Fact { slot: Slot::Retention, concern, statement: statement.to_owned(), source, at: Timestamp(at) }
    }

    #[test]
    fn a_newer_word_replaces_an_older_one_of_the_same_person_only() {
        let facts = [fact("ana", "7 days", 1), fact("ben", "one day", 2), fact("ana", "3 days", 3)];
        let standing: Vec<_> = current(&facts)
            .into_iter()
            .map(|(fact, old)| (fact.statement.as_str(), old.map(|old| old.statement.as_str())))
            .collect();
        assert_eq!(standing, [("one day", None), ("3 days", Some("7 days"))]);
    }
}
