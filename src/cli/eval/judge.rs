//! Who judges: shared terms, or a model that is configured.

use std::collections::BTreeMap;

use anyhow::Context as _;

use super::super::analyst::{Who, configured};
use super::super::console;
use super::super::outcome::Trouble;
use crate::digest::Digest;
use crate::eval::corpus::Case;
use crate::eval::findings::Finding;
use crate::eval::judged::{Blind, Entry, Verdict, blind};
use crate::eval::report::{self, Concern};
use crate::eval::terms;
use crate::llm::analysts::Model;
use crate::llm::provider::Usage;

/// A judge.
pub(super) enum Judge<'t> {
    /// By shared key terms.
    Terms(&'t terms::Judge),
    /// By a model.
    Model(Box<Reading>),
}

/// A model that judges; what it judged once is not judged again.
pub(super) struct Reading {
    model: Model,
    runtime: tokio::runtime::Runtime,
    known: BTreeMap<Digest, Vec<Verdict>>,
    usage: Usage,
    micro_dollars: u64,
    requests: usize,
}

impl Reading {
    /// The model that is configured; an error that says what to set when none is.
    pub(super) fn new() -> Result<Self, Trouble> {
        let model = configured(Some(Who::Model)).map_err(|trouble| match trouble {
            Trouble::Usage(told) => Trouble::Usage(format!("--judge llm: {told}")),
            other => other,
        })?;
        let model = model.ok_or_else(|| Trouble::Usage("--judge llm: no model is set up".to_owned()))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.context("no runtime for the network")?;
        let (known, usage) = (BTreeMap::new(), Usage::default());
        Ok(Self { model, runtime, known, usage, micro_dollars: 0, requests: 0 })
    }
}

impl Judge<'_> {
    /// The name for reports: a comparison tells when another one judged.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Terms(_) => "terms".to_owned(),
            Self::Model(reading) => format!("llm: {}", reading.model.llm.settings().model),
        }
    }

    /// Which known concerns these findings touch.
    pub(super) fn concerns(&mut self, case: &Case, found: &[Finding]) -> Result<Vec<Concern>, Trouble> {
        match self {
            Self::Terms(judge) => Ok(report::concerns(case, judge, found)),
            Self::Model(reading) => reading.concerns(case, found),
        }
    }

    /// What it cost, for the person at the terminal.
    pub(super) fn farewell(&self, analyst: &str) {
        let Self::Model(reading) = self else { return };
        let (usage, micros) = (reading.usage, reading.micro_dollars);
        let money = match micros {
            0 => String::new(),
            _ => format!(", about {}.{:04} in money", micros / 1_000_000, micros % 1_000_000 / 100),
        };
        console::note(&format!(
            "judge: {} requests; tokens: {} in ({} of them cached), {} out{money}",
            reading.requests, usage.input, usage.cached, usage.output
        ));
        if analyst == reading.model.llm.settings().model {
            console::note("the judge is the model that is measured: it may be kind to itself");
        }
    }
}

impl Reading {
    fn concerns(&mut self, case: &Case, found: &[Finding]) -> Result<Vec<Concern>, Trouble> {
        let lists = blind(case, found);
        if lists.left_out > 0 {
            console::note(&format!("{}: {} more than a judge is given were left out", case.name, lists.left_out));
        }
        // Without one of the lists there is nothing to judge.
        let verdicts = if lists.concerns.is_empty() || lists.findings.is_empty() {
            Vec::new()
        } else {
            self.verdicts(case, &lists)?
        };
        let judged = lists.read(case, found, &verdicts);
        if judged.fallen > 0 {
            let n = judged.fallen;
            console::note(&format!("{}: {n} of the judge's words stand in no finding and do not count", case.name));
        }
        if judged.silent > 0 && !lists.findings.is_empty() {
            let n = judged.silent;
            console::note(&format!("{}: the judge said nothing of {n} concerns; they count as not touched", case.name));
        }
        Ok(judged.concerns)
    }

    /// One request for a document, or none when the same was judged before.
    fn verdicts(&mut self, case: &Case, lists: &Blind) -> Result<Vec<Verdict>, Trouble> {
        let key = lists.digest();
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let of = |entries: &'_ [Entry]| entries.iter().map(|e| (e.label.clone(), e.text.clone())).collect::<Vec<_>>();
        let (concerns, findings) = (of(&lists.concerns), of(&lists.findings));
        let judgement = self.runtime.block_on(self.model.llm.judge(&borrowed(&concerns), &borrowed(&findings)));
        for exchange in &judgement.exchanges {
            self.requests += 1;
            self.usage = self.usage.plus(exchange.usage);
            let money = self.model.prices.of(exchange.usage).unwrap_or(0);
            self.micro_dollars = self.micro_dollars.saturating_add(money);
        }
        let answer = judgement.answer.map_err(|failed| {
            let told = failed.told();
            Trouble::Failed(anyhow::anyhow!(
                "{}: the judge gave no answer: {told}. `--judge terms` needs no model.",
                case.name
            ))
        })?;
        let verdict = |said: crate::llm::answers::judge::VerdictSaid| Verdict {
            concern: said.concern,
            touches: said.touches.into_iter().map(|touch| (touch.finding, touch.quotation)).collect(),
            touched: said.touched,
        };
        let verdicts: Vec<Verdict> = answer.verdicts.into_iter().map(verdict).collect();
        self.known.insert(key, verdicts.clone());
        Ok(verdicts)
    }
}

fn borrowed(list: &[(String, String)]) -> Vec<(&str, &str)> {
    list.iter().map(|(label, text)| (label.as_str(), text.as_str())).collect()
}
