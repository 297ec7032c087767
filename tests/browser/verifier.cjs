// A verifier's work in a real browser: a month of claims is sent, looked through by money, filtered, chosen and taken home.
"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const { BASE, day, look, lookSmall, signIn } = require("./browser.cjs");

const { NAME, TOLD, CLAIMS } = process.env;

day(async ({ page, context, state }) => {
  await signIn(page, NAME, TOLD);
  assert.strictEqual(new URL(page.url()).pathname, "/claims/check");
  await look(page, "claims-none");

  // What is no claim is said beside its field, and the page stays.
  await page.setInputFiles("[name=files]", { name: "readme.zip", mimeType: "application/zip", buffer: Buffer.from("PK\u0003\u0004 no zip") });
  await page.click("form[data-progress] button");
  await page.waitForSelector("#files-fault");
  await look(page, "claims-fault");

  await page.fill("[name=name]", "Tháng 10 <img src=x onerror='window.injected=1'>");
  await page.setInputFiles("[name=files]", CLAIMS);
  const sent = Date.now();
  await page.click("form[data-progress] button");
  await page.waitForURL("**/claims/check/*");
  await page.waitForSelector("table.findings tbody tr");
  const checked = Date.now() - sent;
  const check = page.url();
  await look(page, "claims-findings");
  assert.strictEqual(await page.evaluate(() => window.injected), undefined, "markup in a name ran");

  // What is ticked stays over a reload, another page and back.
  const box = "table.findings tbody tr:nth-child(1) input[type=checkbox]";
  await Promise.all([page.waitForResponse((answer) => answer.url().endsWith("/choose")), page.check(box)]);
  await page.reload();
  assert.ok(await page.isChecked(box), "ticked after a reload");
  await page.click("a[rel=next]");
  await page.waitForSelector("a[rel=prev]");
  await page.click("a[rel=prev]");
  assert.ok(await page.isChecked(box), "ticked after another page");

  // A filter is an address: it survives a reload.
  await page.selectOption("[name=severity]", "blocking");
  await page.click(".filters button");
  await page.waitForURL("**severity=blocking**");
  await page.reload();
  assert.strictEqual(await page.inputValue(".filters [name=severity]"), "blocking");
  await page.click("button[value=all]");
  await page.waitForLoadState();
  assert.ok(await page.isChecked(box), "all that fit are chosen");
  await look(page, "claims-filtered");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[href*='findings.xlsx']")]);
  assert.ok(fs.statSync(await download.path()).size > 5000, "a workbook came");

  await page.goto(check);
  await page.click("table.findings tbody a");
  await page.waitForURL("**/visits/*");
  await look(page, "claims-visit");
  await page.goto(`${check}/shadow`);
  await look(page, "claims-shadow");
  await page.click("table tbody a");
  await page.waitForURL("**/visits/*");
  await look(page, "claims-visit-beside");
  await page.goto(check);
  await lookSmall(page, "claims");

  // Without script everything is there all the same.
  const plain = await context.browser().newContext({ javaScriptEnabled: false, viewport: { width: 1366, height: 768 } });
  await plain.addCookies(await context.cookies());
  const still = await plain.newPage();
  await still.goto(`${BASE}/claims/check`);
  await still.setInputFiles("[name=files]", CLAIMS);
  await still.click("form[data-progress] button");
  await still.waitForURL("**/claims/check/*");
  assert.ok((await still.locator("table.findings tbody tr").count()) > 10, "checked without script");
  await plain.close();
  return `sent and shown in ${checked} ms`;
});
