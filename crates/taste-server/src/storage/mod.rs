//! The database behind the service: one writer with group commit, readers beside it.
//!
//! Everything that says SQL is in this folder. The rest of the crate sees [`Store`] (run this on a reader, run this on
//! the writer), [`Reader`] and [`Writer`] (what can be asked and changed). Another database is another implementation
//! of these three.

mod reader;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::error::ServerError;
pub(crate) use reader::{Answered, ModelRow, Page, Reader, RoundRow};
pub(crate) use writer::{NewBallot, Totals, Writer, scope_bytes};

/// The database's own version number, `PRAGMA user_version`.
const VERSION: i64 = 4;
/// The schema of each version is the one before it and one of these.
const MIGRATIONS: [&str; VERSION as usize] = [
    include_str!("schema.sql"),
    include_str!("revocations.sql"),
    include_str!("answers.sql"),
    include_str!("beside.sql"),
];
/// The version from which on answers are counted, and not ballots' votes.
const ANSWERS: i64 = 3;
/// Jobs that may wait for the writer; more wait for room.
const QUEUE: usize = 4096;
/// Most jobs in one transaction, so that nobody waits for long.
const GROUP: usize = 512;
/// Most connections that read at a time.
const READERS: usize = 8;

/// A job on the writer: does its part of the transaction and leaves behind how to answer.
type Job = Box<dyn FnOnce(&Writer<'_>) -> Done + Send>;
/// Whether the job's changes stay, and how to answer.
type Done = (bool, Respond);
/// Answers, once it is known whether the transaction was committed.
type Respond = Box<dyn FnOnce(bool) + Send>;

/// The database, opened.
pub(crate) struct Store {
    path: PathBuf,
    jobs: mpsc::Sender<Option<Job>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    idle: Arc<Mutex<Vec<Connection>>>,
    places: Arc<Semaphore>,
}

impl Store {
    /// Opens or makes the file, brings its schema up to date, checks its logs, and starts the writer.
    ///
    /// # Errors
    /// [`ServerError::Database`] when the file is from a newer version, when a log has a hole, or when SQLite refuses it.
    pub(crate) fn open(path: &Path) -> Result<Self, ServerError> {
        let broken = |error: rusqlite::Error| ServerError::Database { reason: error.to_string() };
        let mut connection = Connection::open(path).map_err(broken)?;
        configure(&connection)?;
        migrate(&mut connection)?;
        Reader::new(&connection).check_logs()?;
        let (jobs, inbox) = mpsc::channel(QUEUE);
        let writer = std::thread::Builder::new()
            .name("ballot-writer".into())
            .spawn(move || write_groups(connection, inbox))
            .map_err(|error| ServerError::Database { reason: error.to_string() })?;
        Ok(Self {
            path: path.to_owned(),
            jobs,
            writer: Mutex::new(Some(writer)),
            idle: Arc::default(),
            places: Arc::new(Semaphore::new(READERS)),
        })
    }

    /// Runs a job inside of the writer's transaction and answers after that is durable. A job that fails leaves
    /// nothing behind.
    ///
    /// # Errors
    /// The job's own; [`ServerError::Internal`] when the transaction could not be committed (nothing was kept);
    /// [`ServerError::Stopping`] after [`Store::close`].
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Writer<'_>) -> Result<T, ServerError> + Send + 'static,
    ) -> Result<T, ServerError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |writer| {
            let result = job(writer);
            let keep = result.is_ok();
            let respond = move |committed: bool| {
                // Whoever asked may have gone; what is committed stays.
                let _ = reply.send(if committed { result } else { Err(ServerError::Internal) });
            };
            (keep, Box::new(respond))
        });
        self.jobs.send(Some(job)).await.map_err(|_| ServerError::Stopping)?;
        // The sender is dropped without an answer when the job panicked or its transaction never began.
        answer.await.unwrap_or(Err(ServerError::Internal))
    }

    /// Runs a job on a connection that only reads, on a thread that may block.
    ///
    /// # Errors
    /// The job's own; [`ServerError::Internal`] when it panicked.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Reader<'_>) -> Result<T, ServerError> + Send + 'static,
    ) -> Result<T, ServerError> {
        let place = self.places.clone().acquire_owned().await.map_err(|_| ServerError::Stopping)?;
        let (idle, path) = (self.idle.clone(), self.path.clone());
        let work = move || {
            let _place = place;
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match taken {
                Some(connection) => connection,
                None => open_reader(&path)?,
            };
            let result = job(&Reader::new(&connection));
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            result
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => Err(ServerError::internal("a reading job panicked", error)),
        }
    }

    /// Commits what waits, stops the writer and folds the write-ahead log into the file.
    pub(crate) async fn close(&self) {
        let _ = self.jobs.send(None).await;
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn configure(connection: &Connection) -> Result<(), ServerError> {
    let set = || {
        let mode = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
        // FULL: the write-ahead log is on the disk before a commit returns, so a receipt survives a power cut.
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        rusqlite::Result::<String>::Ok(mode)
    };
    let mode = set().map_err(|error| ServerError::Database { reason: error.to_string() })?;
    if mode != "wal" {
        // Without it who reads would hold up who writes. So it is with `:memory:`, and on some network file systems.
        let reason = format!("it must be a file with a write-ahead log; its journal mode stays {mode}");
        return Err(ServerError::Database { reason });
    }
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn open_reader(path: &Path) -> Result<Connection, ServerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), ServerError> {
    let broken = |error: rusqlite::Error| ServerError::Database { reason: error.to_string() };
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(broken)?;
    if !(0..=VERSION).contains(&found) {
        return Err(ServerError::Database {
            reason: format!("its schema has version {found}, this server knows versions up to {VERSION}"),
        });
    }
    for (from, script) in (0..VERSION).zip(MIGRATIONS).skip(found as usize) {
        let transaction = connection.transaction().map_err(broken)?;
        transaction.execute_batch(script).map_err(broken)?;
        if from + 1 == ANSWERS {
            Writer::new(&transaction).recount_answers()?;
        }
        transaction.pragma_update(None, "user_version", from + 1).map_err(broken)?;
        transaction.commit().map_err(broken)?;
    }
    Ok(())
}

/// The writer's thread: takes what waits, commits it as one, answers.
fn write_groups(mut connection: Connection, mut inbox: mpsc::Receiver<Option<Job>>) {
    let mut open = true;
    while open && let Some(Some(first)) = inbox.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP {
            match inbox.try_recv() {
                Ok(Some(job)) => group.push(job),
                Ok(None) => {
                    open = false;
                    break;
                }
                Err(_) => break,
            }
        }
        if let Err(error) = write_group(&mut connection, group) {
            tracing::error!(%error, "a transaction failed; nothing in it was acknowledged");
        }
    }
    // Jobs sent from here on find the channel closed.
    drop(inbox);
    if let Err(error) = connection.pragma_update_and_check(None, "wal_checkpoint", "truncate", |_| Ok(())) {
        tracing::warn!(%error, "the write-ahead log was not folded into the database");
    }
}

