//! The document as Markdown: what a security engineer would file. Everything that people or an analyst wrote is escaped.

use super::{Answered, Approval, Command, Evidence, Export, Place, Question, Recommendation, Revision};
use crate::prose::markdown::{
    SafeMarkdown, blocks, code, code_block, count, join, lines, list, number, ordinal, quote, say_when, sentence,
    strong, table, text, words,
};
use crate::say;

/// The document as one page.
pub fn markdown(export: &Export) -> String {
    let sections = [
        head(export),
        section("What is being built", sentence(&export.summary)),
        section("How it hangs together", system(export)),
        section("Recommendations", blocks(export.recommendations.iter().map(recommendation))),
        section("Threats", threats(export)),
        section(
            "Assumptions",
            list(0, export.assumptions.iter().map(|a| say!("{}: {}", text(&a.id), sentence(&a.text)))),
        ),
        section("Questions and answers", list(0, export.questions.iter().map(question))),
        section("What is known", facts(export)),
        section(
            "Covered by the design",
            list(0, export.covered.iter().map(|c| say!("{}: {}", text(&c.text), place(&c.place)))),
        ),
        section(
            "Considered and set aside",
            list(0, export.set_aside.iter().map(|s| say!("{}: {}", text(&s.text), sentence(&s.reason)))),
        ),
        section("Who decided", decided(export)),
        section("Revisions of the draft", revisions(&export.revisions)),
    ];
    format!("{}\n", blocks(sections).as_str())
}

/// A section, when it says something.
fn section(title: &'static str, body: SafeMarkdown) -> SafeMarkdown {
    if body.is_empty() { body } else { say!("## {}\n\n{}", words(title), body) }
}

fn head(export: &Export) -> SafeMarkdown {
    let standing = export.standing.as_ref().map(|standing| {
        let state = match (standing.open, standing.green) {
            (true, true) => "open, and the check is green",
            (true, false) => "open, and the check is closed",
            (false, _) => "closed or merged",
        };
        say!("Pull request: {}, into {}, at commit {}", words(state), code(&standing.base), code(&standing.head))
    });
    let facts = [
        say_when(export.url.as_deref(), |url| say!("Address: {}", code(url))),
        say_when(standing, |standing| standing),
        documents(export),
        said_of("Methodology", &export.methodology),
        say!(
            "Quotations: {} of {} stand in their source",
            ordinal(export.quotations.found),
            ordinal(export.quotations.checked)
        ),
        say!("Exported {} as {}", text(&export.exported_at), code(export.schema)),
    ];
    say!(
        "# Threat model: {} pull request {}\n\n{}",
        text(&export.repository),
        ordinal(u32::try_from(export.pull).unwrap_or(u32::MAX)),
        list(0, facts)
    )
}

fn documents(export: &Export) -> SafeMarkdown {
    let paths = join(", ", export.documents.iter().map(|d| code(&d.path)));
    if paths.is_empty() { paths } else { say!("Documents: {}", paths) }
}

fn said_of(name: &'static str, value: &str) -> SafeMarkdown {
    if value.is_empty() { SafeMarkdown::default() } else { say!("{}: {}", words(name), text(value)) }
}

fn system(export: &Export) -> SafeMarkdown {
    let parts = export.components.iter().map(|c| {
        let zone = say_when(c.zone.as_deref(), |zone| say!(", in {}", text(zone)));
        say!("{} ({}{})", text(&c.name), text(&c.kind.replace('_', " ")), zone)
    });
    let flows = export.flows.iter().map(|f| {
        let label = if f.label.is_empty() { SafeMarkdown::default() } else { say!(": {}", text(&f.label)) };
        say!("{} → {}{}", text(&f.from), text(&f.to), label)
    });
    let data = export.data.iter().map(|d| say!("{} ({}, {})", text(&d.name), text(&d.class), text(&d.handling)));
    let titled = |title: &'static str, items: SafeMarkdown| {
        if items.is_empty() { items } else { say!("{}\n\n{}", words(title), items) }
    };
    blocks([titled("Parts:", list(0, parts)), titled("Flows:", list(0, flows)), titled("Data:", list(0, data))])
}

