//! `svcc explain`: the page of a code.

use super::End;
use super::terminal::Terminal;
use crate::diag::suggest::did_you_mean;
use crate::explain;

pub(super) fn run(code: Option<&str>, terminal: &Terminal) -> End {
    let Some(code) = code else {
        terminal.print(&explain::list());
        return End::Fine;
    };
    if let Some(page) = explain::page(code) {
        terminal.print(page);
        return End::Fine;
    }
    let near = did_you_mean(code, explain::pages()).unwrap_or_default();
    terminal.error(format!("there is no code `{code}`; {near}").trim_end_matches([';', ' ']));
    End::Usage
}