fn write_group(connection: &mut Connection, group: Vec<Job>) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut answers = Vec::with_capacity(group.len());
    let mut failure = None;
    for job in group {
        match write_one(&transaction, job) {
            Ok(answer) => answers.extend(answer),
            // The transaction itself is in doubt: give it all up.
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    let outcome = match failure {
        None => transaction.commit(),
        Some(error) => transaction.rollback().and(Err(error)),
    };
    for answer in answers {
        answer(outcome.is_ok());
    }
    outcome
}

/// Runs one job in a savepoint of its own; none when it panicked.
fn write_one(connection: &Connection, job: Job) -> rusqlite::Result<Option<Respond>> {
    let statement = |sql| connection.prepare_cached(sql)?.execute([]).map(|_| ());
    statement("SAVEPOINT job")?;
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&Writer::new(connection))));
    let keep = matches!(done, Ok((true, _)));
    if !keep {
        statement("ROLLBACK TO job")?;
    }
    statement("RELEASE job")?;
    match done {
        Ok((_, answer)) => Ok(Some(answer)),
        Err(_) => {
            tracing::error!("a job on the writer panicked; its changes were undone");
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_commit_is_synced_in_the_write_ahead_log() {
        let path = std::env::temp_dir().join(format!("taste-storage-{}.sqlite", std::process::id()));
        let connection = Connection::open(&path).unwrap();
        configure(&connection).unwrap();
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
        assert_eq!((mode.as_str(), synchronous), ("wal", 2), "2 is FULL");
        drop(connection);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_database_without_a_write_ahead_log_is_refused() {
        let error = Store::open(Path::new(":memory:")).err().expect("refused");
        assert_eq!(error.code(), "ServerError::Database");
        assert!(error.to_string().contains("memory"), "{error}");
    }
}
