//! From the tree to a [`Policy`]: every name, type and range is checked here, with what is allowed.

use std::ops::RangeInclusive;

use super::globs::{MAX_PATTERN_BYTES, MAX_PATTERNS, branch_pattern};
use super::problem::{PolicyProblem, alternatives, did_you_mean, quoted};
use super::tree::{Entry, Node, Value};
use super::values::is_repository_path;
use super::{
    Approval, Budget, Check, Globs, Language, Methodology, Mode, Outsiders, Period, Policy, Questions, ReminderThen,
    Reminders, Suggestions, TeamRef, Trivial, TrivialThen, Visibility,
};

type Read<T> = Result<T, PolicyProblem>;

/// The settings, each with the settings in it.
pub(super) const SETTINGS: &[(&str, &[&str])] = &[
    ("documents", &[]),
    ("ignore", &[]),
    ("mode", &[]),
    ("check", &["name", "groups"]),
    ("methodology", &[]),
    ("questions", &["max", "followups", "rounds"]),
    ("approval", &["teams", "required", "must_fix", "fallback"]),
    ("trivial", &["paths", "then", "sample"]),
    ("reminders", &["after", "then"]),
    ("context", &[]),
    ("prompts", &[]),
    ("suggestions", &[]),
    ("visibility", &[]),
    ("outsiders", &[]),
    ("links", &[]),
    ("budget", &["tokens_per_review", "calls_per_hour"]),
    ("language", &[]),
];

/// Every name of a setting, `approval` as well as `approval.required`.
pub(super) fn names() -> Vec<String> {
    let own = |(name, inner): &(&str, &[&str])| {
        let inner: Vec<String> = inner.iter().map(|inner| format!("{name}.{inner}")).collect();
        [vec![(*name).to_owned()], inner].concat()
    };
    SETTINGS.iter().flat_map(own).collect()
}

/// Puts what a file says over what `policy` says.
pub(super) fn apply(tree: &Node, policy: &mut Policy) -> Read<()> {
    for entry in entries(tree, "the file")? {
        setting(entry, policy)?;
    }
    Ok(())
}

fn setting(entry: &Entry, policy: &mut Policy) -> Read<()> {
    let name = entry.key.as_str();
    let field = Field { name: name.to_owned(), node: &entry.node };
    match name {
        "documents" => policy.documents = field.globs()?,
        "ignore" => policy.ignore = field.globs()?,
        "mode" => {
            policy.mode = field.one_of(&[("enforce", Mode::Enforce), ("advise", Mode::Advise)])?;
        }
        "check" => check(&field, &mut policy.check)?,
        "methodology" => policy.methodology = field.methodology()?,
        "questions" => questions(&field, &mut policy.questions)?,
        "approval" => approval(&field, &mut policy.approval)?,
        "trivial" => trivial(&field, &mut policy.trivial)?,
        "reminders" => reminders(&field, &mut policy.reminders)?,
        "context" => policy.context = field.globs()?,
        "prompts" => policy.prompts = field.path()?,
        "suggestions" => {
            policy.suggestions = field.one_of(&[("on", Suggestions::On), ("off", Suggestions::Off)])?;
        }
        "visibility" => {
            policy.visibility = field.one_of(&[
                ("full", Visibility::Full),
                ("summary", Visibility::Summary),
                ("auto", Visibility::Auto),
            ])?;
        }
        "outsiders" => {
            policy.outsiders = field.one_of(&[
                ("ask-first", Outsiders::AskFirst),
                ("built-in", Outsiders::BuiltIn),
                ("full", Outsiders::Full),
            ])?;
        }
        "links" => policy.links = field.hosts()?,
        "budget" => budget(&field, &mut policy.budget)?,
        "language" => {
            policy.language = field.parsed(Language::parse, "`auto` or a language tag such as `en` or `pt-BR`")?;
        }
        _ => return Err(unknown(entry, "")),
    }
    Ok(())
}

