//! What a push did to a draft, as far as the new words bear it.

use super::{Dropped, Ground, plain};
use crate::analyst::{FollowInput, FollowOutput};
use crate::llm::answers::{FollowAnswer, HowSaid};
use crate::llm::sources::Sources;
use crate::threat_model::{Followed, How, News, NewsKind, Source};

/// What may be shown, and what fell.
pub fn follow(answer: &FollowAnswer, input: &FollowInput, sources: &Sources) -> (FollowOutput, Vec<Dropped>) {
    let mut ground = Ground::new(sources);
    let mut out = FollowOutput::default();
    for said in &answer.recommendations {
        let how = match said.how {
            HowSaid::Adopted => How::Adopted,
            HowSaid::Partly => How::Partly,
            HowSaid::Superseded => How::Superseded,
            HowSaid::Not => continue,
        };
        let title = input.recommendations.iter().find(|r| r.ordinal == said.number).map(|r| r.title.as_str());
        let Some(title) = title else {
            ground.drop("followed", &said.number.to_string(), "there is no such recommendation");
            continue;
        };
        let Some(quote) = &said.quotation else {
            ground.drop("followed", title, "it quotes nothing");
            continue;
        };
        let Some(stands) = ground.stands("followed", title, quote) else { continue };
        let Source::Document { anchor } = stands.source else {
            ground.drop("followed", title, "its quotation is no document's");
            continue;
        };
        // What follows a recommendation stands in the new text and not in the old; what is gone, the other way round.
        let old = sources.find_before(&anchor.quotation);
        let new = sources.find_in_documents(quote);
        let fits = if how == How::Superseded { old.is_some() && new.is_none() } else { new.is_some() && old.is_none() };
        if !fits {
            ground.drop("followed", title, "the quoted words did not change");
            continue;
        }
        if out.answers.iter().all(|known| known.ordinal != said.number) {
            let sentence = if how == How::Superseded { old } else { new }.unwrap_or(anchor);
            out.answers.push(Followed { ordinal: said.number, how, sentence });
        }
    }
    for said in &answer.news {
        let Some(stands) = ground.stands("news", &said.text, &said.quotation) else { continue };
        let Source::Document { anchor } = stands.source else {
            ground.drop("news", &said.text, "its quotation is no document's");
            continue;
        };
        let old = sources.find_before(&anchor.quotation);
        let new = sources.find_in_documents(&said.quotation);
        let gone = said.kind == NewsKind::RemovedControl;
        let fits = if gone { old.is_some() && new.is_none() } else { new.is_some() && old.is_none() };
        match if gone { old } else { new } {
            Some(anchor) if fits => out.news.push(News { kind: said.kind, text: plain(&said.text, 200), anchor }),
            _ => ground.drop("news", &said.text, "the quoted words did not change"),
        }
    }
    (out, ground.dropped)
}
