//! The page about methodologies (`docs/methodologies.md`), made from the files.

use std::fmt::Write as _;

use super::{HOUSE_RULES, MethodologyError, embedded};

const INTRODUCTION: &str = include_str!("reference/introduction.md");

const NOTES: &str = include_str!("reference/notes.md");

/// The page: which to choose, what each asks and shows, and how to write one.
pub fn reference_markdown() -> Result<String, &'static MethodologyError> {
    let mut page = format!("{INTRODUCTION}\n| methodology | choose it for | not for |\n| --- | --- | --- |\n");
    // Writing into a string cannot fail.
    for method in embedded()? {
        let _ = writeln!(page, "| [`{id}`](#{id}) | {} | {} |", method.when_to_use, method.not_for, id = method.id);
    }
    for method in embedded()? {
        let _ = writeln!(page, "\n## {}\n\n{}.", method.id, method.title);
        if !method.origin.is_empty() {
            let _ = writeln!(page, "\n*{}*", method.origin);
        }
        let _ = writeln!(page, "\n**It needs to know:**\n");
        for slot in &method.slots {
            let must = if slot.blocking { " (says little without)" } else { "" };
            let _ = writeln!(page, "* {}{must} If nobody says: {}", slot.question, slot.if_unknown);
        }
        let _ = writeln!(page, "\n**It looks at:**\n\n| | | stays empty if |\n| --- | --- | --- |");
        for lens in &method.lens {
            let _ = writeln!(page, "| {} | {} | {} |", lens.mark, lens.title, lens.leave_empty_if);
        }
        let _ = writeln!(page, "\n**It rates** by {}.\n", method.rating.function.explained());
        for level in &method.rating.levels {
            let _ = writeln!(page, "* {}: {}", level.level, level.wording);
        }
        let _ = writeln!(page, "\n**Done when:** {}", method.stop_when);
        if !method.pitfalls.is_empty() {
            let _ = writeln!(page, "\n**Watch for:** {}", method.pitfalls.join(" "));
        }
    }
    let _ = writeln!(page, "\n## Whatever the methodology\n");
    for rule in HOUSE_RULES {
        let _ = writeln!(page, "* {rule}");
    }
    let _ = write!(page, "\n{NOTES}");
    Ok(page)
}
