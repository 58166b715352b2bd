//! The language of a reply, by its small words, and our fixed sentences in it. Quotations and proposed answers stay as they are.

/// A language in which we ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
    French,
    Spanish,
}

/// Words that tell one language from the others.
const TELLING: [(Language, &str); 4] = [
    (
        Language::English,
        " the is are it we they not of and or no that this only but with can yes have has who what for to in i you would should \
         probably maybe not when there their our ",
    ),
    (
        Language::German,
        " ich wir sie er das der den dem die ein eine einen einer nicht kein keine ist sind wird werden und oder aber mit für von \
         vom zum zur nur noch auch schon wenn weil dass ja nein wahrscheinlich vielleicht vermutlich wohl weiß können kann darf \
         dürfen muss wer warum wieso jeder alle niemand stunden tage tagen minuten wochen ungefähr etwa bei uns es oder ",
    ),
    (
        Language::French,
        " je nous ils elle le les des du est sont une et ou mais avec pour dans sur pas ne oui non peut être probablement seulement \
         tous chaque qui pourquoi cela ça jours heures semaines environ qu chez ",
    ),
    (
        Language::Spanish,
        " yo nosotros ellos ella el los las del es son una y pero con para en sí no quizá quizás probablemente solo sólo todos cada \
         quien quién por qué que lo se puede pueden días horas minutos semanas aproximadamente depende sabemos ",
    ),
];

impl Language {
    /// The language of a text, when that is clear; English otherwise.
    pub(super) fn of(text: &str) -> Self {
        /// Of so few words one has to be enough.
        const SHORT: usize = 4;
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let telling = |list: &str| words.iter().filter(|w| list.contains(&format!(" {w} "))).count();
        let mut counts: Vec<(usize, Self)> =
            TELLING.iter().map(|(language, list)| (telling(list), *language)).collect();
        // Stable: what counts the same stays in order, English first.
        counts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        match counts.as_slice() {
            [(best, language), (second, _), ..]
                if best > second && (*best >= 2 || (*best == 1 && words.len() <= SHORT)) =>
            {
                *language
            }
            _ => Self::English,
        }
    }

    /// Our sentences in it.
    pub(super) const fn sentences(self) -> &'static Sentences {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
            Self::French => &FRENCH,
            Self::Spanish => &SPANISH,
        }
    }
}

/// What we say when we ask again; `%` stands for words of the reply or of the proposed answers.
pub(super) struct Sentences {
    /// Begins each follow-up.
    pub(super) wrote: &'static str,
    pub(super) mean: &'static str,
    pub(super) which: &'static str,
    pub(super) closest: &'static str,
    pub(super) or: &'static str,
    pub(super) whom: &'static str,
    pub(super) how_far: &'static str,
    pub(super) what_else: &'static str,
    /// Ends an explanation.
    pub(super) or_say_so: &'static str,
}

const ENGLISH: Sentences = Sentences {
    wrote: "You wrote “%”.",
    mean: "Do you mean “%”?",
    which: "Which of these is it: %?",
    closest: "Which comes closest: %, or something else?",
    or: "or",
    whom: "Is that anybody with an account there, or fewer?",
    how_far: "Is that one machine, everybody on the company's network, or certain people?",
    what_else: "What is it instead, in a few words?",
    or_say_so: "If that cannot happen here, say so with the reason, and the question is dropped.",
};

const GERMAN: Sentences = Sentences {
    wrote: "Sie schreiben “%”.",
    mean: "Meinen Sie “%”?",
    which: "Was davon ist es: %?",
    closest: "Was kommt dem am nächsten: %, oder etwas anderes?",
    or: "oder",
    whom: "Sind das alle, die dort ein Konto haben, oder weniger?",
    how_far: "Ist das ein einzelner Rechner, das ganze Firmennetz, oder sind es bestimmte Leute?",
    what_else: "Wie ist es stattdessen, in wenigen Worten?",
    or_say_so: "Wenn das hier nicht vorkommen kann, schreiben Sie es bitte mit dem Grund, dann entfällt die Frage.",
};

const FRENCH: Sentences = Sentences {
    wrote: "Vous écrivez “%”.",
    mean: "Voulez-vous dire “%” ?",
    which: "Laquelle de ces réponses est-ce : % ?",
    closest: "Laquelle s'en approche le plus : %, ou autre chose ?",
    or: "ou",
    whom: "Est-ce toute personne qui y a un compte, ou moins de monde ?",
    how_far: "Est-ce une seule machine, tout le réseau de l'entreprise, ou certaines personnes ?",
    what_else: "Comment est-ce alors, en quelques mots ?",
    or_say_so: "Si cela ne peut pas arriver ici, dites-le avec la raison, et la question disparaît.",
};

const SPANISH: Sentences = Sentences {
    wrote: "Usted escribe “%”.",
    mean: "¿Quiere decir “%”?",
    which: "¿Cuál de estas es: %?",
    closest: "¿Cuál se acerca más: %, u otra cosa?",
    or: "o",
    whom: "¿Es cualquiera que tenga allí una cuenta, o menos gente?",
    how_far: "¿Es una sola máquina, toda la red de la empresa, o ciertas personas?",
    what_else: "¿Cómo es entonces, en pocas palabras?",
    or_say_so: "Si eso no puede ocurrir aquí, dígalo con el motivo, y la pregunta desaparece.",
};

/// All languages, for recognising our own words.
pub(super) const ALL: [Language; 4] = [Language::English, Language::German, Language::French, Language::Spanish];

/// Words for units of time in other languages, with the English ones.
const UNITS: [(&str, &str); 15] = [
    ("sekunden", "seconds"),
    ("minuten", "minutes"),
    ("stunden", "hours"),
    ("tage", "days"),
    ("wochen", "weeks"),
    ("monate", "months"),
    ("jahre", "years"),
    ("heures", "hours"),
    ("jours", "days"),
    ("semaines", "weeks"),
    ("minutos", "minutes"),
    ("horas", "hours"),
    ("días", "days"),
    ("dias", "days"),
    ("semanas", "weeks"),
];

/// A short text of such words in English ("Stunden oder Tage"); none when it has others, or is English already.
pub(super) fn units(text: &str) -> Option<String> {
    const MOST: usize = 4;
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let translated = |word: &&str| match *word {
        "oder" | "ou" | "o" | "u" => Some("or"),
        other => UNITS.iter().find(|(name, _)| *name == other).map(|(_, english)| *english),
    };
    let all: Vec<&str> = words.iter().map(translated).collect::<Option<_>>()?;
    (!all.is_empty() && all.len() <= MOST).then(|| all.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_told_by_its_small_words_and_english_when_in_doubt() {
        for (text, language) in [
            ("Das weiß ich nicht, wahrscheinlich nur die Admins", Language::German),
            ("Nein", Language::German),
            ("je ne sais pas", Language::French),
            ("oui, probablement", Language::French),
            ("no lo sabemos todavía", Language::Spanish),
            ("depende", Language::Spanish),
            ("no", Language::English),
            ("b", Language::English),
            ("only the admins can open it", Language::English),
            ("The users of die-cut.example", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of(text), language, "{text}");
        }
    }

    #[test]
    fn each_language_asks_one_question_at_a_time() {
        for language in ALL {
            let said = language.sentences();
            for asks in [said.mean, said.which, said.closest, said.whom, said.how_far, said.what_else] {
                assert_eq!(asks.matches('?').count(), 1, "{asks}");
                assert!(asks.ends_with('?'), "{asks}");
            }
            assert_eq!((said.wrote.matches('%').count(), said.or_say_so.matches('?').count()), (1, 0));
        }
    }
}
