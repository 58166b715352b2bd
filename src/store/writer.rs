//! The one writer. Writes that arrive together share one transaction, so that one `fsync` makes thousands of
//! acknowledgements durable; each stands in a savepoint of its own, so that one that fails takes no other with it. Nobody
//! hears of a write before its commit.

use futures::future::BoxFuture;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::StoreError;

/// Most writes in one transaction.
const BATCH: usize = 512;

/// A piece of work on the connection.
pub(super) trait Work<T>:
    for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static
{
}

impl<T, F> Work<T> for F where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static
{
}

/// A write that waits for its turn.
trait Job: Send {
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, Kept>;
    fn answer(self: Box<Self>, commit: Result<(), StoreError>);
}

/// Whether what a job wrote stays in the transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Yes,
    No,
}

struct Pending<T, F> {
    work: Option<F>,
    outcome: Result<T, StoreError>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send + 'static, F: Work<T>> Job for Pending<T, F> {
    fn run<'c>(&'c mut self, connection: &'c mut SqliteConnection) -> BoxFuture<'c, Kept> {
        Box::pin(async move {
            if let Some(work) = self.work.take() {
                self.outcome = work(connection).await;
            }
            if self.outcome.is_ok() { Kept::Yes } else { Kept::No }
        })
    }

    fn answer(self: Box<Self>, commit: Result<(), StoreError>) {
        // Whoever asked may have gone; the write stands all the same.
        let _ = self.reply.send(commit.and(self.outcome));
    }
}

/// Sends work to the writer.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
    stop: CancellationToken,
}

impl Writer {
    /// Starts the writer on its connection. It ends, closes the connection and drops `held` when it is stopped or every
    /// sender is gone; what was sent until then is still done.
    pub(super) fn start<H: Send + 'static>(
        connection: SqliteConnection,
        held: H,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(4 * BATCH);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            serve(connection, receiver, stopped).await;
            drop(held);
        });
        (Self { jobs: sender, stop }, task)
    }

    /// Takes no further work.
    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// Does the work in a transaction; returns after its commit.
    pub(super) async fn write<T: Send + 'static>(&self, work: impl Work<T>) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = Pending { work: Some(work), outcome: Err(StoreError::Closed), reply };
        self.jobs.send(Box::new(job)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

async fn serve(mut connection: SqliteConnection, mut jobs: mpsc::Receiver<Box<dyn Job>>, stop: CancellationToken) {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let arrived = tokio::select! {
            biased;
            arrived = jobs.recv_many(&mut batch, BATCH) => arrived,
            () = stop.cancelled(), if !jobs.is_closed() => {
                jobs.close();
                continue;
            }
        };
        if arrived == 0 {
            break;
        }
        let commit = transaction(&mut connection, &mut batch).await;
        if commit.is_err() {
            // SQLite may have rolled back by itself: then there is nothing to roll back.
            let _ = execute(&mut connection, "ROLLBACK").await;
        }
        for job in batch.drain(..) {
            job.answer(commit.clone());
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the database did not close cleanly; nothing acknowledged is lost");
    }
}

/// Any error here means that nothing of the batch was kept.
async fn transaction(connection: &mut SqliteConnection, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    execute(connection, "BEGIN IMMEDIATE").await?;
    for job in batch {
        execute(connection, "SAVEPOINT job").await?;
        if job.run(connection).await == Kept::No {
            execute(connection, "ROLLBACK TO job").await?;
        }
        execute(connection, "RELEASE job").await?;
    }
    execute(connection, "COMMIT").await
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), StoreError> {
    sqlx::query(statement).execute(connection).await?;
    Ok(())
}
