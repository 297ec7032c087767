// The overview in a real browser, as an auditor sees it (a director signs in with a telephone's codes): charts, tables, a telephone.
"use strict";
const assert = require("node:assert");
const { BASE, day, look, lookSmall, signIn } = require("./browser.cjs");

const { NAME, TOLD } = process.env;

day(async ({ page }) => {
  await signIn(page, NAME, TOLD);
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
  await page.goto(`${BASE}/desk/approvals`);
  await look(page, "approvals-auditor");
  return "overview looked at";
});
