import type { Words } from "./locale.ts";

export default {} satisfies Words as Words;
