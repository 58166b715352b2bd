//! What the operator decides and the core must know.

use crate::time::Millis;

/// The operator's settings, as far as the core is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long GitHub's reads may lag behind its writes before we ask by id. Default 60 s.
    pub settle: Millis,
    /// An analysis starts this long after the last human word. Default 90 s, none in the demo.
    pub quiet: Millis,
    /// But at most this long after the first. Default 10 min.
    pub quiet_max: Millis,
    /// Where people see GitHub, for links: `https://github.com`, or the operator's Enterprise Server.
    pub web: String,
    /// A model is there that reads what code owners write about recommendations. Said by the engine, which knows its analysts.
    pub refines: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            settle: Millis::seconds(60),
            quiet: Millis::seconds(90),
            quiet_max: Millis::minutes(10),
            web: "https://github.com".to_owned(),
            refines: false,
        }
    }
}
