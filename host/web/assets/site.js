// What pages do besides showing: shortcuts, a scanner's field, one sending of a form, live status. Everything else works without.
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

  // Of forms, also of those that come with a later answer.
  function ready() {
    // A form of money is sent once, however often its button is pressed. Its key makes a second sending harmless in any case.
    for (const form of document.querySelectorAll("form[data-once]")) {
      form.addEventListener("submit", (event) => {
        if (form.dataset.sent) { event.preventDefault(); return; }
        form.dataset.sent = "1";
        for (const button of form.querySelectorAll("button")) button.disabled = true;
      });
    }
    for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());

    // Files on their way: how far they are. What comes of them is the page that is shown next.
    for (const form of document.querySelectorAll("form[data-progress]")) {
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
          const page = new DOMParser().parseFromString(sending.responseText, "text/html");
          document.querySelector("main").replaceWith(page.querySelector("main"));
          document.querySelector("[aria-invalid], [role=alert]")?.focus();
          ready();
        });
        sending.addEventListener("error", () => location.reload());
        sending.open("POST", form.action);
        sending.send(new FormData(form));
      });
    }

    // What is ticked is kept at once, so that no page turned and no reload loses it.
    for (const form of document.querySelectorAll("form[data-choose]")) {
      form.addEventListener("change", () => {
        const fields = new URLSearchParams(new FormData(form));
        fields.set("do", "page");
        fetch(form.action, { method: "POST", body: fields, redirect: "manual", keepalive: true });
      });
    }
  }
  ready();

  // Whoever comes back by the browser's own history finds the form as it was, ready to be sent.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // What comes from a request: the page shows it anew when its state or its money changed.
  for (const place of document.querySelectorAll("[data-follow]")) {
    const events = new EventSource(place.dataset.follow);
    events.addEventListener("state", (event) => {
      const now = JSON.parse(event.data);
      const known = place.dataset;
      const isOther = known.id !== undefined && String(now.id) !== known.id;
      if (isOther || now.state !== known.state || now.received !== known.received || now.attempt !== known.attempt) {
        events.close();
        location.reload();
      }
    });
  }
})();
