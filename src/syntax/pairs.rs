//! What pest found, as one flat list. Pest's own pairs count references at every step; these are slices to copy.

use pest::{Parser, Token};

use super::grammar::{Grammar, Rule};

/// From how many bytes on a text is parsed in parts.
const PART: usize = 64 << 10;

/// The pairs of a text, each before those inside it.
pub(super) struct Pairs {
    nodes: Vec<Node>,
}

#[derive(Clone, Copy)]
struct Node {
    rule: Rule,
    start: u32,
    end: u32,
    /// How many nodes the pair has, itself and all that is inside.
    size: u32,
}

/// A pair: what a rule matched.
#[derive(Clone, Copy)]
pub(super) struct Pair<'p> {
    /// Its own node.
    node: Node,
    /// The nodes inside.
    inside: &'p [Node],
}

/// The pairs directly inside a pair.
#[derive(Clone)]
pub(super) struct Inner<'p> {
    rest: &'p [Node],
}

impl Pairs {
    /// Parses a whole file, part by part: what pest notes while it parses is many times as large as the text.
    pub(super) fn of(text: &str) -> Pairs {
        let nodes = Vec::with_capacity(text.len() / 6);
        let mut pairs = Pairs { nodes };
        let mut start = 0;
        while start < text.len() {
            let end = end_of_part(text, start);
            let before = pairs.nodes.len();
            pairs.read(&text[start..end], start);
            // What is not closed in a part may be closed after it.
            let is_whole = |it: &Node| !is_unclosed(it.rule);
            if end < text.len() && !pairs.nodes[before..].iter().all(is_whole) {
                pairs.nodes.truncate(before);
                pairs.read(&text[start..], start);
                break;
            }
            start = end;
        }
        pairs
    }

    /// Parses `part`, which begins at `offset` in its file.
    fn read(&mut self, part: &str, offset: usize) {
        let parsed = Grammar::parse(Rule::file, part).expect("the grammar accepts every text");
        let mut open = Vec::new();
        let mut tokens = parsed.tokens();
        // The pair of the whole is no piece of the file.
        tokens.next();
        for token in tokens {
            match token {
                Token::Start { rule, pos } => {
                    open.push(self.nodes.len());
                    self.nodes.push(Node {
                        rule,
                        start: (offset + pos.pos()) as u32,
                        end: 0,
                        size: 0,
                    });
                }
                Token::End { pos, .. } => {
                    let Some(at) = open.pop() else { break };
                    self.nodes[at].end = (offset + pos.pos()) as u32;
                    self.nodes[at].size = (self.nodes.len() - at) as u32;
                }
            }
        }
    }

    /// The names of the rules that matched anywhere.
    #[cfg(test)]
    pub(super) fn rules(&self) -> impl Iterator<Item = String> {
        self.nodes.iter().map(|it| format!("{:?}", it.rule))
    }

    /// The pairs of the file.
    pub(super) fn file(&self) -> Inner<'_> {
        Inner { rest: &self.nodes }
    }
}

/// Where the part that begins at `start` ends: before a line that begins with a letter, and so with a statement, unless
/// it is inside a bracket or a long string.
fn end_of_part(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let begins_line = |it: &usize| bytes[it - 1] == b'\n' && bytes[*it].is_ascii_alphabetic();
    let end = (start + PART..text.len()).find(begins_line);
    end.unwrap_or(text.len())
}

/// Whether a rule says that something goes on to the end of the text, or to where it was given up.
fn is_unclosed(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::e_unclosed | Rule::e_unclosed_interpolation | Rule::e_unclosed_long
    )
}

impl<'p> Pair<'p> {
    pub(super) fn rule(&self) -> Rule {
        self.node.rule
    }

    pub(super) fn start(&self) -> u32 {
        self.node.start
    }

    pub(super) fn end(&self) -> u32 {
        self.node.end
    }

    /// Whether `rule`, which has nothing inside, matched last in it.
    pub(super) fn ends_with(&self, rule: Rule) -> bool {
        self.inside.last().is_some_and(|it| it.rule == rule)
    }

    /// What is directly inside.
    pub(super) fn inner(&self) -> Inner<'p> {
        Inner { rest: self.inside }
    }
}

impl Inner<'_> {
    /// Whether such a rule matched anywhere in what is left, however deep.
    pub(super) fn has(&self, is_such: impl Fn(Rule) -> bool) -> bool {
        self.rest.iter().any(|it| is_such(it.rule))
    }
}

impl<'p> Iterator for Inner<'p> {
    type Item = Pair<'p>;

    fn next(&mut self) -> Option<Pair<'p>> {
        let (node, after) = self.rest.split_first()?;
        let (inside, rest) = after.split_at(node.size as usize - 1);
        self.rest = rest;
        Some(Pair {
            node: *node,
            inside,
        })
    }
}
