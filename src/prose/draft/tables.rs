//! Sections made of entries: parts, data, threats, recommendations. A methodology names the fields; a field without a value is a
//! dash, and an entry is never made up to fill a place.

use super::{Page, SHOWN};
use crate::methodology::lens::{data_of, element_of, lens_of, likely_and_worst};
use crate::methodology::{Field, Section};
use crate::prose::cite;
use crate::prose::markdown::{
    SafeMarkdown, blocks, details, join, list, ordinal, quote, say_when, sentence, small, struck, table_of, told, words,
};
use crate::prose::recommendation::{Dropped, Outcome, Shown, effort, recommendation};
use crate::say;
use crate::threat_model::{
    Component, ComponentKind, Covered, DataClass, DataItem, Handling, Recommendation, Source, Threat,
};

const NONE: &str = "—";

/// The head of a column.
const fn head(field: Field) -> &'static str {
    match field {
        Field::Id => "",
        Field::Element => "part",
        Field::Kind => "kind",
        Field::Zone => "group",
        Field::Place => "where",
        Field::Class => "class",
        Field::Handling => "is",
        Field::Lens => "lens",
        Field::Story => "what can go wrong",
        Field::Today => "today",
        Field::Gap => "open",
        Field::Recommendation => "recommendation",
        Field::Answers => "answers",
        Field::Change => "change",
        Field::Alternative => "or else",
        Field::Effort => "effort",
        Field::Level => "level",
        Field::Benefit => "risk removed",
        Field::Evidence => "because",
        Field::Data => "data",
    }
}

fn dash(cell: SafeMarkdown) -> SafeMarkdown {
    if cell.is_empty() { words(NONE) } else { cell }
}

