//! Sentences with gaps that take the document's own words: `{x}`, `{the x}`, `{is x}`.

use std::collections::BTreeMap;

use super::phrase::Phrase;

/// A sentence with gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Gap { form: Form, name: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    /// As it stands in the document, without an article.
    Bare,
    /// As it stands, at the start of a sentence.
    BareStart,
    Singular,
    The,
    TheStart,
    A,
    AStart,
    /// Several as they are, one with "a".
    Some,
    /// it, they.
    It,
    /// it, them.
    Them,
    /// `one` of them.
    One,
    /// `thousands of` them.
    Many,
    /// The first words of a longer piece.
    Short,
    /// A verb found in the text, in the past.
    Did,
    /// A verb that agrees in number.
    Verb(String),
}

impl Template {
    /// Reads a template; says what is wrong with it otherwise.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let (gap, tail) = after.split_once('}').ok_or_else(|| "a `{` without its `}`".to_owned())?;
            pieces.push(gap_of(gap)?);
            rest = tail;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The names of its gaps.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|p| match p {
            Piece::Gap { name, .. } => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// Whether every gap can be filled.
    pub(crate) fn fits(&self, words: &BTreeMap<String, Phrase>) -> bool {
        self.names().all(|n| words.contains_key(n))
    }

    /// Fills the gaps; a gap without words says "it", which `fits` rules out for questions.
    pub(crate) fn fill(&self, words: &BTreeMap<String, Phrase>) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Gap { form, name } => match words.get(name) {
                    Some(phrase) => out.push_str(&written(form, phrase)),
                    None => out.push_str(&without(form)),
                },
            }
        }
        out
    }
}

fn gap_of(gap: &str) -> Result<Piece, String> {
    let (form, name) = match gap.split_once(' ') {
        Some(("the", name)) => (Form::The, name),
        Some(("The", name)) => (Form::TheStart, name),
        Some(("a", name)) => (Form::A, name),
        Some(("some", name)) => (Form::Some, name),
        Some(("A", name)) => (Form::AStart, name),
        Some(("it", name)) => (Form::It, name),
        Some(("them", name)) => (Form::Them, name),
        Some(("did", name)) => (Form::Did, name),
        Some((verb, name)) if verb.chars().all(|c| c.is_ascii_lowercase()) => (Form::Verb(verb.to_owned()), name),
        Some(_) => return Err(format!("`{{{gap}}}` is no gap")),
        None => match gap {
            "X" => (Form::BareStart, "x"),
            "x1" => (Form::Singular, "x"),
            "y1" => (Form::Singular, "y"),
            "x_one" => (Form::One, "x"),
            "x_many" => (Form::Many, "x"),
            "x_short" => (Form::Short, "x"),
            other => (Form::Bare, other),
        },
    };
    if matches!(name, "x" | "y" | "v") {
        Ok(Piece::Gap { form, name: name.to_owned() })
    } else {
        Err(format!("`{{{gap}}}` is no gap"))
    }
}

fn written(form: &Form, phrase: &Phrase) -> String {
    match form {
        Form::Bare => phrase.text().to_owned(),
        Form::BareStart => capital(phrase.text()),
        Form::Singular => phrase.singular(),
        Form::The => phrase.the(),
        Form::TheStart => capital(&phrase.the()),
        Form::A => phrase.a(),
        Form::Some => {
            if phrase.is_plural() || phrase.is_uncounted() {
                phrase.text().to_owned()
            } else {
                phrase.a()
            }
        }
        Form::AStart => capital(&phrase.a()),
        Form::It => if phrase.is_plural() { "they" } else { "it" }.to_owned(),
        Form::Them => if phrase.is_plural() { "them" } else { "it" }.to_owned(),
        Form::One => format!("one {}", phrase.singular()),
        Form::Many => format!("thousands of {}", phrase.plural()),
        Form::Short => phrase.first_words(8),
        Form::Did => past(phrase.text()),
        Form::Verb(verb) => agree(verb, phrase.is_plural()),
    }
}

fn without(form: &Form) -> String {
    match form {
        Form::BareStart | Form::TheStart | Form::AStart => "It".to_owned(),
        Form::Verb(verb) => agree(verb, false),
        Form::Did => "did".to_owned(),
        _ => "it".to_owned(),
    }
}

fn agree(verb: &str, plural: bool) -> String {
    let form = match (verb, plural) {
        ("is", true) => "are",
        ("was", true) => "were",
        ("does", true) => "do",
        ("has", true) => "have",
        ("is" | "was" | "does" | "has", false) | (_, true) => verb,
        (other, false) if other.ends_with('s') || other.ends_with('o') => {
            return format!("{other}es");
        }
        (other, false) => return format!("{other}s"),
    };
    form.to_owned()
}

fn past(verb: &str) -> String {
    let lower = verb.to_lowercase();
    let root: String = lower.chars().take(4).collect();
    match root.as_str() {
        "publ" => "published".to_owned(),
        "appr" => "approved".to_owned(),
        "over" => "overrode".to_owned(),
        "dele" => "deleted".to_owned(),
        "tran" => "transferred".to_owned(),
        "revo" => "revoked".to_owned(),
        "gran" => "granted".to_owned(),
        "yank" => "yanked".to_owned(),
        "ban" | "bans" | "bann" => "banned".to_owned(),
        "reda" => "redacted".to_owned(),
        "impe" => "impersonated".to_owned(),
        _ => "changed".to_owned(),
    }
}

/// The first letter as a capital, unless the first word is a name written in code.
pub(crate) fn capital(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    if first.chars().any(|c| !c.is_alphabetic() && c != '-' && c != '\'') {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().collect::<String>() + chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str, x: &str) -> String {
        let words = BTreeMap::from([("x".to_owned(), Phrase::new(x))]);
        Template::parse(template).map(|t| t.fill(&words)).unwrap_or_default()
    }

    #[test]
    fn verbs_and_articles_agree() {
        assert_eq!(fill("How long {does x} {the x} work?", "signed links"), "How long do the signed links work?");
        assert_eq!(fill("{The x} {is x} old.", "API token"), "The API token is old.");
        assert_eq!(fill("How long does {a x} work?", "signed links"), "How long does a signed link work?");
        assert_eq!(fill("{X} {is x} out.", "authorization"), "Authorization is out.");
    }

    #[test]
    fn unknown_gaps_are_refused() {
        assert!(Template::parse("{z}").is_err());
        assert!(Template::parse("{x").is_err());
        assert!(Template::parse("{the z}").is_err());
    }
}
