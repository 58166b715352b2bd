//! Just enough of Rust's grammar to say which paths a file names: comments, literals and test modules are taken out, `use`
//! trees are spread, `self` and `super` are resolved.

/// The source without comments, the contents of literals, and what is compiled for tests only.
pub(super) fn code(text: &str) -> String {
    without_tests(&without_text(text))
}

fn without_text(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let c = at(i);
        let word_before = out.chars().next_back().is_some_and(|p| p.is_alphanumeric() || p == '_');
        if c == '/' && at(i + 1) == '/' {
            while i < chars.len() && at(i) != '\n' {
                i += 1;
            }
        } else if c == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            loop {
                if at(i) == '/' && at(i + 1) == '*' {
                    depth += 1;
                    i += 2;
                } else if at(i) == '*' && at(i + 1) == '/' {
                    depth -= 1;
                    i += 2;
                } else {
                    i += 1;
                }
                if depth == 0 || i >= chars.len() {
                    break;
                }
            }
            out.push(' ');
        } else if c == 'r' && !word_before && raw_hashes(&chars, i).is_some() {
            let hashes = raw_hashes(&chars, i).unwrap();
            i += hashes + 2;
            while i < chars.len() && !(at(i) == '"' && (1..=hashes).all(|n| at(i + n) == '#')) {
                i += 1;
            }
            i += hashes + 1;
            out.push_str("\"\"");
        } else if c == '"' {
            i += 1;
            while i < chars.len() && at(i) != '"' {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            i += 1;
            out.push_str("\"\"");
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            // A character; else it is a lifetime.
            i += if at(i + 1) == '\\' { 3 } else { 2 };
            while i < chars.len() && at(i) != '\'' {
                i += 1;
            }
            i += 1;
            out.push_str("' '");
        } else {
            out.push(c);
            i += 1;
        }
    }
    out
}

/// The number of hashes of a raw string that begins here.
fn raw_hashes(chars: &[char], i: usize) -> Option<usize> {
    let hashes = chars.get(i + 1..)?.iter().take_while(|c| **c == '#').count();
    (chars.get(i + 1 + hashes) == Some(&'"')).then_some(hashes)
}

fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::new();
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        out.push_str(&rest[..at]);
        rest = &rest[at + MARK.len()..];
        let mut depth = 0_usize;
        let mut end = rest.len();
        for (i, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && (c == '}' || c == ';') {
                end = i + 1;
                break;
            }
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The module that a file below `src` is: `review/gate.rs` is `review`, `gate`.
pub(super) fn module_of(name: &str) -> Vec<String> {
    name.trim_end_matches(".rs").split('/').map(str::to_owned).collect()
}

/// Every path that the code names, `use` trees spread, `self` and `super` written as `crate::…`.
pub(super) fn paths(code: &str, module: &[String]) -> Vec<Vec<String>> {
    let tokens = tokens(code);
    let mut out = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        if is_name(&tokens[i]) {
            i = tree(&tokens, i, &[], &mut out);
        } else {
            i += 1;
        }
    }
    out.into_iter().map(|path| resolved(path, module)).collect()
}

/// Reads the path or `use` tree that begins at `i`; gives where it ends.
fn tree(tokens: &[String], mut i: usize, before: &[String], out: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    loop {
        match tokens.get(i).map(String::as_str) {
            Some("{") if !path.is_empty() => {
                i += 1;
                while let Some(token) = tokens.get(i) {
                    match token.as_str() {
                        "}" => return i + 1,
                        name if is_name(name) || name == "{" => i = tree(tokens, i, &path, out),
                        _ => i += 1,
                    }
                }
                return i;
            }
            Some(name) if is_name(name) => {
                path.push(name.to_owned());
                i += 1;
            }
            _ => break,
        }
        if tokens.get(i).map(String::as_str) == Some("::") {
            i += 1;
        } else {
            break;
        }
    }
    out.push(path);
    i
}

fn resolved(path: Vec<String>, module: &[String]) -> Vec<String> {
    let ups = path.iter().take_while(|s| *s == "super" || *s == "self").count();
    if ups == 0 || path.len() == 1 {
        return path;
    }
    let supers = path.iter().take(ups).filter(|s| *s == "super").count();
    let kept = module.len().saturating_sub(supers);
    std::iter::once("crate".to_owned())
        .chain(module[..kept].iter().cloned())
        .chain(path.into_iter().skip(ups))
        .collect()
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn tokens(code: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_alphanumeric() || c == '_' {
            let mut word = String::from(c);
            while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                word.push(c);
            }
            out.push(word);
        } else if c == ':' && chars.next_if_eq(&':').is_some() {
            out.push("::".to_owned());
        } else if !c.is_whitespace() {
            out.push(c.to_string());
        }
    }
    out
}

/// Whether a word stands in the code by itself.
pub(super) fn has_word(code: &str, word: &str) -> bool {
    tokens(code).iter().any(|t| t == word)
}

/// The fields that are read of a variable or parameter.
pub(super) fn fields_of(code: &str, variable: &str) -> Vec<String> {
    tokens(code)
        .windows(3)
        .filter(|w| w[0] == variable && w[1] == "." && is_name(&w[2]))
        .map(|w| w[2].clone())
        .collect()
}
