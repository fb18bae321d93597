/** A round that could not be opened: what happened, what to do, and a key to try again, in the place of the widget. */
import { speak, type Locale } from "../../locales/locale.ts";
import { common } from "../../locales/en/common.ts";
import { grow, type FrameNode } from "./frame.ts";

speak(common);

/** Puts the notice over what the root holds; remove it to take it back. */
export function troubleNotice(root: ShadowRoot, error: unknown, locale: Locale, again: () => void): Element {
  const { message, hint, code } = (error ?? {}) as { message?: string; hint?: string; code?: string };
  const lines = [["notice-title", locale.say("notOpened")], ["notice-sentence", [message, hint].filter(Boolean).join(" ")], ["note", code ?? ""]] as const;
  const said: FrameNode[] = lines.filter(([, words]) => words).map(([className]) => ["p", { class: className }, ""]);
  const notice = grow(root, ["div", { class: "trouble", part: "status", role: "status", lang: locale.language, dir: locale.direction }, [
    // What the page would rather say; else what happened.
    ["slot", { name: "error" }, said],
    ["button", { type: "button", class: "key", part: "key" }, "{{tryAgain}}"],
  ]], locale);
  // What came from outside is no phrase of ours.
  for (const [className, words] of lines) {
    const line = notice.querySelector(`.${className}`);
    if (line) line.textContent = words;
  }
  notice.querySelector("button")!.addEventListener("click", again, { once: true });
  return notice;
}
