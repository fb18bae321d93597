use crate::failure::Failure;
use clap::Args;
#[derive(Args)]
pub(crate) struct Options {}
pub(crate) fn run(_options: &Options) -> Result<(), Failure> {
    Ok(())
}
