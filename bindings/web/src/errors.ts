/**
 * The one error class. Every failure has a stable `code`, a `message` that says what happened, and a `hint` that says
 * what to do. Codes from Rust and from the server pass through unchanged; those made here start with `Client::`.
 */
export class TasteError extends Error {
  override readonly name = "TasteError";
  /** Stable, for machines: `"BallotError::SignerMismatch"`, `"Client::NotReady"`, … */
  readonly code: string;
  /** What to do about it, one sentence. */
  readonly hint: string;
  /** The HTTP status, where a server said it. */
  readonly status?: number;
  /** Seconds that the server asks to wait, where it does. */
  readonly retryAfter?: number;

  constructor(
    code: string,
    message: string,
    hint = "",
    more: { cause?: unknown; status?: number; retryAfter?: number | undefined } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.hint = hint;
    if (more.status !== undefined) this.status = more.status;
    if (more.retryAfter !== undefined) this.retryAfter = more.retryAfter;
  }
}

/** Any thrown value as a TasteError; one that is one already stays itself. */
export function asTasteError(thrown: unknown, code = "Client::Unexpected", hint = ""): TasteError {
  if (thrown instanceof TasteError) return thrown;
  return new TasteError(code, thrown instanceof Error ? thrown.message : String(thrown), hint, { cause: thrown });
}
