//! What requests take that end badly.

use std::time::Duration;

use super::*;
use crate::llm::model::Manner;
use crate::llm::provider::Usage;

fn perform(desk: &Desk, manner: &Manner) -> Performed {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(desk.llm.perform_so(&Task::Ask(ask()), manner))
}

#[test]
fn a_request_that_may_have_been_worked_at_for_nothing_is_counted_by_estimate() {
    let usage = |error: ProviderError| perform(&with(vec![Err(error)]), &Manner::default()).exchanges[0].usage;
    let late = usage(ProviderError::Unreachable("no answer in time"));
    assert!((1_000..5_000).contains(&late.input) && late.output == 0, "{late:?}");
    assert_eq!(usage(ProviderError::Unreachable("the connection broke off")), late);
    let large = usage(ProviderError::Invalid("it is larger than 8 MB".to_owned()));
    assert_eq!(large, Usage { output: 4_000, ..late });
    for free in [
        ProviderError::Unreachable("no connection"),
        ProviderError::RateLimited { after: None },
        ProviderError::Overloaded { status: 503, after: None },
        ProviderError::Unauthorised(401),
        ProviderError::TooLong,
    ] {
        assert_eq!(usage(free), Usage::default());
    }
    let counted = Usage { input: 5, cached: 0, cache_written: 0, output: 3 };
    assert_eq!(usage(ProviderError::Truncated { usage: counted }), counted);
}

#[test]
fn nothing_is_repaired_beyond_the_budget() {
    let tried = |left: Option<u64>| {
        let desk = with(vec![Ok("no".to_owned()), Ok("no".to_owned())]);
        let performed = perform(&desk, &Manner { tokens_left: left, ..Manner::default() });
        let exchanges = performed.exchanges.len();
        assert_eq!(performed.exchanges[0].trouble.as_deref().map(|why| why.contains("not JSON")), Some(true));
        (performed.answer.unwrap_err(), exchanges)
    };
    assert_eq!(tried(None), (Failed::Form, 2));
    assert_eq!(tried(Some(100_000)), (Failed::Form, 2));
    // The first took 110; the second may take 4,000 for its answer alone.
    assert_eq!(tried(Some(4_000)), (Failed::Spent, 1));
}

#[derive(Debug)]
struct Silent;

impl Provider for Silent {
    fn complete<'a>(&'a self, _: &'a Request) -> BoxFuture<'a, Result<Completion, ProviderError>> {
        std::future::pending().boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_task_took_is_known_when_it_is_cut_off() {
    let llm = Llm::new(Arc::new(Silent), desk([]).llm.settings().clone()).unwrap();
    let manner = Manner::default();
    let task = Task::Ask(ask());
    let work = llm.perform_so(&task, &manner);
    assert!(tokio::time::timeout(Duration::from_mins(15), work).await.is_err());
    let [exchange] = &manner.tally.take()[..] else { panic!() };
    assert_eq!((exchange.task, exchange.trouble.as_deref()), ("triage", Some("cut off")));
    assert!(exchange.usage.input > 1_000, "{:?}", exchange.usage);
}
