export const points = {
  pointsHint: {
    one: "Give {n} point, or keep it.",
    other: "Share {n} points as you like. You need not give them all.",
  },
  pointsHintSquare: "Share {n} credits. One point costs 1, two cost 4, three cost 9: a strong wish is dear.",
  pointsPurse: "What is left",
  /** After a figure, large: how many of {n} are left. */
  pointsLeft: { one: "of {n} point left", other: "of {n} points left" },
  pointsLeftSquare: { one: "of {n} credit left", other: "of {n} credits left" },
  pointsGiven: { one: "{n} point", other: "{n} points" },
  pointsCost: { one: "{n} point costs {price}", other: "{n} points cost {price}" },
  pointsField: "Points for {title}",
  pointsLess: "One point less for {title}",
  pointsMore: "One point more for {title}",
  pointsRefused: "That is more than is left. {title} can have {n} at most.",
  pointsConfirm: "Give these points",
  pointsKept: "Your points are kept.",
} as const;
