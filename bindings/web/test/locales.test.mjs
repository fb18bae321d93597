// Every language says everything that English says, with the same values in it, and in each plural form that it has.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const source = (name) => fileURLToPath(new URL(`../src/locales/${name}.ts`, import.meta.url));
const bundled = await build({
  stdin: {
    contents: ["ar", "es", "zh"].map((tag) => `export { default as ${tag} } from ${JSON.stringify(source(tag))};`).join("") +
      `export { english } from ${JSON.stringify(source("en/index"))}; export * from ${JSON.stringify(source("locale"))};`,
    resolveDir: fileURLToPath(new URL("..", import.meta.url)),
    loader: "ts",
  },
  bundle: true, write: false, format: "esm", platform: "neutral", logLevel: "silent",
});
const { english, Locale, languageOf, localeFor, registerLocale, speak, ...languages } =
  await import(`data:text/javascript;base64,${Buffer.from(bundled.outputFiles[0].contents).toString("base64")}`);
speak(english);

const wordings = (phrase) => (typeof phrase === "string" ? { other: phrase } : phrase);
const holes = (wording) => [...wording.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

for (const tag of ["zh", "es", "ar"]) {
  const words = languages[tag];

  test(`${tag} says everything, and nothing that English does not say`, () => {
    assert.deepEqual(Object.keys(words).sort(), Object.keys(english).sort());
    for (const [key, phrase] of Object.entries(words)) {
      for (const wording of Object.values(wordings(phrase))) assert.ok(wording.trim(), key);
    }
  });

  test(`${tag} puts the same values in`, () => {
    for (const [key, phrase] of Object.entries(words)) {
      const wanted = holes(wordings(english[key]).other);
      assert.deepEqual(holes(wordings(phrase).other), wanted, key);
      for (const [category, wording] of Object.entries(wordings(phrase))) {
        // "One vote" may be said without the number.
        const free = ["zero", "one", "two"].includes(category) ? ["n"] : [];
        assert.deepEqual(wanted.filter((name) => !free.includes(name)).filter((name) => !holes(wording).includes(name)), [], `${key}, ${category}`);
        assert.deepEqual(holes(wording).filter((name) => !wanted.includes(name)), [], `${key}, ${category}`);
      }
    }
  });

  test(`${tag} has only plural forms that the language has`, () => {
    const categories = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
    for (const [key, phrase] of Object.entries(words)) {
      assert.deepEqual(Object.keys(wordings(phrase)).filter((category) => !categories.includes(category)), [], key);
    }
  });
}

test("numbers and plurals are the language's own", () => {
  const english = new Locale("en");
  assert.equal(english.say("offlineSafe", { n: 1 }), "1 vote is kept on this device. We’ll send it when you’re back.");
  assert.equal(english.say("offlineSafe", { n: 3120 }), "3,120 votes are kept on this device. We’ll send them when you’re back.");
  assert.equal(english.percent(0.714), "71%");
  assert.equal(new Locale("es", languages.es).percent(0.714), new Intl.NumberFormat("es", { style: "percent" }).format(0.71));
  const arabic = new Locale("ar-AE", languages.ar);
  assert.equal(arabic.direction, "rtl");
  assert.deepEqual([1, 2, 3, 11].map((n) => arabic.say("boardFragile", { n })), ["هشّ: صوت واحد", "هشّ: صوتان", "هشّ: 3 أصوات", "هشّ: 11 صوتًا"]);
});

test("a language is found by its more general name, a host's words win, and what is left out is English", async () => {
  assert.equal((await localeFor("es-MX")).say("skip"), "Saltar");
  assert.equal((await localeFor("zh-Hant-TW")).say("skip"), "跳过");
  registerLocale("fr", { skip: "Passer" });
  assert.deepEqual(["skip", "tie"].map((key) => localeFor("fr-CA").say(key)), ["Passer", "Tie"]);
  registerLocale("es", { skip: "Pasar" });
  assert.deepEqual(["skip", "tie"].map((key) => localeFor("es").say(key)), ["Pasar", "Empate"]);
  for (const odd of ["", "tlh", "not a language", "-", "x".repeat(1000)]) assert.equal((await localeFor(odd)).say("skip"), "Skip", odd);
});

test("values are words, never wording", () => {
  assert.equal(new Locale("en").say("walletAsking", { wallet: "{n} $& {wallet}" }).startsWith("{n} $& {wallet} is asking"), true);
});
