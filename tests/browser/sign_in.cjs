// Signing in with the hospital's account in a real browser, where policies of pages and rules about cookies hold: tests/it/oidc.rs
// starts the server and the account system.
"use strict";
const assert = require("node:assert");
const { BASE, day, look } = require("./browser.cjs");

const { SUBJECT } = process.env;

async function atIssuer(page, account) {
  await page.waitForURL("**/interaction/*");
  await page.fill("[name=account]", account);
  await page.click("button");
}

day(async ({ page, context }) => {
  await page.goto(`${BASE}/sign-in`);
  await look(page, "sign-in-issuer");
  await page.click("a[href='/sign-in/oidc']");
  await atIssuer(page, "nobody@hospital.example");
  await page.waitForSelector("dl.pairs");
  await look(page, "issuer-unknown");
  await page.click("a[href='/sign-in']");

  await page.click("a[href='/sign-in/oidc']");
  await atIssuer(page, SUBJECT);
  await page.waitForURL(`${BASE}/desk`);
  const kept = await context.cookies(BASE);
  assert.ok(!kept.some((cookie) => cookie.name === "vienphi-oidc"), "the ticket is gone");
  assert.ok(kept.some((cookie) => cookie.name === "vienphi" && cookie.httpOnly && cookie.sameSite === "Lax"), "the session is there");

  // The session ends while a form is filled: the sign-in goes on in another tab, and the form afterwards.
  await page.goto(`${BASE}/desk/shift`);
  await page.fill("[name=desk]", "Quầy 1");
  await page.fill("[name=float]", "500.000");
  await context.clearCookies({ name: "vienphi" });
  await page.click("form[action='/desk/shift'] button");
  await page.waitForSelector("form[action='/sign-in/resume']");
  await look(page, "sign-in-typed");
  await page.click("form[action='/sign-in/resume'] button");
  await page.waitForURL("**/sign-in/resume");
  const [other] = await Promise.all([context.waitForEvent("page"), page.click("a[href='/sign-in/oidc']")]);
  await atIssuer(other, SUBJECT);
  await other.waitForURL(`${BASE}/desk`);
  await other.close();
  await page.click("form[action='/sign-in/resume'] button");
  await page.waitForSelector("form[action='/desk/shift']");
  await page.click("form[action='/desk/shift'] button");
  await page.waitForSelector("form[action$='/count']");

  await page.click("form[action='/sign-out'] button");
  await page.waitForURL(`${BASE}/sign-in`);
  // Whoever is at this screen next does not come in as whoever was there before.
  await page.click("a[href='/sign-in/oidc']");
  await page.waitForURL("**/interaction/*");
  return "signed in";
});
