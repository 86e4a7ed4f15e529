//! The head of the page: title, style, and what a browser may do.

use crate::draw::markup::escape;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The page down to its main heading; it may run these scripts and no others.
pub fn html(title: &str, scripts: &[&str]) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n<title>{1}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{2}</style>\n</head>\n<body>\n<main>\n<h1>{1}</h1>\n",
        policy(scripts),
        escape(title),
        include_str!("page.css")
    )
}

/// Nothing is fetched, not even by mistake, and no script runs but those given.
fn policy(scripts: &[&str]) -> String {
    let hash = |script: &&str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
    let hashes: Vec<String> = scripts.iter().map(hash).collect();
    format!("default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {}", hashes.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_admitted_by_the_hash_of_their_text() {
        // sha256 of the empty text, as RFC 6234 implementations give it.
        let policy = policy(&["", "other"]);
        assert!(policy.contains("script-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' 'sha256-"));
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
    }
}
