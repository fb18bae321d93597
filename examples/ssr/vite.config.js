import { defineConfig } from "vite";

// Only the browser's part is built; Node runs the server's as it is.
export default defineConfig({
  build: { rollupOptions: { input: "client.js", output: { entryFileNames: "client.js" } } },
});
