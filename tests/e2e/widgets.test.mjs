// Every widget in every state, as the gallery (`examples/widgets`) hangs them: nothing for axe-core to find, and each worked by
// pointer, touch, keyboard and game controller. No server and no session: the views are fixtures, so that each state can be had.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { after, before, test } from "./bounded.mjs";
import { launch, open, quiet } from "./browser.mjs";
import { require, root, site, until } from "./harness.mjs";
import { serveFolders } from "./http.mjs";

const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PHONE = { width: 390, height: 844 };

let browser, pages;
before(async () => {
  pages = await serveFolders(site({ "bare.html": "<!doctype html><html lang=en><title>bare</title><link rel=icon href='data:,'><main></main>" }, join(root, "examples/widgets")));
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await pages?.close();
});

/** The gallery with these exhibits, once they have all been drawn. */
async function visit(query, options) {
  const page = await open(browser, `${pages.url}/?${new URLSearchParams(query)}`, options);
  await page.waitForFunction(() => globalThis.hung === true);
  return page;
}

/** One exhibit: its host element and what is in it. */
function exhibit(page, widget, state) {
  const host = page.locator(`${widget}[data-state="${state}"]`);
  const requests = () => host.evaluate((element) => element.fixture.requests);
  return {
    host,
    part: (part) => host.locator(`[part~="${part}"]`),
    requests,
    /** The last thing that was asked for. */
    asked: async () => (await requests()).at(-1),
    said: () => host.evaluate((element) => [...element.shadowRoot.querySelectorAll("[role=status]")].map((line) => line.textContent).join(" | ").replace(/[\u2066-\u2069]/g, "")),
  };
}

// ---- states ------------------------------------------------------------------------------------------------------

