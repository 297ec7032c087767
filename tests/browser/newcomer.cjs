// The first five minutes, as README tells them, in what `vienphi demo` opened and printed: a scan, a reason, a code that is paid, a
// refund by two people, a month of claims, the overview.
"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { BASE, day, look } = require("./browser.cjs");

// What the demonstration printed.
const printed = fs.readFileSync(process.env.PRINTED, "utf8");
const told = (pattern) => {
  const found = printed.match(pattern);
  assert.ok(found, `${pattern} is not in:\n${printed}`);
  return found[1].trim();
};
const [bank, claims] = [told(/hospital's bank \(simulated\)\s+(\S+)/), told(/wrong, are in (\S+)/)];

// Signs in by the password that was printed; nobody chooses another, and nobody has a telephone.
async function become(page, name) {
  if (await page.locator("form[action='/sign-out']").count()) await page.click("form[action='/sign-out'] button");
  await page.goto(`${BASE}/sign-in`);
  await page.fill("[name=facility]", "92114");
  await page.fill("[name=name]", name);
  await page.fill("[name=password]", told(new RegExp(`92114\\s+${name}\\s+\\S+\\s+(\\S+)`)));
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

async function find(page, text) {
  await page.goto(`${BASE}/desk`);
  await page.keyboard.press("F2");
  await page.fill("[name=q]", text);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/desk\/(visits|patients|find)/);
}

day(async ({ page, context }) => {
  const began = Date.now();
  await page.goto(BASE);
  await become(page, "an");
  for (const [line, of] of [[/CCCD\s+(.+)/, (text) => text.split("|")[2]], [/card\s+(\S+)/, (text) => text], [/name\s+(\p{Lu}.+)/u, (text) => text]]) {
    await find(page, told(line));
    if (!page.url().includes("/visits/")) await page.click("main table a");
    await page.waitForURL("**/desk/visits/*");
    assert.ok((await page.textContent("main .head")).includes(of(told(line))), `${told(line)} leads to its patient`);
  }
  await page.click("details summary:has-text('Vì sao')");
  assert.match(await page.textContent("ul.why li small"), /(Luật|NĐ|TT|QĐ|NQ|READINGS)/, "a reason names its text of law");

  // A visit that waits for its money, by a code of our own.
  await page.goto(`${BASE}/desk/visits/${told(/(S26-\d+)\s+[\d\s]+\s{2}stripe/)}`);
  const [due] = (await page.textContent(".glance .due dd")).trim().split(" ");
  await page.selectOption("form[action$='/requests'] [name=rail]", "vietqr");
  await page.keyboard.press("F6");
  await page.waitForURL("**/desk/requests/*");
  await page.click("details summary:has-text('Nội dung mã')");
  const code = await page.textContent(".code-text code");
  const payer = await context.newPage();
  await payer.goto(bank);
  await payer.fill("[name=code]", code);
  await payer.click("form button");
  await payer.waitForSelector("text=Đã chuyển");
  await payer.close();
  await page.waitForSelector(".state.paid");
  await page.click("a[href^='/desk/visits/']");
  assert.strictEqual((await page.textContent(".glance .due dd")).trim(), "0 đ", `${due} were paid`);

  // A deposit too much goes back: one asks, another approves and pays.
  const visit = told(/Visit (\S+) has a deposit too much/);
  await page.goto(`${BASE}/desk/visits/${visit}`);
  await page.fill("form[action$='/refunds'] [name=reason]", "thừa tạm ứng");
  await page.click("form[action$='/refunds'] button");
  await page.waitForURL("**/desk/approvals");
  await become(page, "chi");
  await page.keyboard.press("F9");
  await page.waitForURL("**/desk/approvals");
  const asked = page.locator("section.card", { hasText: visit });
  await asked.locator("form[action$='/approve'] button").click();
  const approved = page.locator("main tr", { hasText: visit });
  await approved.locator("form[action$='/pay'] select").selectOption("transfer");
  await approved.locator("form[action$='/pay'] [name=reference]").fill("FT26331000001");
  await approved.locator("form[action$='/pay'] button").click();
  await page.waitForURL("**/desk/receipts/*");

  // A month of claims.
  await become(page, "giang");
  await page.goto(`${BASE}/claims/check`);
  await page.setInputFiles("[name=files]", fs.readdirSync(claims).map((name) => path.join(claims, name)));
  await page.click("form[data-progress] button");
  await page.waitForURL("**/claims/check/*");
  await page.waitForSelector("table.findings tbody tr");
  const [, count, wrong] = printed.match(/6\. (\d+) claims of last month, (\d+) of them wrong/).map(Number);
  const glance = (await page.locator(".glance dd").allTextContents()).map((text) => Number(text.trim()));
  assert.deepStrictEqual(glance.slice(0, 2), [count, count - wrong], "as many are wrong as was told");
  await page.click("details[open] summary");
  const hidden = await page.$eval(".scroll:has(.findings)", (list) => list.scrollWidth - list.clientWidth);
  assert.strictEqual(hidden, 0, "whatever stands in a field, the reason is in sight");
  await look(page, "demo-claims");

  // How the money of the month stands.
  await become(page, "dung");
  await page.goto(`${BASE}/overview`);
  await page.waitForSelector("svg.columns rect", { state: "attached" });
  // Each day has two: the patients' part and the insurer's.
  assert.ok((await page.locator("svg.columns rect").count()) > 2 * 20, "a month of days");
  await look(page, "demo-overview");
  await become(page, "an");
  await page.goto(`${BASE}/desk/visits/${visit}`);
  await look(page, "demo-visit");

  // What another program reads.
  const [, header, address] = printed.match(/curl -H 'Authorization: ([^']+)' (\S+)/);
  const answer = await fetch(address, { headers: { Authorization: header } });
  assert.strictEqual(answer.status, 200);
  assert.match((await answer.json()).due, /^\d+$/);
  return `the first five minutes took ${Date.now() - began} ms without their reading`;
});
