//! The acts of a history, by small numbers that are resolved when they happen; what GitHub refuses has not happened.

use threadmodel::sandbox::model::{Id, Permission, Place, Pull, PullState, ReviewState};
use threadmodel::sandbox::pulls::NewPull;
use threadmodel::sandbox::repos::{Edit, Push};
use threadmodel::sandbox::reviews::{NewReview, ReviewEvent};
use threadmodel::sandbox::world::{Rng, World};

use super::{App, look_at_all};
use crate::oracle::script::{APP, DATA, EXPORT, EXPORT_TEXT, REPO, SUGGESTIONS};

const PEOPLE: [&str; 6] = ["alice", "bob", "sam", "tess", "pia", "helper[bot]"];
const BRANCHES: [&str; 2] = ["export", "other"];
const BASES: [&str; 2] = ["main", "lax"];

/// A change of files, on a head branch.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Propose,
    OtherSentence,
    WhiteSpace,
    HiddenWords,
    Adopt(usize),
    AlmostAdopt(usize),
    Data,
    MoveData,
    DeleteOld,
    Readme,
    OwnOwners,
    OwnPolicy,
}

/// What happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Wait(i64),
    Look(usize),
    LookAll,
    Push { who: usize, branch: usize, change: Change, author: Option<usize> },
    MergeBase { who: usize, branch: usize },
    Open { who: usize, branch: usize, base: usize },
    Twin { of: usize, base: usize },
    Review { who: usize, pull: usize, event: ReviewEvent, old_commit: bool },
    Dismiss { who: usize, pull: usize, nth: usize },
    Override { who: usize, pull: usize, old: bool },
    SpoilOverride { who: usize, pull: usize, delete: bool },
    EditDraft { who: usize, pull: usize, nth: usize },
    DeleteRecommendation { who: usize, pull: usize, nth: usize },
    Verdict { who: usize, pull: usize, nth: usize, keep: bool },
    CommitSuggestion { who: usize, pull: usize, nth: usize },
    Retarget { pull: usize, base: usize },
    SetOpen { pull: usize, open: bool },
    Draft { pull: usize, draft: bool },
    Member { who: usize, privacy: bool, member: bool },
    Access { privacy: bool, write: bool },
    Owners { base: usize, variant: usize },
    Policy { base: usize, variant: usize },
    Base { proposed: bool },
}

const OWNERS: [&str; 5] = [
    "/design/ @acme/security\n/design/data.md @acme/privacy\n",
    "/design/ @acme/security\n",
    "/design/data.md @acme/security\n/design/ @acme/privacy @sam\n",
    "* @bob\n/design/ @acme/ghosts\n",
    "/design/ @bob @tess\n",
];

const POLICIES: [&str; 7] = [
    "approval: { teams: [\"@acme/security\", \"@acme/privacy\"], required: 1, fallback: [\"@acme/security\"] }\n",
    "approval: { teams: [\"@acme/security\", \"@acme/privacy\"], required: 1, fallback: [\"@acme/security\"] }\n",
    "approval: { teams: [\"@acme/security\"], required: 2 }\n",
    "approval: { required: 1 }\n",
    "mode: advise\n",
    "aproval: { required: 1 }\n",
    "trivial: { then: acknowledge, sample: 0 }\napproval: { teams: [\"@acme/security\", \"@acme/privacy\"], required: 1 }\n",
];

fn policy(variant: usize) -> String {
    let trivial = if POLICIES[variant].starts_with("trivial") { "" } else { "trivial: { sample: 0 }\n" };
    format!("documents: [\"design/*.md\"]\n{trivial}{}", POLICIES[variant])
}

