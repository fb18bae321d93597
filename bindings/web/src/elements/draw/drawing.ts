/** What a widget's element and its drawing are to each other: state comes down as views, requests go up. */
import type { TasteClient } from "../../client.ts";
import type { Locale } from "../../locales/locale.ts";

/** What a widget asks for, and what goes with a vote. */
export type OnRequest = (kind: string, value: string, more?: { strength?: number; reasons?: string[] }) => void;

/** The inside of a widget. It decides nothing: after a request it waits for the view that follows. */
export interface Drawing<V> {
  /** Draws what changed. Without a view: the place that the widget keeps until there is one. */
  render(view: V | undefined, locale: Locale): void;
  /** Hangs what the first view is about; the view itself is drawn in a moment. */
  prepare?(view: V, locale: Locale): void;
  /** Takes what was pressed before it was there: that is done once it can be. */
  replay?(presses: (() => void)[]): void;
  /** Something was asked before there is a client. Gives what is shown meanwhile. */
  hold?(served: V, asked: Parameters<OnRequest>): V;
  /** The client has come: what a server drew is to be shown first. Gives what was asked of it; nothing where it is not shown. */
  resume?(served: V, client: TasteClient): Parameters<OnRequest> | [] | undefined;
  /** Stops what is timed; the widget was taken out of the page. */
  rest(): void;
}
