//! A thing's name as the author wrote it, and the few forms of it that a sentence needs.

/// Words that come before a thing's name and are not part of it.
const BEFORE: [&str; 39] = [
    "a",
    "an",
    "the",
    "this",
    "that",
    "these",
    "those",
    "its",
    "their",
    "his",
    "her",
    "our",
    "your",
    "my",
    "each",
    "every",
    "any",
    "all",
    "some",
    "no",
    "such",
    "same",
    "own",
    "other",
    "another",
    "one",
    "of",
    "existing",
    "and",
    "or",
    "to",
    "as",
    "arbitrary",
    "current",
    "both",
    "many",
    "today",
    "currently",
    "now",
];

/// Words that come after a thing's name and are not part of it.
const AFTER: [&str; 74] = [
    "single", "in", "for", "to", "and", "by", "with", "of", "on", "from", "via", "that", "which", "is", "are", "as",
    "at", "using", "when", "if", "or", "but", "not", "into", "per", "so", "because", "who", "be", "was", "were",
    "will", "can", "may", "must", "should", "has", "have", "had", "it", "them", "this", "the", "a", "an", "without",
    "within", "before", "after", "while", "where", "than", "then", "only", "also", "during", "between", "through",
    "under", "over", "about", "until", "like", "e.g", "i.e", "etc", "being", "does", "do", "based", "allowed", "used",
    "directly", "whose",
];

/// Words that are no name by themselves.
const NOTHING: [&str; 46] = [
    "it",
    "them",
    "they",
    "this",
    "that",
    "these",
    "those",
    "one",
    "ones",
    "other",
    "others",
    "same",
    "own",
    "new",
    "what",
    "which",
    "who",
    "and",
    "or",
    "something",
    "anything",
    "everything",
    "nothing",
    "thing",
    "things",
    "more",
    "less",
    "following",
    "above",
    "below",
    "here",
    "there",
    "such",
    "any",
    "all",
    "some",
    "each",
    "both",
    "either",
    "up",
    "out",
    "use",
    "used",
    "way",
    "ways",
    "default",
];

/// Nouns that are not counted.
const UNCOUNTED: [&str; 26] = [
    "access",
    "data",
    "media",
    "http",
    "https",
    "traffic",
    "information",
    "content",
    "text",
    "code",
    "compatibility",
    "tenancy",
    "authentication",
    "authorization",
    "encryption",
    "metadata",
    "storage",
    "isolation",
    "moderation",
    "verification",
    "trust",
    "security",
    "revocation",
    "validation",
    "abuse",
    "control",
];

/// Nouns that end in `s` and are one.
const ONE_WITH_S: [&str; 12] = [
    "access",
    "https",
    "kubernetes",
    "status",
    "redis",
    "dns",
    "tls",
    "alias",
    "process",
    "address",
    "postgres",
    "aws",
];

/// A thing's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Phrase {
    text: String,
    /// Written with a capital, though there are several of them.
    common: bool,
}

impl Phrase {
    /// From words of the document: articles before and small words after are cut off. Empty when nothing is left.
    pub(crate) fn new(words: &str) -> Self {
        let mut list: Vec<&str> = words
            .split_whitespace()
            .map(|w| {
                w.trim_matches(|c: char| {
                    !c.is_alphanumeric() && !matches!(c, '/' | '{' | '}' | '_' | '$' | '<' | '>' | '.')
                })
            })
            .map(|w| w.trim_end_matches('.'))
            .filter(|w| !w.is_empty())
            .collect();
        while list.first().is_some_and(|w| BEFORE.contains(&w.to_lowercase().as_str())) {
            list.remove(0);
        }
        while list.last().is_some_and(|w| AFTER.contains(&w.to_lowercase().as_str())) {
            list.pop();
        }
        Self { text: list.join(" "), common: false }
    }

    /// A noun that the document writes with a capital: "the Wallet", "an Event".
    pub(crate) fn into_common_noun(self) -> Self {
        Self { common: true, ..self }
    }

    /// As written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it names something at all.
    pub(crate) fn is_name(&self) -> bool {
        let lower = self.text.to_lowercase();
        !lower.is_empty() && self.text.chars().any(char::is_alphabetic) && !NOTHING.contains(&lower.as_str())
    }

    fn last(&self) -> &str {
        self.text.rsplit(' ').next().unwrap_or_default()
    }

    /// Whether it names several.
    pub(crate) fn is_plural(&self) -> bool {
        let last = self.last().to_lowercase();
        last.ends_with('s')
            && !last.ends_with("ss")
            && !last.ends_with("us")
            && !last.ends_with("is")
            && !ONE_WITH_S.contains(&last.as_str())
            && !is_code(self.last())
    }

    /// Whether it is said of stuff rather than of things.
    pub(crate) fn is_uncounted(&self) -> bool {
        let last = self.last().to_lowercase();
        UNCOUNTED.iter().any(|u| last == *u || last.ends_with(&format!("-{u}"))) || last.ends_with("ing")
    }