/// A history: a proposal, the app's first looks, then anything.
pub(crate) fn generate(seed: u64) -> Vec<Step> {
    let mut rng = Rng::new(seed ^ 0x7468_7265_6164);
    let mut steps = vec![Step::Wait(61_000)];
    if rng.chance(150) {
        steps.push(Step::Base { proposed: true });
    }
    if rng.chance(300) {
        steps.push(any_rule(&mut rng));
    }
    let change = if rng.chance(800) { Change::Propose } else { any_change(&mut rng) };
    steps.push(Step::Push { who: 0, branch: 0, change, author: None });
    if rng.chance(250) {
        steps.push(Step::Push {
            who: pick(&mut rng, 5),
            branch: 0,
            change: any_change(&mut rng),
            author: some(&mut rng, 300, 5),
        });
    }
    steps.push(Step::Open { who: 0, branch: 0, base: usize::from(rng.chance(120)) });
    let length = 6 + rng.below(26);
    if rng.chance(850) {
        steps.extend([Step::Wait(2_000), Step::LookAll, Step::Wait(i64::try_from(rng.below(3)).unwrap_or(0) * 1_000)]);
    }
    for _ in 0..length {
        steps.push(any(&mut rng));
        match rng.below(10) {
            0..=3 => steps.push(Step::LookAll),
            4..=6 => steps.push(Step::Wait(1 + i64::try_from(rng.below(90_000)).unwrap_or(0))),
            7 => steps.push(Step::Wait(200)),
            _ => {}
        }
    }
    steps
}

fn pick(rng: &mut Rng, of: u64) -> usize {
    usize::try_from(rng.below(of)).unwrap_or(0)
}

fn some(rng: &mut Rng, permille: u64, of: u64) -> Option<usize> {
    rng.chance(permille).then(|| pick(rng, of + 1))
}

/// Mostly the reviewers.
fn reviewer(rng: &mut Rng) -> usize {
    if rng.chance(700) { 2 + pick(rng, 3) } else { pick(rng, 6) }
}

fn any_change(rng: &mut Rng) -> Change {
    match rng.below(14) {
        0 | 1 => Change::Propose,
        2 => Change::OtherSentence,
        3 => Change::WhiteSpace,
        4 => Change::HiddenWords,
        5 | 6 => Change::Adopt(pick(rng, 2)),
        7 => Change::AlmostAdopt(pick(rng, 2)),
        8 => Change::Data,
        9 => Change::MoveData,
        10 => Change::DeleteOld,
        11 => Change::Readme,
        12 => Change::OwnOwners,
        _ => Change::OwnPolicy,
    }
}

fn any_rule(rng: &mut Rng) -> Step {
    let base = usize::from(rng.chance(200));
    if rng.chance(500) {
        Step::Owners { base, variant: pick(rng, 5) }
    } else {
        Step::Policy { base, variant: pick(rng, 7) }
    }
}

fn any(rng: &mut Rng) -> Step {
    let pull = if rng.chance(750) { 0 } else { 1 + pick(rng, 2) };
    let nth = pick(rng, 3);
    match rng.below(100) {
        0..=25 => {
            let event = match rng.below(10) {
                0..=5 => ReviewEvent::Approve,
                6 | 7 => ReviewEvent::RequestChanges,
                _ => ReviewEvent::Comment,
            };
            Step::Review { who: reviewer(rng), pull, event, old_commit: rng.chance(150) }
        }
        26..=31 => Step::Dismiss { who: pick(rng, 5), pull, nth },
        32..=44 => Step::Push {
            who: if rng.chance(700) { 0 } else { pick(rng, 5) },
            branch: usize::from(rng.chance(150)),
            change: any_change(rng),
            author: some(rng, 200, 5),
        },
        45 | 46 => Step::MergeBase { who: pick(rng, 5), branch: 0 },
        47..=49 => Step::Open { who: pick(rng, 2), branch: pick(rng, 2), base: pick(rng, 2) },
        50..=53 => Step::Twin { of: pull, base: usize::from(rng.chance(300)) },
        54..=62 => Step::Override {
            who: if rng.chance(700) { 2 + pick(rng, 2) } else { pick(rng, 5) },
            pull,
            old: rng.chance(300),
        },
        63..=66 => Step::SpoilOverride { who: pick(rng, 5), pull, delete: rng.chance(500) },
        67..=71 => Step::EditDraft { who: pick(rng, 5), pull, nth },
        72 => Step::DeleteRecommendation { who: pick(rng, 5), pull, nth },
        73..=76 => Step::Verdict { who: reviewer(rng), pull, nth, keep: rng.chance(300) },
        77..=82 => Step::CommitSuggestion { who: pick(rng, 5), pull, nth },
        83..=85 => Step::Retarget { pull, base: pick(rng, 2) },
        86 => Step::SetOpen { pull, open: rng.chance(700) },
        87 => Step::Draft { pull, draft: rng.chance(400) },
        88..=92 => Step::Member { who: pick(rng, 5), privacy: rng.chance(250), member: rng.chance(500) },
        93 | 94 => Step::Access { privacy: rng.chance(300), write: rng.chance(500) },
        95 => Step::Base { proposed: rng.chance(500) },
        96 => Step::Look(pull),
        _ => any_rule(rng),
    }
}

