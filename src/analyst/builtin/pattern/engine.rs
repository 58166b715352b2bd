//! A compiled pattern. Most patterns see few sentences of a document, so that building one has to cost little: no literals are
//! looked for first, the index has done that, and no automaton is built as long as walking the pattern is cheaper.
//!
//! Patterns run on bytes: a class that knows all of Unicode costs ten times as much to build. A text beyond ASCII is searched in a
//! copy that has one byte for each of its characters, so that a pattern need not spell out how characters are encoded.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use regex_automata::Input;
use regex_automata::meta;
use regex_automata::nfa::thompson::backtrack::{self, BoundedBacktracker};
use regex_automata::nfa::thompson::{Compiler, Config};
use regex_automata::util::prefilter::Prefilter;
use regex_automata::util::primitives::NonMaxUsize;
use regex_automata::{MatchKind, PatternID};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, Hir, HirKind, Repetition};

/// Where a pattern matched: the whole, and its named groups.
pub(super) type Captured<'p> = (Range<usize>, Vec<(&'p str, Range<usize>)>);

/// More than this is no pattern for one sentence.
const LARGEST: usize = 1 << 22;
/// A longer text is searched by an automaton.
const LONG: usize = 1200;
/// So many texts are searched before an automaton is worth building.
const OFTEN: u32 = 150;

/// Where a group of a match begins or ends: two for each group, the whole match first.
pub(super) type Slot = Option<NonMaxUsize>;

#[derive(Debug)]
pub(super) struct Engine {
    hir: Hir,
    /// Whether it knows how characters are encoded: a pattern that has some beyond ASCII.
    is_wide: bool,
    walker: BoundedBacktracker,
    searches: AtomicU32,
    automaton: OnceLock<Option<meta::Regex>>,
}

/// What searching needs again and again.
#[derive(Default)]
struct Room {
    walk: Option<backtrack::Cache>,
    narrow: Vec<u8>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::default();
}

impl Engine {
    /// Builds it; none when the pattern is broken or too large.
    pub(super) fn new(text: &str) -> Option<Self> {
        let is_wide = !text.is_ascii();
        let hir = parse(text)?;
        let hir = if is_wide { whole_characters(hir) } else { hir };
        let config = Config::new().utf8(false).nfa_size_limit(Some(LARGEST));
        let nfa = Compiler::new().configure(config).build_from_hir(&hir).ok()?;
        let config = backtrack::Config::new().prefilter(first_bytes(&hir));
        let walker = BoundedBacktracker::builder().configure(config).build_from_nfa(nfa).ok()?;
        Some(Self { hir, is_wide, walker, searches: AtomicU32::new(0), automaton: OnceLock::new() })
    }

    /// Where it matches first.
    pub(super) fn find(&self, text: &str) -> Option<Range<usize>> {
        let mut slots = [None; 2];
        self.search(text, &mut slots).then(|| range(&slots, 0))?
    }

    /// Whether it matches anywhere.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.search(text, &mut [])
    }

    /// Where it matches first: the whole, and the groups of these names that took part.
    pub(super) fn captures<'p>(&self, text: &str, names: &'p [String]) -> Option<Captured<'p>> {
        let groups = self.walker.get_nfa().group_info();
        let mut slots = vec![None; groups.slot_len()];
        if !self.search(text, &mut slots) {
            return None;
        }
        let named = names.iter().filter_map(|name| {
            let at = groups.to_index(PatternID::ZERO, name)?;
            Some((name.as_str(), range(&slots, at)?))
        });
        Some((range(&slots, 0)?, named.collect()))
    }

    /// Searches a text, and says where the groups of the first match are.
    fn search(&self, text: &str, slots: &mut [Slot]) -> bool {
        if self.is_wide || text.is_ascii() {
            return ROOM.with_borrow_mut(|room| self.search_bytes(text.as_bytes(), &mut room.walk, slots));
        }
        let found = ROOM.with_borrow_mut(|Room { walk, narrow }| {
            narrow.clear();
            narrow.extend(text.bytes().filter(|byte| !is_within_character(*byte)).map(|byte| byte.min(0x80)));
            self.search_bytes(narrow, walk, slots)
        });
        if found {
            for slot in slots.iter_mut() {
                *slot = slot.and_then(|at| NonMaxUsize::new(widen(text, at.get())));
            }
        }
        found
    }

    fn search_bytes(&self, text: &[u8], room: &mut Option<backtrack::Cache>, slots: &mut [Slot]) -> bool {
        let input = Input::new(text);
        // Both find the same: the first match from the left, the first of the ways to match there.
        if self.is_worth_an_automaton(text)
            && let Some(automaton) = self.automaton.get_or_init(|| automaton(&self.hir)).as_ref()
        {
            return automaton.search_slots(&input, slots).is_some();
        }
        let room = room.get_or_insert_with(|| self.walker.create_cache());
        room.reset(&self.walker);
        self.walker.try_search_slots(room, &input, slots).is_ok_and(|found| found.is_some())
    }

    fn is_worth_an_automaton(&self, text: &[u8]) -> bool {
        text.len() > LONG.min(self.walker.max_haystack_len()) || self.searches.fetch_add(1, Ordering::Relaxed) > OFTEN
    }
}

