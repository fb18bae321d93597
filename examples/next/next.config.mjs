import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

export default {
  // Else Next.js takes the outermost folder with a lock file for the project's.
  turbopack: { root: process.env.NEXT_ROOT ?? dirname(fileURLToPath(import.meta.url)) },
  devIndicators: false,
};