fn changed(text: &str, change: Change) -> Vec<Edit> {
    let replaced = |from: &str, to: &str| vec![Edit::write(EXPORT, &text.replace(from, to))];
    let line = |index: usize| EXPORT_TEXT.lines().nth(SUGGESTIONS[index].0 as usize - 1).unwrap_or("");
    match change {
        Change::Propose => vec![Edit::write(EXPORT, EXPORT_TEXT)],
        Change::OtherSentence => replaced("after a day", "after a year"),
        Change::WhiteSpace => replaced("\n\nThe worker", "\n\n\nThe worker"),
        Change::HiddenWords => replaced("by nobody", "by security"),
        Change::Adopt(index) => replaced(line(index), SUGGESTIONS[index].1),
        Change::AlmostAdopt(index) => replaced(line(index), &format!("{} Soon.", SUGGESTIONS[index].1)),
        Change::Data => vec![Edit::write(DATA, "# Data\n\nInvoices are kept for ever.\n")],
        Change::MoveData => vec![
            Edit::delete(DATA),
            Edit::write("design/moved.md", "# Data\n\nInvoices are kept for ten years.\n\nBackups are encrypted.\n"),
        ],
        Change::DeleteOld => vec![Edit::delete("design/old.md")],
        Change::Readme => vec![Edit::write("README.md", "A better API.\n")],
        Change::OwnOwners => vec![Edit::write(".github/CODEOWNERS", "/design/ @bob @pia @acme/privacy\n")],
        Change::OwnPolicy => vec![Edit::write(".github/threadmodel.yml", "documents: [\"rfcs/*.md\"]\n")],
    }
}

struct Cast<'a> {
    world: &'a mut World,
    repo: Id,
}

impl Cast<'_> {
    fn person(&self, who: usize) -> Id {
        self.world.account(PEOPLE[who]).unwrap_or_default()
    }

    fn root(&self) -> Id {
        self.world.account("root").unwrap_or_default()
    }

    fn pull(&self, nth: usize) -> Option<Pull> {
        let all: Vec<_> = self.world.state().pulls.values().collect();
        all.get(nth % all.len().max(1)).map(|pull| pull.as_ref().clone())
    }

    fn push(&mut self, by: Id, push: &Push) {
        let _ = self.world.push(by, self.repo, push);
    }

    fn edits(&mut self, by: Id, branch: &str, edits: Vec<Edit>, author: Option<&str>) {
        self.push(
            by,
            &Push {
                branch: branch.to_owned(),
                message: "Update".to_owned(),
                edits,
                author: author.map(str::to_owned),
                ..Push::default()
            },
        );
    }

    /// Comments of this pull request, by the app in threads (`ours`) or commands by people.
    fn comments(&self, pull: Id, ours: bool) -> Vec<Id> {
        let bot = self.world.account(APP).unwrap_or_default();
        let all = self.world.state().comments.values().filter(|comment| comment.pull == pull);
        let root = |place: &Place| matches!(place, Place::Thread { reply_to: None, .. });
        all.filter(|comment| {
            if ours {
                comment.author == bot && root(&comment.place)
            } else {
                comment.body.starts_with("/threadmodel override")
            }
        })
        .map(|comment| comment.id)
        .collect()
    }

    /// A digest that the pull request's check showed: the newest, or the first.
    fn digest(&self, pull: &Pull, old: bool) -> Option<String> {
        let runs = self
            .world
            .state()
            .runs
            .values()
            .filter(|run| run.name == format!("threadmodel: {}", pull.base) && (old || run.sha == pull.head_sha));
        let shown: Vec<&str> = runs
            .filter_map(|run| run.summary.as_deref()?.split_once("/threadmodel override ").map(|(_, rest)| rest))
            .collect();
        let text = if old { shown.first() } else { shown.last() }?;
        Some(text.chars().take_while(char::is_ascii_hexdigit).collect())
    }
}

