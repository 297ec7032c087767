// A cashier's day in a real browser. The test beside it (tests/it/browser.rs) starts the server and does what a line of ours asks
// for: `pay REFERENCE AMOUNT` lets the patient's bank pay, `restart` kills the server and starts it again. It answers with a line.
"use strict";
const assert = require("node:assert");
const { BASE, CHOSEN, FACILITY, ask, day, look, network, signIn } = require("./browser.cjs");

const { LOOKS, NAME, TOLD } = process.env;

day(async ({ page, context, state }) => {
  await page.goto(`${BASE}/sign-in`);
  await look(page, "sign-in");
  await signIn(page, NAME, TOLD);
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
  // A reader is quicker than the test can press keys: the first brings the cursor back, the others arrive together.
  await page.keyboard.press("0");
  await page.keyboard.insertText("92161000001|024000001|Nguyễn Thị Mẫu|01051980|Nữ|Số 1|01012021");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === "/desk/visits/HS1");
  await page.waitForSelector("table.dense tbody tr");
  const statement = Date.now() - scanned;
  await look(page, "visit");
  assert.strictEqual(await page.evaluate(() => window.injected), undefined, "markup in a name ran");
  await page.locator("table.dense summary").first().click();
  assert.ok(await page.locator("ul.why li").first().isVisible(), "a line says why");

  await page.fill("form[action$='/deposits'] [name=amount]", "100.000");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/desk/receipts/PT0000001");
  await look(page, "receipt");
  await page.emulateMedia({ media: "print" });
  assert.ok(!(await page.locator(".bar").isVisible()), "paper has no menu");
  await page.emulateMedia({ media: "screen" });
  await page.click("details summary");
  await look(page, "receipt-undo");
  await page.reload();

  // Back, and the button once more: the browser shows the page anew, and a second deposit is a second receipt only by intent.
  await page.goBack();
  await page.waitForURL((url) => url.pathname === "/desk/visits/HS1");
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
  state.isAway = true;
  await ask("restart");
  const paid = await ask(`pay ${reference} 250000`);
  await page.waitForSelector(".state.paid", { timeout: 15000 });
  const confirmed = Date.now() - Number(paid);
  state.isAway = false;
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

  // The patient's own screen: it shows the code when the cashier asks, and thanks when the money came, both by itself.
  await other.goto(`${BASE}/screen/${encodeURIComponent("Quầy 1")}`);
  await page.goto(`${BASE}/desk/visits/HS2`);
  await page.fill("form[action$='/requests'] [name=amount]", "40.000");
  await page.selectOption("form[action$='/requests'] [name=rail]", "vietqr");
  await page.keyboard.press("F6");
  await page.waitForURL("**/desk/requests/*");
  await other.waitForSelector("img.code");
  await look(other, "screen");
  const second = await page.textContent("dl.pairs code");
  // Too little comes first: the page tells, and what is being typed into it stays.
  await page.evaluate(() => { window.isTheSamePage = true; });
  await page.click("form[action$='/cancel'] >> xpath=.. >> summary");
  await page.fill("form[action$='/cancel'] [name=reason]", "đổi cách trả");
  // The network is away just when the page asks for what it was told, then the server is, then the stream of the page that came: it
  // stays, and asks again.
  let asked = 0;
  let followed = 0;
  state.isAway = true;
  await page.route("**/desk/requests/*", (route) => {
    asked += 1;
    if (asked === 1) return route.abort("connectionreset");
    return asked === 2 ? route.fulfill({ status: 503, body: "" }) : route.continue();
  });
  await page.route("**/desk/requests/*/events?*", (route) => (followed++ === 0 ? route.fulfill({ status: 503, body: "" }) : route.continue()));
  await ask(`pay ${second} 15000`);
  await page.waitForFunction(() => /15\.000/.test(document.querySelector("dl.pairs").textContent));
  assert.ok(asked > 2, "asked again");
  for (let waited = 0; followed < 2 && waited < 100; waited += 1) await page.waitForTimeout(100);
  assert.ok(followed > 1, "followed again");
  await page.unroute("**/desk/requests/*");
  await page.unroute("**/desk/requests/*/events?*");
  state.isAway = false;
  assert.strictEqual(await page.inputValue("form[action$='/cancel'] [name=reason]"), "đổi cách trả", "what is typed stays");
  assert.ok(await page.isVisible("form[action$='/cancel'] [name=reason]"), "and stays in sight");
  await page.keyboard.type(" khác");
  assert.strictEqual(await page.inputValue("form[action$='/cancel'] [name=reason]"), "đổi cách trả khác", "and typing goes on");
  const told = await ask(`pay ${second} 40000`);
  await page.waitForSelector(".state.paid");
  const quick = Date.now() - Number(told);
  assert.ok(await page.evaluate(() => window.isTheSamePage), "the page tells of it without being loaded anew");
  // Readers of screens are told, in a line that stays.
  await page.waitForFunction(() => document.querySelector("[data-told]").textContent === document.querySelector(".state.paid").textContent);
  await other.waitForSelector(".state.paid");
  await look(other, "screen-paid");
  // What is paid is asked for no more.
  const asking = [];
  page.on("request", (request) => asking.push(request.url()));
  // The next patients' codes come and go on the screen, which is followed by one stream however often it changed.
  const streams = new Set();
  other.on("request", (request) => { if (request.url().includes("/events")) streams.add(request); });
  for (const end of ["requestfinished", "requestfailed"]) other.on(end, (request) => streams.delete(request));
  const third = await context.newPage();
  for (const amount of ["1.000", "2.000", "3.000", "4.000"]) {
    await third.goto(`${BASE}/desk/visits/HS2`);
    await third.fill("form[action$='/requests'] [name=amount]", amount);
    await third.selectOption("form[action$='/requests'] [name=rail]", "vietqr");
    await third.click("form[action$='/requests'] button");
    await third.waitForURL("**/desk/requests/*");
    await other.waitForFunction((wanted) => document.querySelector(".big").textContent.includes(wanted), amount);
    await third.click("form[action$='/cancel'] >> xpath=.. >> summary");
    await third.fill("form[action$='/cancel'] [name=reason]", "thử");
    await third.click("form[action$='/cancel'] button");
    await other.waitForSelector(".state.cancelled");
  }
  await third.waitForTimeout(1500);
  assert.strictEqual(streams.size, 1, "one stream after eight changes");
  assert.deepStrictEqual(asking, [], "nothing is asked for after the money came");
  await third.close();
  await other.close();
  const silent = await silence(page, context);

  for (const [name, address] of [["approvals", "/desk/approvals"], ["unapplied", "/desk/unapplied"], ["bill", "/desk/visits/HS1/bill"]]) {
    await page.goto(`${BASE}${address}`);
    await look(page, name);
  }
  await page.goto(`${BASE}/desk/unapplied`);
  await page.click("details summary");
  await look(page, "unapplied-record");
  // The bill on a sheet of A4 across, less its margins: every column is on it.
  await page.goto(`${BASE}/desk/visits/HS2/bill`);
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 1062, height: 733 });
  const cut = await page.evaluate(() => document.querySelector(".bill table").getBoundingClientRect().right - document.documentElement.clientWidth);
  assert.ok(cut <= 0, `the bill is ${cut} px wider than its paper`);
  await look(page, "bill-on-paper");
  await page.emulateMedia({ media: "screen" });
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

  return `scan-to-statement ${statement} ms, transfer-to-page ${confirmed} ms, without a restart ${quick} ms${silent}`;
});

// A network that says nothing: no connection is closed, nothing arrives. The page finds that out, and follows by a new one.
async function silence(page, context) {
  if (LOOKS !== "yes") return "";
  const between = await network();
  await page.goto(`${BASE}/desk/visits/HS3`);
  await page.fill("form[action$='/requests'] [name=amount]", "50.000");
  await page.selectOption("form[action$='/requests'] [name=rail]", "vietqr");
  await page.keyboard.press("F6");
  await page.waitForURL("**/desk/requests/*");
  const there = await context.newPage();
  const followed = there.waitForResponse((answer) => answer.url().includes("/events"));
  await there.goto(`${between.base}${new URL(page.url()).pathname}`);
  await followed;
  between.silence();
  const began = Date.now();
  await ask(`pay ${await page.textContent("dl.pairs code")} 50000`);
  await page.waitForSelector(".state.paid");
  assert.ok(!(await there.isVisible(".state.paid")), "the network is silent");
  await there.waitForSelector(".state.paid", { timeout: 60000 });
  await there.close();
  between.end();
  return `, after a silent network ${Date.now() - began} ms`;
}
