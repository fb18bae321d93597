import type { Words } from "./locale.ts";
import { more } from "./zh/more.ts";

export default { ...more } satisfies Words as Words;
