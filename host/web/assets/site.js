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

  // What htmx asked for and nobody answered is asked for again. What was refused is shown by the whole page.
  function again({ detail }) {
    if (detail.ctx) setTimeout(() => htmx.trigger(detail.ctx.sourceElement, "again", {}, false), 2000);
  }
  document.addEventListener("htmx:error", again);
  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status >= 500) again(event);
    else location.reload();
  });
  document.addEventListener("htmx:sse:error", (event) => { if (event.detail.status < 500) location.reload(); });

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
