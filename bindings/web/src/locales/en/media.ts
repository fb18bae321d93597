/** What is said of works, whatever they are made of. */
export const media = {
  /** A work without a title. */
  workAt: "work {place}",
  brokenSetSentence: "You can’t compare what you can’t see, so these won’t count.",
  nextWorks: "Next works",
  colours: "Colours: {list}",
  workPlayer: "Play: {title}",
} as const;
