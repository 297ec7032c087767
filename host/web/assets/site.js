// What pages do besides showing: shortcuts, a scanner's field, one sending of a form, live status. Everything else works without.
"use strict";
(() => {
  const ways = { F2: "/desk", F8: "/desk/shift", F9: "/desk/approvals" };
  for (const field of document.querySelectorAll("[data-here]")) field.value = location.pathname;
  const typing = "form input:not([type]), form input[type=text], form textarea";

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

  // A page as it is now, in place of what is shown. What somebody is typing stays.
  function show(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const old = document.querySelector("main");
    const main = page.querySelector("main");
    if (!main) { location.reload(); return; }
    let cursor = null;
    for (const field of old.querySelectorAll(typing)) {
      const isSame = (it) => it.name === field.name && it.form.getAttribute("action") === field.form.getAttribute("action");
      const same = [...main.querySelectorAll(typing)].find(isSame);
      const isHere = field === document.activeElement;
      if (!same || (!isHere && field.value === field.defaultValue)) continue;
      same.value = field.value;
      same.closest("details")?.setAttribute("open", "");
      if (isHere) cursor = [same, field.selectionStart, field.selectionEnd];
    }
    document.title = page.title;
    old.replaceWith(main);
    if (cursor) { cursor[0].focus(); cursor[0].setSelectionRange(cursor[1], cursor[2]); }
    ready(main);
    // Readers of screens tell of what changes in a place, not of a place that is new.
    for (const place of main.querySelectorAll("[aria-live=assertive]")) {
      const said = place.textContent;
      place.textContent = "";
      setTimeout(() => { place.textContent = said; }, 50);
    }
  }

  // What is in a part of the page, which may come with a later answer.
  function ready(part) {
    // A form of money is sent once, however often its button is pressed. Its key makes a second sending harmless in any case.
    for (const form of part.querySelectorAll("form[data-once]")) {
      form.addEventListener("submit", (event) => {
        if (form.dataset.sent) { event.preventDefault(); return; }
        form.dataset.sent = "1";
        for (const button of form.querySelectorAll("button")) button.disabled = true;
      });
    }
    for (const button of part.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());

    // Files on their way: how far they are. What comes of them is the page that is shown next.
    for (const form of part.querySelectorAll("form[data-progress]")) {
      form.addEventListener("submit", (event) => {
        if (event.defaultPrevented) return;
        event.preventDefault();
        const bar = form.querySelector("progress");
        const told = form.querySelector("[data-progress-text]");
        const sending = new XMLHttpRequest();
        bar.hidden = false;
        told.textContent = told.dataset.sending;
        sending.upload.addEventListener("progress", (now) => { if (now.lengthComputable) bar.value = (100 * now.loaded) / now.total; });
        sending.upload.addEventListener("load", () => { bar.removeAttribute("value"); told.textContent = told.dataset.checking; });
        // A page at another address is gone to; one that says what was wrong is shown in place.
        sending.addEventListener("load", () => {
          if (new URL(sending.responseURL).pathname !== location.pathname) { location.assign(sending.responseURL); return; }
          show(sending.responseText);
          document.querySelector("[aria-invalid], [role=alert]")?.focus();
        });
        sending.addEventListener("error", () => location.reload());
        sending.open("POST", form.action);
        sending.send(new FormData(form));
      });
    }

    // What is ticked is kept at once, so that no page turned and no reload loses it.
    for (const form of part.querySelectorAll("form[data-choose]")) {
      form.addEventListener("change", () => {
        const fields = new URLSearchParams(new FormData(form));
        fields.set("do", "page");
        fetch(form.action, { method: "POST", body: fields, redirect: "manual", keepalive: true });
      });
    }

    // What comes from a request: the page tells anew when its state or its money changed.
    for (const place of [part, ...part.querySelectorAll("[data-follow]")]) if (place.dataset?.follow) follow(place);
  }

  function follow(place) {
    const events = new EventSource(place.dataset.follow);
    events.addEventListener("state", (event) => {
      const now = JSON.parse(event.data);
      const known = place.dataset;
      const isOther = known.id !== undefined && String(now.id) !== known.id;
      if (!isOther && now.state === known.state && now.received === known.received && now.attempt === known.attempt) return;
      events.close();
      ask();
    });
    // A browser begins a stream that broke off again by itself, but not one that was answered with something else.
    events.addEventListener("error", () => { if (events.readyState === EventSource.CLOSED) setTimeout(ask, 2000); });
    // Shows the page as it is now when it says something else, and follows on. While nobody is there it is asked for again; when
    // signed out the browser goes where it is told.
    async function ask() {
      const answer = await fetch(location.href, { signal: AbortSignal.timeout(10000) }).catch(() => null);
      const text = await answer?.text().catch(() => null);
      if (typeof text !== "string" || answer.status >= 500) setTimeout(ask, 2000);
      else if (!answer.ok || answer.redirected) location.reload();
      else if (isOther(text)) show(text);
      else setTimeout(() => follow(place), 2000);
    }
    function isOther(text) {
      const now = new DOMParser().parseFromString(text, "text/html").querySelector("[data-follow]");
      return !now || ["id", "state", "received", "attempt"].some((name) => now.dataset[name] !== place.dataset[name]);
    }
  }
  ready(document);

  // Whoever comes back by the browser's own history finds the form as it was, ready to be sent.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
