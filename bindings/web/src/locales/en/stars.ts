export const stars = {
  starsLabel: "Rating",
  starsValue: "{value} of {of}",
  starsNothing: "No rating yet",
  starsGive: { one: "Give {n} star", other: "Give {n} stars" },
  starsChoose: "Choose a rating",
  starsRequired: "Choose a rating.",
  starsHint: "Your rating first. Then our guess.",
  starsThought: "We thought: {value}.",
  starsThoughtSpoken: "We thought {value}, likely between {low} and {high}.",
  starsGave: "You gave {value} of {of}.",
} as const;
