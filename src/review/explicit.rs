//! Whether a code owner's own words ask for an act clearly enough for plain code to hear it, whatever a model made of them. What is
//! not heard is not done: the command is shown instead. A text that talks a model into an act finds no words for it here.

use std::sync::LazyLock;

use regex::Regex;

use crate::analyst::Act;
use crate::document::Document;

/// How clearly words ask for an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Plain code hears it, too.
    Clearly,
    /// They may; the command is shown.
    Perhaps,
    /// They are a courtesy.
    Nothing,
}

type Pattern = LazyLock<Option<Regex>>;

static KEEP: Pattern = LazyLock::new(|| {
    any(&[
        r"\b(?:keep|restore|un-?drop)\b",
        r"\bbring\b[^.]{0,20}\bback\b",
        r"\bstill (?:need|want)\b",
        r"\b(?:good (?:point|one|catch)|agreed?)\b",
    ])
});

/// The recommendation itself as what is dropped, and not a part of it.
static DROP: Pattern = LazyLock::new(|| {
    any(&[
        r"\b(?:drop|remove|delete|discard|withdraw|scrap|skip|leave out|take out)\s+(?:this|that|it|R(\d+)|the recommendation)(?:\s+(?:one|recommendation|item|point))?\s*(?:$|[,.;:!()—–-]|(?:please|because|since|as|for|from|here|altogether|entirely|now|again)\b)",
        r"\b(?:leave|take)\s+(?:this|that|it)(?:\s+one)?\s+out\b",
        r"\bdo(?:n't| not)\s+(?:(?:think|believe|see (?:why|that|how))\s+(?:that\s+)?(?:we|you|they|anybody|anyone)\s+)?need\s+(?:this|that|it|R(\d+))\b",
        r"\bdo(?:n't| not)\s+(?:think|believe)\s+(?:that\s+)?(?:this|that|it)(?:\s+(?:one|recommendation))?\s+(?:is|would be)\s+(?:needed|necessary|relevant|useful|worth)\b",
        r"^(?:this|that|it)(?:\s+(?:one|recommendation))?\s+(?:is|does)(?: not|n't)\s+(?:needed|necessary|relevant|worth|apply|help)\b",
        r"^(?:this|that|it)(?:\s+(?:one|recommendation))?\s+is\s+(?:unnecessary|irrelevant|moot)\b",
        r"^not (?:needed|necessary|relevant|applicable|worth it)\b",
    ])
});

static LOWER: Pattern = LazyLock::new(|| {
    any(&[
        r"\b(?:lower|downgrade)\b",
        r"\btoo (?:high|severe|strong)\b",
        r"\bnot (?:that|so|as) (?:severe|serious|high)\b",
        r"\boverrated\b",
        r"\b(?:make|set|rate)\s+(?:this|that|it)\b[^.]{0,20}\b(?:low|medium)\b",
    ])
});

static RAISE: Pattern = LazyLock::new(|| {
    any(&[
        r"\b(?:raise|upgrade|bump)\b",
        r"\btoo low\b",
        r"\bmore (?:severe|serious)\b",
        r"\bshould be (?:high|higher)\b",
        r"\bunderrated\b",
        r"\b(?:make|set|rate)\s+(?:this|that|it)\b[^.]{0,20}\bhigh\b",
    ])
});

static MERGE: Pattern = LazyLock::new(|| {
    any(&[r"\b(?:merge|fold|combine|duplicate|same|one with|together|overlaps?)\b[^.]{0,40}?\bR(\d+)\b"])
});

/// Something is to be otherwise.
static WISH: Pattern = LazyLock::new(|| {
    any(&[
        r"\b(?:please|should|must|needs? to|ought to|make|change|re-?word|rephrase|rewrite|write|say|says|mention|name|add|include|shorten|shorter|clarify|clearer|use|replace|split|separate|ask|find out|instead|rather|better|also|let's|want|prefer|could you|can you|would like|is missing|two things|two recommendations)\b",
    ])
});

