/** Fresh randomness for one call of the session or the mind: 32 bytes. */
export function seed(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32));
}
