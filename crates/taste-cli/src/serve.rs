//! `taste serve`: the server, configured by a file, the environment and flags; the later of these wins.

use std::{fs, net::SocketAddr, path::PathBuf};

use clap::Args;
use taste_server::{LogFormat, Server, ServerConfig, start_log};

use crate::error::CliError;

/// `taste serve`
#[derive(Args, Debug, Default)]
pub(crate) struct Serve {
    /// A TOML file with any of the settings; `taste serve --print-config` shows them all.
    #[arg(long, env = "TASTE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, env = "TASTE_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The SQLite file; made if absent.
    #[arg(long, env = "TASTE_DATABASE", value_name = "FILE")]
    database: Option<PathBuf>,
    /// The operator's key file; made if absent.
    #[arg(long, env = "TASTE_OPERATOR_KEY", value_name = "FILE")]
    operator_key: Option<PathBuf>,
    /// An origin whose pages may call this server, such as https://example.org; may be given several times.
    #[arg(long, env = "TASTE_ALLOW_ORIGIN", value_delimiter = ',', value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// A folder served at `/`; may be given several times, the first that has a file wins.
    #[arg(long = "static", value_name = "FOLDER")]
    static_folder: Vec<PathBuf>,
    /// Train a round after this many further votes; 0 = only when asked.
    #[arg(long, env = "TASTE_TRAIN_EVERY", value_name = "VOTES")]
    train_every: Option<u64>,
    /// The log as JSON lines.
    #[arg(long, env = "TASTE_LOG_JSON", value_parser = clap::builder::FalseyValueParser::new())]
    log_json: bool,
    /// Print the settings that would be used, as TOML, and stop.
    #[arg(long)]
    print_config: bool,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let print_config = self.print_config;
        let mut config = self.config()?;
        if print_config {
            let text = toml::to_string_pretty(&config).map_err(|error| CliError::Usage(error.to_string()))?;
            crate::print(&text);
            return Ok(());
        }
        // The token stays out of flags, where `ps` would show it.
        if let Ok(token) = std::env::var("TASTE_ADMIN_TOKEN") {
            config.admin_token = Some(token.into());
        }
        start_log(config.log_format);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::Usage(format!("the async runtime did not start: {error}")))?;
        let served = runtime.block_on(async {
            let server = Server::bind(config).await?;
            crate::print(&format_args!("listening on http://{}", server.local_address()));
            server.run(stop_signal()).await;
            Ok(())
        });
        // The server has waited as long as its settings say; a thread that is busy still (a large image, a step of a
        // training) must not hold up the end. Nothing of it is lost that the next start does not do again.
        runtime.shutdown_background();
        served
    }

    /// The file's settings, each replaced where the environment or a flag says something (a flag wins).
    fn config(self) -> Result<ServerConfig, CliError> {
        let mut config = match &self.config {
            None => ServerConfig::default(),
            Some(path) => {
                let text = fs::read_to_string(path).map_err(CliError::file(path))?;
                toml::from_str(&text).map_err(|error| CliError::Content {
                    path: path.clone(),
                    line: error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1),
                    message: error.message().to_owned(),
                })?
            }
        };
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        if let Some(database) = self.database {
            config.database = database;
        }
        if let Some(key) = self.operator_key {
            config.operator_key = key;
        }
        if let Some(votes) = self.train_every {
            config.train_every = votes;
        }
        if self.log_json {
            config.log_format = LogFormat::Json;
        }
        // Lists are replaced, not added to: whoever names the origins on the command line means these and no others.
        if !self.allow_origin.is_empty() {
            config.allow_origins = self.allow_origin;
        }
        if !self.static_folder.is_empty() {
            config.static_folders = self.static_folder;
        }
        Ok(config)
    }
}

/// Resolves on Ctrl-C, and on SIGTERM where there is such a thing.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_a_wrong_file_names_its_line() {
        let path = std::env::temp_dir().join(format!("taste-serve-{}.toml", std::process::id()));
        fs::write(&path, "train_every = 7\nlisten = \"127.0.0.1:1\"\n").unwrap();
        let serve = || Serve { config: Some(path.clone()), ..Serve::default() };
        let config = Serve { listen: Some(([127, 0, 0, 1], 2).into()), ..serve() }.config().unwrap();
        assert_eq!((config.train_every, config.listen.port()), (7, 2));
        fs::write(&path, "train_every = 7\ntrain_evry = 8\n").unwrap();
        let error = serve().config().unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("train_evry"), "{error}");
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn origins_and_folders_on_the_command_line_replace_those_of_the_file() {
        let path = std::env::temp_dir().join(format!("taste-serve-lists-{}.toml", std::process::id()));
        fs::write(&path, "allow_origins = [\"https://old.example\"]\nstatic_folders = [\"old\"]\n").unwrap();
        let serve = || Serve { config: Some(path.clone()), ..Serve::default() };
        let config = serve().config().unwrap();
        assert_eq!(
            (config.allow_origins, config.static_folders),
            (vec!["https://old.example".to_owned()], vec!["old".into()])
        );
        let flags = Serve {
            allow_origin: vec!["https://new.example".into()],
            static_folder: vec!["new".into()],
            ..serve()
        };
        let config = flags.config().unwrap();
        assert_eq!(
            (config.allow_origins, config.static_folders),
            (vec!["https://new.example".to_owned()], vec!["new".into()])
        );
        fs::remove_file(path).unwrap();
    }
}
