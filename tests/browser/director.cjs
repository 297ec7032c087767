// A director's look at the hospital in a real browser: codes of a telephone, a refund approved, the overview as charts, tables and
// on a telephone.
"use strict";
const assert = require("node:assert");
const { BASE, day, giveCode, look, lookSmall, signIn } = require("./browser.cjs");

const { NAME, TOLD } = process.env;

day(async ({ page }) => {
  // Whoever approves has a second factor: nothing else is shown before it is set up.
  await signIn(page, NAME, TOLD);
  await page.waitForURL("**/sign-in/codes");
  await look(page, "codes");
  await page.goto(`${BASE}/overview`);
  await page.waitForURL("**/sign-in/codes");
  const letters = await page.textContent("code.letters");
  await page.fill("[name=code]", "000000");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[role=alert]");
  assert.strictEqual(await page.textContent("code.letters"), letters, "a wrong code changes no key");
  await giveCode(page, letters, 0);
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await page.click("form[action='/sign-out'] button");
  await signIn(page, NAME);
  await page.waitForURL("**/sign-in/code");
  await look(page, "code");
  // A code is taken once: the next one.
  await giveCode(page, letters, 1);
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));

  await page.goto(`${BASE}/desk/approvals`);
  await look(page, "approvals-director");
  await page.click("form[action$='/approve'] button");
  await page.waitForSelector("form[action$='/approve']", { state: "detached" });
  assert.match(await page.textContent("main table"), /đã duyệt[^]*30\.000/, "what was approved is listed as such");

  await page.goto(`${BASE}/overview`);
  await page.waitForSelector("svg.columns rect");
  assert.match(await page.textContent(".glance"), /150\.000/, "three deposits of 50 000");
  await look(page, "overview");
  await page.fill("form[action='/overview'] [name=from]", "2000-01-01");
  await page.click("form[action='/overview'] button");
  await page.waitForSelector("#days-fault");
  await look(page, "overview-fault");
  await page.goto(`${BASE}/overview`);
  await lookSmall(page, "overview");
  return "codes set up, a refund approved, the overview looked at";
});