/// The other way round, by others, or only perhaps.
static DOUBTFUL: Pattern = LazyLock::new(|| {
    any(&[
        r"\b(?:if|unless|until|once|when|whether|could|might|may|maybe|perhaps|would|can we|says?|said|asks?|asked|wants?|wanted|wrote|writes|suggests?|suggested|claims?|proposes?|proposed|thinks)\b",
        r"(?:\bnot|n't|\bnever|\bno need to|\brather than|\binstead of|\bagainst)(?:\s+\w+){0,3}?\s+(?:merg\w*|fold\w*|combin\w*|drop\w*|remov\w*|delet\w*|discard\w*|withdraw\w*|scrap\w*|skip\w*|lower\w*|downgrad\w*|rais\w*|upgrad\w*|bump\w*|keep\w*|leav\w*|tak\w*|too|overrated|underrated|the same|more)\b",
    ])
});

static COURTESY: Pattern = LazyLock::new(|| {
    any(&[
        r"^(?:many )?(?:thanks|thank you|thx|ok(?:ay)?|sure|great|nice|cool|fine|perfect|noted|understood|agreed|yes|yep|lgtm|looks? good|good (?:point|one|catch)|will do|on it|i(?:'ll| will|'m| am) (?:look|check|read|on|think)|let me (?:look|check|read|think)|hm+)\b",
    ])
});

