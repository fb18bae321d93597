export const approve = {
  for: "For",
  against: "Against",
  /** Within a sentence. */
  sideFor: "for",
  sideAgainst: "against",
} as const;
