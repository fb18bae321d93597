/** What a widget's element and its drawing are to each other: state comes down as views, requests go up. */
import type { Locale } from "../../locales/locale.ts";

/** What a widget asks for, and what goes with a vote. */
export type OnRequest = (kind: string, value: string, more?: { strength?: number; reasons?: string[] }) => void;

/** The inside of a widget. It decides nothing: after a request it waits for the view that follows. */
export interface Drawing<V> {
  /** Draws what changed. Without a view: the place that the widget keeps until there is one. */
  render(view: V | undefined, locale: Locale): void;
  /** Stops what is timed; the widget was taken out of the page. */
  rest(): void;
}
