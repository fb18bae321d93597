//! A page on a slowed-down phone profile: time to the first vote, from press to the next pair, and the longest task. The
//! other side of each row is not a peer but the budget.

use super::{Outcome, Row, parse};
use crate::build;
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::tools::{chromium, node};

pub(super) fn run() -> Result<Outcome, Failure> {
    build::web(false)?;
    let browser = chromium::find()?;
    let name = "a page on a slow phone";
    let step = Step::start(name);
    let finished =
        node::script(name, &paths::scripts().join("bench-page.mjs"))?.env("CHROMIUM", &browser).run(&step)?;
    let rows: Vec<Row> = parse(name, &finished.stdout)?;
    step.done("");
    Ok(Outcome::Rows(rows))
}