    /// One of them.
    pub(crate) fn singular(&self) -> String {
        if !self.is_plural() {
            return self.text.clone();
        }
        let (head, last) = self.text.rsplit_once(' ').unwrap_or(("", &self.text));
        // A cookie and a movie keep their "ie".
        let stem = last.strip_suffix("ies").filter(|stem| !matches!(*stem, "cook" | "mov" | "t" | "l" | "p"));
        let one = if let Some(stem) = stem {
            format!("{stem}y")
        } else if ["sses", "xes", "ches", "shes"].iter().any(|e| last.ends_with(e)) {
            last.strip_suffix("es").unwrap_or(last).to_owned()
        } else {
            last.strip_suffix('s').unwrap_or(last).to_owned()
        };
        if head.is_empty() { one } else { format!("{head} {one}") }
    }

    /// Several of them.
    pub(crate) fn plural(&self) -> String {
        if self.is_plural() || self.is_uncounted() {
            return self.text.clone();
        }
        let last = self.last();
        if last.ends_with('y') && !["ay", "ey", "oy"].iter().any(|e| last.ends_with(e)) {
            return format!("{}ies", self.text.strip_suffix('y').unwrap_or(&self.text));
        }
        if ["s", "x", "ch", "sh"].iter().any(|e| last.ends_with(e)) {
            format!("{}es", self.text)
        } else {
            format!("{}s", self.text)
        }
    }

    /// Whether it stands without an article: a single name, as of a product or a field.
    fn stands_alone(&self) -> bool {
        if self.common {
            return false;
        }
        if self.text.contains(' ') {
            let last = self.last();
            return last.chars().next().is_some_and(char::is_uppercase)
                && last.chars().any(char::is_lowercase)
                && !is_code(last)
                || self.text.contains('/');
        }
        is_code(&self.text)
            || self.text.chars().next().is_some_and(char::is_uppercase) && self.text.chars().any(char::is_lowercase)
    }

    /// With "the" where English has it.
    pub(crate) fn the(&self) -> String {
        if self.stands_alone() { self.text.clone() } else { format!("the {}", self.text) }
    }

    /// One of them with "a" where English has it.
    pub(crate) fn a(&self) -> String {
        let one = self.singular();
        if self.is_uncounted() {
            return self.the();
        }
        let first = one.split(' ').next().unwrap_or_default();
        let spelt = first.chars().count() > 1 && first.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let vowel = match first.chars().next().map(|c| c.to_ascii_lowercase()) {
            Some('a' | 'e' | 'i' | 'o') => true,
            Some('u') => {
                !spelt && !["use", "uni", "uri", "url", "uui"].iter().any(|u| first.to_lowercase().starts_with(u))
            }
            Some('f' | 'h' | 'l' | 'm' | 'n' | 'r' | 's' | 'x') => spelt,
            _ => false,
        };
        format!("{} {one}", if vowel { "an" } else { "a" })
    }

    /// Its first words.
    pub(crate) fn first_words(&self, n: usize) -> String {
        self.text.split(' ').take(n).collect::<Vec<_>>().join(" ")
    }
}

/// Whether a word is written like code: with a mark inside, or a capital inside small letters.
pub(crate) fn is_code(word: &str) -> bool {
    // Most words are small letters after the first one, with marks after them perhaps.
    let rest = word.as_bytes().get(1..).unwrap_or_default();
    let letters = rest.iter().take_while(|b| b.is_ascii_lowercase()).count();
    let plain = word.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && rest.iter().skip(letters).all(|b| matches!(b, b',' | b'.' | b';' | b')' | b'"'));
    if plain {
        return false;
    }
    let inside = word.trim_matches(|c: char| !c.is_alphanumeric());
    let marks = inside.chars().any(|c| matches!(c, '_' | '/' | '.' | ':' | '{' | '$' | '(' | '='));
    let camel = inside.chars().zip(inside.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    (marks || camel || word.starts_with('/') || word.starts_with("--")) && inside.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_words_around_a_name_go() {
        assert_eq!(Phrase::new("the signed links by").text(), "signed links");
        assert_eq!(Phrase::new("`Application` resources,").text(), "Application resources");
        assert_eq!(Phrase::new("Today support staff").text(), "support staff");
        assert!(!Phrase::new("the it").is_name());
        assert!(!Phrase::new("which").is_name());
    }

    #[test]
    fn numbers_and_articles() {
        assert_eq!(Phrase::new("policies").singular(), "policy");
        assert_eq!(Phrase::new("signed cookies").singular(), "signed cookie");
        assert_eq!(Phrase::new("job").plural(), "jobs");
        assert_eq!(Phrase::new("registry").plural(), "registries");
        assert_eq!(Phrase::new("API keys").a(), "an API key");
        assert_eq!(Phrase::new("URL").a(), "a URL");
        assert_eq!(Phrase::new("user token").a(), "a user token");
        assert_eq!(Phrase::new("HTTP").a(), "the HTTP");
        assert_eq!(Phrase::new("ClusterInterceptor").the(), "ClusterInterceptor");
        assert_eq!(Phrase::new("Kubernetes API").the(), "the Kubernetes API");
        assert!(!Phrase::new("access").is_plural());
    }
}
