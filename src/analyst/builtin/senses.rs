//! Words that mean several things: "token", "key", "index". A concern is about one of them; where a sentence, or the whole
//! document, shows that the word means another, the concern is not found there.

use super::pattern::Pattern;

/// Another sense of a word than the one that concerns are about.
#[derive(Debug)]
pub(crate) struct Sense {
    pub(crate) name: String,
    /// Where it is written, for complaints.
    pub(crate) place: (String, usize),
    /// The things that may be meant in it, by their names.
    pub(crate) words: Pattern,
    /// Names that are never meant in it; in a sentence they show that the usual sense is meant.
    pub(crate) usual: Option<Pattern>,
    /// Shows it in the same sentence.
    pub(crate) shows: Pattern,
    /// Somewhere in the document: shows it for every sentence that does not show the usual sense.
    pub(crate) throughout: Option<Pattern>,
    /// A sentence of its own in which a word has this sense.
    pub(crate) other: String,
    /// A sentence of its own in which the word has not.
    pub(crate) same: String,
}

impl Sense {
    /// Its patterns.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        [&self.words, &self.shows].into_iter().chain(&self.usual).chain(&self.throughout)
    }

    /// The same, to number them.
    pub(crate) fn patterns_mut(&mut self) -> impl Iterator<Item = &mut Pattern> {
        [&mut self.words, &mut self.shows].into_iter().chain(&mut self.usual).chain(&mut self.throughout)
    }

    /// Whether a thing that a sentence names has this sense there.
    pub(crate) fn is_meant(&self, thing: &str, sentence: &str, throughout: bool) -> bool {
        let usual = |text: &str| self.usual.as_ref().is_some_and(|usual| usual.is_match(text));
        self.words.is_match(thing)
            && !usual(thing)
            && (self.shows.is_match(sentence) || (throughout && !usual(sentence)))
    }

    /// What is wrong with it, tried on its own two sentences.
    pub(crate) fn try_out(&self) -> Vec<String> {
        let mut wrong: Vec<String> = self.patterns().filter_map(|p| p.check().err()).collect();
        if !self.is_in(&self.other).contains(&true) {
            wrong.push(format!("the sense `{}` is not seen in its own text `other`", self.name));
        }
        match self.is_in(&self.same).as_slice() {
            [] => wrong.push(format!("no word of the sense `{}` is in its own text `same`", self.name)),
            all if all.contains(&true) => {
                wrong.push(format!("the sense `{}` is seen in its own text `same`", self.name));
            }
            _ => {}
        }
        wrong
    }

    /// For each of its words in a text, named with the two before it, whether it has this sense.
    fn is_in(&self, text: &str) -> Vec<bool> {
        let words: Vec<&str> = text.split(' ').map(|w| w.trim_end_matches(['.', ',', ';', ':'])).collect();
        let throughout = self.throughout.as_ref().is_some_and(|t| t.is_match(text));
        let ends = (0..words.len()).filter_map(|i| words.get(i.saturating_sub(2)..=i));
        let things = ends.map(|three| three.join(" ")).filter(|thing| self.words.is_match(thing));
        things.map(|thing| self.is_meant(&thing, text, throughout)).collect()
    }
}