fn recommendation(r: &Recommendation) -> SafeMarkdown {
    let became = match (r.curation.state.as_str(), r.curation.reason.as_deref()) {
        ("dropped", why) => {
            let by = say_when(r.curation.by.as_deref(), |by| say!(" by {}", text(by)));
            say!("Dropped{}{}", by, say_when(why.filter(|why| !why.is_empty()), |why| say!(": {}", quote(why))))
        }
        ("merged", Some(other)) => say!("Went into {}", text(other)),
        ("needless", Some(noted)) => say!("Made needless by an answer: {}", quote(noted)),
        _ => words("Kept"),
    };
    let changed =
        r.changes.iter().map(|c| say!("{} by {}, {}", text(&c.what.replace('_', " ")), text(&c.by), text(&c.at)));
    let changed = join("; ", changed);
    let changed = if changed.is_empty() { changed } else { say!("Changed: {}", changed) };
    let ended = say_when(r.outcome.as_ref(), |o| {
        let until = say_when(o.until.as_deref(), |until| say!(", until {}", text(until)));
        let reason = if o.reason.is_empty() { SafeMarkdown::default() } else { say!(": {}", quote(&o.reason)) };
        say!("Ended: {} by {}{}{}", text(&o.state.replace('_', " ")), text(&o.by), until, reason)
    });
    let points = [
        say!("Severity {}, effort {}, answers threat {}", text(&r.severity), text(&r.effort), text(&r.threat)),
        became,
        changed,
        ended,
        labelled("Or", &r.alternative),
        labelled("What that costs", &r.trade_off),
        labelled("Protects today", &r.protects_today),
        labelled("Left over", &r.left_over),
        say!("At {}", place(&r.place)),
        because(&r.evidence),
    ];
    let suggested = say_when(r.suggestion.as_ref(), |s| {
        say!(
            "Suggested for lines {}–{} of {}:\n\n{}",
            ordinal(s.first_line),
            ordinal(s.last_line),
            code(&s.path),
            code_block(&s.replacement)
        )
    });
    blocks([say!("### {}: {}", text(&r.id), text(&r.title)), sentence(&r.change), list(0, points), suggested])
}

fn labelled(name: &'static str, said: &str) -> SafeMarkdown {
    if said.is_empty() { SafeMarkdown::default() } else { say!("{}: {}", words(name), sentence(said)) }
}

fn because(evidence: &[Evidence]) -> SafeMarkdown {
    if evidence.is_empty() {
        return SafeMarkdown::default();
    }
    say!("Because: {}", join("; ", evidence.iter().map(source)))
}

fn source(evidence: &Evidence) -> SafeMarkdown {
    match evidence {
        Evidence::Document { path, first_line, quotation, .. } => {
            say!("{} ({}, line {})", quote(quotation), code(path), ordinal(*first_line))
        }
        Evidence::Reply { by, quotation } => say!("{} ({})", quote(quotation), text(by)),
        Evidence::Description { quotation } => say!("{} (description)", quote(quotation)),
        Evidence::Context { path, quotation } => say!("{} ({})", quote(quotation), code(path)),
        Evidence::Decision { id, repository, pull, quotation } => {
            say!("{} (decision {} in {}, pull request {})", quote(quotation), code(id), text(repository), number(*pull))
        }
        Evidence::Assumption { id } => say!("assumption {}", text(id)),
    }
}

fn place(place: &Place) -> SafeMarkdown {
    say!("{} ({}, line {})", quote(&place.quotation), code(&place.path), ordinal(place.first_line))
}

fn threats(export: &Export) -> SafeMarkdown {
    let one = |t: &super::Threat| {
        let evidence = because(&t.evidence);
        say!("{} ({}): {} {}", strong(&text(&t.id)), text(&t.severity), sentence(&t.story), evidence)
    };
    list(0, export.threats.iter().map(one))
}

fn question(question: &Question) -> SafeMarkdown {
    let answer = match &question.answer {
        None => words("No draft yet."),
        Some(Answered { state, noted, by }) => {
            let by = say_when(by.as_deref(), |by| say!(" ({})", text(by)));
            match state.as_str() {
                "answered" => say!("Answered: {}{}", text(noted), by),
                "does_not_apply" => say!("Does not apply here{}", by),
                _ => words("Left open."),
            }
        }
    };
    say!("{} {} On {}\n  - {}", text(&question.id), sentence(&question.text), place(&question.place), answer)
}

fn facts(export: &Export) -> SafeMarkdown {
    list(0, export.facts.iter().map(|f| say!("{} {}", sentence(&f.statement), source(&f.source))))
}

fn decided(export: &Export) -> SafeMarkdown {
    let approval = |a: &Approval| {
        let url = say_when(a.url.as_deref(), |url| say!(": {}", code(url)));
        say!("Approved revision {} in review {}{}", ordinal(a.revision), text(&a.review.to_string()), url)
    };
    let command = |c: &Command| {
        let about = say_when(c.about.as_deref(), |about| say!(" about {}", text(about)));
        say!("{} typed {}{}, {}: {}", text(&c.by), code(&c.verb), about, text(&c.at), text(&c.outcome))
    };
    lines([list(0, export.approvals.iter().map(approval)), list(0, export.commands.iter().map(command))])
}

fn revisions(revisions: &[Revision]) -> SafeMarkdown {
    if revisions.is_empty() {
        return SafeMarkdown::default();
    }
    let row = |r: &Revision| {
        let restored = if r.restored == 0 { words("never") } else { count(r.restored as usize, "time", "times") };
        [
            ordinal(r.number),
            text(&r.at),
            code(&r.head),
            ordinal(r.threats),
            ordinal(r.recommendations),
            ordinal(r.dropped),
            restored,
        ]
    };
    table(
        ["revision", "made", "commit", "threats", "recommendations", "dropped", "restored"],
        revisions.iter().map(row),
    )
}
