import { defineConfig } from "vite";

export default defineConfig({
  // Pre-bundling moves modules away from the wasm files that lie beside them. (Only the development server does it.)
  optimizeDeps: { exclude: ["tastemaker"] },
});
