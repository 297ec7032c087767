// An integrator's visit in a real browser: which tariffs run, what they were tried with, a catalogue beside one, a visit priced.
"use strict";
const assert = require("node:assert");
const { BASE, day, look, lookSmall, signIn } = require("./browser.cjs");

const { NAME, TOLD } = process.env;

day(async ({ page }) => {
  await signIn(page, NAME, TOLD);
  assert.strictEqual(new URL(page.url()).pathname, "/tariff");
  await page.fill("#q", "khám");
  await page.keyboard.press("Enter");
  await page.waitForSelector("caption");
  await look(page, "tariffs");
  await page.click("a[href*='/tariff/packages/tariff-can-tho'], a[href*='/tariff/packages/can-tho']");
  await page.waitForURL("**/tariff/packages/**");
  await look(page, "tariff");
  const catalogue = "MA_DICH_VU,TEN_DICH_VU,DON_GIA,GIA_BHYT,TU_NGAY,DEN_NGAY,QUYET_DINH,LOAI_PTTT,GHI_CHU\n99.9999.9999,<b>Mới</b>,1000,1000,20260101,,QĐ thử,,\nx,,y,,,,,,\n";
  await page.setInputFiles("[name=catalogue]", { name: "dm.csv", mimeType: "text/csv", buffer: Buffer.from(catalogue) });
  await page.click("form[action$='/compare'] button");
  await page.waitForURL("**/compare");
  await page.waitForSelector("text=99.9999.9999");
  await look(page, "tariff-compared");
  await page.goto(`${BASE}/tariff/try`);
  await page.click("form[action='/tariff/try'] button");
  await page.waitForSelector("table.dense tbody tr");
  await page.locator("table.dense summary").first().click();
  await look(page, "tariff-tried");
  await page.fill("[name=document]", (await page.inputValue("[name=document]")).replace('"male"', '"?"'));
  await page.click("form[action='/tariff/try'] button");
  await page.waitForSelector("#document-fault");
  await look(page, "tariff-try-fault");
  await page.goto(`${BASE}/tariff`);
  await lookSmall(page, "tariffs");
  return "tariffs looked at";
});
