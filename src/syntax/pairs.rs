//! What pest found, as one flat list. Pest's own pairs count references at every step; these are slices to copy.

use pest::{Parser, Token};

use super::grammar::{Grammar, Rule};

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
pub(super) struct Inner<'p> {
    rest: &'p [Node],
}

impl Pairs {
    /// Parses a whole file.
    pub(super) fn of(text: &str) -> Pairs {
        let parsed = Grammar::parse(Rule::file, text).expect("the grammar accepts every text");
        let mut nodes: Vec<Node> = Vec::with_capacity(text.len() / 8);
        let mut open = Vec::new();
        for token in parsed.tokens() {
            match token {
                Token::Start { rule, pos } => {
                    open.push(nodes.len());
                    nodes.push(Node {
                        rule,
                        start: pos.pos() as u32,
                        end: 0,
                        size: 0,
                    });
                }
                Token::End { pos, .. } => {
                    let at = open.pop().expect("a pair that ends has begun");
                    nodes[at].end = pos.pos() as u32;
                    nodes[at].size = (nodes.len() - at) as u32;
                }
            }
        }
        Pairs { nodes }
    }

    /// The pairs of the file.
    pub(super) fn file(&self) -> Inner<'_> {
        Inner {
            rest: self.nodes.get(1..).unwrap_or_default(),
        }
    }
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

    /// What is directly inside.
    pub(super) fn inner(&self) -> Inner<'p> {
        Inner { rest: self.inside }
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