impl Page<'_> {
    /// A table. A column without any value is left out.
    fn rows(&self, fields: &[Field], rows: Vec<Vec<SafeMarkdown>>) -> SafeMarkdown {
        let filled: Vec<usize> =
            (0..fields.len()).filter(|at| rows.iter().any(|row| row.get(*at).is_some_and(|c| !c.is_empty()))).collect();
        if filled.is_empty() {
            return SafeMarkdown::default();
        }
        let fields: Vec<Field> = filled.iter().filter_map(|at| fields.get(*at).copied()).collect();
        let rows = rows.into_iter().map(|row| -> Vec<SafeMarkdown> {
            filled.iter().filter_map(|at| row.get(*at).cloned()).map(dash).collect()
        });
        let letters = self.methodology.lens.iter().all(|lens| lens.mark.chars().count() == 1);
        let head = |field: &Field| if *field == Field::Lens && letters { "letter" } else { head(*field) };
        let heads: Vec<&'static str> = fields.iter().map(head).collect();
        table_of(&heads, rows)
    }

    /// Fields that may be shown: where stories stay off the page, so does what tells them.
    fn fields(&self, section: &Section) -> Vec<Field> {
        let tells = |f: &Field| matches!(f, Field::Answers | Field::Story | Field::Evidence | Field::Gap);
        section.fields.iter().copied().filter(|f| self.draft.stories || !tells(f)).collect()
    }

    pub(super) fn elements(&self, section: &Section) -> SafeMarkdown {
        let fields = self.fields(section);
        let parts = self.model().components.iter().zip(1..).take(section.cap);
        let cells = |(part, n): (&Component, u32)| {
            let cell = |field: &Field| match field {
                Field::Id => say!("E{}", ordinal(n)),
                Field::Element => told(&part.name),
                Field::Kind => words(kind(part.kind)),
                Field::Zone => say_when(part.zone.as_deref(), told),
                _ => cite::place(self.context, &part.evidence, self.home()),
            };
            fields.iter().map(cell).collect()
        };
        self.rows(&fields, parts.map(cells).collect())
    }

    pub(super) fn data(&self, section: &Section, shown: impl Fn(DataClass) -> bool) -> SafeMarkdown {
        let fields = self.fields(section);
        let items = self.model().data.iter().filter(|item| shown(item.class)).take(section.cap);
        let cells = |item: &DataItem| {
            let cell = |field: &Field| match field {
                Field::Data => told(&item.name),
                Field::Class => words(class(item.class)),
                Field::Handling => words(handling(item.handling)),
                _ => cite::place(self.context, &item.evidence, self.home()),
            };
            fields.iter().map(cell).collect()
        };
        self.rows(&fields, items.map(cells).collect())
    }

    pub(super) fn threats(&self, section: &Section) -> SafeMarkdown {
        if !self.draft.stories {
            return SafeMarkdown::default();
        }
        let shown = || self.model().threats.iter().take(section.cap);
        let cells = |threat| section.fields.iter().map(|f| self.of_threat(*f, threat)).collect();
        let table = self.rows(&section.fields, shown().map(cells).collect());
        if !section.fields.contains(&Field::Lens) || table.is_empty() {
            return table;
        }
        // Only the marks that are used are explained.
        let method = self.methodology;
        let used = |id: &str| shown().any(|t| lens_of(method, t, self.model()).is_some_and(|l| l.id == id));
        let marks = method.lens.iter().filter(|lens| used(&lens.id));
        let legend = join(" · ", marks.map(|lens| say!("{} {}", told(&lens.mark), told(&lens.title))));
        blocks([table, if legend.is_empty() { legend } else { small(&legend) }])
    }

    /// Under each part of the lens that has any, its threats as a list.
    pub(super) fn scenarios(&self, section: &Section) -> SafeMarkdown {
        if !self.draft.stories {
            return SafeMarkdown::default();
        }
        let model = self.model();
        let of = |id: Option<&str>| -> Vec<SafeMarkdown> {
            let belongs = |t: &&Threat| lens_of(self.methodology, t, model).map(|lens| lens.id.as_str()) == id;
            model.threats.iter().filter(belongs).take(section.cap).map(|t| self.scenario(section, t)).collect()
        };
        let group = |title: SafeMarkdown, entries: Vec<SafeMarkdown>| {
            if entries.is_empty() { SafeMarkdown::default() } else { blocks([say!("**{}**", title), list(0, entries)]) }
        };
        let groups = self.methodology.lens.iter().map(|lens| group(capital(&lens.title), of(Some(&lens.id))));
        let beside = group(words("Beside these"), of(None));
        blocks(groups.chain([beside]))
    }

    /// The most likely threat and the worst one, and the others folded.
    pub(super) fn two_scenarios(&self, section: &Section) -> SafeMarkdown {
        if !self.draft.stories {
            return SafeMarkdown::default();
        }
        let (likely, worst) = likely_and_worst(self.model());
        let tell = |title, threat: Option<&Threat>| {
            say_when(threat, |t| blocks([words(title), list(0, [self.scenario(section, t)])]))
        };
        let told = |t: &&Threat| [likely, worst].into_iter().flatten().any(|shown| shown.id == t.id);
        let others = self.model().threats.iter().filter(|t| !told(t)).take(section.cap);
        let others: Vec<_> = others.map(|t| self.scenario(section, t)).collect();
        let n = others.len();
        blocks([
            tell("**What will most probably happen**", likely),
            tell("**The worst that could really happen**", worst),
            say_when((n > 0).then_some(others), |others| details("Also considered", Some(n), &list(0, others))),
        ])
    }

    fn scenario(&self, section: &Section, threat: &Threat) -> SafeMarkdown {
        let part = |field: &Field| {
            let value = self.of_threat(*field, threat);
            let label = match field {
                Field::Id | Field::Story => return value,
                Field::Data => "Touches",
                Field::Level => "Level:",
                Field::Evidence => "Because",
                Field::Recommendation => "Measure:",
                Field::Today => "Today:",
                Field::Gap => "Open:",
                Field::Element => "Part:",
                _ => "Also:",
            };
            if value.is_empty() { value } else { say!("*{}* {}.", words(label), value) }
        };
        join(" ", section.fields.iter().map(part))
    }

    fn of_threat(&self, field: Field, threat: &Threat) -> SafeMarkdown {
        let model = self.model();
        let answer = model.recommendations.iter().find(|r| r.threat == threat.id);
        match field {
            Field::Id => told(&threat.id),
            Field::Element => say_when(element_of(threat, model), |part| told(&part.name)),
            Field::Lens => say_when(lens_of(self.methodology, threat, model), |lens| told(&lens.mark)),
            Field::Story => sentence(&threat.story),
            Field::Today => self.today(threat, answer),
            Field::Gap => self.gap(threat),
            Field::Recommendation => say_when(answer, |r| say!("R{} {}", ordinal(r.ordinal), self.title(r))),
            Field::Effort => say_when(answer, |r| words(effort(r.effort))),
            Field::Level => words(self.methodology.rating.function.level(threat, model)),
            Field::Evidence => {
                let first = threat.evidence.first();
                say_when(first, |from| cite::source(self.context, from, self.home()))
            }
            Field::Data => join(", ", data_of(threat, model).map(|item| told(&item.name))),
            _ => SafeMarkdown::default(),
        }
    }

    /// What the design already does: what stands on the same line, else what the recommendation says of today.
    fn today(&self, threat: &Threat, answer: Option<&Recommendation>) -> SafeMarkdown {
        let same = |c: &&Covered| {
            threat.evidence.iter().any(|source| match source {
                Source::Document { anchor } => anchor.path == c.anchor.path && anchor.start_line == c.anchor.start_line,
                _ => false,
            })
        };
        if let Some(covered) = self.model().covered.iter().find(same) {
            let at = cite::place(self.context, &covered.anchor, self.home());
            return say!("{} ({})", told(covered.text.trim_end_matches('.')), at);
        }
        say_when(answer, |r| told(r.protects_today.trim_end_matches('.')))
    }

    /// What is not known: the assumption it stands on, unless somebody said that it is so.
    fn gap(&self, threat: &Threat) -> SafeMarkdown {
        let model = self.model();
        let same = |concern: &Option<String>| concern.as_deref() == Some(threat.concern.as_str());
        if let Some(assumption) = model.assumptions.iter().find(|a| same(&a.concern)) {
            return say!("rests on A{}", ordinal(assumption.ordinal));
        }
        if let Some(fact) = model.facts.iter().find(|f| same(&f.concern)) {
            return say!("no: {} said so", cite::origin(self.context, &fact.source, None));
        }
        words("nobody was asked")
    }

    pub(super) fn recommendations(&self, section: &Section) -> SafeMarkdown {
        let all = &self.model().recommendations;
        if all.is_empty() {
            return words("**No recommendation**: what was considered is below.");
        }
        let fields = self.fields(section);
        // The first have a thread each; more than those would be told nowhere else.
        let first = section.cap.max(SHOWN);
        let shown = all.iter().enumerate().filter(|(n, r)| *n < first || self.draft.threaded.contains(&r.ordinal));
        let shown = shown.map(|(_, r)| r);
        let cells = |r| fields.iter().map(|f| self.of_recommendation(*f, r)).collect();
        blocks([self.rows(&fields, shown.map(cells).collect()), self.in_full()])
    }

    fn of_recommendation(&self, field: Field, r: &Recommendation) -> SafeMarkdown {
        let model = self.model();
        let threat = model.threats.iter().find(|threat| threat.id == r.threat);
        let level = |t: &Threat| words(self.methodology.rating.function.level(t, model));
        match field {
            Field::Id => say!("R{}", ordinal(r.ordinal)),
            Field::Recommendation => self.title(r),
            Field::Answers => say_when(threat, |t| told(&t.story)),
            Field::Change => sentence(&r.change),
            Field::Alternative => join(" ", [sentence(&r.alternative), sentence(&r.trade_off)]),
            Field::Effort => words(effort(r.effort)),
            Field::Level | Field::Benefit => say_when(threat, level),
            Field::Place => cite::place(self.context, &r.anchor, self.home()),
            Field::Element | Field::Lens => say_when(threat, |t| self.of_threat(field, t)),
            _ => SafeMarkdown::default(),
        }
    }

    fn title(&self, r: &Recommendation) -> SafeMarkdown {
        let title = told(&r.title);
        match self.draft.outcomes.get(&r.ordinal) {
            Some(Outcome::Dropped(Dropped { reason, .. })) if reason.trim().is_empty() => {
                say!("{} (dropped)", struck(&title))
            }
            Some(Outcome::Dropped(Dropped { reason, .. })) => say!("{} (dropped: {})", struck(&title), quote(reason)),
            Some(Outcome::WentInto { other }) => say!("{} (merged into R{})", struck(&title), ordinal(*other)),
            Some(Outcome::Answered { .. }) => say!("{} (answered)", struck(&title)),
            Some(Outcome::Adopted { .. }) => say!("✓ {} (adopted)", title),
            Some(Outcome::Declined { counts: true, .. }) => say!("{} (declined)", title),
            Some(Outcome::Declined { counts: false, .. }) => say!("{} (declined by the author)", title),
            Some(Outcome::RiskAccepted { over: false, .. }) => say!("{} (risk accepted)", title),
            Some(Outcome::Deferred { .. }) => say!("{} (deferred)", title),
            Some(Outcome::RiskAccepted { over: true, .. } | Outcome::Proposed | Outcome::Kept) | None => title,
        }
    }

    /// Recommendations without a thread of their own: told here, those beyond the first five folded.
    fn in_full(&self) -> SafeMarkdown {
        let draft = self.draft;
        let tell = |r: &Recommendation| {
            let otherwise = if draft.curated { Outcome::Kept } else { Outcome::Proposed };
            let outcome = draft.outcomes.get(&r.ordinal).copied().unwrap_or(otherwise);
            let notes = draft.notes.get(&r.ordinal).copied().unwrap_or_default();
            let threat = draft.model.threats.iter().find(|t| t.id == r.threat).filter(|_| draft.stories);
            recommendation(
                self.context,
                &Shown { recommendation: r, threat, outcome, notes, seen: None, lines_changed: false, thread: None },
            )
        };
        let untold = |r: &&Recommendation| !draft.threaded.contains(&r.ordinal);
        let all = &draft.model.recommendations;
        let first: Vec<_> = all.iter().take(SHOWN).filter(untold).map(tell).collect();
        let more: Vec<_> = all.iter().skip(SHOWN).filter(untold).map(tell).collect();
        let n = more.len();
        let more = say_when((n > 0).then_some(more), |more| details("More recommendations", Some(n), &blocks(more)));
        blocks(first.into_iter().chain([more]))
    }
}

const fn kind(kind: ComponentKind) -> &'static str {
    match kind {
        ComponentKind::Actor => "person",
        ComponentKind::ThirdParty => "somebody else's",
        ComponentKind::Process => "runs",
        ComponentKind::Store => "keeps data",
    }
}

const fn class(class: DataClass) -> &'static str {
    match class {
        DataClass::Secret => "secret",
        DataClass::Personal => "about people",
        DataClass::Internal => "internal",
    }
}

const fn handling(handling: Handling) -> &'static str {
    match handling {
        Handling::Stored => "kept",
        Handling::Sent => "handed on",
        Handling::Used => "used or seen",
    }
}

/// With a capital letter at its beginning.
fn capital(title: &str) -> SafeMarkdown {
    let mut letters = title.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    told(&format!("{first}{}", letters.as_str()))
}
