//! The App's registration as `app-manifest.yml` names it: what the sandbox grants is what GitHub would.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// Permissions and events.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Manifest {
    #[serde(rename = "default_permissions")]
    pub(super) permissions: BTreeMap<String, String>,
    #[serde(rename = "default_events")]
    pub(super) events: BTreeSet<String>,
}

/// The manifest that this release was built with.
pub(super) fn manifest() -> Manifest {
    serde_saphyr::from_str(include_str!("../../app-manifest.yml")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_embedded_manifest_is_read() {
        let manifest = super::manifest();
        assert_eq!(manifest.permissions.get("contents").map(String::as_str), Some("read"));
        assert!(manifest.events.contains("pull_request_review_thread"));
    }
}
