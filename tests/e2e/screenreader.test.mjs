// What a screen reader is handed: the accessibility tree that Chromium makes of each widget, before an answer and after it, and what
// it is told without asking (live regions). And that with the person's own colours forced on the page, every mark can be seen.

import assert from "node:assert/strict";

import { after, before, test } from "./bounded.mjs";
import { launch, quiet } from "./browser.mjs";
import { hang, openFixture, serveFixture, states } from "./fixture.mjs";
import { until } from "./harness.mjs";

let browser, pages;
before(async () => {
  [browser, pages] = await Promise.all([launch(), serveFixture()]);
});
after(async () => {
  await browser?.close();
  await pages?.close();
});

const SILENT = ["none", "generic", "StaticText", "InlineTextBox", "RootWebArea", "LineBreak"];
const plain = (words) => String(words ?? "").replace(/[\u2066-\u2069]/g, "");

/** What is in the tree: `controls`, a line each (role, name, state), and `live`, what the polite regions say. */
async function tree(cdp) {
  const { nodes } = await cdp.send("Accessibility.getFullAXTree");
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const said = (node) => (node.role.value === "StaticText" ? plain(node.name?.value) : (node.childIds ?? []).map((id) => said(byId.get(id))).filter(Boolean).join(" "));
  // How a value is said: from the attribute, since not every Chromium shows it in the protocol's tree.
  const valued = nodes.filter((node) => !node.ignored && ["slider", "spinbutton", "meter"].includes(node.role.value));
  const values = new Map(await Promise.all(valued.map(async (node) => {
    const { attributes = [] } = (await cdp.send("DOM.describeNode", { backendNodeId: node.backendDOMNodeId })).node;
    const at = attributes.indexOf("aria-valuetext");
    return [node, at < 0 ? undefined : attributes[at + 1]];
  })));
  const state = (node, name) => node.properties?.find((property) => property.name === name)?.value.value;
  const heard = nodes.filter((node) => !node.ignored && !SILENT.includes(node.role.value));
  const controls = heard
    .filter((node) => node.name?.value || ["button", "slider", "spinbutton", "table"].includes(node.role.value))
    .map((node) => [node.role.value, plain(node.name?.value), state(node, "pressed") === "true" && "pressed", state(node, "disabled") && "disabled", plain(values.get(node) ?? state(node, "valuetext"))].filter(Boolean).join(", "));
  return { controls, live: heard.filter((node) => state(node, "live") === "polite").map(said).filter(Boolean) };
}

const answered = { outcome: "left", phase: "answered", guess: { probability: 0.71, low: 0.6, high: 0.8, undecided: false, hit: true } };
const journeys = [
  ["duel asking", "duel", answered,
    ["group, Which do you like more?", "button, left. Work 0. Shore, no. 0", "button, right. Work 1. Shore, no. 1", "button, Left", "button, Tie", "button, Neither", "button, Right", "button, Skip", "image, Our guess is made. It shows after your answer."],
    ["button, Left, pressed", "button, Next", "button, Undo", "image, We thought left, 71 percent, likely between 60 and 80. You chose left."],
    "We thought: left, 71%."],
  ["approve asking", "approval", { ...answered, outcome: "for" },
    ["group, Which do you like more?", "button, Against", "button, For", "button, Skip"],
    ["button, For, pressed", "image, We thought for, 71 percent, likely between 60 and 80. You chose for."],
    "We thought: for, 71%."],
  ["stars asking", "stars", { ...answered, outcome: "3.5/5", guess: { value: 4.1, low: 3.2, high: 4.7 } },
    ["slider, Which do you like more?, No rating yet", "button, Choose a rating, disabled", "button, Skip"],
    ["slider, Which do you like more?, disabled, 3.5 of 5", "button, You gave 3.5 of 5., pressed", "image, We thought 4.1, likely between 3.2 and 4.7. You gave 3.5 of 5."],
    "We thought: 4.1."],
  ["rank asking", "ranking", { ...answered, guess: null, outcome: "2>1>3" },
    ["button, Move Work 0. Place 1 of 3.", "button, Move Work 0 forward, disabled", "button, Move Work 2 back, disabled", "button, That’s my order"],
    ["button, Next", "button, Undo"], undefined],
  ["points asking", "points", { ...answered, guess: null, outcome: "5,0,3" },
    ["meter, What is left, 10 of 10 points left", "spinbutton, Points for Work 0, 0", "button, One point less for Work 0, disabled", "button, One point more for Work 0", "button, Give these points, disabled"],
    ["spinbutton, Points for Work 0, 5", "button, Next", "button, Undo"], undefined],
];

