//! Authentication: an App's JWT (RS256), an installation's token.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::Value;

use super::model::Id;
use super::rest::{Answer, Request, Who};
use super::server::{Sandbox, wall};

/// The claims that GitHub reads.
#[derive(Deserialize)]
struct Claims {
    iat: i64,
    exp: i64,
    iss: Value,
}

/// Who sends this request.
pub(super) fn authenticate(sandbox: &Sandbox, request: &Request) -> Result<Who, Answer> {
    let header = request.authorization.trim();
    if header.is_empty() {
        return Ok(Who::Nobody);
    }
    let Some((scheme, secret)) = header.split_once(' ') else { return Err(Answer::error(401, "Bad credentials")) };
    if !scheme.eq_ignore_ascii_case("bearer") && !scheme.eq_ignore_ascii_case("token") {
        return Err(Answer::error(401, "Bad credentials"));
    }
    let secret = secret.trim();
    if secret.matches('.').count() == 2 && !secret.starts_with("ghs_") {
        return verify(sandbox, secret).map(Who::App);
    }
    let state = sandbox.world().state();
    let token = sandbox
        .tokens
        .get(secret)
        .filter(|token| token.expires_at > wall())
        .ok_or_else(|| Answer::error(401, "Bad credentials"))?;
    let installation =
        state.installations.get(&token.installation).ok_or_else(|| Answer::error(401, "Bad credentials"))?;
    if installation.suspended_at.is_some() {
        return Err(Answer::error(403, "This installation has been suspended"));
    }
    let app = state.apps.get(&installation.app).ok_or_else(|| Answer::error(401, "Bad credentials"))?;
    Ok(Who::Installation { token: token.clone(), app: app.id, bot: app.bot })
}

/// The App that signed a JWT. Times are the real clock's: the client's.
fn verify(sandbox: &Sandbox, jwt: &str) -> Result<Id, Answer> {
    let refused = || Answer::error(401, "A JSON web token could not be decoded");
    let claims = jsonwebtoken::dangerous::insecure_decode::<Claims>(jwt).map_err(|_| refused())?.claims;
    let named = match &claims.iss {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim_start_matches("Iv23li").to_owned(),
        _ => return Err(refused()),
    };
    let app = named
        .parse::<Id>()
        .ok()
        .and_then(|id| sandbox.world().state().apps.get(&id))
        .ok_or_else(|| Answer::error(404, "Integration not found"))?;
    let key = DecodingKey::from_rsa_pem(app.public_key_pem.as_bytes()).map_err(|_| refused())?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    jsonwebtoken::decode::<Claims>(jwt, &key, &validation).map_err(|_| refused())?;
    let now = wall() / 1000;
    if claims.exp <= now {
        return Err(Answer::error(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        ));
    }
    if claims.exp > now + 660 {
        return Err(Answer::error(401, "'Expiration time' claim ('exp') is too far in the future"));
    }
    if claims.iat > now + 60 {
        return Err(Answer::error(
            401,
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        ));
    }
    Ok(app.id)
}
