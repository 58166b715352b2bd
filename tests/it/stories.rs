//! Stories: the real binary against the sandbox, over HTTP, told as a person would. Written from BEHAVIOUR and VOICE; each is named as the
//! fact that it shows, and ends by asking the safety oracle about every success that was written.

mod acts;
mod considered;
mod curation;
mod disagreements;
mod drafts;
mod gate;
mod guidance;
mod manners;
mod memory;
mod model;
mod model_cache;
mod model_faults;
mod other_people;
mod outcomes;
mod overrides;
mod pasted;
mod pushes;
mod quiet;
mod refining;
mod replies;
mod setup;
mod silence;
mod talk;
mod trees;
mod unseen;

use crate::oracle::judge;
use crate::stage::{BOT, Stage};

/// A document with something to ask about.
const PATH: &str = "docs/invoice-export.md";
pub(crate) const DOCUMENT: &str = "\
# Invoice export

## What we build

Customers ask for an export of their invoices on the billing page.
The `export-worker` reads the invoices from `billing-db` and writes a CSV file to the `exports-bucket`.
Customers download the file through a signed link, which they get by mail.
Support staff can open every export in the `backoffice`.

## Storage

Exports are deleted after 24 hours.
The bucket is encrypted at rest.

## Interface

`POST /exports` starts an export, `GET /exports/{id}` shows how far it is.
The request body carries the customer's id.
The mail service is run by another company and gets the customer's name and address.
";

/// The document with one sentence changed that no suggestion is about.
fn reworded() -> String {
    DOCUMENT.replace("on the billing page", "on the account page")
}

/// How old the facts may be that the app read before a write, without any lag: its own time between reading and writing.
const HASTE_MS: i64 = 10_000;

/// Every success had a ground.
fn assert_safe(stage: &Stage) {
    let violations = judge(&stage.log(), BOT, HASTE_MS);
    assert!(violations.is_empty(), "{violations:#?}");
}
