//! Sockets: binding, serving, stopping.

use std::{future::Future, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use taste_ballot::Address;
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};

use crate::{
    config::ServerConfig,
    embedder,
    error::ServerError,
    http,
    service::{Clock, Service, system_clock},
    socket::Socket,
    trainer,
};

/// A server that listens but does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    service: Arc<Service>,
}

/// Binds, and serves until `shutdown` is ready.
///
/// # Errors
/// What [`Server::bind`] says.
pub async fn serve(config: ServerConfig, shutdown: impl Future<Output = ()>) -> Result<(), ServerError> {
    Server::bind(config).await?.run(shutdown).await;
    Ok(())
}

impl Server {
    /// Checks the settings, opens database and key, and listens.
    ///
    /// # Errors
    /// [`ServerError::Config`], [`ServerError::KeyFile`], [`ServerError::Database`], [`ServerError::Bind`].
    pub async fn bind(config: ServerConfig) -> Result<Self, ServerError> {
        Self::bind_with_clock(config, system_clock()).await
    }

    /// The same with another clock.
    ///
    /// # Errors
    /// As [`Server::bind`].
    pub async fn bind_with_clock(config: ServerConfig, clock: Clock) -> Result<Self, ServerError> {
        let address = config.listen;
        let bind = |source| ServerError::Bind { address, source };
        // First the port: when it is taken, a server is running on this very database.
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let service = Service::open(config, clock).await?;
        Ok(Self { listener, address, service })
    }

    /// Where it listens: the port that was free, where the settings said 0.
    pub fn local_address(&self) -> SocketAddr {
        self.address
    }

    /// Who signs receipts here, and may make rounds.
    pub fn operator(&self) -> Address {
        self.service.key.address()
    }

    /// Serves until `shutdown` is ready. Then no new connection is taken, requests in flight are answered (ballots among
    /// them are committed first), event streams end, and the database is closed.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self { listener, address, service } = self;
        tracing::info!(%address, operator = %service.key.address(), "serving");
        let mut workers = JoinSet::new();
        workers.spawn(embedder::run(service.clone()));
        workers.spawn(trainer::run(service.clone()));
        service.resume();

        let connections = GracefulShutdown::new();
        accept(&listener, &service, &connections, shutdown).await;
        drop(listener);

        tracing::info!("stopping");
        service.stopping.send_replace(true);
        let patience = Duration::from_secs(service.config.stop_timeout);
        if tokio::time::timeout(patience, connections.shutdown()).await.is_err() {
            tracing::warn!("some requests were still in flight");
        }
        // The workers look at `stopping` between steps; what they have not finished is begun again at the next start.
        if tokio::time::timeout(patience, async { while workers.join_next().await.is_some() {} })
            .await
            .is_err()
        {
            tracing::warn!("a worker was still busy");
        }
        service.store.close().await;
        tracing::info!("stopped");
    }
}

async fn accept(
    listener: &TcpListener,
    service: &Arc<Service>,
    connections: &GracefulShutdown,
    shutdown: impl Future<Output = ()>,
) {
    let router = http::router(service.clone());
    let places = Arc::new(Semaphore::new(service.config.max_connections));
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            // Past the limit, connections wait in the system's queue.
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => return,
            next = next => next,
        };
        match accepted {
            Ok((stream, _)) => {
                // Answers are small; waiting to fill a packet only delays them.
                let _ = stream.set_nodelay(true);
                let connection = connection(&router, stream, &service.config);
                let connection = connections.watch(connection);
                tokio::spawn(async move {
                    let _place = place;
                    // A connection that breaks is its client's business.
                    if let Err(error) = connection.await {
                        tracing::debug!(%error, "a connection ended");
                    }
                });
            }
            Err(error) => {
                // Out of file descriptors, mostly: give others time to close theirs.
                tracing::error!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

type Connection = http1::Connection<TokioIo<Socket>, TowerToHyperService<Router>>;

fn connection(router: &Router, stream: tokio::net::TcpStream, config: &ServerConfig) -> Connection {
    let socket = Socket::new(stream, Duration::from_secs(config.write_timeout));
    http1::Builder::new()
        .timer(TokioTimer::new())
        // Also ends idle connections; a client that sends its head byte by byte does not hold a place for long.
        .header_read_timeout(Duration::from_secs(config.header_timeout))
        .serve_connection(TokioIo::new(socket), TowerToHyperService::new(router.clone()))
}