fn check(field: &Field<'_>, check: &mut Check) -> Read<()> {
    field.each(|name, field| {
        match name {
            "name" => {
                check.name = field.check_name()?;
                if !check.name.contains("{base}") {
                    let message = "`check.name` must hold `{base}`: without it, a check that is green on one branch \
                                   would count on another.";
                    return Err(field.node.place.problem(message));
                }
            }
            "groups" => {
                check.groups = Vec::new();
                for entry in entries(field.node, "`check.groups`")? {
                    if let Err(reason) = branch_pattern(&entry.key) {
                        let message = format!("{} is not a pattern of branches: {reason}.", quoted(&entry.key));
                        return Err(entry.place.problem(message));
                    }
                    let group = Field { name: format!("check.groups.{}", entry.key), node: &entry.node };
                    check.groups.push((entry.key.clone(), group.check_name()?));
                }
                if check.groups.len() > MAX_PATTERNS {
                    return Err(field.expected(&format!("at most {MAX_PATTERNS} groups")));
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    })
}

fn questions(field: &Field<'_>, questions: &mut Questions) -> Read<()> {
    field.each(|name, field| {
        match name {
            "max" => questions.max = field.number(1..=20)?,
            "followups" => questions.followups = field.number(0..=10)?,
            "rounds" => questions.rounds = field.number(1..=10)?,
            _ => return Ok(false),
        }
        Ok(true)
    })
}

fn approval(field: &Field<'_>, approval: &mut Approval) -> Read<()> {
    field.each(|name, field| {
        match name {
            "teams" => approval.teams = field.teams()?,
            // A gate that needs no approval is a hole: `mode: advise` says so honestly.
            "required" => approval.required = field.number(1..=10)?,
            "must_fix" => approval.must_fix = field.yes_or_no()?,
            "fallback" => approval.fallback = field.teams()?,
            _ => return Ok(false),
        }
        Ok(true)
    })
}

fn trivial(field: &Field<'_>, trivial: &mut Trivial) -> Read<()> {
    field.each(|name, field| {
        match name {
            "paths" => trivial.paths = field.globs()?,
            "then" => {
                trivial.then =
                    field.one_of(&[("pass", TrivialThen::Pass), ("acknowledge", TrivialThen::Acknowledge)])?;
            }
            "sample" => trivial.sample = field.share()?,
            _ => return Ok(false),
        }
        Ok(true)
    })
}

fn reminders(field: &Field<'_>, reminders: &mut Reminders) -> Read<()> {
    field.each(|name, field| {
        match name {
            "after" => reminders.after = field.parsed(Period::parse, Period::ALLOWED)?,
            "then" => {
                reminders.then = field.one_of(&[("draft", ReminderThen::Draft), ("wait", ReminderThen::Wait)])?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    })
}

fn budget(field: &Field<'_>, budget: &mut Budget) -> Read<()> {
    field.each(|name, field| {
        match name {
            "tokens_per_review" => budget.tokens_per_review = field.number(1_000..=100_000_000)?,
            "calls_per_hour" => budget.calls_per_hour = field.number(1..=10_000)?,
            _ => return Ok(false),
        }
        Ok(true)
    })
}

/// The entries of a mapping. An empty value is one without entries only for the whole file.
pub(super) fn entries<'a>(node: &'a Node, what: &str) -> Read<&'a [Entry]> {
    match &node.value {
        Value::Map(entries) => Ok(entries),
        other => Err(node.place.problem(format!("{what} must hold `name: value` pairs, not {}.", described(other)))),
    }
}

fn unknown(entry: &Entry, inside: &str) -> PolicyProblem {
    let inner = SETTINGS.iter().find(|(name, _)| *name == inside).map(|(_, inner)| *inner);
    let known: Vec<&str> = inner.map_or_else(|| SETTINGS.iter().map(|(name, _)| *name).collect(), <[_]>::to_vec);
    let mut hint = did_you_mean(&entry.key, &known);
    if hint.is_empty() {
        // Perhaps it stands at the wrong level.
        let home = SETTINGS.iter().find(|(_, inner)| inner.contains(&entry.key.as_str()));
        hint = match home {
            Some((home, _)) => format!(" Did you mean `{home}.{}`?", entry.key),
            None => format!(" There are {}.", alternatives(&known).replace(" or ", " and ")),
        };
    }
    let name = if inside.is_empty() { entry.key.clone() } else { format!("{inside}.{}", entry.key) };
    entry.place.problem(format!("{} is not a setting.{hint}", quoted(&name)))
}

fn described(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Integer(value) => format!("`{value}`"),
        Value::Float(value) => format!("`{value}`"),
        Value::Text(text) => quoted(text),
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "`name: value` pairs".to_owned(),
    }
}

/// A value on its way into the policy.
struct Field<'a> {
    /// As people write it: `approval.required`.
    name: String,
    node: &'a Node,
}

impl Field<'_> {
    fn expected(&self, allowed: &str) -> PolicyProblem {
        let message = format!("{} must be {allowed}, not {}.", quoted(&self.name), described(&self.node.value));
        self.node.place.problem(message)
    }

    /// Calls `read` for each setting in a mapping; false: there is no such setting.
    fn each(&self, mut read: impl FnMut(&str, &Field<'_>) -> Read<bool>) -> Read<()> {
        for entry in entries(self.node, &quoted(&self.name))? {
            let field = Field { name: format!("{}.{}", self.name, entry.key), node: &entry.node };
            if !read(&entry.key, &field)? {
                return Err(unknown(entry, &self.name));
            }
        }
        Ok(())
    }

    fn text(&self, allowed: &str) -> Read<&str> {
        match &self.node.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.expected(allowed)),
        }
    }

    fn parsed<T>(&self, parse: impl Fn(&str) -> Option<T>, allowed: &str) -> Read<T> {
        parse(self.text(allowed)?).ok_or_else(|| self.expected(allowed))
    }

    fn one_of<T: Copy>(&self, choices: &[(&str, T)]) -> Read<T> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let choose = |text: &str| choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        self.parsed(choose, &alternatives(&words))
    }

    fn methodology(&self) -> Read<Methodology> {
        let allowed = format!(
            "{}, or the path of a file in the repository",
            Methodology::NAMES.map(|name| format!("`{name}`")).join(", ")
        );
        self.parsed(Methodology::parse, &allowed).map_err(|mut problem| {
            if let Value::Text(text) = &self.node.value {
                problem.message.push_str(&did_you_mean(text, &Methodology::NAMES));
            }
            problem
        })
    }

    fn number<N: TryFrom<i128> + Copy + PartialOrd + std::fmt::Display>(&self, allowed: RangeInclusive<N>) -> Read<N> {
        let number = match self.node.value {
            Value::Integer(value) => N::try_from(value).ok(),
            _ => None,
        };
        number
            .filter(|number| allowed.contains(number))
            .ok_or_else(|| self.expected(&format!("a whole number from {} to {}", allowed.start(), allowed.end())))
    }

    fn share(&self) -> Read<f64> {
        let share = match self.node.value {
            Value::Float(share) => Some(share),
            Value::Integer(0) => Some(0.0),
            Value::Integer(1) => Some(1.0),
            _ => None,
        };
        share.filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| self.expected("a number from 0 to 1"))
    }

    fn yes_or_no(&self) -> Read<bool> {
        match self.node.value {
            Value::Bool(value) => Ok(value),
            _ => Err(self.expected("`true` or `false`")),
        }
    }

    fn path(&self) -> Read<String> {
        let parse = |text: &str| is_repository_path(text).then(|| text.to_owned());
        self.parsed(parse, "a path in the repository, without `..` and `/` at its beginning")
    }

    fn check_name(&self) -> Read<String> {
        let parse = |text: &str| {
            let fits = !text.trim().is_empty() && text.chars().count() <= 100 && !text.chars().any(char::is_control);
            fits.then(|| text.to_owned())
        };
        self.parsed(parse, "the name of a check, of at most 100 characters")
    }

    /// Reads each item of a list.
    fn list<T>(&self, max: usize, allowed: &str, parse: impl Fn(&str) -> Option<T>) -> Read<Vec<T>> {
        let Value::List(items) = &self.node.value else {
            return Err(self.expected("a list in `[ ]`"));
        };
        if items.len() > max {
            let message = format!("{} holds more than {max} items.", quoted(&self.name));
            return Err(self.node.place.problem(message));
        }
        let item = |(position, node): (usize, &Node)| {
            let name = format!("{}[{position}]", self.name);
            Field { name, node }.parsed(&parse, allowed)
        };
        items.iter().enumerate().map(item).collect()
    }

    fn globs(&self) -> Read<Globs> {
        let allowed = format!("a pattern of at most {MAX_PATTERN_BYTES} bytes");
        let short = |text: &str| (text.len() <= MAX_PATTERN_BYTES).then(|| text.to_owned());
        let patterns = self.list(MAX_PATTERNS, &allowed, short)?;
        Globs::new(patterns).map_err(|(position, reason)| {
            let item = match &self.node.value {
                Value::List(items) => items.get(position),
                _ => None,
            };
            let item = item.unwrap_or(self.node);
            let message = format!("the pattern {} cannot be read: {reason}.", described(&item.value));
            item.place.problem(message)
        })
    }

    fn teams(&self) -> Read<Vec<TeamRef>> {
        self.list(20, "a team such as `\"@acme/security\"` (with quotes)", TeamRef::parse)
    }

    fn hosts(&self) -> Read<Vec<String>> {
        let parse = |text: &str| is_host(text).then(|| text.to_ascii_lowercase());
        self.list(MAX_PATTERNS, "the name of a host such as `wiki.example.com`", parse)
    }
}

/// A DNS name of two labels or more (RFC 1123).
fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}
