//! Who may do something, by a reply and by the document: "only administrators" against "anyone". Both have to speak of doing the
//! same to the same thing. When in doubt there is no contradiction.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::choose::Options;
use super::contradiction::Contradiction;
use super::said::{Heard, Said};
use super::words::{DENIES, HEDGE, NO, SCOPED, stems};
use crate::analyst::AssessInput;
use crate::analyst::builtin::reading::{Permission, Reading};
use crate::analyst::builtin::suggest;
use crate::analyst::builtin::view::{Statement, View, window};
use crate::document::SentenceKind;
use crate::threat_model::{Anchor, Suggestion};

static EVERYBODY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:anyone|anybody|everyone|everybody|(?:all|any|every) (?:users?|accounts?|employees?|staff|customers?|members?|people|guests?))(?: with (?:an account|access))?\b").ok()
});
static ONLY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^\W*(?:no[,;:]?\s+)?only (?:the |our )?(?P<who>[\w-]+(?: (?:admins?|administrators?|owners?|staff|team|members?|operators?|managers?|engineers?))?)(?: (?:can|may|are|is)\b|\W*$|[,;.])").ok()
});

/// Who may, by a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reach {
    Everybody(String),
    Only(String),
}

/// Holds the reply's people against the document's.
pub(super) fn find(options: Options<'_>, input: &AssessInput, heard: &Heard<'_>) -> Option<Contradiction> {
    let reach = reach(options, heard)?;
    let view = View::read(input.document.as_ref()?);
    let reading = Reading::of(&view);
    let topic = Topic::of(input, &heard.own);
    let of_topic: Vec<(&Statement, &Permission)> = reading
        .permissions()
        .iter()
        .filter_map(|p| Some((view.statements.get(p.statement)?, p)))
        .filter(|(s, p)| is_plain(s) && topic.is(s, p))
        .collect();
    // A document that says both is its own affair.
    if of_topic.iter().any(|(_, p)| !excludes(&reach, p)) {
        return None;
    }
    let (statement, permission) = of_topic.into_iter().next()?;
    let document = Anchor {
        path: view.document.path().to_owned(),
        start_line: statement.lines.start,
        end_line: statement.lines.end,
        quotation: window(&statement.text, permission.at, 25),
    };
    Some(Contradiction { suggestion: swap(&view, &document, permission, &reach), document })
}

/// Whom a reply names without reserve; else the answer that it picks.
fn reach(options: Options<'_>, heard: &Heard<'_>) -> Option<Reach> {
    let own = heard.own.as_str();
    if HEDGE.are_in(own) || SCOPED.are_in(own) {
        return None;
    }
    let chosen = if let Said::Chosen { branches, .. } = &heard.said { options.texts(branches) } else { String::new() };
    if let Some(who) = ONLY.as_ref()?.captures(own).and_then(|c| c.name("who")) {
        return Some(Reach::Only(who.as_str().to_owned()));
    }
    let everybody = |text: &str| EVERYBODY.as_ref().and_then(|r| r.find(text)).map(|m| m.as_str().to_lowercase());
    // "No, anyone may" denies nothing of that.
    let without = |text: &str| !DENIES.are_in(NO.split(text).map_or(text, |(_, rest)| rest));
    let said = everybody(own).filter(|_| without(own)).or_else(|| everybody(&chosen).filter(|_| without(&chosen)))?;
    Some(Reach::Everybody(said))
}

fn is_plain(statement: &Statement) -> bool {
    let running = matches!(statement.kind, SentenceKind::Paragraph | SentenceKind::ListItem);
    running && statement.weight > 0 && !statement.text.contains('?') && !SCOPED.are_in(&statement.text)
}

/// What was asked about.
struct Topic {
    thing: BTreeSet<String>,
    asked: BTreeSet<String>,
    quoted: String,
}

impl Topic {
    fn of(input: &AssessInput, own: &str) -> Self {
        let question = &input.question;
        Self {
            thing: stems(&question.subject).into_iter().collect(),
            asked: stems(&format!("{} {own}", question.text)).into_iter().collect(),
            quoted: question.anchor.quotation.clone(),
        }
    }

    /// Whether a permission is what was asked about: it stands in the quoted sentence, or lets do the same to the same.
    fn is(&self, statement: &Statement, permission: &Permission) -> bool {
        let here = !self.quoted.trim().is_empty() && statement.text.contains(self.quoted.as_str());
        let thing = stems(&permission.object).iter().any(|s| self.thing.contains(s));
        let doing = stems(&permission.verb).iter().any(|s| self.asked.contains(s));
        doing && (here || thing)
    }
}

fn excludes(reach: &Reach, permission: &Permission) -> bool {
    let everybody = EVERYBODY.as_ref().is_some_and(|r| r.is_match(&permission.actor));
    match reach {
        Reach::Everybody(_) => permission.only || permission.negated,
        Reach::Only(_) if everybody => !permission.negated,
        Reach::Only(who) => {
            let (theirs, ours) = (stems(&permission.actor), stems(who));
            permission.only && !permission.negated && !theirs.iter().any(|s| ours.contains(s))
        }
    }
}

/// The document's line with the reply's people instead of its own.
fn swap(view: &View, anchor: &Anchor, permission: &Permission, reach: &Reach) -> Option<Suggestion> {
    if permission.negated {
        return None;
    }
    let actor = regex::escape(&permission.actor);
    let written = Regex::new(&format!(r"(?i)\b(?:only )?(?:the |an? )?{actor}\b")).ok()?;
    let instead = match reach {
        Reach::Everybody(who) => who.clone(),
        Reach::Only(who) => format!("only {who}"),
    };
    let mut lines = (anchor.start_line..=anchor.end_line).filter_map(|n| Some((n, view.document.line_text(n)?)));
    let (line, text) = lines.find(|(_, text)| written.is_match(text))?;
    if lines.any(|(_, text)| written.is_match(text))
        || written.find_iter(text).count() != 1
        || !suggest::is_prose(view, line)
    {
        return None;
    }
    let old = written.find(text)?;
    let large = old.as_str().starts_with(char::is_uppercase);
    let new = if large { crate::analyst::builtin::template::capital(&instead) } else { instead };
    let replacement = format!("{}{new}{}", text.get(..old.start())?, text.get(old.end()..)?);
    Some(Suggestion { path: anchor.path.clone(), start_line: line, end_line: line, replacement })
}
