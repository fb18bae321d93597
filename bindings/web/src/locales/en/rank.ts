export const rank = {
  rankHint: "The one you like best comes first. Drag, use the arrows, or lift a work with the space bar and move it by keys.",
  rankConfirm: "That’s my order",
  rankKept: "Your order is kept.",
  rankGrip: "Move {title}. Place {place} of {of}.",
  rankEarlier: "Move {title} forward",
  rankLater: "Move {title} back",
  rankLifted: "{title} lifted. Place {place} of {of}. Arrows move it, space drops it, Escape puts it back.",
  rankMoved: "{title}, place {place} of {of}.",
  rankDropped: "{title} dropped at place {place} of {of}.",
  rankPutBack: "{title} is back at place {place} of {of}.",
} as const;