impl Step {
    /// Does it. A refusal is no news.
    pub(crate) fn act(&self, world: &mut World, app: &mut dyn App) {
        let Ok(repo) = world.repo(REPO) else { return };
        match self {
            Self::Wait(ms) => world.set_now(world.now() + ms),
            Self::LookAll => look_at_all(world, app),
            Self::Look(nth) => {
                if let Some(pull) = (Cast { world, repo }).pull(*nth).filter(|pull| pull.state == PullState::Open) {
                    app.look(world, pull.id);
                }
            }
            _ => {
                let mut cast = Cast { world, repo };
                if self.on_rules(&mut cast).is_none() && self.on_branch(&mut cast).is_none() {
                    let _ = self.on_pull(&mut cast);
                }
            }
        }
    }

    fn on_rules(&self, cast: &mut Cast<'_>) -> Option<()> {
        let root = cast.root();
        let team = |privacy: &bool| if *privacy { "acme/privacy" } else { "acme/security" };
        match self {
            Self::Member { who, privacy, member } => {
                let (team, user) = (cast.world.team(team(privacy)).ok()?, cast.person(*who));
                let _ = cast.world.set_team_member(root, team, user, *member);
            }
            Self::Access { privacy, write } => {
                let team = cast.world.team(team(privacy)).ok()?;
                let _ = cast.world.set_team_repo(
                    root,
                    team,
                    cast.repo,
                    if *write { Permission::Write } else { Permission::Read },
                );
            }
            Self::Owners { base, variant } => {
                cast.edits(root, BASES[*base], vec![Edit::write(".github/CODEOWNERS", OWNERS[*variant])], None);
            }
            Self::Policy { base, variant } => {
                cast.edits(root, BASES[*base], vec![Edit::write(".github/threadmodel.yml", &policy(*variant))], None);
            }
            Self::Base { proposed: true } => cast.edits(root, "main", vec![Edit::write(EXPORT, EXPORT_TEXT)], None),
            Self::Base { proposed: false } => cast.edits(root, "main", vec![Edit::write("README.md", "News.\n")], None),
            _ => return None,
        }
        Some(())
    }

    fn on_branch(&self, cast: &mut Cast<'_>) -> Option<()> {
        match self {
            Self::Push { who, branch, change, author } => {
                let tip = cast
                    .world
                    .resolve(cast.repo, BRANCHES[*branch])
                    .or_else(|| cast.world.resolve(cast.repo, "main"))?;
                let text = cast.world.git(cast.repo).text(&tip, EXPORT).unwrap_or_else(|| EXPORT_TEXT.to_owned());
                let author = author.map(|who| PEOPLE[..5].get(who).copied().unwrap_or("nobodys-address"));
                cast.edits(cast.person(*who), BRANCHES[*branch], changed(&text, *change), author);
            }
            Self::MergeBase { who, branch } => {
                let merge = Push {
                    branch: BRANCHES[*branch].to_owned(),
                    message: "Merge main".to_owned(),
                    merge: Some("main".to_owned()),
                    ..Push::default()
                };
                cast.push(cast.person(*who), &merge);
            }
            Self::Open { who, branch, base } => {
                let new = NewPull {
                    title: "Design".to_owned(),
                    base: BASES[*base].to_owned(),
                    head: BRANCHES[*branch].to_owned(),
                    ..NewPull::default()
                };
                let _ = cast.world.open_pull(cast.person(*who), cast.repo, &new);
            }
            Self::Twin { of, base } => {
                let head = cast.pull(*of)?.head_sha;
                let _ = cast.world.set_ref(cast.person(1), cast.repo, "other", &head);
                let new = NewPull {
                    title: "Twin".to_owned(),
                    base: BASES[*base].to_owned(),
                    head: "other".to_owned(),
                    ..NewPull::default()
                };
                let _ = cast.world.open_pull(cast.person(1), cast.repo, &new);
            }
            _ => return None,
        }
        Some(())
    }

