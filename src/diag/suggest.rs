//! "Did you mean".

/// The one of `known` that `word` was most likely meant to be: near in spelling, or the same but for case or `-`/`_`.
pub fn near<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let plain = |it: &str| it.to_lowercase().replace('-', "_");
    let wanted = plain(word);
    let allowed = (wanted.chars().count() / 3).clamp(1, 3);
    let distance = |it: &str| strsim::damerau_levenshtein(&wanted, &plain(it));
    known
        .into_iter()
        .filter(|it| *it != word)
        .map(|it| (distance(it), it))
        .filter(|(far, it)| *far <= allowed && *far < it.chars().count())
        .min()
        .map(|(_, it)| it)
}

/// ``did you mean `x`?``, where something is near.
pub fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    near(word, known).map(|it| format!("did you mean `{it}`?"))
}
