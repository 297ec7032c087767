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

  // A form of money is sent once, however often its button is pressed. Its key makes a second sending harmless in any case.
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
  }
  // Whoever comes back by the browser's own history finds the form as it was, ready to be sent.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());

  // What comes from a request: the page shows it anew when its state or its money changed.
  for (const place of document.querySelectorAll("[data-follow]")) {
    const events = new EventSource(place.dataset.follow);
    events.addEventListener("state", (event) => {
      const now = JSON.parse(event.data);
      const known = place.dataset;
      if (now.state !== known.state || now.received !== known.received || now.attempt !== known.attempt) {
        events.close();
        location.reload();
      }
    });
  }
})();
