// Without a server the signed ballots leave as a file; any operator of the round takes them.
const button = document.getElementById("save");

button.addEventListener("click", async () => {
  const client = await document.querySelector("taste-round").client;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await client.exportBallots());
  link.download = "ballots.ndjson";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
});
