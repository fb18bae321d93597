// One React component for one custom element (React 19). Attributes and properties go through as React has them; events get
// camel-cased names and are heard by `addEventListener`, which also works where the element was rendered by a server and only
// hydrated: React itself does not attach custom events then.
import { createElement, useImperativeHandle, useLayoutEffect, useRef } from "react";

/** `events` maps a property's name to its event's: `{onTasteVoted: "taste-voted"}`; `name` is for React's tools. */
export function wrap(tag, Element, events, name) {
  // On a server there is no registry; the markup alone is rendered there.
  const registry = globalThis.customElements;
  if (registry && !registry.get(tag)) registry.define(tag, Element);
  const names = Object.values(events);

  function Wrapped({ ref, ...given }) {
    const element = useRef(null);
    const heard = useRef({});
    const properties = {};
    const handlers = {};
    for (const name of Object.keys(given)) {
      if (Object.hasOwn(events, name)) handlers[events[name]] = given[name];
      else properties[name] = given[name];
    }
    useImperativeHandle(ref, () => element.current, []);
    // Declared before the listening one: the first event already finds its handler.
    useLayoutEffect(() => {
      heard.current = handlers;
    });
    useLayoutEffect(() => {
      const node = element.current;
      const hear = (event) => heard.current[event.type]?.(event);
      for (const name of names) node.addEventListener(name, hear);
      return () => names.forEach((name) => node.removeEventListener(name, hear));
    }, []);
    return createElement(tag, { ...properties, ref: element });
  }
  Wrapped.displayName = name;
  return Wrapped;
}
