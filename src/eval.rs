//! Measuring an analyst: a corpus of documents with known concerns, judges that say which of them a finding touches, the hard
//! rules of good questions and recommendations, blind sheets for people, and the comparison of two runs. Values only, no IO.

pub mod arms;
pub mod compare;
pub mod corpus;
pub mod findings;
pub mod judged;
mod plain;
pub mod play;
pub mod report;
pub mod rubric;
pub mod sheet;
pub mod table;
pub mod terms;
#[cfg(test)]
mod tests;
pub mod ticks;
mod words;
