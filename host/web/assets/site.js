// What pages do besides showing: shortcuts, a scanner's field, one sending of a form, files on their way. What comes anew while a page
// is open is htmx's (`hx-` in the templates); here is what is done when nobody answers it. Everything else works without script.
"use strict";
(() => {
  const ways = { F2: "/desk", F8: "/desk/shift", F9: "/desk/approvals" };
  for (const field of document.querySelectorAll("[data-here]")) field.value = location.pathname;

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const way = ways[event.key];
    const target = document.querySelector(`[data-key="${event.key}"]`);
    const scan = document.querySelector("[data-scan]");
    // A scanner types whether or not the field has the cursor: the first key brings it there, and is not lost.
    if (scan && event.key.length === 1 && document.activeElement === document.body) scan.focus();
    if (event.key === "F2" && scan) { event.preventDefault(); scan.focus(); scan.select(); }
    else if (way) { event.preventDefault(); location.assign(way); }
    else if (target) { event.preventDefault(); target.focus(); if (target.select) target.select(); else target.click(); }
  });

  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    // A form is sent once, however often its button is pressed. The key in a form of money makes a second sending harmless in any case.
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    if (form.matches("[data-progress]")) { event.preventDefault(); send(form); }
  });

  // Files on their way: how far they are. What comes of them is the page that is shown next.
  function send(form) {
    const bar = form.querySelector("progress");
    const told = form.querySelector("[data-progress-text]");
    const sending = new XMLHttpRequest();
    bar.hidden = false;
    told.textContent = told.dataset.sending;
    sending.upload.addEventListener("progress", (now) => { if (now.lengthComputable) bar.value = (100 * now.loaded) / now.total; });
    sending.upload.addEventListener("load", () => { bar.removeAttribute("value"); told.textContent = told.dataset.checking; });
    // A page at another address is gone to; one that says what was wrong is shown in place, and the files stay chosen.
    sending.addEventListener("load", async () => {
      if (new URL(sending.responseURL).pathname !== location.pathname) { location.assign(sending.responseURL); return; }
      await htmx.swap({ sourceElement: form, target: "main", select: "main", swap: "outerMorph", text: sending.responseText });
      document.querySelector("[aria-invalid], [role=alert]")?.focus();
    });
    sending.addEventListener("error", () => location.reload());
    sending.open("POST", form.action);
    sending.send(new FormData(form));
  }

  // What htmx asked for and nobody answered is asked for again; for a stream its page is, which opens it anew.
  const waiting = new Set();
  function again(source) {
    // What is no longer in the page is told of by the document.
    if (source === document) return;
    const asked = source.matches("[data-stream]") ? document.body : source;
    if (waiting.has(asked)) return;
    waiting.add(asked);
    setTimeout(() => { waiting.delete(asked); htmx.trigger(asked, "again", {}, false); }, 2000);
  }
  // What was refused is shown by the whole page.
  const reload = () => setTimeout(() => location.reload(), 2000);
  document.addEventListener("htmx:error", ({ detail }) => { if (detail.ctx) again(detail.ctx.sourceElement); });
  document.addEventListener("htmx:response:error", ({ detail }) => {
    if (detail.ctx.response.status < 500) reload();
    else again(detail.ctx.sourceElement);
  });
  document.addEventListener("htmx:sse:error", ({ target, detail }) => {
    if (detail.status < 500) reload();
    else again(target);
  });
  // An answer that is no page of ours, as of a proxy, takes the place of none.
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx, tasks } = event.detail;
    const isStream = ctx.sourceElement.matches("[data-stream]");
    const main = tasks.find((task) => task.type === "main");
    if (ctx.swap === "none" || (!isStream && main?.fragment.childElementCount)) return;
    event.preventDefault();
    if (isStream || ctx.sourceElement === document.body) again(ctx.sourceElement);
    else reload();
  });

  // Readers of screens are told what is new in a line that stays, even when it is in the words of before.
  const stream = () => document.querySelector("[data-stream]")?.id;
  let shown = stream();
  document.addEventListener("htmx:after:swap", ({ detail }) => {
    if (detail.ctx.sourceElement !== document.body || stream() === shown) return;
    shown = stream();
    const told = document.querySelector("[data-told]");
    told.textContent = "";
    setTimeout(() => { told.textContent = document.querySelector("[data-tell]").textContent; }, 50);
  });

  // A stream says every five seconds that somebody is there. One that says nothing for three times as long is begun anew.
  const silences = new WeakMap();
  function heard(event) {
    const { connection } = event.detail;
    clearTimeout(silences.get(connection));
    silences.set(connection, setTimeout(() => connection.reader?.cancel(), 15000));
  }
  document.addEventListener("htmx:sse:after:connection", heard);
  document.addEventListener("htmx:sse:after:message", heard);

  // Whoever comes back by the browser's own history finds the form as it was, ready to be sent.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
