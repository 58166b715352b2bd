//! What counts as a secret, and what is written about secrets in documents.

use super::*;

/// Tokens are put together here, so that no scanner takes this file for a leak.
fn made(parts: &[&str]) -> String {
    parts.concat()
}

fn kinds(text: &str) -> Vec<Kind> {
    find(text).into_iter().map(|f| f.kind).collect()
}

const RANDOM: &str = "b7Kq2ZtW9xLmA4cVfR8sJ1nHyE5uGdP3oQ6i";

#[test]
fn tokens_of_well_known_shapes_are_found() {
    let check = |text: String, kind| assert_eq!(kinds(&text), [kind], "{text}");
    for prefix in ["ghp_", "gho_", "ghs_"] {
        check(made(&["use ", prefix, RANDOM, " for now"]), Kind::Token);
    }
    check(made(&["github_pat_", RANDOM, RANDOM]), Kind::Token);
    check(made(&["npm", "_", RANDOM]), Kind::Token);
    check(made(&["xox", "b-2488013579-3571928046-", RANDOM]), Kind::Token);
    check(made(&["sk", "_live_", RANDOM]), Kind::Token);
    check(made(&["pypi-", "AgEIcHlwaS5vcmc", RANDOM, RANDOM]), Kind::Token);
    check(made(&["AK", "IA", "Q3EGRTWX7YKMPLN2"]), Kind::AccessKey);
    check(made(&["aws_secret_access_key = ", "wJ7lrX9tnF2MIK7bPxRfiCYzQ4mKfLp8Tq1vEo3/"]), Kind::AccessKey);
    check(made(&["AI", "za", "SyD3fG8hK2mQ9rT5vX1zB7nC4jL6pW0sEuY"]), Kind::AccessKey);
    check(made(&["ey", "JhbGciOiJIUzI1NiJ9.ey", "JzdWIiOiI0MiIsIm4iOjF9.", RANDOM]), Kind::SignedToken);
    check(made(&["password: ", "k7!pQz93mWx2"]), Kind::Password);
    check(made(&["`DB_PASSWORD=", "k7pQz93mWx2Lr8"]), Kind::Password);
}

#[test]
fn what_documents_say_about_secrets_is_none() {
    for text in [
        "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ghp_xxx and <token>",
        "Authorization: Bearer <your-token>",
        "password: ************",
        "password: correct-horse-battery",
        "secret: /var/run/secrets/kubernetes.io/token",
        "token: projects/payments-2024/secrets/api-v2",
        "the token: a signed JWT, RS256",
        "secret=${PAYMENTS_SECRET_2024}",
        "api_key: YOUR_API_KEY_12AB34",
        "token: getTokenFromVault2",
        "password = argon2id-m64-t3",
        "token=abc123def456ghi789",
        "api_key: 5up3r-53cr3t-t35t",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "The file starts with -----BEGIN RSA PRIVATE KEY----- and ends with its twin.",
        "commit b7c92e4f1d6a803b5c7e9f2d4a6b8c0e1f3a5d7b is the head",
        "sk_test_51H8xYzAbCdEfGhIjKlMnOp",
    ] {
        assert_eq!(find(text), [], "{text}");
    }
}

#[test]
fn masking_hides_the_secret_and_moves_no_line() {
    let key = format!("MIIEvQ{RANDOM}{RANDOM}\n").repeat(8);
    let text = made(&[
        "# Keys\n\n-----BEGIN RSA ",
        "PRIVATE KEY-----\n",
        &key,
        "-----END RSA ",
        "PRIVATE KEY-----\n\nAfter.\n",
    ]);
    let seen = masked(&text);
    assert!(!seen.contains(RANDOM), "{seen}");
    let line_of = |text: &str| text.lines().position(|line| line == "After.");
    assert_eq!((line_of(&seen), seen.lines().count()), (line_of(&text), text.lines().count()));
    let line = made(&["use gh", "p_", RANDOM, " for now, then rotate"]);
    assert_eq!(masked(&line), "use [secret] for now, then rotate");
    assert_eq!(masked("nothing here"), "nothing here");
}

#[test]
fn masked_text_holds_no_secret() {
    let text = made(&["token: gh", "p_", RANDOM, "\npassword: k7!pQz93mWx2\n"]);
    assert_eq!(find(&text).len(), 2);
    assert_eq!(find(&masked(&text)), []);
}

#[test]
fn a_token_that_is_taken_apart_is_whole_to_a_reader() {
    let (one, other) = RANDOM.split_at(10);
    for apart in ["\u{200b}", "\u{e0041}", "**", "`", "\\", "<!-- x -->", "<b>"] {
        let line = made(&["use gh", "p_", one, apart, other, " for now"]);
        assert_eq!(masked(&line), "use [secret] for now", "{apart:?}");
    }
    let line = made(&["use &#103;h", "p_", RANDOM, " for now"]);
    assert_eq!(masked(&line), "use [secret] for now");
    for harmless in ["a **b** `c` <b>d</b> &#103; < 3 & <!-- open", "1 < 2\u{200b} \\ &#xZZ; &#99999999;"] {
        assert_eq!(masked(harmless), harmless);
    }
}
