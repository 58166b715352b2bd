//! Which lines are worth trying on a path.
//!
//! Every pattern is filed under one *trait* that each path it matches must have: it begins with
//! these directories, holds this segment, or holds a segment with this beginning or ending. A path
//! is asked for its traits and only the patterns filed there are tried, newest first; patterns
//! without a trait (`*`, `*a*`) are tried always. A trait is kept as a hash: two that collide cost
//! a needless try and change no answer, since every candidate is matched for real.
//!
//! Of several traits a pattern takes the one that fewest other patterns have, so that ten thousand
//! lines below one directory do not end in one heap.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use super::Rule;
use super::pattern::{Pattern, Step, Steps, is_special};

/// The patterns by trait.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Index {
    /// Positions of the patterns with a trait: traits together, later patterns first.
    filed: Vec<u32>,
    /// Which part of `filed` has a trait.
    places: HashMap<u64, Range<u32>, BuildHasherDefault<AsItIs>>,
    /// Positions of the patterns without a trait, later ones first.
    unfiled: Vec<u32>,
}

impl Index {
    pub(super) fn build(rules: &[Rule], steps: &Steps) -> Self {
        let mut offers: Vec<(u64, u32)> = Vec::with_capacity(rules.len() * 4);
        // How many patterns have a trait, by the last bits of its hash: near enough to choose by.
        let mut counts = vec![0_u32; 1 << 16];
        for (position, rule) in rules.iter().enumerate() {
            traits_of_pattern(steps.pattern(position, &rule.pattern), |key| {
                offers.push((key, number(position)));
                if let Some(count) = counts.get_mut(counter(key)) {
                    *count += 1;
                }
            });
        }
        let mut index = Self::default();
        let mut chosen: Vec<(u64, u32)> = Vec::with_capacity(rules.len());
        let mut offers = offers.chunk_by(|a, b| a.1 == b.1).peekable();
        for position in 0..number(rules.len()) {
            let own = offers.next_if(|offers| offers.iter().all(|offer| offer.1 == position));
            let rarest = own.unwrap_or_default().iter();
            match rarest.min_by_key(|(key, _)| counts.get(counter(*key))) {
                Some((key, _)) => chosen.push((*key, position)),
                None => index.unfiled.push(position),
            }
        }
        index.unfiled.reverse();
        chosen.sort_unstable_by_key(|(key, position)| (*key, std::cmp::Reverse(*position)));
        index.filed.reserve(chosen.len());
        index.places.reserve(chosen.len());
        for group in chosen.chunk_by(|a, b| a.0 == b.0) {
            let start = number(index.filed.len());
            index.filed.extend(group.iter().map(|(_, position)| position));
            let end = number(index.filed.len());
            index.places.extend(group.first().map(|(key, _)| (*key, start..end)));
        }
        index
    }

    /// The position of the last pattern that matches.
    pub(super) fn last_match(&self, rules: &[Rule], steps: &Steps, path: &str) -> Option<usize> {
        if path.is_empty() {
            return None;
        }
        let segments: Vec<&str> = path.split('/').collect();
        let matches = |position: &usize| {
            rules.get(*position).is_some_and(|rule| {
                let pattern = steps.pattern(*position, &rule.pattern);
                pattern.matches(&segments)
            })
        };
        // Later patterns come first, so that a search ends at the first match, or at the best so far.
        let later = |positions: &[u32], best: Option<usize>| {
            let positions = positions.iter().map(|position| *position as usize);
            positions.take_while(|position| best.is_none_or(|best| *position > best)).find(matches).or(best)
        };
        let mut best = None;
        traits_of_path(&segments, |key| {
            if let Some(place) = self.places.get(&key) {
                let place = place.start as usize..place.end as usize;
                best = later(self.filed.get(place).unwrap_or_default(), best);
            }
        });
        later(&self.unfiled, best)
    }
}

