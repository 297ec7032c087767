// What every day in the browser needs: signing in, looking at a page as axe and as a picture do, asking the test for something.
"use strict";
const assert = require("node:assert");
const crypto = require("node:crypto");
const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const readline = require("node:readline");
const { chromium } = require("playwright-core");

const { BASE, FACILITY, OUT, CHROMIUM, LOOKS } = process.env;
const CHOSEN = "một câu dài dễ nhớ";
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// Asks the test to do something, and waits until it is done.
async function ask(line) {
  process.stdout.write(`${line}\n`);
  const answer = await answers.next();
  assert.ok(!answer.done, `${line}: the test went away`);
  return answer.value;
}

// What axe finds serious on the page as it is.
async function accessible(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  const serious = found.violations.filter((one) => one.impact === "serious" || one.impact === "critical");
  const told = serious.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
  assert.deepStrictEqual(told, [], `${name}: axe`);
}

// A picture of the page, in both themes, looked at by axe in each: where the test wants that, since a page is the same on either
// database.
async function look(page, name) {
  if (LOOKS !== "yes") return;
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme });
    await accessible(page, `${name}, ${theme}`);
    await page.screenshot({ path: path.join(OUT, `${name}-${theme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });
}

// The same on a telephone and in English; a telephone scrolls down only.
async function lookSmall(page, name) {
  await page.setViewportSize({ width: 390, height: 800 });
  await page.click("form[action='/language'] button");
  await page.waitForSelector("html[lang=en]");
  await look(page, `${name}-phone-english`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.ok(!wide, `${name}: a phone scrolls down only`);
  await page.click("form[action='/language'] button");
  await page.waitForSelector("html[lang=vi]");
  await page.setViewportSize({ width: 1366, height: 768 });
}

// The code that a telephone shows for a key in base32, so many half minutes from now (RFC 6238).
function codeOf(letters, steps) {
  const known = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...letters].filter((letter) => known.includes(letter)).map((letter) => known.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
  const digest = crypto.createHmac("sha1", key).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1000000).padStart(6, "0");
}

// Gives the code that the page asks for.
async function giveCode(page, letters, steps) {
  await page.fill("[name=code]", codeOf(letters, steps));
  await page.keyboard.press("Enter");
}

// Signs in by a password that was told, which is changed first, or by the one that was chosen then. Who needs codes is asked next.
async function signIn(page, name, told) {
  await page.goto(`${BASE}/sign-in`);
  await page.fill("[name=facility]", FACILITY);
  await page.fill("[name=name]", name);
  await page.fill("[name=password]", told ?? CHOSEN);
  await page.keyboard.press("Enter");
  if (told) {
    await page.waitForURL("**/sign-in/password");
    await look(page, "password");
    await page.fill("[name=old]", told);
    await page.fill("[name=new]", CHOSEN);
    await page.fill("[name=again]", CHOSEN);
    await page.keyboard.press("Enter");
  }
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in") || url.pathname.startsWith("/sign-in/code"));
}

// A network between a browser and the server, at an address of its own. When it is silenced, what was open stays open and nothing
// arrives by it any more; what is opened later does.
async function network() {
  const open = new Set();
  const server = net.createServer((browser) => {
    const way = net.connect(new URL(BASE).port, new URL(BASE).hostname);
    browser.pipe(way).pipe(browser);
    for (const side of [browser, way]) side.on("error", () => { browser.destroy(); way.destroy(); });
    open.add([browser, way]);
  });
  await new Promise((ready) => { server.listen(0, "127.0.0.1", ready); });
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    silence() {
      for (const [browser, way] of open) { browser.unpipe(way); way.unpipe(browser); }
    },
    end() {
      for (const [browser, way] of open) { browser.destroy(); way.destroy(); }
      server.close();
    },
  };
}

// A day: what `work` does in a browser, with a page and the faults that the page must not have. It ends with a line for the test.
function day(work) {
  (async () => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "vi-VN", acceptDownloads: true });
    const page = await context.newPage();
    const faults = [];
    const state = { isAway: false };
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (said) => {
      // Refused forms are answers like others; a browser reports their status as an error.
      const isRefusal = /status of (401|403|404|409|422|429)/.test(said.text());
      // The stream of a server that is away breaks off, and its next try may come too early.
      const away = /net::ERR_(INCOMPLETE_CHUNKED_ENCODING|CONNECTION_REFUSED|CONNECTION_RESET)|status of 503|^htmx: htmx:(sse:)?error: /;
      const isAway = state.isAway && away.test(said.text());
      if (said.type() === "error" && !isRefusal && !isAway) faults.push(said.text());
    });
    const told = await work({ page, context, state });
    assert.deepStrictEqual(faults, []);
    process.stdout.write(`done ${told}\n`);
    await browser.close();
    // The test holds our standard input open, which would keep us here.
    process.exit(0);
  })().catch((error) => {
    console.error(error);
    process.exit(1);
  });
}

module.exports = { BASE, CHOSEN, FACILITY, accessible, ask, day, giveCode, look, lookSmall, network, signIn };
