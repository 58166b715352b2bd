//! Made-up texts, the same at each run.

const THINGS: [&str; 12] = [
    "export service",
    "upload worker",
    "billing API",
    "admin console",
    "token issuer",
    "audit log",
    "session cache",
    "webhook receiver",
    "tenant registry",
    "job queue",
    "S3 bucket",
    "`export-worker`",
];
const DEEDS: [&str; 10] =
    ["sends", "stores", "reads", "fetches", "signs", "validates", "forwards", "deletes", "renders", "executes"];
const OBJECTS: [&str; 12] = [
    "the customer record",
    "an access token",
    "a signed URL",
    "the uploaded file",
    "user passwords",
    "a callback URL",
    "the request body",
    "personal data",
    "an API key",
    "the archive",
    "a shell command",
    "the audit record",
];
const ENDS: [&str; 9] = [
    "within 15 minutes",
    "for 30 days",
    "over TLS",
    "without authentication",
    "when an administrator approves it",
    "if the check fails",
    "at most 5 times per minute",
    "in plain text for now",
    "as told in [the guide](https://example.org)",
];
const HEADS: [&str; 8] =
    ["Proposal", "Design", "Motivation", "Storage", "Authentication", "Alternatives", "Data flow", "Retention"];

/// Draws numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }

    fn of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list.get(self.roll(list.len())).copied().unwrap_or_default()
    }

    fn sentence(&mut self) -> String {
        let (thing, other) = (self.of(&THINGS), self.of(&THINGS));
        let (deed, object, end) = (self.of(&DEEDS), self.of(&OBJECTS), self.of(&ENDS));
        match self.roll(4) {
            0 => format!("Support staff can open {object} in the {thing} {end}."),
            1 => format!("When {object} expires, the {thing} {deed} it {end}."),
            2 => format!("Case {} differs: the {thing} goes on {end}.", self.roll(100_000)),
            _ => format!("The {thing} {deed} {object} to the {other} {end}."),
        }
    }
}

/// A design document of so many bytes, about.
pub(crate) fn design(bytes: usize) -> String {
    let mut dice = Dice(88_172_645_463_325_252);
    let mut out = "# Ticket export\n\n".to_owned();
    while out.len() < bytes {
        out.push_str(&section(&mut dice).join("\n"));
        out.push_str("\n\n");
    }
    out
}

fn section(dice: &mut Dice) -> Vec<String> {
    let mut lines = vec![format!("{} {}\n", dice.of(&["##", "###", "####"]), dice.of(&HEADS))];
    for _ in 0..=dice.roll(3) {
        lines.extend((0..2 + dice.roll(4)).map(|_| dice.sentence()));
        lines.push(String::new());
    }
    match dice.roll(6) {
        0 => lines.extend((0..4).map(|_| format!("- {}", dice.sentence()))),
        1 => {
            lines.push("| From | To | What |\n| --- | --- | --- |".to_owned());
            let row = |_| format!("| {} | {} | {} |", dice.of(&THINGS), dice.of(&THINGS), dice.of(&OBJECTS));
            lines.extend((0..4).map(row));
        }
        2 => lines.push("```json\n{\"token\": \"x\"}\n```".to_owned()),
        3 => {
            let drawn = "flowchart LR\n  A[Mobile app] --> B[Export service]\n  B --> C[(Database)]";
            lines.push(format!("```mermaid\n{drawn}\n```"));
        }
        _ => {}
    }
    lines
}

/// A CODEOWNERS file.
pub(crate) fn owners(rules: usize) -> String {
    let mut dice = Dice(1_442_695_040_888_963_407);
    let rule = |n| match dice.roll(4) {
        0 => format!("/service-{n}/docs/ @org/team-{}\n", n % 50),
        1 => format!("/service-{}/src/*.rs @org/team-{}\n", n % 900, n % 70),
        2 => format!("docs/**/part-{n}.md @org/team-{}\n", n % 30),
        _ => format!("*.ext{n} @org/team-{}\n", n % 20),
    };
    (0..rules).map(rule).collect()
}

/// Paths, some of which have owners.
pub(crate) fn paths(count: usize) -> Vec<String> {
    let mut dice = Dice(6_364_136_223_846_793_005);
    let path = |n| match dice.roll(3) {
        0 => format!("service-{n}/docs/design/a.md"),
        1 => format!("docs/design/deep/part-{n}.md"),
        _ => format!("service-{}/src/main.rs", n % 900),
    };
    (0..count).map(path).collect()
}