/// What somebody else said.
static QUOTED: Pattern = LazyLock::new(|| any(&[r#""[^"]*"|“[^”]*”|«[^»]*»|`[^`]*`"#]));

fn any(patterns: &[&str]) -> Option<Regex> {
    Regex::new(&format!("(?i){}", patterns.join("|"))).ok()
}

fn hears(pattern: &Pattern, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// How clearly `own`, a person's words without what they quoted, asks for an act on recommendation `ordinal`. `quotation`: those of
/// the words that are said to ask for it.
pub(super) fn says(act: &Act, ordinal: u32, own: &str, quotation: &str) -> Says {
    let sentences = sentences(own);
    let quotation = plain(quotation);
    // The sentences that hold the quotation, or that it holds; one that it only touches is not looked at.
    let about = |sentence: &&String| sentence.contains(&quotation) || quotation.contains(sentence.as_str());
    let clear = sentences.iter().filter(about).any(|sentence| is_clear(act, ordinal, sentence));
    let wishes = || {
        sentences
            .iter()
            .any(|s| hears(&WISH, s) || [&DROP, &LOWER, &RAISE, &MERGE].iter().any(|pattern| hears(pattern, s)))
    };
    if clear {
        Says::Clearly
    } else if matches!(act, Act::Keep) || sentences.first().is_some_and(|first| hears(&COURTESY, first)) && !wishes() {
        Says::Nothing
    } else {
        Says::Perhaps
    }
}

fn is_clear(act: &Act, ordinal: u32, sentence: &str) -> bool {
    let doubtful = || sentence.ends_with('?') || hears(&DOUBTFUL, sentence);
    // Said of another recommendation, it is not about this one.
    let of_this =
        |pattern| hears(pattern, sentence) && !doubtful() && named(pattern, sentence).is_none_or(|n| n == ordinal);
    match act {
        Act::Keep => of_this(&KEEP),
        Act::Drop { .. } => of_this(&DROP),
        Act::Lower => of_this(&LOWER),
        Act::Raise => of_this(&RAISE),
        Act::Merge { other } => !doubtful() && named(&MERGE, sentence) == Some(*other),
        Act::Edit { .. } | Act::Split { .. } | Act::Ask { .. } | Act::Add { .. } => hears(&WISH, sentence),
    }
}

/// The recommendation that a pattern caught by its number.
fn named(pattern: &Pattern, sentence: &str) -> Option<u32> {
    let caught = pattern.as_ref()?.captures(sentence)?;
    caught.iter().skip(1).flatten().find_map(|number| number.as_str().parse().ok())
}

/// What a reader sees of the words, sentence by sentence, without what stands in quotation marks.
fn sentences(own: &str) -> Vec<String> {
    let read = Document::parse("words.md", own);
    let unquoted = |text: &str| match &*QUOTED {
        Some(quoted) => quoted.replace_all(text, " … ").into_owned(),
        None => String::new(),
    };
    read.sentences().iter().map(|sentence| unquoted(&plain(&sentence.text))).collect()
}

/// One form of what is written in several ways.
fn plain(text: &str) -> String {
    let same = text.chars().filter(|c| !matches!(c, '*' | '_')).map(|c| if c == '\u{2019}' { '\'' } else { c });
    let text: String = same.flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threat_model::Wording;

    fn drop() -> Act {
        Act::Drop { reason: String::new() }
    }

    fn edit() -> Act {
        Act::Edit { wording: Wording::default() }
    }

    fn heard(act: &Act, words: &str) -> Says {
        says(act, 2, words, words)
    }

    #[test]
    fn every_pattern_can_be_read() {
        for pattern in [&KEEP, &DROP, &LOWER, &RAISE, &MERGE, &WISH, &DOUBTFUL, &COURTESY, &QUOTED] {
            assert!(pattern.is_some());
        }
    }

    #[test]
    fn plain_words_that_ask_for_an_act_are_heard() {
        for (act, words) in [
            (drop(), "I do not think we need this one since the gateway already does it."),
            (drop(), "Please drop this, we never do one-time links."),
            (drop(), "We don’t need this: the mail system signs links."),
            (drop(), "drop it"),
            (drop(), "Remove R2, it is moot."),
            (drop(), "Let's leave this out."),
            (drop(), "This is not relevant here."),
            (Act::Lower, "That is too high for an internal tool."),
            (Act::Lower, "Make this low, please."),
            (Act::Raise, "This should be high, it is the crown jewels."),
            (Act::Raise, "Please raise it."),
            (Act::Merge { other: 3 }, "This is the same as R3."),
            (Act::Keep, "Please keep it after all."),
            (edit(), "Please say that the link is bound to the session."),
        ] {
            assert_eq!(heard(&act, words), Says::Clearly, "{words}");
        }
    }

    #[test]
    fn doubt_questions_and_other_peoples_words_are_not() {
        for (act, words) in [
            (drop(), "Don't drop this."),
            (drop(), "Should we drop this?"),
            (drop(), "We could drop this if the gateway does it."),
            (drop(), "Ana says drop this."),
            (drop(), "The comment \"drop this\" is odd."),
            (drop(), "Drop the alternative, it is silly."),
            (drop(), "Drop this sentence, keep the rest."),
            (drop(), "Remove R3, it is moot."),
            (drop(), "I would rather not take this out."),
            (drop(), "Das können wir weglassen."),
            (Act::Lower, "I would not lower this."),
            (Act::Lower, "It is not too high."),
            (Act::Raise, "Do not raise this."),
            (Act::Raise, "This matters a lot to us."),
            (Act::Merge { other: 4 }, "This is the same as R3."),
            (Act::Merge { other: 3 }, "This is the same as the other one."),
            (edit(), "Das soll kürzer werden."),
        ] {
            assert_eq!(heard(&act, words), Says::Perhaps, "{words}");
        }
    }

    #[test]
    fn a_courtesy_asks_for_nothing_whatever_a_model_says() {
        for words in
            ["Thanks, I will look at it tomorrow.", "Good point!", "OK.", "LGTM so far", "I'll check with Ana."]
        {
            for act in [drop(), Act::Lower, Act::Raise, edit(), Act::Merge { other: 3 }] {
                assert_eq!(heard(&act, words), Says::Nothing, "{words} {act:?}");
            }
        }
        assert_eq!(heard(&Act::Keep, "Thanks."), Says::Nothing);
    }

    #[test]
    fn the_sentence_counts_and_not_a_part_that_was_cut_out_of_it() {
        assert_eq!(says(&drop(), 2, "Please do not drop this.", "drop this"), Says::Perhaps);
        assert_eq!(says(&drop(), 2, "Good. Please drop this.", "drop this"), Says::Clearly);
        assert_eq!(says(&drop(), 2, "Good. Please drop this.", "Good."), Says::Perhaps);
    }
}