/// A pattern as one of bytes.
pub(in crate::analyst::builtin) fn parse(text: &str) -> Option<Hir> {
    ParserBuilder::new().unicode(false).utf8(false).case_insensitive(true).build().parse(text).ok()
}

fn range(slots: &[Slot], group: usize) -> Option<Range<usize>> {
    let at = |slot: usize| slots.get(slot).copied().flatten().map(NonMaxUsize::get);
    Some(at(2 * group)?..at(2 * group + 1)?)
}

fn is_within_character(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Where the character of this number begins.
fn widen(text: &str, number: usize) -> usize {
    text.char_indices().nth(number).map_or(text.len(), |(at, _)| at)
}

fn automaton(hir: &Hir) -> Option<meta::Regex> {
    let config = meta::Config::new().utf8_empty(false).auto_prefilter(false).onepass(false);
    let config = config.nfa_size_limit(Some(LARGEST));
    meta::Builder::new().configure(config).build_from_hir(hir).ok()
}

/// Most bytes of a text begin no match.
fn first_bytes(hir: &Hir) -> Option<Prefilter> {
    /// More would leave out hardly more than the spaces.
    const MOST: usize = 40;
    let mut first = [false; 256];
    if adds_first(hir, &mut first) {
        return None;
    }
    let bytes: Vec<[u8; 1]> = (0..=u8::MAX).zip(first).filter(|(_, is)| *is).map(|(byte, _)| [byte]).collect();
    (bytes.len() <= MOST).then(|| Prefilter::new(MatchKind::LeftmostFirst, &bytes))?
}

/// Adds the bytes that a match can begin with. Says whether it can also be empty, so that what follows begins it.
fn adds_first(hir: &Hir, first: &mut [bool; 256]) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => match literal.0.first() {
            Some(byte) => {
                mark(first, *byte..=*byte);
                false
            }
            None => true,
        },
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().for_each(|range| mark(first, range.start()..=range.end()));
            false
        }
        HirKind::Class(Class::Unicode(_)) => {
            mark(first, 0..=u8::MAX);
            false
        }
        HirKind::Repetition(repetition) => {
            let empty = adds_first(&repetition.sub, first);
            empty || repetition.min == 0
        }
        HirKind::Capture(capture) => adds_first(&capture.sub, first),
        HirKind::Concat(parts) => parts.iter().all(|part| adds_first(part, first)),
        HirKind::Alternation(parts) => {
            // Every part adds its own, also when an earlier one may be empty.
            let empty: Vec<bool> = parts.iter().map(|part| adds_first(part, first)).collect();
            empty.contains(&true)
        }
    }
}

fn mark(first: &mut [bool; 256], bytes: std::ops::RangeInclusive<u8>) {
    for byte in bytes {
        if let Some(is) = first.get_mut(usize::from(byte)) {
            *is = true;
        }
    }
}

/// A class that takes any byte beyond ASCII takes a whole character.
fn whole_characters(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Class(Class::Bytes(class)) if takes_all_beyond_ascii(&class) => any_or(class),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Repetition(repetition) => {
            let sub = Box::new(whole_characters(*repetition.sub));
            Hir::repetition(Repetition { sub, ..repetition })
        }
        HirKind::Capture(capture) => {
            let sub = Box::new(whole_characters(*capture.sub));
            Hir::capture(Capture { sub, ..capture })
        }
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(whole_characters).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.into_iter().map(whole_characters).collect()),
    }
}

fn takes_all_beyond_ascii(class: &ClassBytes) -> bool {
    class.ranges().iter().any(|range| range.start() <= 0x80 && range.end() == 0xFF)
}

/// The ASCII of a class, or a first byte beyond it with all that belong to it.
fn any_or(mut class: ClassBytes) -> Hir {
    let bytes = |from, to| Hir::class(Class::Bytes(ClassBytes::new([ClassBytesRange::new(from, to)])));
    let rest = Repetition { min: 1, max: Some(3), greedy: true, sub: Box::new(bytes(0x80, 0xBF)) };
    let longer = Hir::concat(vec![bytes(0xC2, 0xF4), Hir::repetition(rest)]);
    class.intersect(&ClassBytes::new([ClassBytesRange::new(0, 0x7F)]));
    Hir::alternation(vec![Hir::class(Class::Bytes(class)), longer])
}
