import type { Words } from "./locale.ts";
import { more } from "./ar/more.ts";

export default { ...more } satisfies Words as Words;
