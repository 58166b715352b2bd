//! The app in this process, by virtual GitHub's clock: for stories in which days pass.

use std::sync::Arc;

use secrecy::SecretString;
use threadmodel::analyst::builtin::Builtin;
use threadmodel::engine::{Engine, EngineSettings};
use threadmodel::github::pacing::Pacing;
use threadmodel::github::{Clock, Endpoints, GitHub, GitHubConfig};
use threadmodel::review::marker::MarkerKey;
use threadmodel::review::settings::Settings;
use threadmodel::store::Store;
use threadmodel::time::{Millis, Timestamp};
use threadmodel::web::{self, Web};
use tokio_util::sync::CancellationToken;

use super::{APP_ID, KEYS, SECRET, Stage};

impl Stage {
    /// Starts the app in this process; time is what virtual GitHub says it is.
    #[allow(dead_code, reason = "the conformance target lets no days pass")]
    pub(crate) fn start_inside(&self) {
        let shared = self.shared.clone();
        let clock: Clock = Arc::new(move || Timestamp(shared.lock().now()));
        let origin = format!("http://{}", self.github);
        let mut github = GitHubConfig::new(
            APP_ID,
            SecretString::from(KEYS.0.clone()),
            Endpoints::of(&origin).unwrap(),
            MarkerKey::new([7; 32]),
        );
        // Its clock stays the real one, as its tokens are: virtual GitHub gives them by the client's time.
        github.pacing = Pacing::unlimited();
        let review = Settings {
            settle: Millis::seconds(2),
            quiet: Millis(0),
            quiet_max: Millis(0),
            web: origin,
            refines: false,
        };
        let settings = EngineSettings { review, ..EngineSettings::default() };
        let port = self.port;
        self.runtime.block_on(async {
            let store = Store::in_memory().await.unwrap();
            let github = GitHub::new(github).unwrap();
            let builtin = Arc::new(Builtin::new().unwrap());
            let engine = Engine::new(store.clone(), github, builtin, settings, Arc::clone(&clock));
            let router = Web::new(store, vec![SecretString::from(SECRET.to_owned())], APP_ID, clock).router("/webhook");
            let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
            tokio::spawn(async move { engine.run(CancellationToken::new()).await });
            tokio::spawn(web::serve(listener, router, CancellationToken::new()));
        });
    }

    /// Days pass.
    #[allow(dead_code, reason = "the conformance target lets no days pass")]
    pub(crate) fn days_pass(&self, days: i64) {
        self.hours_pass(24 * days);
    }

    /// Hours pass.
    #[allow(dead_code, reason = "the conformance target lets no days pass")]
    pub(crate) fn hours_pass(&self, hours: i64) {
        self.shared.lock().advance(hours * 60 * 60 * 1_000);
    }
}
