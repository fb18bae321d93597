import type { Words } from "./locale.ts";
import { more } from "./es/more.ts";

export default { ...more } satisfies Words as Words;
