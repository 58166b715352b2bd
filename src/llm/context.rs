//! Which files of the organisation's context a model is given, within a cap: those that say `always`, then those nearest to the
//! documents by BM25 over word stems (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009).

use bm25::{Document, SearchEngineBuilder, Tokenizer};
use rust_stemmers::{Algorithm, Stemmer};

use super::reading::tokens;
use crate::analyst::{ContextText, DocumentText};

/// Words of the documents that a search asks for at most.
const MOST_WORDS: usize = 4_000;

/// Words as stems, the shortest left out.
#[derive(Default)]
struct Stems;

impl Tokenizer for Stems {
    fn tokenize(&self, text: &str) -> Vec<String> {
        let stemmer = Stemmer::create(Algorithm::English);
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() > 2)
            .map(|word| stemmer.stem(&word.to_lowercase()).into_owned())
            .collect()
    }
}

/// The files that are given, in their own order, and the paths of those that are not.
pub fn choose(files: &[ContextText], documents: &[DocumentText], room: u64) -> (Vec<ContextText>, Vec<String>) {
    let text: String = documents.iter().map(|d| d.text.as_str()).collect::<Vec<_>>().join("\n");
    let lower = text.to_lowercase();
    let wanted = |file: &ContextText| {
        file.always || file.when.is_empty() || file.when.iter().any(|word| lower.contains(&word.to_lowercase()))
    };
    let mut order: Vec<usize> = (0..files.len()).filter(|n| files.get(*n).is_some_and(|f| f.always)).collect();
    let others: Vec<Document<usize>> = files
        .iter()
        .enumerate()
        .filter(|(_, file)| !file.always && wanted(file))
        .map(|(n, file)| Document { id: n, contents: format!("{} {}", file.path, file.text) })
        .collect();
    if !others.is_empty() {
        let all = others.len();
        let words: Vec<&str> = text.split_whitespace().take(MOST_WORDS).collect();
        let engine = SearchEngineBuilder::<usize, u32, Stems>::with_tokenizer_and_documents(Stems, others).build();
        order.extend(engine.search(&words.join(" "), all).into_iter().map(|found| found.document.id));
    }
    let mut left = room;
    let mut chosen: Vec<usize> = Vec::new();
    for n in order {
        let cost = files.get(n).map_or(0, |f| tokens(&f.text));
        if cost <= left {
            left -= cost;
            chosen.push(n);
        }
    }
    let mut given = Vec::new();
    let mut out = Vec::new();
    for (n, file) in files.iter().enumerate() {
        if chosen.contains(&n) { given.push(file.clone()) } else { out.push(file.path.clone()) }
    }
    (given, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> ContextText {
        ContextText { path: path.to_owned(), text: text.to_owned(), ..ContextText::default() }
    }

    fn documents() -> Vec<DocumentText> {
        let text = "Customers download exports through signed links. Webhooks tell partners.".to_owned();
        vec![DocumentText { path: "d.md".to_owned(), text, before: None }]
    }

    fn given(files: &[ContextText], room: u64) -> Vec<String> {
        choose(files, &documents(), room).0.into_iter().map(|f| f.path).collect()
    }

    #[test]
    fn the_nearest_comes_first_when_not_all_fit() {
        let files = [
            file("printers.md", "Printers are leased, and toner is ordered by the office every month."),
            file("links.md", "Signed links are made by the link service and work for ten minutes only."),
        ];
        assert_eq!(given(&files, 1_000), ["links.md"], "what shares no word is not given");
        let both = [file("partners.md", "Partners get a card every year, and a calendar."), files[1].clone()];
        assert_eq!(given(&both, 30), ["links.md"]);
    }

    #[test]
    fn always_goes_before_and_when_decides() {
        let mut always = file("always.md", "Everything is logged.");
        always.always = true;
        let mut when = file("when.md", "Signed links are made by the link service.");
        when.when = vec!["payment".to_owned()];
        assert_eq!(given(&[when.clone(), always.clone()], 1_000), ["always.md"]);
        when.when.push("WEBHOOK".to_owned());
        assert_eq!(given(&[when, always], 1_000), ["when.md", "always.md"]);
    }
}