    fn on_pull(&self, cast: &mut Cast<'_>) -> Option<()> {
        match self {
            Self::Review { who, pull, event, old_commit } => {
                let pull = cast.pull(*pull)?;
                let commit = old_commit
                    .then(|| cast.world.pull_commits(&pull).first().map(|commit| commit.sha.clone()))
                    .flatten();
                let review = NewReview {
                    event: Some(*event),
                    body: "I looked.".to_owned(),
                    commit_id: commit,
                    comments: Vec::new(),
                };
                let _ = cast.world.submit_review(cast.person(*who), pull.id, &review);
            }
            Self::Dismiss { who, pull, nth } => {
                let pull = cast.pull(*pull)?.id;
                let standing =
                    |state: ReviewState| matches!(state, ReviewState::Approved | ReviewState::ChangesRequested);
                let reviews: Vec<Id> = cast
                    .world
                    .state()
                    .reviews
                    .values()
                    .rev()
                    .filter(|review| review.pull == pull && standing(review.state))
                    .map(|review| review.id)
                    .collect();
                let _ = cast.world.dismiss_review(cast.person(*who), *reviews.get(*nth)?, "No");
            }
            Self::Override { who, pull, old } => {
                let pull = cast.pull(*pull)?;
                let digest = cast.digest(&pull, *old)?;
                let _ = cast.world.comment(
                    cast.person(*who),
                    pull.id,
                    &format!("/threadmodel override {digest} incident 7"),
                );
            }
            Self::SpoilOverride { who, pull, delete } => {
                let comment = *cast.comments(cast.pull(*pull)?.id, false).last()?;
                let body = cast.world.state().comments[&comment].body.clone() + "!";
                let _ = if *delete {
                    cast.world.delete_comment(cast.person(*who), comment)
                } else {
                    cast.world.edit_comment(cast.person(*who), comment, &body)
                };
            }
            Self::EditDraft { who, pull, nth } => {
                let pull = cast.pull(*pull)?.id;
                let bot = cast.world.account(APP).ok()?;
                if let Some(comment) = cast.comments(pull, true).get(*nth) {
                    let _ = cast.world.edit_comment(
                        cast.person(*who),
                        *comment,
                        "```suggestion\nAnyone may download.\n```",
                    );
                } else {
                    let review = cast
                        .world
                        .state()
                        .reviews
                        .values()
                        .find(|review| review.pull == pull && review.author == bot)?
                        .id;
                    let _ = cast.world.edit_review(cast.person(*who), review, "Nothing to see.");
                }
            }
            Self::DeleteRecommendation { who, pull, nth } => {
                let comment = *cast.comments(cast.pull(*pull)?.id, true).get(*nth)?;
                let _ = cast.world.delete_comment(cast.person(*who), comment);
            }
            Self::Verdict { who, pull, nth, keep } => {
                let comment = *cast.comments(cast.pull(*pull)?.id, true).get(*nth)?;
                let _ = cast.world.reply(
                    cast.person(*who),
                    comment,
                    if *keep { "/threadmodel keep" } else { "/threadmodel drop not for us" },
                );
            }
            Self::CommitSuggestion { who, pull, nth } => {
                let comment = *cast.comments(cast.pull(*pull)?.id, true).get(*nth)?;
                let _ = cast.world.commit_suggestion(cast.person(*who), comment);
            }
            Self::Retarget { pull, base } => {
                let pull = cast.pull(*pull)?;
                if pull.base != BASES[*base] {
                    let _ = cast.world.retarget(pull.author, pull.id, BASES[*base]);
                }
            }
            Self::SetOpen { pull, open } => {
                let pull = cast.pull(*pull)?;
                let _ = cast.world.set_open(pull.author, pull.id, *open);
            }
            Self::Draft { pull, draft } => {
                let pull = cast.pull(*pull)?;
                let _ = cast.world.set_draft(pull.author, pull.id, *draft);
            }
            _ => {}
        }
        Some(())
    }
}