for (const [name, query, options] of [
  ["in English, light, on a desk", { lang: "en", scheme: "light" }, {}],
  ["in Arabic, dark, on a phone", { lang: "ar", scheme: "dark" }, { viewport: PHONE }],
]) {
  test(`axe-core finds nothing in any state ${name}`, async () => {
    const page = await visit(query, options);
    await page.evaluate(AXE);
    const violations = await page.evaluate(async () => {
      const found = await globalThis.axe.run({ include: [["main"]] }, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
      return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target.flat().join(" ")}: ${failureSummary}`));
    });
    assert.deepEqual(violations, []);
    quiet(page);
    await page.context().close();
  });
}

test("what can be pressed is 44 pixels high and wide, except where words stand in a line", async () => {
  for (const options of [{}, { viewport: PHONE }]) {
    const page = await visit({}, options);
    const small = await page.evaluate(() => {
      const found = [];
      for (const host of document.querySelectorAll("main [data-state]")) {
        for (const key of host.shadowRoot.querySelectorAll("button, input, [role=slider], summary")) {
          if (!key.checkVisibility({ visibilityProperty: true })) continue;
          const { width, height } = key.getBoundingClientRect();
          if (width < 43.5 || height < 43.5) found.push(`${host.localName} ${host.dataset.state}: ${key.className} ${width}×${height}`);
        }
      }
      return found;
    });
    assert.deepEqual(small, []);
    await page.context().close();
  }
});

test("nothing is wider than the phone, not even hostile words", async () => {
  const page = await visit({}, { viewport: PHONE });
  const wide = await page.evaluate(() => [...document.querySelectorAll("main [data-state]")].filter((host) => host.scrollWidth > innerWidth || host.getBoundingClientRect().right > innerWidth + 1).map((host) => `${host.localName} ${host.dataset.state}`));
  assert.deepEqual(wide, []);
  assert.equal(await page.title(), "Every Tastemaker widget in every state", "words of a candidate became script");
  quiet(page);
});

// ---- stars -------------------------------------------------------------------------------------------------------

test("stars by keyboard: arrows, ends, digits, clearing; Enter gives what is shown", async () => {
  const page = await visit({ widget: "taste-stars" });
  const { part, asked, requests } = exhibit(page, "taste-stars", "asking");
  const slider = part("rating");
  const value = () => slider.getAttribute("aria-valuetext");
  await slider.focus();
  assert.equal(await value(), "No rating yet");
  await slider.press("Enter");
  assert.deepEqual(await requests(), [], "nothing was given, so nothing may be sent");
  for (const [key, said] of [
    ["ArrowRight", "0.5 of 5"], ["ArrowUp", "1 of 5"], ["End", "5 of 5"], ["ArrowRight", "5 of 5"], ["ArrowLeft", "4.5 of 5"], ["PageDown", "3.5 of 5"],
    ["Home", "0.5 of 5"], ["4", "4 of 5"], ["9", "4 of 5"], ["Backspace", "No rating yet"], ["3", "3 of 5"], ["0", "No rating yet"], ["3", "3 of 5"], ["ArrowUp", "3.5 of 5"],
  ]) {
    await slider.press(key);
    assert.equal(await value(), said, key);
  }
  await slider.press("Enter");
  assert.deepEqual(await asked(), { request: "stars", outcome: "3.5/5" });
  assert.match(await part("reveal").textContent(), /We thought: 4\.1\./);
  await slider.press("ArrowLeft");
  assert.equal(await value(), "3.5 of 5", "an answer does not move by arrows");
  await page.keyboard.press("z");
  assert.equal((await asked()).request, "undo");
  quiet(page);
});

for (const [lang, x] of [["en", 0.62], ["ar", 0.38]]) {
  test(`letting go of a star gives it, from the side where the page begins (${lang})`, async () => {
    const page = await visit({ widget: "taste-stars", lang });
    const { part, asked, requests } = exhibit(page, "taste-stars", "asking");
    await part("rating").scrollIntoViewIfNeeded();
    const box = await part("rating").boundingBox();
    await page.mouse.move(box.x + box.width * x, box.y + box.height / 2);
    assert.equal(await part("given").count() > 0, true, "what is under the pointer shows before it is given");
    assert.deepEqual(await requests(), []);
    await page.mouse.down();
    await page.mouse.up();
    assert.deepEqual(await asked(), { request: "stars", outcome: "3.5/5" });
    quiet(page);
  });
}

test("a finger that leaves the stars gives nothing", async () => {
  const page = await visit({ widget: "taste-stars" });
  const { part, requests } = exhibit(page, "taste-stars", "asking");
  await part("rating").scrollIntoViewIfNeeded();
  const box = await part("rating").boundingBox();
  await page.mouse.move(box.x + 30, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 30, box.y + 220, { steps: 4 });
  await page.mouse.up();
  assert.deepEqual(await requests(), []);
  quiet(page);
});

test("without a round the stars are a field of a form, and ask nobody for anything", async () => {
  const page = await open(browser, `${pages.url}/bare.html`);
  const before = pages.asked.length;
  await page.evaluate(() => import("/pkg/elements/stars.js"));
  await page.evaluate(() => {
    const form = document.querySelector("main").appendChild(document.createElement("form"));
    const label = form.appendChild(document.createElement("label"));
    label.append("How was it?");
    const stars = label.appendChild(document.createElement("taste-stars"));
    stars.setAttribute("name", "rating");
    stars.toggleAttribute("required", true);
    globalThis.heard = [];
    for (const kind of ["input", "change", "submit"]) form.addEventListener(kind, (event) => (event.preventDefault(), globalThis.heard.push(kind)));
  });
  const stars = page.locator("taste-stars");
  const data = () => page.evaluate(() => Object.fromEntries(new FormData(document.querySelector("form"))));
  const valid = () => stars.evaluate((field) => [field.checkValidity(), field.validity.valueMissing, field.validationMessage]);
  assert.deepEqual(await data(), {});
  assert.deepEqual(await valid(), [false, true, "Choose a rating."]);
  const slider = stars.locator("[role=slider]");
  assert.equal(await slider.getAttribute("aria-label"), "How was it?");
  await page.evaluate(() => document.querySelector("form").requestSubmit());
  assert.deepEqual(await page.evaluate(() => globalThis.heard), [], "a form that lacks something is not sent");
  await page.locator("label").click({ position: { x: 4, y: 10 } });
  assert.equal(await page.evaluate(() => document.querySelector("taste-stars").shadowRoot.activeElement?.getAttribute("role")), "slider", "a press on the label goes to the row");
  await page.keyboard.press("4");
  assert.deepEqual(await data(), { rating: "4" });
  assert.deepEqual(await valid(), [true, false, ""]);
  await page.keyboard.press("ArrowUp");
  assert.deepEqual([await data(), await stars.evaluate(({ value, valueAsNumber }) => [value, valueAsNumber])], [{ rating: "5" }, ["5", 5]]);
  await page.keyboard.press("Enter");
  assert.deepEqual(await page.evaluate(() => globalThis.heard.splice(0)), ["input", "change", "input", "change", "change", "submit"]);
  // What makes no sense is nothing.
  for (const value of ["6", "0.25", "-1", "many", "4.5"]) {
    await stars.evaluate((field, value) => (field.value = value), value);
    assert.equal(await stars.evaluate((field) => field.value), "", value);
  }
  await stars.evaluate((field) => (field.halves = true, field.max = 10, field.value = "7.5"));
  assert.deepEqual(await data(), { rating: "7.5" });
  assert.equal(await slider.getAttribute("aria-valuetext"), "7.5 of 10");
  await page.evaluate(() => document.querySelector("form").reset());
  assert.deepEqual(await data(), {});
  await stars.evaluate((field) => field.setAttribute("value", "2"));
  assert.deepEqual(await data(), { rating: "2" }, "the attribute says what is given at first");
  await page.evaluate(() => {
    const fieldset = document.createElement("fieldset");
    const form = document.querySelector("form");
    fieldset.append(...form.childNodes);
    form.append(fieldset);
    fieldset.disabled = true;
  });
  assert.deepEqual(await data(), {});
  assert.equal(await slider.getAttribute("aria-disabled"), "true");
  assert.deepEqual(await page.evaluate(() => globalThis.heard), []);
  const asked = pages.asked.slice(before).filter((line) => !/\.js$/.test(line));
  assert.deepEqual(asked, [], "a field asks for nothing but its module");
  quiet(page);
});

// ---- ranking -----------------------------------------------------------------------------------------------------

const order = (host) => host.evaluate((element) => [...element.shadowRoot.querySelectorAll("[part~=place] [part~=title]")].map((title) => title.textContent));
const BEGIN = ["Salt morning", "Kitchen floor", "Small crowd", "Far light"];

test("a ranking by keyboard: lifted, moved, put back, dropped, and said aloud", async () => {
  const page = await visit({ widget: "taste-rank" });
  const { host, part, asked, said } = exhibit(page, "taste-rank", "asking");
  assert.deepEqual(await order(host), BEGIN);
  const grip = part("grip").nth(2);
  await grip.focus();
  await page.keyboard.press("ArrowUp");
  assert.deepEqual(await order(host), BEGIN, "what is not lifted does not move");
  await page.keyboard.press("Space");
  assert.match(await said(), /Small crowd lifted\. Place 3 of 4\./);
  await page.keyboard.press("ArrowLeft");
  assert.match(await said(), /Small crowd, place 2 of 4\./);
  await page.keyboard.press("ArrowUp");
  assert.deepEqual(await order(host), ["Small crowd", "Salt morning", "Kitchen floor", "Far light"]);
  await page.keyboard.press("Escape");
  assert.match(await said(), /Small crowd is back at place 3 of 4\./);
  assert.deepEqual(await order(host), BEGIN);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  assert.match(await said(), /Small crowd dropped at place 1 of 4\./);
  assert.equal(await host.evaluate((element) => element.shadowRoot.activeElement.getAttribute("aria-pressed")), "false", "the keyboard stays on the handle");
  await part("key-confirm").press("Enter");
  assert.deepEqual(await asked(), { request: "ranking", outcome: "3>1>2>4" });
  assert.match(await said(), /Your order is kept\./);
  quiet(page);
});

test("a ranking without dragging: the arrows beside each work", async () => {
  const page = await visit({ widget: "taste-rank" });
  const { host, part, asked } = exhibit(page, "taste-rank", "asking");
  await part("key-later").nth(0).click();
  await part("key-earlier").nth(3).click();
  assert.deepEqual(await order(host), ["Kitchen floor", "Salt morning", "Far light", "Small crowd"]);
  assert.equal(await part("key-earlier").nth(0).getAttribute("aria-disabled"), "true");
  await part("key-confirm").click();
  assert.deepEqual(await asked(), { request: "ranking", outcome: "2>1>4>3" });
  await part("key-undo").click();
  await part("key-confirm").click();
  assert.deepEqual(await asked(), { request: "ranking", outcome: "2>1>4>3" }, "taken back, it stays as it lies");
  quiet(page);
});

test("a ranking by dragging with a mouse, beside each other; Escape puts back", async () => {
  const page = await visit({ widget: "taste-rank" });
  const { host, part } = exhibit(page, "taste-rank", "asking");
  const middle = async (at) => {
    const { x, y, width, height } = await part("thumb").nth(at).boundingBox();
    return [x + width / 2, y + height / 2];
  };
  await page.mouse.move(...(await middle(0)));
  await page.mouse.down();
  await page.mouse.move(...(await middle(2)), { steps: 8 });
  assert.deepEqual(await order(host), ["Kitchen floor", "Small crowd", "Salt morning", "Far light"], "the others make room");
  await page.keyboard.press("Escape");
  await page.mouse.up();
  assert.deepEqual(await order(host), BEGIN);
  await page.mouse.move(...(await middle(3)));
  await page.mouse.down();
  await page.mouse.move(...(await middle(0)), { steps: 8 });
  await page.mouse.up();
  assert.deepEqual(await order(host), ["Far light", "Salt morning", "Kitchen floor", "Small crowd"]);
  assert.equal(await host.evaluate((element) => element.shadowRoot.querySelector(".lifted")), null, "let go of, nothing is in the hand");
  quiet(page);
});

test("a finger drags by the handle, and scrolls the page by the work", async () => {
  const context = await browser.newContext({ viewport: PHONE, hasTouch: true, reducedMotion: "reduce" });
  const page = await visit({ widget: "taste-rank" }, { context });
  const { host, part } = exhibit(page, "taste-rank", "asking");
  await host.scrollIntoViewIfNeeded();
  const client = await context.newCDPSession(page);
  const touch = async (type, x, y) => client.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y }] });
  const drag = async (from, to) => {
    const [a, b] = [await from.boundingBox(), await to.boundingBox()];
    const [x, y, end] = [a.x + a.width / 2, a.y + a.height / 2, b.y + b.height / 2];
    await touch("touchStart", x, y);
    for (let step = 1; step <= 10; step += 1) await touch("touchMove", x, y + ((end - y) * step) / 10);
    await touch("touchEnd");
  };
  await drag(part("grip").nth(0), part("grip").nth(2));
  await until("the new order", async () => (await order(host)).join() === "Kitchen floor,Small crowd,Salt morning,Far light");
  await drag(part("thumb").nth(2), part("thumb").nth(0));
  assert.deepEqual(await order(host), ["Kitchen floor", "Small crowd", "Salt morning", "Far light"]);
  quiet(page);
  await context.close();
});

// ---- points ------------------------------------------------------------------------------------------------------

test("points cannot be overspent: by button, by key, by typing; and what is left is said", async () => {
  const page = await visit({ widget: "taste-points" });
  const { part, asked, said } = exhibit(page, "taste-points", "asking");
  const field = part("field");
  assert.equal(await part("key-confirm").getAttribute("aria-disabled"), "true", "nothing given, nothing to send");
  await part("key-more").nth(0).click();
  assert.match(await said(), /9 of 10 points left/);
  await field.nth(0).press("ArrowUp");
  await field.nth(0).press("PageUp");
  assert.equal(await field.nth(0).inputValue(), "7");
  await field.nth(2).fill("99");
  assert.equal(await field.nth(2).inputValue(), "3", "at most what is left");
  assert.match(await said(), /more than is left\. Before crossing can have 3 at most/);
  assert.equal(await part("key-more").nth(1).getAttribute("aria-disabled"), "true");
  await field.nth(1).fill("-4");
  assert.equal(await field.nth(1).inputValue(), "0");
  await field.nth(0).fill("5");
  assert.equal(await part("meter").getAttribute("aria-valuenow"), "2");
  await part("key-confirm").click();
  assert.deepEqual(await asked(), { request: "points", outcome: "5,0,3" });
  await field.nth(0).press("ArrowUp");
  assert.equal(await field.nth(0).inputValue(), "5", "an answer does not move");
  quiet(page);
});

test("where points cost their square, the price is said and drawn", async () => {
  const page = await visit({ widget: "taste-points" });
  const { part, asked, said } = exhibit(page, "taste-points", "quadratic");
  await part("field").nth(0).fill("4");
  assert.equal(await part("cost").nth(0).textContent(), "4 points cost 16");
  await part("field").nth(1).fill("9");
  assert.equal(await part("field").nth(1).inputValue(), "4", "20 are left, 5 would cost 25");
  assert.match(await said(), /can have 4 at most/);
  assert.match(await part("left").textContent(), /^4of 36 credits left/);
  const { width, height } = await part("dots").nth(0).boundingBox();
  assert.equal(width, height, "four points are a square of sixteen dots");
  await part("key-confirm").click();
  assert.deepEqual(await asked(), { request: "points", outcome: "4,4,0" });
  quiet(page);
});

// ---- my taste ----------------------------------------------------------------------------------------------------

test("my taste: words from the numbers, the wall follows the slider, from everyone's to mine", async () => {
  const page = await visit({ widget: "taste-me" });
  const { host, part } = exhibit(page, "taste-me", "known");
  const wall = () => host.evaluate((element) => [...element.shadowRoot.querySelectorAll("[part~=wall] [part~=title]")].map((title) => title.textContent));
  assert.equal(await part("hit-rate").textContent(), "79%");
  assert.match(await part("record").textContent(), /^19 of 24\. The true figure is likely between 60% and 91%/);
  assert.match((await part("summary").textContent()).replace(/[\u2066-\u2069]/g, ""), /^You lean towards Salt morning, Kitchen floor, and Small crowd\. You pass over Soft survey/);
  assert.deepEqual((await wall()).slice(0, 2), ["Salt morning", "Kitchen floor"]);
  await part("slider").fill("0");
  const rows = await host.evaluate((element) => element.fixture.me.rows.toSorted((a, b) => b.crowd - a.crowd).slice(0, 6).map(({ candidate }) => candidate.title));
  assert.deepEqual(await wall(), rows, "at the other end it is everyone's");
  assert.equal(await part("slider").getAttribute("aria-valuetext"), "Everyone");
  await part("slider").fill("50");
  assert.equal(await part("slider").getAttribute("aria-valuetext"), "50% me, 50% everyone");
  quiet(page);
});

test("nothing is dropped or forgotten before it was said twice; what is one's own can be taken along", async () => {
  const page = await visit({ widget: "taste-me" });
  const { host, part, requests } = exhibit(page, "taste-me", "known");
  const [votes] = await Promise.all([page.waitForEvent("download"), part("download").first().click()]);
  assert.match(votes.suggestedFilename(), /^votes-0x1{8}\.ndjson$/);
  const [taste] = await Promise.all([page.waitForEvent("download"), part("download-taste").click()]);
  const numbers = JSON.parse(readFileSync(await taste.path(), "utf8"));
  assert.deepEqual([numbers.guesses, numbers.works.length, Object.keys(numbers.works[0])], [{ right: 19, of: 24 }, 12, ["candidate", "title", "mine", "low", "high", "crowd"]]);
  await part("reset").click();
  assert.equal(await part("ask").isVisible(), true);
  await page.keyboard.press("Escape");
  assert.deepEqual(await requests(), []);
  assert.equal(await host.evaluate((element) => element.shadowRoot.activeElement.textContent), "Start my taste anew", "the keyboard is where it was");
  await part("reset").click();
  await part("ask").getByText("Start anew", { exact: true }).click();
  assert.deepEqual(await requests(), [{ request: "reset" }]);
  await part("forget").click();
  assert.equal(await host.evaluate((element) => element.shadowRoot.activeElement.textContent), "Keep it all", "a hurried Enter forgets nothing");
  await page.keyboard.press("Enter");
  assert.equal((await requests()).length, 1);
  await part("forget").click();
  await part("ask").getByText("Forget me", { exact: true }).click();
  assert.deepEqual((await requests()).at(-1), { request: "forget" });
  assert.match(await host.evaluate((element) => element.shadowRoot.querySelector("[part=done]").textContent), /Nothing of you is left on this device/);
  assert.match(await exhibit(page, "taste-me", "no model").said(), /No taste model has been made for this round/);
  quiet(page);
});

// ---- media -------------------------------------------------------------------------------------------------------

test("one sound plays at a time, and stops when its work is taken down", async () => {
  const page = await visit({ widget: "taste-duel" });
  const { host } = exhibit(page, "taste-duel", "sounds");
  const playing = () => host.evaluate((element) => [...element.shadowRoot.querySelectorAll("audio")].map((player) => !player.paused));
  const play = (at) => host.evaluate((element, at) => {
    const player = element.shadowRoot.querySelectorAll("audio")[at];
    player.loop = true;
    return player.play();
  }, at);
  await play(0);
  assert.deepEqual(await playing(), [true, false]);
  await play(1);
  await until("the first to stop", async () => !(await playing())[0]);
  assert.deepEqual(await playing(), [false, true]);
  const player = await host.evaluateHandle((element) => element.shadowRoot.querySelectorAll("audio")[1]);
  await host.evaluate((element) => {
    element.fixture.views.duel = { ...element.fixture.views.duel, pair: element.fixture.views.duel.pair.toReversed() };
    element.fixture.dispatchEvent(new Event("change"));
  });
  assert.equal(await player.evaluate((player) => player.paused), true);
  quiet(page);
});

test("a palette is told by its colours; a work that does not come says so and can be passed over", async () => {
  const page = await visit({});
  const palette = await exhibit(page, "taste-stars", "palette").part("palette").getAttribute("aria-label");
  assert.match(palette, /Orchard/);
  assert.match(await exhibit(page, "taste-rank", "texts and others").part("palette").getAttribute("aria-label"), /#22313a/);
  const away = exhibit(page, "taste-rank", "away");
  assert.equal(await away.part("key-confirm").getAttribute("aria-disabled"), "true");
  await away.host.getByText("Next works").click();
  assert.equal((await away.asked()).request, "broken");
  quiet(page);
});

test("films have their controls, start by nobody's will but the person's, and say when they are none", async () => {
  const page = await visit({ widget: "taste-duel" });
  const films = exhibit(page, "taste-duel", "films");
  const players = await films.host.evaluate((element) => [...element.shadowRoot.querySelectorAll("video")].map(({ controls, playsInline, autoplay, preload, paused, ariaLabel }) => ({ controls, playsInline, autoplay, preload, paused, named: /Sunrise/.test(ariaLabel) })));
  const wanted = { controls: true, playsInline: true, autoplay: false, preload: "metadata", paused: true, named: true };
  assert.deepEqual(players, [wanted, wanted]);
  // The first frame is there before anybody plays it, and nothing moves when it comes.
  const seen = await films.host.evaluate(async (element) => {
    const video = element.shadowRoot.querySelector("video");
    const box = () => JSON.stringify(video.getBoundingClientRect());
    const address = video.src;
    video.removeAttribute("src");
    video.load();
    const before = box();
    video.src = address;
    // A browser may stop at the metadata: whether the frame is there is looked at below.
    await Promise.race([new Promise((done) => video.addEventListener("loadeddata", done)), new Promise((done) => setTimeout(done, 5000))]);
    const drawn = () => {
      const context = new OffscreenCanvas(8, 8).getContext("2d");
      context.drawImage(video, 0, 0, 8, 8);
      return [...context.getImageData(0, 0, 8, 8).data].some((value, at) => at % 4 < 3 && value > 20);
    };
    for (let turns = 0; turns < 100 && !drawn(); turns += 1) await new Promise((done) => setTimeout(done, 20));
    return { moved: box() !== before, drawn: drawn(), paused: video.paused, moment: new URL(address).hash };
  });
  assert.deepEqual(seen, { moved: false, drawn: true, paused: true, moment: "#t=0.001" });
  assert.equal(await films.host.evaluate((element) => element.shadowRoot.querySelector("button video")), null, "a player lies in no button");
  const lost = exhibit(page, "taste-duel", "a film that is none");
  await until("the loss to be said", async () => (await lost.part("duel").getAttribute("data-phase")) === "away");
  await lost.host.getByText("Next pair").click();
  assert.equal((await lost.asked()).request, "broken");
  quiet(page);
});

test("only what lists colours is a palette", async () => {
  const page = await visit({ widget: "taste-stars" });
  const { host } = exhibit(page, "taste-stars", "palette");
  for (const text of ["[]", "{}", "not json", '["red"]', '["#12345"]', '["#fff; background: url(https://elsewhere.example)"]', JSON.stringify(Array(65).fill("#fff"))]) {
    await host.evaluate((element, text) => {
      const { stars } = element.fixture.views;
      element.fixture.views.stars = { ...stars, candidate: { ...stars.candidate, text } };
      element.fixture.dispatchEvent(new Event("change"));
    }, text);
    assert.equal(await host.evaluate((element) => element.shadowRoot.querySelector("[data-phase]").dataset.phase), "away", text);
  }
  quiet(page);
});

// ---- game controllers --------------------------------------------------------------------------------------------

/** Puts a controller into the page; `press` holds a button for some frames. */
async function controller(page) {
  await page.evaluate(() => {
    const pad = { index: 0, connected: true, mapping: "standard", id: "test", axes: [0, 0, 0, 0], buttons: Array.from({ length: 17 }, () => ({ pressed: false, value: 0 })) };
    globalThis.pad = pad;
    globalThis.polls = 0;
    navigator.getGamepads = () => (globalThis.polls += 1, [pad]);
    dispatchEvent(new Event("gamepadconnected"));
  });
  // The module that works controllers is loaded only now.
  await page.waitForLoadState("networkidle");
  const NAMES = { a: 0, b: 1, y: 3, before: 4, after: 5, up: 12, down: 13, left: 14, right: 15 };
  return async (...names) => {
    for (const name of names) {
      await page.evaluate(async (button) => {
        const frames = async (count) => { while (count-- > 0) await new Promise((done) => requestAnimationFrame(done)); };
        globalThis.pad.buttons[button].pressed = true;
        await frames(3);
        globalThis.pad.buttons[button].pressed = false;
        await frames(3);
      }, NAMES[name]);
    }
  };
}

test("whole journeys by game controller, and no polling while the keyboard is elsewhere", async () => {
  const page = await visit({});
  const press = await controller(page);
  const idle = await page.evaluate(() => globalThis.polls);
  await page.waitForTimeout(200);
  assert.ok((await page.evaluate(() => globalThis.polls)) - idle <= 1, "a controller is polled though no widget has the keyboard");

  const duel = exhibit(page, "taste-duel", "asking");
  await duel.part("key-left").focus();
  await press("right");
  assert.deepEqual(await duel.asked(), { request: "duel", outcome: "right" });
  await press("b");
  assert.equal((await duel.asked()).request, "undo");
  await press("y");
  assert.deepEqual((await duel.requests()).findLast(({ request }) => request === "duel"), { request: "duel", outcome: "skip" });

  const stars = exhibit(page, "taste-stars", "asking");
  await stars.part("rating").focus();
  await press("right", "right", "right", "a");
  assert.deepEqual(await stars.asked(), { request: "stars", outcome: "1.5/5" });

  const rank = exhibit(page, "taste-rank", "asking");
  await rank.part("grip").nth(1).focus();
  await press("a", "left", "a");
  assert.deepEqual(await order(rank.host), ["Kitchen floor", "Salt morning", "Small crowd", "Far light"]);
  await rank.part("key-later").nth(3).focus();
  await press("after", "a");
  assert.deepEqual(await rank.asked(), { request: "ranking", outcome: "2>1>3>4" });

  const points = exhibit(page, "taste-points", "asking");
  await points.part("key-less").nth(0).focus();
  await press("after", "up", "up", "after", "a");
  assert.equal(await points.part("field").nth(0).inputValue(), "3");

  const me = exhibit(page, "taste-me", "known");
  await me.part("slider").focus();
  await press("left", "left");
  assert.equal(await me.part("slider").getAttribute("aria-valuetext"), "90% me, 10% everyone");
  await page.evaluate(() => document.activeElement.blur());
  const before = await page.evaluate(() => globalThis.polls);
  await page.waitForTimeout(200);
  assert.ok((await page.evaluate(() => globalThis.polls)) - before <= 2);
  quiet(page);
});
