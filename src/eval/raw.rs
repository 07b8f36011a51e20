//! Raw lines of a Dockerfile: read far enough to keep the promises that the steps around them make.

/// What a Dockerfile may say between two steps.
const ALLOWED: [&str; 12] = [
    "ADD",
    "ARG",
    "COPY",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "LABEL",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "VOLUME",
    "WORKDIR",
];

/// Parts of names whose value is taken for a secret.
const SECRETS: [&str; 7] = [
    "APIKEY",
    "API_KEY",
    "CREDENTIAL",
    "PASSWD",
    "PASSWORD",
    "SECRET",
    "TOKEN",
];

/// What is wrong with these lines, if anything.
pub(super) fn judge(text: &str) -> Result<(), String> {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if let Some(comment) = line.strip_prefix('#') {
            let directive = comment.trim_start().split('=').next().unwrap_or_default();
            if ["syntax", "escape", "check"].contains(&directive.trim()) {
                return Err(format!("`{line}` is a directive, and only stands on top"));
            }
            continue;
        }
        let mut whole = line.to_owned();
        while whole.ends_with('\\') {
            whole.pop();
            match lines.next() {
                Some(next) => whole.push_str(next.trim()),
                None => return Err("the last line goes on".to_owned()),
            }
        }
        let word = whole.split_whitespace().next().unwrap_or_default();
        let instruction = word.to_ascii_uppercase();
        if !ALLOWED.contains(&instruction.as_str()) {
            return Err(match instruction.as_str() {
                "FROM" => "`FROM` begins another image; a `stage` does that".to_owned(),
                "USER" => "`USER` is for the step `user`, so that svcc knows who runs".to_owned(),
                "CMD" | "ENTRYPOINT" => format!("`{word}` is for `command` and `entrypoint`"),
                _ => format!("`{word}` is no instruction that svcc lets through"),
            });
        }
        if matches!(instruction.as_str(), "ENV" | "ARG") {
            named_like_a_secret(whole[word.len()..].trim())?;
        }
        if matches!(instruction.as_str(), "RUN" | "COPY" | "ADD") {
            for end in delimiters(&whole) {
                let closed = lines.by_ref().any(|it| it.trim_start_matches('\t') == end);
                if !closed {
                    return Err(format!("the text up to `{end}` does not end"));
                }
            }
        }
    }
    Ok(())
}

/// Every name that `ENV` or `ARG` sets.
fn named_like_a_secret(rest: &str) -> Result<(), String> {
    let mut names: Vec<&str> = rest
        .split_whitespace()
        .filter_map(|it| it.split_once('='))
        .map(|it| it.0)
        .collect();
    if names.is_empty() {
        names.extend(rest.split_whitespace().next());
    }
    for name in names {
        let upper = name.to_ascii_uppercase();
        if !upper.ends_with("_FILE") && SECRETS.iter().any(|it| upper.contains(it)) {
            return Err(format!(
                "`{name}` would stay in the image for everybody who can pull it"
            ));
        }
    }
    Ok(())
}

/// The words that end the heredocs that a line begins.
fn delimiters(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in line.split("<<").skip(1) {
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let word: String = rest
            .trim_start_matches(['"', '\''])
            .chars()
            .take_while(|it| it.is_ascii_alphanumeric() || *it == '_')
            .collect();
        if !word.is_empty() && !word.starts_with(|it: char| it.is_ascii_digit()) {
            found.push(word);
        }
    }
    found
}
