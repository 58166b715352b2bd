//! What people may do, and who is in which team. Short-lived: remembered for a moment, and not at all for a fresh look.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::moving::Moving;
use super::{Look, ObserveError, ttl};
use crate::github::call::segment;
use crate::github::limits::Failure;
use crate::github::rest::{Account, PermissionJson};
use crate::policy::TeamRef;
use crate::review::snapshot::{Actor, ActorKind, Commits, Known, Permission, Person, UserId};

/// Permissions asked for one look: whoever comes later in a crowd is unknown, which closes and never opens.
const MOST_PEOPLE: usize = 300;
/// Members of one team.
const MOST_MEMBERS: usize = 5_000;
const AT_ONCE: usize = 4;

impl Look<'_> {
    /// Everybody who did something, with what they may do.
    pub(super) async fn people(
        &self,
        moving: &Moving,
        commits: &Commits,
    ) -> Result<BTreeMap<UserId, Person>, ObserveError> {
        let mut actors: Vec<Actor> = Vec::new();
        // In the order of their weight for the verdict.
        actors.extend(moving.reviews.iter().filter_map(|r| r.post.author.clone()));
        actors.extend(moving.dismissals.iter().filter_map(|d| d.actor.clone()));
        actors.extend(moving.author.clone());
        actors.extend(self.ask.people.iter().map(|(id, login)| Actor {
            id: *id,
            login: login.clone(),
            kind: ActorKind::User,
        }));
        actors.extend(commits.list.iter().flat_map(|c| [c.author.clone(), c.committer.clone()]).flatten());
        let posts = || moving.comments.iter().chain(moving.threads.iter().flat_map(|t| &t.comments));
        actors.extend(posts().filter_map(|c| c.author.clone()));
        actors.extend(moving.threads.iter().filter_map(|t| t.resolved_by.clone()));
        actors.extend(posts().chain(moving.reviews.iter().map(|r| &r.post)).filter_map(|c| c.editor.clone()));

        let mut seen = BTreeSet::new();
        actors.retain(|actor| seen.insert(actor.id));
        let asked = actors.into_iter().enumerate().map(|(n, actor)| async move {
            let permission = match actor.kind {
                // They never count, whatever GitHub would say; `web-flow` is GitHub itself.
                ActorKind::Bot | ActorKind::Other => Known::Yes(Permission::None),
                ActorKind::User if actor.login == "web-flow" => Known::Yes(Permission::None),
                ActorKind::User if n >= MOST_PEOPLE => Known::Unknown("too many people took part".to_owned()),
                ActorKind::User => self.permission(&actor).await?,
            };
            Ok::<_, ObserveError>((actor.id, Person { actor, permission }))
        });
        stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn permission(&self, actor: &Actor) -> Result<Known<Permission>, ObserveError> {
        let (cache, now) = (&self.github.inner.caches.permissions, self.github.now());
        let key = (self.pull.repo.id, actor.id);
        if !self.ask.fresh
            && let Some(known) = cache.get(&key, now, ttl(self.github.inner.config.people_ttl))
        {
            return Ok(known);
        }
        let path = format!("{}/collaborators/{}/permission", self.root, segment(&actor.login));
        let known = match self.github.get::<PermissionJson>(self.installation(), &path).await {
            Ok(json) if json.user.as_ref().and_then(Account::id).is_some_and(|id| id != actor.id) => {
                Known::Unknown(format!("the login {} belongs to somebody else now", actor.login))
            }
            Ok(json) => match json.permission.as_str() {
                "admin" => Known::Yes(Permission::Admin),
                "write" | "maintain" => Known::Yes(Permission::Write),
                "read" | "triage" => Known::Yes(Permission::Read),
                "none" => Known::Yes(Permission::None),
                _ => Known::Unknown("GitHub names a permission that we do not know".to_owned()),
            },
            Err(Failure::Refused { why, .. }) => {
                Known::Unknown(format!("GitHub does not say what {} may do ({why})", actor.login))
            }
            Err(other) => return Err(other.into()),
        };
        cache.put(key, known.clone(), now);
        Ok(known)
    }

    /// Members of the teams, those of child teams included.
    pub(super) async fn teams(
        &self,
        teams: BTreeSet<TeamRef>,
    ) -> Result<BTreeMap<TeamRef, Known<BTreeSet<UserId>>>, ObserveError> {
        let asked = teams.into_iter().map(|team| async move {
            let members = self.members(&team).await?;
            Ok::<_, ObserveError>((team, members))
        });
        stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn members(&self, team: &TeamRef) -> Result<Known<BTreeSet<UserId>>, ObserveError> {
        let (cache, now) = (&self.github.inner.caches.teams, self.github.now());
        let key = (self.installation(), team.to_string().to_ascii_lowercase());
        if !self.ask.fresh
            && let Some(known) = cache.get(&key, now, ttl(self.github.inner.config.people_ttl))
        {
            return Ok(known);
        }
        let path = format!("/orgs/{}/teams/{}/members", segment(&team.org), segment(&team.slug));
        let known = match self.github.get_all(self.installation(), &path, MOST_MEMBERS, |page: Vec<Account>| page).await
        {
            Ok(list) if !list.complete => Known::Unknown(format!("{team} has too many members to read")),
            Ok(list) => Known::Yes(list.items.iter().filter_map(Account::id).collect()),
            Err(Failure::Refused { status: 404, .. }) => Known::Unknown(format!("{team} is not visible to the app")),
            Err(Failure::Refused { why, .. }) => {
                Known::Unknown(format!("GitHub does not say who is in {team} ({why})"))
            }
            Err(other) => return Err(other.into()),
        };
        cache.put(key, known.clone(), now);
        Ok(known)
    }
}