/// Positions are below 3 million: a file has less than [`super::MAX_BYTES`].
fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Where a trait is counted.
fn counter(key: u64) -> usize {
    usize::try_from(key & 0xffff).unwrap_or(0)
}

/// Every trait that a path must have for the pattern to match it.
fn traits_of_pattern(pattern: Pattern<'_>, mut offer: impl FnMut(u64)) {
    let mut prefix = Fnv::new(PREFIX);
    let leading = pattern.steps().iter().map_while(|step| match step {
        Step::Literal(place) => Some(pattern.text_of(place)),
        _ => None,
    });
    let mut directories = 0;
    for text in leading {
        prefix = prefix.with("/").with(text);
        directories += 1;
    }
    if directories > 0 {
        offer(prefix.0);
    }
    // The first literal of a prefix is too common to be worth a look.
    for step in pattern.steps().iter().skip(usize::from(directories > 0)) {
        match step {
            Step::Literal(place) => offer(Fnv::new(SEGMENT).with(pattern.text_of(place)).0),
            Step::Glob(place) => traits_of_glob(pattern.text_of(place), &mut offer),
            Step::Any | Step::Deep => {}
        }
    }
}

fn traits_of_glob(glob: &str, offer: &mut impl FnMut(u64)) {
    let glob = glob.as_bytes();
    let plain = |text: &&[u8]| !text.iter().copied().any(is_special);
    if let Some(beginning) = beginnings(glob).take_while(|(_, text)| plain(text)).last() {
        offer(hash_of(beginning));
    }
    if let Some(ending) = endings(glob).take_while(|(_, text)| plain(text)).last() {
        offer(hash_of(ending));
    }
    if let Some(extension) = extension(glob).filter(|(_, text)| plain(text)) {
        offer(hash_of(extension));
    }
}

/// Every trait that the path has.
fn traits_of_path(segments: &[&str], mut ask: impl FnMut(u64)) {
    let mut prefix = Fnv::new(PREFIX);
    for segment in segments {
        prefix = prefix.with("/").with(segment);
        ask(prefix.0);
        ask(Fnv::new(SEGMENT).with(segment).0);
        let segment = segment.as_bytes();
        for part in beginnings(segment).chain(endings(segment)).chain(extension(segment)) {
            ask(hash_of(part));
        }
    }
}

// The kinds of traits, as seeds of the hash.
const PREFIX: u8 = 1;
const SEGMENT: u8 = 2;
const BEGINNING: u8 = 3;
const ENDING: u8 = 4;
const EXTENSION: u8 = 5;

/// How many bytes of a segment's beginning and ending are looked at.
const LENGTHS: [usize; 4] = [2, 4, 8, 16];

type Part<'a> = (u8, &'a [u8]);

fn beginnings(segment: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let parts = LENGTHS.into_iter().map_while(|length| segment.get(..length));
    parts.map(|part| (BEGINNING, part))
}

fn endings(segment: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let starts = LENGTHS.into_iter().map_while(|length| segment.len().checked_sub(length));
    starts.filter_map(|start| segment.get(start..)).map(|part| (ENDING, part))
}

/// What follows the last dot.
fn extension(segment: &[u8]) -> Option<Part<'_>> {
    let dot = segment.iter().rposition(|byte| *byte == b'.')?;
    segment.get(dot + 1..).map(|part| (EXTENSION, part))
}

fn hash_of((kind, text): Part<'_>) -> u64 {
    text.iter().copied().fold(Fnv::new(kind), Fnv::byte).0
}

/// FNV-1a, 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>): short texts, the same everywhere.
#[derive(Clone, Copy)]
struct Fnv(u64);

impl Fnv {
    fn new(kind: u8) -> Self {
        Self(0xcbf2_9ce4_8422_2325).byte(kind)
    }

    fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }

    fn with(self, text: &str) -> Self {
        text.bytes().fold(self, Self::byte)
    }
}

/// The keys are hashes already. Fixed, so that nothing here is random.
#[derive(Debug, Clone, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().copied().fold(Fnv(self.0), Fnv::byte).0;
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
