import adapter from "@sveltejs/adapter-node";

export default {
  kit: {
    adapter: adapter(),
    // SvelteKit adds the nonce of its own start script. The hash is that of the one style attribute that SvelteKit 2 writes, on the
    // element that tells screen readers of a new page; the widgets need none.
    csp: {
      directives: {
        "default-src": ["self"],
        "script-src": ["self", "wasm-unsafe-eval"],
        "style-src": ["self", "unsafe-hashes", "sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo="],
        "img-src": ["self", "data:"],
      },
    },
  },
};
