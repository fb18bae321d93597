/** A round that could not be opened: what happened, what to do, and a key to try again, in the place of the widget. */
import type { Locale } from "../../locales/locale.ts";
import { Maker, attribute, text } from "./dom.ts";

/** Puts the notice over what the root holds; remove it to take it back. */
export function troubleNotice(root: ShadowRoot, error: unknown, locale: Locale, again: () => void): HTMLElement {
  const { message, hint, code } = (error ?? {}) as { message?: string; hint?: string; code?: string };
  const make = new Maker(root.ownerDocument.createDocumentFragment() as unknown as ShadowRoot);
  const section = make.add(root, "div", "trouble", "status");
  attribute(section, "role", "status");
  attribute(section, "lang", locale.language);
  attribute(section, "dir", locale.direction);
  // What the page would rather say; else what happened.
  const slot = make.slot(section, "error", "trouble-words");
  const say = (className: string, words: string | undefined): void => {
    if (words) text(make.add(slot, "p", className), words);
  };
  say("notice-title", locale.say("notOpened"));
  say("notice-sentence", [message, hint].filter(Boolean).join(" "));
  say("note", code);
  const key = make.add(section, "button", "key", "key");
  key.type = "button";
  text(key, locale.say("tryAgain"));
  key.addEventListener("click", again, { once: true });
  return section;
}
