// A cashier's day in a real browser. The test beside it (tests/it/browser.rs) starts the server and does what a line of ours asks
// for: `pay REFERENCE AMOUNT` lets the patient's bank pay, `restart` kills the server and starts it again. It answers with a line.
"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const { chromium } = require("playwright-core");

const { BASE, FACILITY, NAME, TOLD, OUT, CHROMIUM } = process.env;
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

// A picture of the page, in both themes, looked at by axe in each.
async function look(page, name) {
  for (const theme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: theme });
    await accessible(page, `${name}, ${theme}`);
    await page.screenshot({ path: path.join(OUT, `${name}-${theme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });
}

async function signIn(page, told, chosen) {
  await page.goto(`${BASE}/desk`);
  await page.waitForURL("**/sign-in");
  await page.fill("[name=facility]", FACILITY);
  await page.fill("[name=name]", NAME);
  await page.fill("[name=password]", chosen ?? told);
  await page.keyboard.press("Enter");
  if (told) {
    await page.waitForURL("**/sign-in/password");
    await look(page, "password");
    await page.fill("[name=old]", told);
    await page.fill("[name=new]", CHOSEN);
    await page.fill("[name=again]", CHOSEN);
    await page.keyboard.press("Enter");
  }
  await page.waitForURL("**/desk");
}

(async () => {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "vi-VN" });
  const page = await context.newPage();
  const faults = [];
  let isRestarted = false;
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (said) => {
    // Refused forms are answers like others; a browser reports their status as an error.
    const isRefusal = /status of (401|403|404|409|422|429)/.test(said.text());
    // The stream of a server that was killed breaks off, and its next try may come too early.
    const isAway = isRestarted && /net::ERR_(INCOMPLETE_CHUNKED_ENCODING|CONNECTION_REFUSED|CONNECTION_RESET)/.test(said.text());
    if (said.type() === "error" && !isRefusal && !isAway) faults.push(said.text());
  });

  await page.goto(`${BASE}/sign-in`);
  await look(page, "sign-in");
  await signIn(page, TOLD);
  await look(page, "desk");

  // The whole of it by keyboard: a shift, a scan, a deposit.
  await page.keyboard.press("F8");
  await page.waitForURL("**/desk/shift");
  await look(page, "shift-none");
  await page.keyboard.type("Quầy 1");
  await page.keyboard.press("Tab");
  await page.keyboard.type("500.000");
  await page.keyboard.press("Enter");
  await page.waitForSelector("form[action$='/count']");
  await look(page, "shift");
  await page.keyboard.press("F2");
  await page.waitForURL("**/desk");
  await page.waitForFunction(() => document.activeElement?.id === "q");
  // The cursor is elsewhere: a scan arrives all the same.
  await page.evaluate(() => document.activeElement.blur());
  const scanned = Date.now();
  await page.keyboard.type("092161000001|024000001|Nguyễn Thị Mẫu|01051980|Nữ|Số 1|01012021");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/desk/visits/HS1");
  await page.waitForSelector("table.dense tbody tr");
  const statement = Date.now() - scanned;
  await look(page, "visit");
  assert.strictEqual(await page.evaluate(() => window.injected), undefined, "markup in a name ran");
  await page.locator("summary").first().click();
  assert.ok(await page.locator("ul.why li").first().isVisible(), "a line says why");

  await page.fill("form[action$='/deposits'] [name=amount]", "100.000");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/desk/receipts/PT0000001");
  await look(page, "receipt");
  await page.emulateMedia({ media: "print" });
  assert.ok(!(await page.locator(".bar").isVisible()), "paper has no menu");
  await page.emulateMedia({ media: "screen" });

  // Back, and the button once more: the browser shows the page anew, and a second deposit is a second receipt only by intent.
  await page.goBack();
  await page.waitForURL("**/desk/visits/HS1");
  await page.reload();
  assert.match(await page.textContent(".glance"), /100\.000/);

  await page.click("form[action$='/close'] button");
  await page.waitForSelector("form[action$='/settlements']");
  assert.strictEqual(await page.inputValue("form[action$='/settlements'] [name=amount]"), "250.000", "net of deposits");
  await page.fill("form[action$='/settlements'] [name=amount]", "12x");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#settle-amount-fault");
  assert.strictEqual(await page.inputValue("form[action$='/settlements'] [name=amount]"), "12x", "what was typed stays");
  await look(page, "visit-fault");

  // By code, live: the page changes by itself when the bank has told.
  await page.goto(`${BASE}/desk/visits/HS1`);
  await page.selectOption("form[action$='/requests'] [name=rail]", "vietqr");
  await page.keyboard.press("F6");
  await page.waitForURL("**/desk/requests/*");
  await page.waitForSelector("img.code");
  await look(page, "request");
  const reference = await page.textContent("dl.pairs code");
  isRestarted = true;
  await ask("restart");
  const paid = await ask(`pay ${reference} 250000`);
  await page.waitForSelector(".state.paid", { timeout: 15000 });
  const confirmed = Date.now() - Number(paid);
  isRestarted = false;
  await look(page, "request-paid");
  await page.click("a[href^='/desk/receipts/']");
  await page.waitForURL("**/desk/receipts/*");

  // A double click on a button of money, on a second desk at once.
  await page.goto(`${BASE}/desk/visits/HS2`);
  await look(page, "visit-insured");
  const other = await context.newPage();
  await other.goto(`${BASE}/desk/visits/HS2`);
  await page.fill("form[action$='/deposits'] [name=amount]", "30000");
  await page.dblclick("form[action$='/deposits'] button");
  await page.waitForURL("**/desk/receipts/*");
  await other.fill("form[action$='/deposits'] [name=amount]", "20.000");
  await other.click("form[action$='/deposits'] button");
  await other.waitForURL("**/desk/receipts/*");
  await other.goto(`${BASE}/desk/visits/HS2`);
  assert.match(await other.textContent(".glance"), /50\.000/, "30 000 once and 20 000 once");
  await other.close();

  for (const [name, address] of [["approvals", "/desk/approvals"], ["unapplied", "/desk/unapplied"], ["bill", "/desk/visits/HS1/bill"]]) {
    await page.goto(`${BASE}${address}`);
    await look(page, name);
  }
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto(`${BASE}/desk/visits/HS1`);
  await look(page, "phone");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.ok(!wide, "a phone scrolls down only");
  await page.click("form[action='/language'] button");
  await page.waitForSelector("html[lang=en]");
  assert.strictEqual(new URL(page.url()).pathname, "/desk/visits/HS1");
  await look(page, "phone-english");

  // The session ends while a form is filled: what was typed is there after the sign-in.
  await page.goto(`${BASE}/desk/visits/HS2`);
  await page.fill("form[action$='/deposits'] [name=amount]", "10,000");
  await context.clearCookies();
  await page.click("form[action$='/deposits'] button");
  await page.waitForSelector("[name=typed]", { state: "attached" });
  await page.fill("[name=facility]", FACILITY);
  await page.fill("[name=name]", NAME);
  await page.fill("[name=password]", CHOSEN);
  await page.keyboard.press("Enter");
  await page.waitForSelector("form[action$='/deposits']");
  await look(page, "resume");
  await page.click("form[action$='/deposits'] button");
  await page.waitForURL("**/desk/receipts/*");

  assert.deepStrictEqual(faults, []);
  process.stdout.write(`done scan-to-statement ${statement} ms, transfer-to-page ${confirmed} ms\n`);
  await browser.close();
  // The test holds our standard input open, which would keep us here.
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
