/** What every widget may have to say. */
export const common = {
  notOpened: "This round didn’t open",
  tryAgain: "Try again",
} as const;
