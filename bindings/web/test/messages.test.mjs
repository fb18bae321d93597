// Every error that the vote module can say has its sentence in `src/messages.ts`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const codes = (path) => [...read(path).matchAll(/"((?:Sdk|Core|Ballot)Error::\w+)"/g)].map(([, code]) => code);
const written = new Set([...read("bindings/web/src/messages.ts").matchAll(/^ {2}"(\w+::\w+)":/gm)].map(([, code]) => code));

// Taste is in another module, which has its own words.
const ELSEWHERE = ["SdkError::Features", "SdkError::PassportRound"];
// What only an operator, a curve or a model says.
const NOT_HERE = /Error::(Embedding\w+|Key|Number|TooLong|CandidateCount|DuplicateCandidate|Window|TooManyImporters|NoVotes|TooManyVotes|Grant\w+|HighS|Signature|Contract\w+|Revocation\w+|\w*Encoder\w*)$/;

test("every code of the session, and of what it reads, has a sentence", () => {
  for (const code of codes("crates/taste-sdk/src/error.rs")) {
    if (!ELSEWHERE.includes(code)) assert.ok(written.has(code), code);
  }
  for (const code of [...codes("crates/taste-core/src/error.rs"), ...codes("crates/taste-ballot/src/error.rs")]) {
    assert.ok(written.has(code) || NOT_HERE.test(code), code);
  }
});

test("no sentence is of a code that nobody says", () => {
  const all = new Set(["core", "ballot", "sdk"].flatMap((crate) => codes(`crates/taste-${crate}/src/error.rs`)));
  for (const code of written) assert.ok(all.has(code) || code === "WebError::Argument", code);
});
