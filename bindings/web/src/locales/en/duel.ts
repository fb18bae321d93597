export const duel = {
  left: "Left",
  right: "Right",
  /** The sides within a sentence. */
  sideLeft: "left",
  sideRight: "right",
  sideTop: "top",
  sideBottom: "bottom",
  aTie: "a tie",
  neitherOfThem: "neither",
} as const;