test("each question tells its parts, takes an answer, and says what came of it", async () => {
  const page = await openFixture(browser, pages);
  const cdp = await page.context().newCDPSession(page);
  for (const [state, view, change, asked, told, live] of journeys) {
    const [tag, views] = states[state];
    await hang(page, [tag, views, { advance: "manual" }]);
    const before = await tree(cdp);
    for (const line of asked) assert.ok(before.controls.includes(line), `${state}: no "${line}" in\n${before.controls.join("\n")}`);
    assert.ok(before.controls.every((line) => !/^(button|slider|spinbutton|group|image)(, |$)(disabled|pressed)?$/.test(line)), `${state}: something has no name\n${before.controls.join("\n")}`);
    await page.evaluate(([view, change]) => globalThis.client.set({ [view]: { ...globalThis.client[view], ...change } }), [view, change]);
    const after = await until(`${state}: the answer`, async () => {
      const now = await tree(cdp);
      return told.every((line) => now.controls.includes(line)) && now;
    }, 5).catch(async () => assert.fail(`${state}, answered: not all of\n${told.join("\n")}\nin\n${(await tree(cdp)).controls.join("\n")}`));
    if (live) assert.ok(after.live.some((words) => words === live), `${state}: not said: ${live}; but ${after.live.join(" | ")}`);
    assert.notDeepEqual(after.live, before.live, `${state}: nothing is said after an answer`);
  }
  quiet(page);
});

test("a board is a table, my taste a list with a slider, the wallet says where it stands", async () => {
  const page = await openFixture(browser, pages);
  const cdp = await page.context().newCDPSession(page);
  const told = async (state) => {
    await hang(page, states[state]);
    return tree(cdp);
  };
  const board = (await told("board ready")).controls;
  for (const line of ["table, Week 31", "columnheader, Rank", "columnheader, Share of duels won", "rowheader, Work 0 You chose this", "cell, 1 to 3", "cell, Wins about 40% of its duels, likely between 30% and 50%. Fragile."]) {
    assert.ok(board.includes(line), `${line} in\n${board.join("\n")}`);
  }
  const moved = (await told("board moved")).controls;
  const since = new Intl.DateTimeFormat("en", { dateStyle: "long" }).format(1_795_219_200_000);
  for (const line of [`cell, 1 to 3 Up 2 places since ${since}.`, `image, Up 2 places since ${since}.`, `image, Gained since ${since}.`, `image, Down 1 place since ${since}.`]) {
    assert.ok(moved.includes(line), `${line} in\n${moved.join("\n")}`);
  }
  // Whose interval holds zero may not have moved at all.
  assert.equal(moved.filter((line) => line.includes(" since ") && line.startsWith("image")).length, 3);
  const me = (await told("me known")).controls;
  for (const line of ["heading, Your taste", "slider, Whose taste orders the wall, Only me", "image, Likely between 60% and 91%", "button, Forget me"]) {
    assert.ok(me.includes(line), `${line} in\n${me.join("\n")}`);
  }
  const wallet = await told("wallet guest");
  assert.ok(wallet.controls.includes("button, Connect a wallet"));
  assert.match(wallet.live.join(), /voting as a guest/);
  quiet(page);
});

test("with forced colours every mark keeps a colour of the system's, and the art its own", async () => {
  const context = await browser.newContext({ forcedColors: "active", colorScheme: "dark", reducedMotion: "reduce", viewport: { width: 1100, height: 900 } });
  const page = await openFixture(browser, pages, { context });
  const missing = [];
  for (const [state, marks] of Object.entries({
    "duel answered": [".mark.you::after", ".lean", ".key[aria-pressed]"], "approve answered": [".mark.you::after", ".lean"],
    "stars answered": [".guess .range"], "board ready": [".estimate"], "me known": [".chance .estimate", ".sure .dot", ".tally i.hit::after"],
    "points asking": [".meter::before"],
  })) {
    await hang(page, states[state]);
    const found = await page.evaluate((marks) => {
      const root = document.querySelector("main > taste-round > *").shadowRoot;
      const probe = document.body.appendChild(document.createElement("p"));
      const system = ["Canvas", "CanvasText", "ButtonText", "ButtonBorder", "ButtonFace", "Highlight", "GrayText"].map((name) => {
        probe.style.setProperty("color", name);
        return [name, getComputedStyle(probe).color];
      });
      probe.remove();
      const canvas = Object.fromEntries(system).Canvas;
      return marks.flatMap((mark) => {
        const [selector, pseudo] = mark.split("::");
        const element = root.querySelector(selector);
        if (!element) return [`${mark}: not there`];
        const { backgroundColor, borderTopColor, outlineColor } = getComputedStyle(element, pseudo ? `::${pseudo}` : undefined);
        const seen = [backgroundColor, borderTopColor, outlineColor].some((colour) => colour !== canvas && system.some(([, known]) => known === colour));
        return seen ? [] : [`${mark}: ${backgroundColor}`];
      });
    }, marks);
    missing.push(...found.map((line) => `${state}: ${line}`));
  }
  assert.deepEqual(missing, []);
  quiet(page);
  await context.close();
});
