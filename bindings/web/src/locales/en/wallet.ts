export const wallet = {
  walletConnect: "Connect a wallet",
  walletCancel: "Cancel",
  walletDisconnect: "Disconnect",
  walletStayGuest: "Keep voting as a guest",
  walletFree: "Free. We read your address and ask for one signature. We cannot move anything.",
  walletQuote: "This browser may vote for me.",
  walletAddress: "Address",
  walletUntil: "Until",
  walletGuestTitle: "You’re voting as a guest",
  walletAskingTitle: "Look at your wallet",
  walletConnectedTitle: "You’re in",
  walletGuestNone:
    "Your votes count. They are signed by a key in this browser; connect a wallet to make them yours everywhere.",
  walletGuest: {
    one: "Your vote counts. It is signed by a key in this browser; connect a wallet to make it yours everywhere.",
    other: "Your {n} votes count. They are signed by a key in this browser; connect a wallet to make them yours everywhere.",
  },
  walletAsking:
    "{wallet} is asking you to sign one message, so that this browser’s key may vote for your address. This is not a payment.",
  walletAskingIt:
    "It is asking you to sign one message, so that this browser’s key may vote for your address. This is not a payment.",
  walletConnected: "Your votes are now signed for your wallet.",
  walletClaimed: "Your guest votes came with you.",
  walletTrouble: "That didn’t work",
  walletNoneTitle: "No wallet found",
  walletNoneSentence: "There is none in this browser. Your votes count all the same, as a guest’s.",
  walletRejectedTitle: "You declined in the wallet",
  walletRejectedSentence: "Nothing has changed. Your votes go on as a guest’s.",
  walletTimeoutTitle: "The wallet didn’t answer",
  walletTimeoutSentence: "Open it, then try again. Your votes go on as a guest’s.",
  walletLockedTitle: "The wallet is locked",
  walletLockedSentence: "Unlock it and choose an account, then try again.",
  walletExpiredTitle: "The permission has ended",
  walletExpiredSentence:
    "A wallet lets a browser vote for it for 30 days. Connect it again; your votes are kept until then.",
} as const;
