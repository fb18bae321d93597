/** What is said only to those who do not see it happen. */
import { attribute, text, type Maker } from "./dom.ts";

export class Live {
  readonly #line: HTMLElement;

  constructor(make: Maker, parent: Node) {
    this.#line = make.add(parent, "p", "unseen");
    attribute(this.#line, "role", "status");
  }

  say(words: string): void {
    text(this.#line, words);
  }
}
