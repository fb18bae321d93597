import { init } from "tastemaker";
// Vite gives the wasm a name and an address of its own.
import wasm from "tastemaker/wasm?url";

await init(wasm);
// The elements ask for the wasm as soon as a round is named, so they come after it.
await import("tastemaker/elements");

const client = await document.querySelector("taste-round").client;
document.getElementById("voter").textContent = client.voter;
