//! Throw-away keys and secrets for the demo and the sandbox, made at each start.

use anyhow::Context as _;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;

/// An App's RSA key as GitHub would give it.
pub(super) struct AppKey {
    pub(super) private_pem: String,
    pub(super) public_pem: String,
}

impl AppKey {
    pub(super) fn generate() -> anyhow::Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).context("no RSA key could be made")?;
        let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).context("the RSA key cannot be written")?;
        let public =
            AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).context("the RSA key cannot be written")?;
        Ok(Self { private_pem: pem("PRIVATE KEY", private.as_ref()), public_pem: pem("PUBLIC KEY", public.as_ref()) })
    }
}

fn pem(kind: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let mut out = format!("-----BEGIN {kind}-----\n");
    for (n, letter) in text.chars().enumerate() {
        if n > 0 && n % 64 == 0 {
            out.push('\n');
        }
        out.push(letter);
    }
    out.extend(["\n-----END ", kind, "-----\n"]);
    out
}

/// 32 random bytes.
#[expect(clippy::disallowed_methods, reason = "the shell makes the randomness that others are given")]
pub(super) fn random() -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("the system gives no randomness")?;
    Ok(bytes)
}
