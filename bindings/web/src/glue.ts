/** The vote module's glue and what it asks the page for: one file, since neither is of use without the other. */
export { default, WebSession, compute, join, keyAddress } from "#wasm";
export * from "./advisor.ts";
