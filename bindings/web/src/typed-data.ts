/**
 * The EIP-712 domain and types of everything that Tastemaker signs, for `signTypedData` of viem, ethers or any
 * EIP-1193 wallet. Field order is signed order. `tests/vectors` checks that Rust hashes the very same types.
 *
 * Only data lives here: `tests/vectors/make.mjs` reads this file with `as const` taken away, so keep it free of other
 * TypeScript.
 */

export const domain = { name: "Tastemaker", version: "2" } as const;

export const types = {
  Candidate: [
    { name: "id", type: "bytes32" },
    { name: "kind", type: "string" },
    { name: "mediaType", type: "string" },
    { name: "title", type: "string" },
    { name: "note", type: "string" },
  ],
  Rules: [
    { name: "kinds", type: "string[]" },
    { name: "stars", type: "uint8" },
    { name: "halves", type: "bool" },
    { name: "points", type: "uint32" },
    { name: "cost", type: "string" },
    { name: "ranking", type: "uint8" },
    { name: "reasons", type: "string[]" },
    { name: "board", type: "string" },
  ],
  Round: [
    { name: "operator", type: "address" },
    { name: "title", type: "string" },
    { name: "question", type: "string" },
    { name: "encoder", type: "string" },
    { name: "opensAt", type: "uint64" },
    { name: "closesAt", type: "uint64" },
    { name: "budget", type: "uint32" },
    { name: "importers", type: "address[]" },
    { name: "rules", type: "Rules" },
    { name: "salt", type: "bytes32" },
    { name: "candidates", type: "Candidate[]" },
  ],
  Vote: [
    { name: "kind", type: "string" },
    { name: "candidates", type: "bytes32[]" },
    { name: "outcome", type: "string" },
    { name: "strength", type: "uint8" },
    { name: "propensity", type: "uint32" },
    { name: "reasons", type: "string[]" },
  ],
  Ballot: [
    { name: "round", type: "bytes32" },
    { name: "voter", type: "address" },
    { name: "sequence", type: "uint64" },
    { name: "issuedAt", type: "uint64" },
    { name: "deadline", type: "uint64" },
    { name: "source", type: "string" },
    { name: "votes", type: "Vote[]" },
  ],
  SessionGrant: [
    { name: "voter", type: "address" },
    { name: "session", type: "address" },
    { name: "scope", type: "string" },
    { name: "origin", type: "string" },
    { name: "notBefore", type: "uint64" },
    { name: "notAfter", type: "uint64" },
  ],
  Revocation: [
    { name: "voter", type: "address" },
    { name: "session", type: "address" },
    { name: "revokedAt", type: "uint64" },
  ],
  Receipt: [
    { name: "ballot", type: "bytes32" },
    { name: "round", type: "bytes32" },
    { name: "index", type: "uint64" },
    { name: "acceptedAt", type: "uint64" },
  ],
} as const;
